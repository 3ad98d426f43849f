//! Group `sync`: channels, locks and signals. Compiled once per peer.
//!
//! Whoever receives, waits or locks is a spawned task; the thread of `block_on` only starts the work and waits for its
//! end. Rows give nanoseconds per operation: a message, a wake-up, a lock.

use super::super::CancellationToken;
use super::channels;
use super::fan_out;
use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::{Mutex, RwLock, Semaphore};
use super::peer::task::{JoinHandle, yield_now};
use crate::measure::{Sample, repeat};
use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rounds of the short ones, so that a clock can see them.
const ROUNDS: usize = 1_000;
const READS: usize = 6;
const PERMITS: usize = 5;
const LOCKS: usize = 100_000;

/// Run the row `name`, if it belongs to this group.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    let (work, how) = name.split_once('/').unwrap_or((name, ""));
    let count = || how.parse().ok().filter(|count| *count > 0);
    Some(match (work, how) {
        ("rwlock", "free") => repeat((ROUNDS * READS) as u64, || in_worker(rt, read_free())),
        ("rwlock", "contended") => {
            repeat((ROUNDS * READS) as u64, || in_worker(rt, read_contended()))
        }
        ("semaphore", "free") => repeat((ROUNDS * READS) as u64, || in_worker(rt, acquire_free())),
        ("semaphore", "contended") => repeat((ROUNDS * READS) as u64, || {
            in_worker(rt, acquire_contended())
        }),
        ("mutex", "free") => locks(rt, 1),
        ("mutex", _) => locks(rt, count()?),
        ("cancel_child", _) => cancel_each(count()?),
        ("cancel_all", _) => cancel_all(count()?),
        _ => return channels::row(name, rt).or_else(|| fan_out::row(name, rt)),
    })
}

pub(super) fn in_worker(
    rt: &Runtime,
    work: impl Future<Output = Duration> + Send + 'static,
) -> Duration {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

pub(super) async fn all<T>(tasks: Vec<JoinHandle<T>>) {
    for task in tasks {
        task.await.expect("the workload does not panic");
    }
}

async fn read_free() -> Duration {
    let lock = RwLock::new(1);
    let start = Instant::now();
    for _ in 0..ROUNDS * READS {
        let read = lock.read().await;
        black_box(*read);
    }
    start.elapsed()
}

/// A writer holds the lock while five readers come.
async fn read_contended() -> Duration {
    let lock = Arc::new(RwLock::new(1));
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let write = lock.write().await;
        let readers = (1..READS).map(|_| {
            let lock = Arc::clone(&lock);
            spawn(async move {
                black_box(*lock.read().await);
            })
        });
        let readers = readers.collect();
        yield_now().await;
        drop(write);
        all(readers).await;
    }
    start.elapsed()
}

async fn acquire_free() -> Duration {
    let semaphore = Semaphore::new(2 * PERMITS);
    let start = Instant::now();
    for _ in 0..ROUNDS * READS {
        let permit = semaphore.acquire().await;
        let _permit = black_box(permit.expect("never closed"));
    }
    start.elapsed()
}

/// Six tasks, five permits, and whoever has one keeps it while the others come.
async fn acquire_contended() -> Duration {
    let semaphore = Arc::new(Semaphore::new(PERMITS));
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let takers = (0..=PERMITS).map(|_| {
            let semaphore = Arc::clone(&semaphore);
            spawn(async move {
                let permit = semaphore.acquire().await.expect("never closed");
                yield_now().await;
                drop(permit);
            })
        });
        all(takers.collect()).await;
    }
    start.elapsed()
}

/// Lock, add one, unlock, again and again in each of so many tasks.
fn locks(rt: &Runtime, tasks: usize) -> Sample {
    let times = LOCKS / tasks;
    repeat((times * tasks) as u64, || {
        in_worker(rt, async move {
            let mutex = Arc::new(Mutex::new(0));
            let start = Instant::now();
            let adders = (0..tasks).map(|_| {
                let mutex = Arc::clone(&mutex);
                spawn(async move {
                    for _ in 0..times {
                        *mutex.lock().await += 1;
                    }
                })
            });
            all(adders.collect()).await;
            let took = start.elapsed();
            assert_eq!(*mutex.lock().await, times * tasks);
            took
        })
    })
}

/// Makes so many children of one token, then cancels and drops each: what one costs must not grow with their number.
fn cancel_each(children: usize) -> Sample {
    let parent = CancellationToken::new();
    repeat(children as u64, || {
        let tokens: Vec<_> = (0..children).map(|_| parent.child_token()).collect();
        let start = Instant::now();
        for token in tokens {
            token.cancel();
        }
        start.elapsed()
    })
}

/// Cancels a token of so many children.
fn cancel_all(children: usize) -> Sample {
    repeat(children as u64, || {
        let parent = CancellationToken::new();
        let tokens: Vec<_> = (0..children).map(|_| parent.child_token()).collect();
        let start = Instant::now();
        parent.cancel();
        let took = start.elapsed();
        assert!(tokens.iter().all(CancellationToken::is_cancelled));
        took
    })
}
