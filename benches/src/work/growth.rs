//! Group `whole`: what an operation costs beside few and beside many live tasks or timers. Compiled once per peer.
//!
//! The operations go over a hot set of their own, which fits into the cache; so what grows is the runtime's doing, not the memory's.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::mpsc;
use super::peer::task::yield_now;
use super::peer::time::{Instant as TimerInstant, Sleep, sleep};
use crate::measure::Sample;
use crate::stats::median;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

const LIVE: [(&str, usize); 4] = [
    ("1k", 1_000),
    ("10k", 10_000),
    ("100k", 100_000),
    ("1M", 1_000_000),
];
const HOT: usize = 64;
const ROUNDS: usize = 200;
const REPEATS: usize = 15;
const HOUR: Duration = Duration::from_secs(3600);

type Timer = Pin<Box<Sleep>>;

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    let operation = name.strip_prefix("growth/")?;
    Some(match operation {
        "spawn_join" => grow(rt, Beside::Tasks, || rt_spawn_join(rt)),
        "wake" => {
            let mut hot = in_worker(rt, Hot::new());
            grow(rt, Beside::Tasks, || wake(rt, &mut hot))
        }
        "arm_drop" => grow(rt, Beside::Timers, || in_worker(rt, arm_drop())),
        "reset" => grow(rt, Beside::Timers, || in_worker(rt, reset())),
        _ => return None,
    })
}

/// What lives beside the hot set.
#[derive(Clone, Copy)]
enum Beside {
    Tasks,
    Timers,
}

fn in_worker<T: Send + 'static>(rt: &Runtime, work: impl Future<Output = T> + Send + 'static) -> T {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

/// The cost of one operation beside each number of live ones, and how many times it grows from the first to the last.
fn grow(rt: &Runtime, beside: Beside, mut operation: impl FnMut() -> Duration) -> Sample {
    let mut sample = Vec::new();
    let mut live = 0;
    let mut timers: Vec<Timer> = Vec::new();
    for (name, number) in LIVE {
        match beside {
            Beside::Tasks => in_worker(rt, live_tasks(number - live)),
            Beside::Timers => timers.extend(in_worker(rt, live_timers(number - live))),
        }
        live = number;
        operation();
        let times: Vec<_> = (0..REPEATS)
            .map(|_| operation().as_nanos() as f64 / (HOT * ROUNDS) as f64)
            .collect();
        sample.push((name, median(&times)));
    }
    let (first, last) = (sample[0].1, sample[LIVE.len() - 1].1);
    sample.push(("growth", last / first));
    sample
}

async fn live_tasks(more: usize) {
    let polled = Arc::new(AtomicUsize::new(0));
    for _ in 0..more {
        let polled = Arc::clone(&polled);
        spawn(async move {
            polled.fetch_add(1, Relaxed);
            drop(polled);
            pending::<()>().await;
        });
    }
    while polled.load(Relaxed) < more {
        yield_now().await;
    }
}

async fn live_timers(more: usize) -> Vec<Timer> {
    let mut timers = Vec::with_capacity(more);
    for timer in 0..more {
        let mut timer = Box::pin(sleep(HOUR + Duration::from_millis(timer as u64)));
        arm(timer.as_mut()).await;
        timers.push(timer);
    }
    timers
}

async fn arm(mut timer: Pin<&mut Sleep>) {
    let pending = poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
    assert!(pending, "it is due long after this");
}

fn rt_spawn_join(rt: &Runtime) -> Duration {
    in_worker(rt, async {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let handles: Vec<_> = (0..HOT).map(|_| spawn(async {})).collect();
            for handle in handles {
                handle.await.expect("the task does not panic");
            }
        }
        start.elapsed()
    })
}

/// Tasks that answer each message.
struct Hot {
    senders: Vec<mpsc::Sender<()>>,
    answers: mpsc::Receiver<()>,
}

impl Hot {
    async fn new() -> Self {
        let (answer, answers) = mpsc::channel(HOT);
        let senders = (0..HOT)
            .map(|_| {
                let (sender, mut messages) = mpsc::channel(1);
                let answer = answer.clone();
                spawn(async move {
                    while messages.recv().await.is_some() {
                        if answer.send(()).await.is_err() {
                            return;
                        }
                    }
                });
                sender
            })
            .collect();
        Self { senders, answers }
    }
}

fn wake(rt: &Runtime, hot: &mut Hot) -> Duration {
    rt.block_on(async {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            for sender in &hot.senders {
                sender.send(()).await.expect("the hot tasks are alive");
            }
            for _ in 0..HOT {
                hot.answers.recv().await.expect("each answers");
            }
        }
        start.elapsed()
    })
}

async fn arm_drop() -> Duration {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for _ in 0..HOT {
            arm(Box::pin(sleep(HOUR)).as_mut()).await;
        }
        yield_now().await;
    }
    start.elapsed()
}

async fn reset() -> Duration {
    let mut timers = live_timers(HOT).await;
    let origin = TimerInstant::now() + HOUR;
    let start = Instant::now();
    for round in 0..ROUNDS {
        for timer in &mut timers {
            // Sooner and later in turns.
            let millis = if round % 2 == 0 { 10 } else { 10_000 };
            timer.as_mut().reset(origin + Duration::from_millis(millis));
        }
    }
    start.elapsed()
}
