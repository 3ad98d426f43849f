//! What waits costs memory: a million tasks, or a thousand threads.

use super::Way;
use crate::measure::Sample;
use crate::usage::Usage;
use std::fs;
use std::io;
use std::sync::{Arc, Barrier};
use std::thread;

const THREADS: usize = 1_000;

/// Bytes for each that waits.
pub(super) fn row(way: Way) -> io::Result<Option<Sample>> {
    match way {
        Way::Threads => threads().map(Some),
        Way::Own(workers) => tasks(workers).map(Some),
        _ => Ok(None),
    }
}

fn tasks(workers: usize) -> io::Result<Sample> {
    let sample = super::super::heist::row("mem_pending", workers)?.unwrap_or_default();
    let rss = sample.into_iter().filter(|(name, _)| *name == "rss");
    // What the kernel keeps is for the workers, however many tasks there are.
    Ok(rss.chain([("kernel", 0.0), ("number", 1e6)]).collect())
}

/// Threads that have reached the line of code in which they wait.
fn threads() -> io::Result<Sample> {
    let (all_wait, end) = (
        Arc::new(Barrier::new(THREADS + 1)),
        Arc::new(Barrier::new(THREADS + 1)),
    );
    let (before, stacks_before) = (Usage::now()?, kernel_stacks()?);
    let mut threads = Vec::with_capacity(THREADS);
    for _ in 0..THREADS {
        let (all_wait, end) = (all_wait.clone(), end.clone());
        let wait = move || {
            all_wait.wait();
            end.wait();
        };
        threads.push(thread::Builder::new().spawn(wait)?);
    }
    all_wait.wait();
    let (after, stacks_after) = (Usage::now()?, kernel_stacks()?);
    end.wait();
    for thread in threads {
        thread
            .join()
            .map_err(|_| io::Error::other("a waiting thread panicked"))?;
    }
    let each = |before: f64, after: f64| (after - before) / THREADS as f64;
    Ok(vec![
        ("rss", each(before.rss, after.rss)),
        ("kernel", each(stacks_before, stacks_after)),
        ("number", THREADS as f64),
    ])
}

/// Of the whole machine, so nothing else may start threads meanwhile.
fn kernel_stacks() -> io::Result<f64> {
    let info = fs::read_to_string("/proc/meminfo")?;
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("KernelStack:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kib.unwrap_or(0.0) * 1024.0)
}
