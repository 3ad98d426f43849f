//! The time stamp counter, carried on from an anchor.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Instant;

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

impl Anchor {
    /// Good for nothing.
    const NONE: Self = Self {
        cycles: 0,
        time: 0,
        rate: 0,
        good_for: 0,
    };
}

/// The first anchor of the process, from which the rate is measured. `None`: the system does not trust the counter, so neither do we.
static FIRST: OnceLock<Option<Anchor>> = OnceLock::new();

thread_local! {
    static ANCHOR: Cell<Anchor> = const { Cell::new(Anchor::NONE) };
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
    let cycles = cycles();
    let time = since_origin(Instant::now());
    let here = Anchor {
        cycles,
        time,
        ..Anchor::NONE
    };
    let first = FIRST.get_or_init(|| system_trusts_counter().then_some(here));
    let anchor = first.and_then(|first| measured(first, here));
    ANCHOR.set(anchor.unwrap_or(Anchor::NONE));
    time
}

/// The anchor with the rate since the first one, if that was long enough ago.
fn measured(first: Anchor, here: Anchor) -> Option<Anchor> {
    let time = here
        .time
        .checked_sub(first.time)
        .filter(|time| u128::from(*time) >= BASELINE.as_nanos())?;
    let cycles = here
        .cycles
        .checked_sub(first.cycles)
        .filter(|cycles| *cycles > 0)?;
    let exact = (u128::from(time) << 32) / u128::from(cycles);
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
