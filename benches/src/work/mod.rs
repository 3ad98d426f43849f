//! The workloads, written once.
//!
//! These are files of ordinary code against `super::peer`. Each adapter in `peers/` takes them in once more, with
//! its own runtime under that name.

mod channels;
mod fan_out;
mod growth;
mod http;
mod io;
mod local;
mod net;
mod one_thread;
mod pool;
mod remote;
mod rt;
mod sync;
mod time;
mod timers;
mod tree;
mod untuned;
mod whole;

use super::peer;
use crate::measure::Sample;
use crate::net::server::{Options, Work};
use std::io::Result;

/// Run a row of one process; `None` if nothing is called so.
pub(crate) fn row(name: &str, workers: usize) -> Result<Option<Sample>> {
    if let Some(sample) = one_thread::row(name) {
        return sample.map(Some);
    }
    let rt = runtime(workers)?;
    let measured = rt::row(name, &rt)
        .or_else(|| remote::row(name, &rt))
        .or_else(|| tree::row(name, &rt))
        .or_else(|| pool::row(name, &rt))
        .or_else(|| untuned::row(name, &rt))
        .or_else(|| sync::row(name, &rt))
        .or_else(|| time::row(name, &rt, workers))
        .or_else(|| growth::row(name, &rt));
    let sample = match measured {
        Some(sample) => Some(sample),
        None => timers::row(name, &rt)
            .or_else(|| local::row(name, &rt))
            .or_else(|| io::row(name, &rt))
            .or_else(|| whole::row(name, &rt))
            .transpose()?,
    };
    rt.shutdown_background();
    Ok(sample)
}

/// Serve echo until the process ends.
pub(crate) fn serve(workers: usize, options: &Options) -> Result<()> {
    let rt = runtime(workers)?;
    super::watch(&rt);
    match options.work {
        Work::Http => http::serve(&rt),
        Work::Echo | Work::Mixed => net::serve(&rt, options),
    }
}

fn runtime(workers: usize) -> Result<peer::runtime::Runtime> {
    peer::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
}
