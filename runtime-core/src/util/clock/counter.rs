//! The time stamp counter, carried on from an anchor.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{BASELINE, SLACK, WINDOW};

/// A counter and a clock that were read together.
#[derive(Clone, Copy)]
struct Anchor {
    cycles: u64,
    instant: Instant,
    /// Nanoseconds per 2^32 cycles, a little too many; 0 while the rate is not known.
    rate: u64,
    /// Cycles for which the anchor is good.
    good_for: u64,
}

/// The first anchor of the process, from which the rate is measured. `None`: the system does not trust the counter, so neither do we.
static FIRST: OnceLock<Option<Anchor>> = OnceLock::new();

thread_local! {
    static ANCHOR: Cell<Option<Anchor>> = const { Cell::new(None) };
}

#[inline]
pub(super) fn not_before_now() -> Instant {
    if let Some(anchor) = ANCHOR.get() {
        let passed = cycles().wrapping_sub(anchor.cycles);
        if passed < anchor.good_for {
            return anchor.instant + Duration::from_nanos((passed * anchor.rate) >> 32) + SLACK;
        }
    }
    drop_anchor()
}

/// Reads the clock, and makes the reading this thread's anchor once the rate of the counter is known.
#[cold]
fn drop_anchor() -> Instant {
    let cycles = cycles();
    let instant = Instant::now();
    let here = Anchor {
        cycles,
        instant,
        rate: 0,
        good_for: 0,
    };
    let first = FIRST.get_or_init(|| system_trusts_counter().then_some(here));
    ANCHOR.set(first.and_then(|first| measured(first, here)));
    instant
}

/// The anchor with the rate since the first one, if that was long enough ago.
fn measured(first: Anchor, here: Anchor) -> Option<Anchor> {
    let time = here
        .instant
        .checked_duration_since(first.instant)
        .filter(|time| *time >= BASELINE)?;
    let cycles = here
        .cycles
        .checked_sub(first.cycles)
        .filter(|cycles| *cycles > 0)?;
    let exact = (time.as_nanos() << 32) / u128::from(cycles);
    let rate = u64::try_from(exact + exact / 1024).ok()?;
    let window = u64::try_from(WINDOW.as_nanos()).ok()?;
    let good_for = (window << 32).checked_div(rate)?;
    Some(Anchor {
        rate,
        good_for,
        ..here
    })
}

/// Whether the kernel keeps time by this counter, which it does only where the counter runs at one rate, never stops, and agrees between processors.
fn system_trusts_counter() -> bool {
    std::fs::read_to_string(CLOCK_SOURCE).is_ok_and(|source| source.trim() == "tsc")
}

#[inline]
fn cycles() -> u64 {
    // SAFETY: every x86-64 processor has the instruction; it reads a register and touches no memory.
    unsafe { core::arch::x86_64::_rdtsc() }
}

const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
