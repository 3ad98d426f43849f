//! Group `rt`: closures on the blocking pool. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::task::spawn_blocking;
use crate::measure::{Sample, repeat};
use std::time::{Duration, Instant};

const BATCHES: usize = 100;
const BATCH: usize = 16;
const ROUND_TRIPS: usize = 1_000;

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    if let Some(tasks) = name.strip_prefix("spawn_blocking/") {
        let tasks = tasks.parse().ok().filter(|tasks| *tasks > 0)?;
        let jobs = tasks * BATCHES * BATCH;
        return Some(repeat(jobs as u64, || batches(rt, tasks)));
    }
    match name {
        "blocking_roundtrip" => Some(repeat(ROUND_TRIPS as u64, || one_by_one(rt))),
        _ => None,
    }
}

/// Each task hands over batches of jobs that do nothing, and awaits each batch.
fn batches(rt: &Runtime, tasks: usize) -> Duration {
    let start = Instant::now();
    let handing: Vec<_> = (0..tasks)
        .map(|_| {
            rt.spawn(async {
                for _ in 0..BATCHES {
                    let jobs: Vec<_> = (0..BATCH).map(|_| spawn_blocking(|| ())).collect();
                    for job in jobs {
                        job.await.expect("the job does not panic");
                    }
                }
            })
        })
        .collect();
    rt.block_on(async {
        for task in handing {
            task.await.expect("the task does not panic");
        }
    });
    start.elapsed()
}

fn one_by_one(rt: &Runtime) -> Duration {
    let work = rt.spawn(async {
        let start = Instant::now();
        for _ in 0..ROUND_TRIPS {
            spawn_blocking(|| ()).await.expect("the job does not panic");
        }
        start.elapsed()
    });
    rt.block_on(work).expect("the task does not panic")
}
