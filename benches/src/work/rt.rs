//! Group `rt`: the scheduler.
//!
//! Compiled once per peer: `super::peer` is the runtime under test. Workloads of a worker task take the time inside
//! that task, so that entering the runtime does not count.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::oneshot;
use super::peer::task::yield_now;
use crate::measure::{Sample, repeat};
use parking_lot::Mutex;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const MANY: usize = 10_000;
const CHAIN: usize = 1_000;
const YIELDING: usize = 200;
const YIELDS: usize = 1_000;
const LONE_YIELDS: u64 = 1_000_000;

/// Run the row `name`, if it belongs to this group.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    Some(match name {
        "local_detach_10k" => repeat(1, || in_worker(rt, local_detach())),
        "local_join_10k" => repeat(1, || in_worker(rt, local_join())),
        "chained_spawn" => repeat(1, || in_worker(rt, chained())),
        "ping_pong" => repeat(1, || in_worker(rt, ping_pong())),
        "yield_many" => repeat(1, || yield_many(rt)),
        "lone_yield" => repeat(LONE_YIELDS, || in_worker(rt, lone_yield())),
        "spawn_many_local" => repeat(1, || spawn_many(rt)),
        "spawn_many_remote_idle" => repeat(1, || remote_idle(rt)),
        _ => return None,
    })
}

fn in_worker(rt: &Runtime, work: impl Future<Output = Duration> + Send + 'static) -> Duration {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

/// The last of some tasks to finish signals the one that waits.
struct Countdown {
    left: AtomicUsize,
    done: Mutex<Option<oneshot::Sender<()>>>,
}

impl Countdown {
    fn new(tasks: usize) -> (Arc<Self>, oneshot::Receiver<()>) {
        let (done, all_done) = oneshot::channel();
        let countdown = Self {
            left: AtomicUsize::new(tasks),
            done: Mutex::new(Some(done)),
        };
        (Arc::new(countdown), all_done)
    }

    fn one_less(&self) {
        if self.left.fetch_sub(1, AcqRel) == 1 {
            let done = self.done.lock().take();
            let _ = done.expect("the last one comes once").send(());
        }
    }
}

async fn local_detach() -> Duration {
    let start = Instant::now();
    let (countdown, all_done) = Countdown::new(MANY);
    for _ in 0..MANY {
        let countdown = Arc::clone(&countdown);
        spawn(async move { countdown.one_less() });
    }
    all_done.await.expect("the last task signals");
    start.elapsed()
}

async fn local_join() -> Duration {
    let mut handles = Vec::with_capacity(MANY);
    let start = Instant::now();
    for _ in 0..MANY {
        handles.push(spawn(async {}));
    }
    for handle in handles {
        handle.await.expect("the task does not panic");
    }
    start.elapsed()
}

fn link(left: usize, done: oneshot::Sender<()>) {
    if left == 0 {
        let _ = done.send(());
    } else {
        spawn(async move { link(left - 1, done) });
    }
}

async fn chained() -> Duration {
    let start = Instant::now();
    let (done, end) = oneshot::channel();
    link(CHAIN, done);
    end.await.expect("the last link signals");
    start.elapsed()
}

async fn ping_pong() -> Duration {
    let start = Instant::now();
    let (countdown, all_done) = Countdown::new(CHAIN);
    for _ in 0..CHAIN {
        let countdown = Arc::clone(&countdown);
        spawn(async move {
            let (ping, pinged) = oneshot::channel();
            let (pong, ponged) = oneshot::channel();
            spawn(async move {
                pinged.await.expect("a ping comes");
                let _ = pong.send(());
            });
            let _ = ping.send(());
            ponged.await.expect("a pong comes");
            countdown.one_less();
        });
    }
    all_done.await.expect("the last task signals");
    start.elapsed()
}

/// Spawned from the thread of `block_on`, as in tokio's suite.
fn yield_many(rt: &Runtime) -> Duration {
    let (done, finished) = mpsc::sync_channel(YIELDING);
    let start = Instant::now();
    rt.block_on(async {
        for _ in 0..YIELDING {
            let done = done.clone();
            spawn(async move {
                for _ in 0..YIELDS {
                    yield_now().await;
                }
                let _ = done.send(());
            });
        }
        for _ in 0..YIELDING {
            finished.recv().expect("every task signals");
        }
    });
    start.elapsed()
}

async fn lone_yield() -> Duration {
    let start = Instant::now();
    for _ in 0..LONE_YIELDS {
        yield_now().await;
    }
    start.elapsed()
}

/// Called local in tokio's suite, though `block_on` is no worker: these are spawns from outside.
fn spawn_many(rt: &Runtime) -> Duration {
    let (done, finished) = mpsc::sync_channel(1);
    let left = Arc::new(AtomicUsize::new(MANY));
    let start = Instant::now();
    rt.block_on(async {
        for _ in 0..MANY {
            let (left, done) = (Arc::clone(&left), done.clone());
            spawn(async move {
                if left.fetch_sub(1, AcqRel) == 1 {
                    let _ = done.send(());
                }
            });
        }
        finished.recv().expect("the last task signals");
    });
    start.elapsed()
}

fn remote_idle(rt: &Runtime) -> Duration {
    let mut handles = Vec::with_capacity(MANY);
    let start = Instant::now();
    for _ in 0..MANY {
        handles.push(rt.spawn(async {}));
    }
    rt.block_on(async {
        for handle in handles {
            handle.await.expect("the task does not panic");
        }
    });
    start.elapsed()
}
