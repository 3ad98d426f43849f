//! Group `rt`: work that the rule for waking a peer was not tuned on. Compiled once per peer.
//!
//! Whatever rule a scheduler has for sharing work, these must not be slower than with a peer woken at every chance: tasks
//! that compute, bursts after a silence, stages of a pipeline.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::mpsc;
use super::peer::task::yield_now;
use super::peer::time::sleep;
use crate::measure::{Sample, repeat, spin};
use std::time::{Duration, Instant};

/// Computing in all of a row `compute/…`: so much for each of two workers.
const COMPUTED: Duration = Duration::from_millis(20);
const TASKS: u32 = 8;
const BURST: usize = 64;
const SILENCE: Duration = Duration::from_millis(2);
const STAGES: usize = 4;
const ITEMS: usize = 2_000;
const ITEM: Duration = Duration::from_micros(2);

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    if let Some(poll) = name.strip_prefix("compute/") {
        let micros = poll.strip_suffix("us")?.parse().ok()?;
        return Some(repeat(1, || compute(rt, Duration::from_micros(micros))));
    }
    Some(match name {
        "burst" => repeat(1, || burst(rt)),
        "pipeline" => repeat(ITEMS as u64, || pipeline(rt)),
        _ => return None,
    })
}

/// Tasks that compute for `poll` and yield, until all together have computed twice [`COMPUTED`].
fn compute(rt: &Runtime, poll: Duration) -> Duration {
    let rounds = (COMPUTED * 2 / TASKS).as_nanos().div_ceil(poll.as_nanos());
    let work = rt.spawn(async move {
        let start = Instant::now();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                spawn(async move {
                    for _ in 0..rounds {
                        spin(poll);
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("the task does not panic");
        }
        start.elapsed()
    });
    rt.block_on(work).expect("the workload does not panic")
}

/// After a silence, tasks of 20 µs each come at once.
fn burst(rt: &Runtime) -> Duration {
    let work = rt.spawn(async {
        sleep(SILENCE).await;
        let start = Instant::now();
        let tasks: Vec<_> = (0..BURST)
            .map(|_| spawn(async { spin(Duration::from_micros(20)) }))
            .collect();
        for task in tasks {
            task.await.expect("the task does not panic");
        }
        start.elapsed()
    });
    rt.block_on(work).expect("the workload does not panic")
}

/// Items go through stages that compute for 2 µs each, over channels of 64.
fn pipeline(rt: &Runtime) -> Duration {
    let work = rt.spawn(async {
        let start = Instant::now();
        let (first, mut input) = mpsc::channel(64);
        spawn(async move {
            for item in 0..ITEMS {
                if first.send(item).await.is_err() {
                    return;
                }
            }
        });
        for _ in 0..STAGES {
            let (send, output) = mpsc::channel(64);
            let mut receive = std::mem::replace(&mut input, output);
            spawn(async move {
                while let Some(item) = receive.recv().await {
                    spin(ITEM);
                    if send.send(item).await.is_err() {
                        return;
                    }
                }
            });
        }
        let mut arrived = 0;
        while input.recv().await.is_some() {
            arrived += 1;
        }
        assert_eq!(arrived, ITEMS);
        start.elapsed()
    });
    rt.block_on(work).expect("the workload does not panic")
}
