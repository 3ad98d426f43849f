//! The workloads, written once.
//!
//! These are files of ordinary code against `super::peer`. Each adapter in `peers/` takes them in once more, with
//! its own runtime under that name.

mod channels;
mod fan_out;
mod io;
mod local;
mod net;
mod rt;
mod sync;
mod time;
mod whole;

use super::peer;
use crate::measure::Sample;
use crate::net::server::Options;
use std::io::Result;

/// Run a row of one process; `None` if nothing is called so.
pub(crate) fn row(name: &str, workers: usize) -> Result<Option<Sample>> {
    let rt = runtime(workers)?;
    let measured = rt::row(name, &rt)
        .or_else(|| sync::row(name, &rt))
        .or_else(|| time::row(name, &rt, workers));
    let sample = match measured {
        Some(sample) => Some(sample),
        None => local::row(name, &rt)
            .or_else(|| io::row(name, &rt))
            .or_else(|| whole::row(name, &rt))
            .transpose()?,
    };
    rt.shutdown_background();
    Ok(sample)
}

/// Serve echo until the process ends.
pub(crate) fn serve(workers: usize, options: &Options) -> Result<()> {
    net::serve(&runtime(workers)?, options)
}

fn runtime(workers: usize) -> Result<peer::runtime::Runtime> {
    peer::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
}
