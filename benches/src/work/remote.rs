//! Group `rt`: spawning from outside, onto idle and onto busy workers. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::task::yield_now;
use crate::measure::{Sample, repeat, spin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const MANY: usize = 10_000;
const FEWER: usize = 1_000;
const FROM_THREADS: usize = 12_800;
const STALL: Duration = Duration::from_micros(10);

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    if let Some(threads) = name.strip_prefix("remote_spawn/") {
        let threads = threads.parse().ok().filter(|threads| *threads > 0)?;
        return Some(remote_spawn(rt, threads));
    }
    Some(match name {
        "spawn_many_remote_busy1" => {
            let busy = Busy::yielding(rt, 8);
            let sample = repeat(1, || spawn_and_join(rt, MANY));
            drop(busy);
            sample
        }
        "spawn_many_remote_busy2" => {
            let busy = Busy::respawning(rt, 4);
            let sample = repeat(1, || spawn_and_join(rt, FEWER));
            drop(busy);
            sample
        }
        _ => return None,
    })
}

/// Tasks that keep the workers busy until this is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn yielding(rt: &Runtime, tasks: usize) -> Self {
        let busy = Arc::new(AtomicBool::new(true));
        for _ in 0..tasks {
            let busy = Arc::clone(&busy);
            rt.spawn(async move {
                while busy.load(Relaxed) {
                    spin(STALL);
                    yield_now().await;
                }
            });
        }
        Self(busy)
    }

    fn respawning(rt: &Runtime, chains: usize) -> Self {
        let busy = Arc::new(AtomicBool::new(true));
        for _ in 0..chains {
            let busy = Arc::clone(&busy);
            rt.spawn(async move { stall_and_respawn(busy) });
        }
        Self(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

fn stall_and_respawn(busy: Arc<AtomicBool>) {
    spin(STALL);
    if busy.load(Relaxed) {
        super::peer::spawn(async move { stall_and_respawn(busy) });
    }
}

fn spawn_and_join(rt: &Runtime, tasks: usize) -> Duration {
    let mut handles = Vec::with_capacity(tasks);
    let start = Instant::now();
    for _ in 0..tasks {
        handles.push(rt.spawn(async {}));
    }
    rt.block_on(async {
        for handle in handles {
            handle.await.expect("the task does not panic");
        }
    });
    start.elapsed()
}

/// Threads spawn together: `time` until the last spawn has returned, `completed` until the last task has run.
fn remote_spawn(rt: &Runtime, threads: usize) -> Sample {
    let mut completed = Vec::new();
    let mut sample = repeat(FROM_THREADS as u64, || {
        let (spawned, all) = spawn_from(rt, threads);
        completed.push(all.as_nanos() as f64 / FROM_THREADS as f64);
        spawned
    });
    sample.push(("completed", crate::stats::median(&completed)));
    sample
}

fn spawn_from(rt: &Runtime, threads: usize) -> (Duration, Duration) {
    let start_together = Barrier::new(threads + 1);
    let each = FROM_THREADS / threads;
    let left = Arc::new(AtomicUsize::new(each * threads));
    let (done, finished) = mpsc::sync_channel(1);
    thread::scope(|scope| {
        let spawning: Vec<_> = (0..threads)
            .map(|_| {
                let (left, done, start_together) = (&left, done.clone(), &start_together);
                scope.spawn(move || {
                    start_together.wait();
                    for _ in 0..each {
                        let (left, done) = (Arc::clone(left), done.clone());
                        rt.spawn(async move {
                            if left.fetch_sub(1, AcqRel) == 1 {
                                let _ = done.send(());
                            }
                        });
                    }
                })
            })
            .collect();
        start_together.wait();
        let start = Instant::now();
        for thread in spawning {
            thread.join().expect("spawning does not panic");
        }
        let spawned = start.elapsed();
        finished.recv().expect("the last task signals");
        (spawned, start.elapsed())
    })
}
