//! Group `time`: many timers, and timers that are moved. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::oneshot;
use super::peer::time::{Instant as TimerInstant, Sleep, sleep, sleep_until};
use crate::measure::{Sample, repeat};
use crate::usage::Usage;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

const RESETS: u64 = 100_000;
const ARMED: usize = 1_000_000;
const FIRED: usize = 100_000;
const CANCELLED: usize = 10_000;
const SECOND: Duration = Duration::from_secs(1);

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<io::Result<Sample>> {
    Some(match name {
        "reset_later" => Ok(repeat(RESETS, || in_worker(rt, resets(later)))),
        "reset_earlier" => Ok(repeat(RESETS, || in_worker(rt, resets(earlier)))),
        "remote_cancel" => Ok(repeat(CANCELLED as u64, || remote_cancel(rt))),
        "armed_1m" => armed(rt),
        "fire" => fire(rt),
        _ => return None,
    })
}

fn in_worker<T: Send + 'static>(rt: &Runtime, work: impl Future<Output = T> + Send + 'static) -> T {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

/// Polls once: armed from now on, and not due.
async fn arm(mut timer: Pin<&mut Sleep>) {
    let pending = poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
    assert!(pending, "it is due long after this");
}

fn later(start: TimerInstant, reset: u64) -> TimerInstant {
    start + SECOND + Duration::from_micros(reset)
}

fn earlier(start: TimerInstant, reset: u64) -> TimerInstant {
    start + 4 * SECOND - Duration::from_micros(reset)
}

/// One sleep, armed all the time and moved on and on.
async fn resets(deadline: fn(TimerInstant, u64) -> TimerInstant) -> Duration {
    let origin = TimerInstant::now();
    let mut timer = Box::pin(sleep_until(deadline(origin, 0)));
    arm(timer.as_mut()).await;
    let start = Instant::now();
    for reset in 1..=RESETS {
        timer.as_mut().reset(deadline(origin, reset));
    }
    start.elapsed()
}

/// Armed in a worker, dropped on a thread outside of the runtime, which alone is timed.
fn remote_cancel(rt: &Runtime) -> Duration {
    let timers = in_worker(rt, async {
        let mut timers = Vec::with_capacity(CANCELLED);
        for _ in 0..CANCELLED {
            let mut timer = Box::pin(sleep(SECOND));
            arm(timer.as_mut()).await;
            timers.push(timer);
        }
        timers
    });
    let start = Instant::now();
    drop(timers);
    start.elapsed()
}

/// A million sleeps with deadlines spread over an hour: nanoseconds to arm and to drop each, bytes for each.
fn armed(rt: &Runtime) -> io::Result<Sample> {
    let before = Usage::now()?;
    let (timers, arming) = in_worker(rt, async {
        let mut timers = Vec::with_capacity(ARMED);
        let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
        let start = Instant::now();
        for _ in 0..ARMED {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let mut timer = Box::pin(sleep(
                SECOND + Duration::from_millis((random >> 33) % 3_600_000),
            ));
            arm(timer.as_mut()).await;
            timers.push(timer);
        }
        (timers, start.elapsed())
    });
    let after = Usage::now()?;
    let dropping = in_worker(rt, async move {
        let start = Instant::now();
        drop(timers);
        start.elapsed()
    });
    let each = |time: Duration| time.as_nanos() as f64 / ARMED as f64;
    Ok(vec![
        ("time", each(arming)),
        ("drop", each(dropping)),
        ("rss", (after.rss - before.rss) / ARMED as f64),
    ])
}

/// Tasks whose sleeps are due within the same 10 ms: CPU time for each to be armed, fired and finished.
fn fire(rt: &Runtime) -> io::Result<Sample> {
    let mut samples = Vec::new();
    for _ in 0..5 {
        let before = Usage::now()?;
        in_worker(rt, fire_together());
        let after = Usage::now()?;
        samples.push((after.cpu_us - before.cpu_us) * 1e3 / FIRED as f64);
    }
    Ok(vec![("time", crate::stats::median(&samples))])
}

async fn fire_together() {
    let due = TimerInstant::now() + Duration::from_millis(200);
    let left = Arc::new(AtomicUsize::new(FIRED));
    let (done, all_done) = oneshot::channel();
    let done = Arc::new(parking_lot::Mutex::new(Some(done)));
    for timer in 0..FIRED {
        let (left, done) = (Arc::clone(&left), Arc::clone(&done));
        let due = due + Duration::from_nanos(timer as u64 * 100);
        spawn(async move {
            sleep_until(due).await;
            if left.fetch_sub(1, Relaxed) == 1 {
                let done = done.lock().take().expect("the last one comes once");
                let _ = done.send(());
            }
        });
    }
    all_done.await.expect("the last task signals");
}
