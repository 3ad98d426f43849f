//! A rayon pool that the program has anyway, as the host's pool.

use ::heist::runtime::{HostPool, Job};
use std::io;

/// A pool of so many threads. It lives as long as the runtime does.
pub(super) fn rayon(threads: usize) -> io::Result<impl HostPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(io::Error::other)?;
    Ok(move |job: Job| pool.spawn(move || job.run()))
}
