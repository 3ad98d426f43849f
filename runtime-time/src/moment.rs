//! Points in time as one number.
//!
//! A *moment* is a count of nanoseconds on a time line that all runtimes of the process share. It begins 146 years before
//! the process first asked for the time and ends 438 years after, so that every [`std::time::Instant`] a program can
//! reasonably hold has its own moment, also one from before the start, and half the size. What lies beyond either end
//! is moved to it. All arithmetic saturates.

use runtime_core::util::clock;
use std::time::{Duration, Instant};

/// Nanoseconds on the time line of the process.
pub(crate) type Moment = u64;

/// The moment after all others: nothing is due then.
pub(crate) const NEVER: Moment = u64::MAX;

/// The last moment a deadline can have.
pub(crate) const LAST: Moment = NEVER - 1;

/// The moment at which the process first asked for the time. Its low bits are zero, so the wheels start at an even place.
const START: Moment = 1 << 62;

/// What stands for a deadline that cannot be represented: about 30 years.
pub(crate) const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The present moment by the system's monotonic clock.
#[inline]
pub(crate) fn now() -> Moment {
    // First the start: the first moment must not lie before it, in the wheels' epoch before.
    let start = start();
    since(start, Instant::now())
}

/// A moment that is not before the present and hardly after it, read more cheaply: for deadlines.
#[inline]
pub(crate) fn soon() -> Moment {
    START.saturating_add(clock::not_before_now())
}

/// The instant of [`START`].
#[inline]
fn start() -> Instant {
    clock::origin()
}

/// The moment of an instant.
pub(crate) fn from_std(instant: Instant) -> Moment {
    since(start(), instant)
}

#[inline]
fn since(start: Instant, instant: Instant) -> Moment {
    match instant.checked_duration_since(start) {
        Some(after) => add(START, after),
        None => START.saturating_sub(nanoseconds(start - instant)),
    }
}

/// The instant of a moment.
pub(crate) fn to_std(moment: Moment) -> Instant {
    let start = start();
    if moment >= START {
        let after = Duration::from_nanos(moment - START);
        start.checked_add(after).unwrap_or_else(|| start + FAR)
    } else {
        let before = Duration::from_nanos(START - moment);
        start.checked_sub(before).unwrap_or(start)
    }
}

/// A later moment, [`LAST`] at the latest.
#[inline]
pub(crate) fn add(moment: Moment, duration: Duration) -> Moment {
    moment.saturating_add(nanoseconds(duration)).min(LAST)
}

/// A deadline that lies `duration` after now; one too far to represent becomes about 30 years.
#[inline]
pub(crate) fn deadline(now: Moment, duration: Duration) -> Moment {
    match add(now, duration) {
        LAST => add(now, FAR),
        deadline => deadline,
    }
}

/// How long it is from one moment to another; zero if that is the past.
#[inline]
pub(crate) fn between(from: Moment, to: Moment) -> Duration {
    Duration::from_nanos(to.saturating_sub(from))
}

#[inline]
fn nanoseconds(duration: Duration) -> u64 {
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(u64::from(duration.subsec_nanos()))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_the_way_there_and_back() {
        let now = Instant::now();
        let away = [0, 1, 999, 1_000_000_007, 1 << 40, 1 << 55].map(Duration::from_nanos);
        for duration in away {
            assert_eq!(to_std(from_std(now + duration)), now + duration);
            if let Some(past) = now.checked_sub(duration) {
                assert_eq!(to_std(from_std(past)), past);
            }
        }
    }

    #[test]
    fn time_goes_on_from_the_start() {
        let first = now();
        assert!((START..START + (1 << 50)).contains(&first));
        assert!(now() >= first);
    }

    #[test]
    fn time_04_nothing_overflows() {
        let now = now();
        assert_eq!(deadline(now, Duration::MAX), add(now, FAR));
        assert_eq!(
            deadline(now, Duration::MAX - Duration::from_nanos(1)),
            add(now, FAR)
        );
        assert_eq!(add(LAST, Duration::from_nanos(1)), LAST);
        assert_eq!(between(LAST, 0), Duration::ZERO);
        assert_eq!(between(0, 7), Duration::from_nanos(7));
        for moment in [0, 1, START - 1, START, LAST, NEVER] {
            let _ = to_std(moment);
        }
    }
}
