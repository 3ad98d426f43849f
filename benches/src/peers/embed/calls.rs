//! Callables on the loop of one thread; what it is compared with is in `programs/calls.py`, line for line.

use crate::measure::{Sample, repeat};
use crate::stats::median;
use crate::usage::Usage;
use ::heist::event_loop::EventLoop;
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

const SOON: u64 = 1_000_000;
const LATER: u64 = 100_000;
const ROUNDS: usize = 5;
/// The first is due when all of them have been scheduled.
const DELAY: Duration = Duration::from_millis(300);

/// Run `call_soon_1m` or `call_later_100k`.
pub(super) fn row(name: &str) -> io::Result<Option<Sample>> {
    let events = Rc::new(EventLoop::new()?);
    Ok(match name {
        "call_soon_1m" => Some(repeat(SOON, || soon(&events))),
        "call_later_100k" => Some(later(&events)?),
        _ => None,
    })
}

/// Counts down, and stops the loop at zero.
fn countdown(events: &Rc<EventLoop>, from: u64) -> impl Fn() + Clone + 'static {
    let (events, left) = (events.clone(), Rc::new(Cell::new(from)));
    move || {
        left.set(left.get() - 1);
        if left.get() == 0 {
            events.stop();
        }
    }
}

/// A million callables are scheduled, then run.
fn soon(events: &Rc<EventLoop>) -> Duration {
    let start = Instant::now();
    let call = countdown(events, SOON);
    for _ in 0..SOON {
        events.call_soon(call.clone());
    }
    events.run_forever();
    start.elapsed()
}

/// Timers within 10 ms: processor time for each to be armed, fired and run. The clock would tell of the delay.
fn later(events: &Rc<EventLoop>) -> io::Result<Sample> {
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let before = Usage::now()?;
        let call = countdown(events, LATER);
        for timer in 0..LATER {
            events.call_later(DELAY + Duration::from_nanos(timer * 100), call.clone());
        }
        events.run_forever();
        let after = Usage::now()?;
        samples.push((after.cpu_us - before.cpu_us) * 1e3 / LATER as f64);
    }
    Ok(vec![("time", median(&samples))])
}
