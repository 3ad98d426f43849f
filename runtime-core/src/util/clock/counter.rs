//! The time stamp counter, carried on from an anchor.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{BASELINE, SLACK, WINDOW, origin, since_origin};

/// A counter and a clock that were read together.
#[derive(Clone, Copy)]
struct Anchor {
    cycles: u64,
    /// Nanoseconds since the origin.
    time: u64,
    /// Nanoseconds per 2^32 cycles, a little too many; 0 while the rate is not known.
    rate: u64,
    /// Cycles for which the anchor is good.
    good_for: u64,
}

/// What the rate is measured from: a clock, and a counter that was read after it.
#[derive(Clone, Copy)]
struct Base {
    time: u64,
    cycles: u64,
}

thread_local! {
    static ANCHOR: Cell<Anchor> = const {
        Cell::new(Anchor { cycles: 0, time: 0, rate: 0, good_for: 0 })
    };
    static BASE: Cell<Option<Base>> = const { Cell::new(None) };
}

#[inline]
pub(super) fn not_before_now() -> u64 {
    let anchor = ANCHOR.get();
    let passed = cycles().wrapping_sub(anchor.cycles);
    if passed < anchor.good_for {
        // No overflow: a good anchor's cycles are at most `WINDOW` long.
        return anchor.time + ((passed * anchor.rate) >> 32) + SLACK.as_nanos() as u64;
    }
    drop_anchor()
}

/// Reads the clock, and makes the reading this thread's anchor once the rate of the counter is known.
#[cold]
fn drop_anchor() -> u64 {
    let _ = origin();
    let before = cycles();
    let time = since_origin(Instant::now());
    let after = Base {
        time,
        cycles: cycles(),
    };
    let rate = if system_trusts_counter() {
        measure(before, after, ANCHOR.get().rate)
    } else {
        0
    };
    ANCHOR.set(Anchor {
        cycles: before,
        time,
        rate,
        good_for: good_for(rate, after.cycles.wrapping_sub(before)),
    });
    time
}

/// The rate since this thread's base, if that is old enough, else the one that was known before. Two rates that disagree are both forgotten: the counter or the clock has jumped.
fn measure(before: u64, after: Base, known: u64) -> u64 {
    let Some(base) = BASE.get() else {
        BASE.set(Some(after));
        return 0;
    };
    let time = u128::from(after.time.saturating_sub(base.time));
    if time < BASELINE.as_nanos() {
        return known;
    }
    let rate = rate(time, before.wrapping_sub(base.cycles));
    if known != 0 && known.abs_diff(rate) > known / DISAGREEMENT {
        BASE.set(Some(after));
        return 0;
    }
    if time > LONGEST_BASELINE.as_nanos() {
        BASE.set(Some(after));
    }
    rate
}

/// Nanoseconds per 2^32 cycles, a thousandth too many; 0 if that is no number.
fn rate(time: u128, cycles: u64) -> u64 {
    let exact = (time << 32).checked_div(u128::from(cycles)).unwrap_or(0);
    u64::try_from(exact + exact / 1024).unwrap_or(0)
}

/// For how many cycles an anchor is good: none if its two counters lie so far apart that something came between.
fn good_for(rate: u64, between: u64) -> u64 {
    let window = u64::try_from(WINDOW.as_nanos()).unwrap_or(0);
    let cycles = (window << 32).checked_div(rate).unwrap_or(0);
    if between > cycles / 1_000 { 0 } else { cycles }
}

/// One part in so many is more than two rates of one counter differ by.
const DISAGREEMENT: u64 = 2_048;

/// A base older than this is replaced: what the system's clock did long ago says nothing about now.
const LONGEST_BASELINE: Duration = Duration::from_secs(1);

/// Whether the kernel keeps time by this counter, which it does only where the counter runs at one rate, never stops, and agrees between processors.
fn system_trusts_counter() -> bool {
    static TRUSTS: OnceLock<bool> = OnceLock::new();
    *TRUSTS.get_or_init(|| {
        std::fs::read_to_string(CLOCK_SOURCE).is_ok_and(|source| source.trim() == "tsc")
    })
}

#[inline]
fn cycles() -> u64 {
    // SAFETY: every x86-64 processor has the instruction; it reads a register and touches no memory.
    unsafe { core::arch::x86_64::_rdtsc() }
}

const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a counter of 2 GHz: the base read at zero, this reading a while later.
    fn measured(time: u64, cycles: u64, known: u64) -> u64 {
        BASE.set(Some(Base { time: 0, cycles: 0 }));
        measure(cycles, Base { time, cycles }, known)
    }

    const TRUE_RATE: u64 = 1 << 31;

    #[test]
    fn the_rate_is_a_little_too_large() {
        let rate = measured(50_000_000, 100_000_000, 0);
        assert!(
            rate > TRUE_RATE && rate < TRUE_RATE + TRUE_RATE / 1000,
            "{rate}"
        );
    }

    #[test]
    fn a_short_baseline_teaches_nothing() {
        assert_eq!(measured(1_000_000, 2_000_000, 7), 7);
    }

    #[test]
    fn a_clock_that_stood_still_while_the_counter_went_on_is_not_believed() {
        let known = measured(50_000_000, 100_000_000, 0);
        assert_eq!(measured(60_000_000, 100_000_000_000, known), 0);
        // From here on a new base is measured from.
        assert_eq!(BASE.get().map(|base| base.cycles), Some(100_000_000_000));
    }

    #[test]
    fn an_anchor_with_something_in_between_is_good_for_nothing() {
        assert_eq!(good_for(TRUE_RATE, 50_000), 0);
        assert_eq!(good_for(TRUE_RATE, 100), 2_000_000);
        assert_eq!(good_for(0, 100), 0);
    }
}
