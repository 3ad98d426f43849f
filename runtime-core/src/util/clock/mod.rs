//! The present, cheaply, for deadlines.
//!
//! # The rule
//!
//! A deadline is "the moment of the call plus a duration", so every timeout reads the clock once, and that reading is the dearest part of a timeout that is armed and dropped
//! again. [`not_before_now`] gives a time that is *never before* the present and at most [`LATEST`] after it. A deadline computed from it is late by no more than that, and never early.
//!
//! It is given in nanoseconds since the [`origin`]. An `Instant` is seconds and nanoseconds, and each sum of two carries from one to the other; a reading that is added to
//! its anchor, and the sum compared with the origin, paid for that twice, which was a tenth of a timeout.
//!
//! Where the processor has a counter that the system itself keeps time by, the reading is the counter, carried on from an *anchor*: a pair of counter and clock that this thread read
//! less than [`WINDOW`] ago. Elsewhere it is the system's clock.
//!
//! # Why it is never early
//!
//! 1. The anchor's counter is read before its clock, and the base of the rate after its clock, so both the time since the anchor and the rate are overestimated. An anchor whose
//!    reading something came between is not used.
//! 2. The rate is measured by each thread, over at least [`BASELINE`] and at most a second, and then raised by one part in 1,024: more than the 500 millionths by which
//!    the system's own discipline slews its clock, and than the error of the measurement. Two measurements that disagree by half of that are both dropped: the machine was suspended or moved,
//!    and the clock is read until a new one is known.
//! 3. A counter may be read a few instructions early; [`SLACK`] covers that.
//! 4. A counter that seems to have stood still, run backwards or jumped is outside of the window, and the clock is read.
//!
//! What remains: an administrator may slew the clock faster than its discipline does (by up to a tenth). A deadline taken in the millisecond in which that begins may be early by as much
//! of that millisecond.
//!
//! # Rejected
//!
//! * The system's coarse clock: up to 4 ms old, so either early or 4 ms late.
//! * One reading per turn of the worker: it is *before* the call, so the sleep would be early by the length of the turn.
//! * Counting from the first wait instead of the call: a task that computes between making a timeout and awaiting it would get that time for free.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
mod counter;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(miri))))]
#[path = "system.rs"]
mod counter;

/// How long an anchor is good for.
pub const WINDOW: Duration = Duration::from_millis(1);

/// The least time that the rate of the counter is measured over.
pub const BASELINE: Duration = Duration::from_millis(20);

/// What is added for a counter that is read early.
pub const SLACK: Duration = Duration::from_nanos(200);

/// How far after the present [`not_before_now`] may lie: a thousandth of the window, and the slack.
pub const LATEST: Duration = Duration::from_nanos(1_200);

/// Returns the instant that the process's times are counted from: when it was first asked for.
///
/// # Examples
///
/// ```
/// use runtime_core::util::clock;
///
/// let origin = clock::origin();
/// assert_eq!(clock::origin(), origin);
/// ```
#[inline]
#[must_use]
pub fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Returns a time, in nanoseconds since the [`origin`], that is not before the present, and at most [`LATEST`] after it.
///
/// # Examples
///
/// ```
/// use runtime_core::util::clock;
///
/// let before = clock::origin().elapsed();
/// assert!(u128::from(clock::not_before_now()) >= before.as_nanos());
/// ```
#[inline]
#[must_use]
pub fn not_before_now() -> u64 {
    counter::not_before_now()
}

/// Nanoseconds from the origin to an instant after it; 584 years at most.
fn since_origin(instant: Instant) -> u64 {
    let passed = instant.saturating_duration_since(origin()).as_nanos();
    u64::try_from(passed).unwrap_or(u64::MAX)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Long enough that the rate is known and anchors are renewed many times.
    #[test]
    fn it_is_never_before_the_clock() {
        let _ = origin();
        let end = Instant::now() + BASELINE * 5;
        let mut readings = 0_u32;
        loop {
            let before = Instant::now();
            let reading = not_before_now();
            let before_it = since_origin(before);
            assert!(reading >= before_it, "early by {} ns", before_it - reading);
            readings += 1;
            if before > end {
                break;
            }
        }
        // The interpreter is slow, and its clock is the real one.
        assert!(readings > if cfg!(miri) { 0 } else { 100 });
    }

    #[test]
    fn it_goes_on_in_other_threads() {
        let first = not_before_now();
        let second = std::thread::spawn(not_before_now).join().unwrap();
        // Each may be late by as much as is allowed, so only that much of order is certain.
        assert!(second + LATEST.as_nanos() as u64 >= first);
    }
}
