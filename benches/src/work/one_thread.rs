//! Group `rt`: runtimes of one thread: the current-thread one, and one worker. Compiled once per peer.

use super::peer::runtime::{Builder, Runtime};
use super::peer::spawn;
use super::peer::sync::oneshot;
use super::peer::task::yield_now;
use crate::measure::{Sample, repeat};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::time::{Duration, Instant};

const TASKS: usize = 1_000;

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str) -> Option<io::Result<Sample>> {
    let (runtime, work) = name.split_once('/')?;
    let rt = match runtime {
        "one_slot" => Builder::new_current_thread().enable_all().build(),
        "one_worker" => Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build(),
        _ => return None,
    };
    let rt = match rt {
        Ok(rt) => rt,
        Err(error) => return Some(Err(error)),
    };
    Some(Ok(match work {
        "spawn_many" => repeat(1, || spawn_many(&rt)),
        "remote_idle" => repeat(1, || remote(&rt)),
        "spawn_1" => repeat(1, || spawn_and_yield(&rt, 1)),
        "spawn_10" => repeat(1, || spawn_and_yield(&rt, 10)),
        "request_reply" => super::channels::requests_and_replies(&rt),
        _ => return None,
    }))
}

/// Spawned inside `block_on`; the last task signals.
fn spawn_many(rt: &Runtime) -> Duration {
    let start = Instant::now();
    rt.block_on(async {
        let left = Arc::new(AtomicUsize::new(TASKS));
        let (done, all_done) = oneshot::channel();
        let done = Arc::new(parking_lot::Mutex::new(Some(done)));
        for _ in 0..TASKS {
            let (left, done) = (Arc::clone(&left), Arc::clone(&done));
            spawn(async move {
                if left.fetch_sub(1, AcqRel) == 1 {
                    let done = done.lock().take().expect("the last one comes once");
                    let _ = done.send(());
                }
            });
        }
        all_done.await.expect("the last task signals");
    });
    start.elapsed()
}

/// Spawned from outside while nobody drives the runtime, or while its worker sleeps.
fn remote(rt: &Runtime) -> Duration {
    let start = Instant::now();
    let handles: Vec<_> = (0..TASKS).map(|_| rt.spawn(async {})).collect();
    rt.block_on(async {
        for handle in handles {
            handle.await.expect("the task does not panic");
        }
    });
    start.elapsed()
}

fn spawn_and_yield(rt: &Runtime, tasks: usize) -> Duration {
    let start = Instant::now();
    rt.block_on(async {
        let handles: Vec<_> = (0..tasks).map(|_| spawn(yield_now())).collect();
        for handle in handles {
            handle.await.expect("the task does not panic");
        }
    });
    start.elapsed()
}
