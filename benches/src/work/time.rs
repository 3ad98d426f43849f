//! Group `time`: timers. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::task::yield_now;
use super::peer::time::{Instant as TimerInstant, sleep, timeout};
use crate::measure::{Sample, repeat};
use crate::stats::median;
use std::future::{Future, poll_fn, ready};
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::task::Poll;
use std::time::{Duration, Instant};

const OPERATIONS: u64 = 50_000;
/// Operations between two yields, so that the runtime stays in control.
const BURST: u64 = 1_000;
const SECOND: Duration = Duration::from_secs(1);
const SLEEPS: usize = 300;

/// Run the row `name`, if it belongs to this group and has workers enough.
pub(crate) fn row(name: &str, rt: &Runtime, workers: usize) -> Option<Sample> {
    if let Some(threads) = name.strip_prefix("arm_drop/") {
        let threads = threads.parse().ok().filter(|threads| *threads <= workers)?;
        return Some(repeat(OPERATIONS, || arm_drop(rt, threads)));
    }
    if let Some(period) = name.strip_prefix("sleep_error/") {
        let millis = period.strip_suffix("ms")?.parse().ok()?;
        return Some(sleep_error(rt, Duration::from_millis(millis)));
    }
    Some(match name {
        "timeout_ready" => repeat(OPERATIONS, || in_worker(rt, timeout_ready())),
        "timeout_pending" => repeat(OPERATIONS, || in_worker(rt, timeout_pending())),
        _ => return None,
    })
}

fn in_worker(rt: &Runtime, work: impl Future<Output = Duration> + Send + 'static) -> Duration {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

/// Each of `threads` workers arms and drops; the slowest one's time counts.
fn arm_drop(rt: &Runtime, threads: usize) -> Duration {
    // Blocks a worker on purpose: only so do the tasks run on different ones.
    let start_together = Arc::new(Barrier::new(threads));
    let spawned: Vec<_> = (0..threads)
        .map(|_| {
            let start_together = Arc::clone(&start_together);
            rt.spawn(async move {
                start_together.wait();
                arm_and_drop().await
            })
        })
        .collect();
    rt.block_on(async {
        let mut slowest = Duration::ZERO;
        for task in spawned {
            slowest = slowest.max(task.await.expect("the workload does not panic"));
        }
        slowest
    })
}

async fn arm_and_drop() -> Duration {
    let start = Instant::now();
    for operation in 0..OPERATIONS {
        let mut sleeping = pin!(sleep(SECOND));
        let armed = poll_fn(|cx| Poll::Ready(sleeping.as_mut().poll(cx).is_pending())).await;
        assert!(armed, "a second is longer than this");
        breathe(operation).await;
    }
    start.elapsed()
}

async fn timeout_ready() -> Duration {
    let start = Instant::now();
    for operation in 0..OPERATIONS {
        let value = timeout(SECOND, ready(operation)).await;
        std::hint::black_box(value).expect("the future is ready");
        breathe(operation).await;
    }
    start.elapsed()
}

/// Around a future that wakes itself and is ready at the second poll.
async fn timeout_pending() -> Duration {
    let start = Instant::now();
    for operation in 0..OPERATIONS {
        let mut polled = false;
        let second = poll_fn(|cx| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        timeout(SECOND, second).await.expect("no second has passed");
        breathe(operation).await;
    }
    start.elapsed()
}

async fn breathe(operation: u64) {
    if operation % BURST == BURST - 1 {
        yield_now().await;
    }
}

/// How late single sleeps of `period` end, nothing else going on; and how many end early.
fn sleep_error(rt: &Runtime, period: Duration) -> Sample {
    let sleeps = async move {
        let mut late = Vec::with_capacity(SLEEPS);
        let mut early = 0;
        for _ in 0..SLEEPS {
            let due = TimerInstant::now() + period;
            sleep(period).await;
            let now = TimerInstant::now();
            early += usize::from(now < due);
            late.push(now.saturating_duration_since(due).as_nanos() as f64);
        }
        (late, early)
    };
    let (mut late, early) = rt
        .block_on(rt.spawn(sleeps))
        .expect("the workload does not panic");
    late.sort_by(f64::total_cmp);
    vec![
        ("late_p50", median(&late)),
        ("late_p99", late[late.len() * 99 / 100]),
        ("early", early as f64),
    ]
}
