//! The clock of one runtime: the system's monotonic clock, or one that stands still and is moved by hand.
//!
//! # Words
//!
//! The clock *runs* or is *frozen*. A frozen clock moves only by [`Clock::advance`], called by the user, and by
//! [`Clock::jump_to`], called by the driver when the runtime has nothing else to do (*auto-advance*). While somebody
//! *holds* it, it is not moved by itself.
//!
//! # The rule
//!
//! * A running clock is the system's plus a lead, which is zero unless it was frozen before: on [`Clock::resume`] it goes
//!   on from where it stood, so it never steps back.
//! * While the clock is frozen, deadlines are rounded up to whole milliseconds, counted from the instant at which it was
//!   frozen. So a sleep of 10 ms takes exactly 10 ms, and sleeps that differ by less than a millisecond end together,
//!   as people's tests expect. On a running clock nothing is rounded.
//! * A process in which no clock was ever frozen pays one load of a shared, never written flag.
//!
//! # Rejected
//!
//! A clock per thread, or one for the process: two runtimes could not be tested side by side. Rounding from the start of
//! the runtime: a clock that is frozen between two milliseconds would add a noise of up to one to the first sleep, a
//! different one in each run.

use crate::moment::{self, LAST, Moment};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const MILLISECOND: u64 = 1_000_000;

/// Whether a clock of this process was ever frozen. Set before the first one is, never cleared. The flag publishes
/// nothing but itself: whoever sees it takes the clock's lock.
static EVER_FROZEN: AtomicBool = AtomicBool::new(false);

/// Whether clocks have to be asked at all, rather than the system.
#[inline]
pub(crate) fn ever_frozen() -> bool {
    EVER_FROZEN.load(Ordering::Relaxed)
}

/// The clock of a runtime.
#[derive(Debug)]
pub(crate) struct Clock {
    face: Mutex<Face>,
}

#[derive(Debug)]
struct Face {
    mode: Mode,
    /// How many holders keep a frozen clock from moving by itself.
    holds: usize,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    /// This much ahead of the system's clock.
    Running { lead: i128 },
    /// At `now`; deadlines are rounded up to whole milliseconds after `grid`.
    Frozen { now: Moment, grid: Moment },
}

impl Clock {
    /// A clock that runs with the system's.
    pub(crate) fn new() -> Self {
        Self {
            face: Mutex::new(Face {
                mode: Mode::Running { lead: 0 },
                holds: 0,
            }),
        }
    }

    /// The present moment.
    #[inline]
    pub(crate) fn now(&self) -> Moment {
        if ever_frozen() {
            self.face.lock().mode.now()
        } else {
            moment::now()
        }
    }

    /// The present moment or one hardly after it, read more cheaply: for deadlines.
    #[inline]
    pub(crate) fn soon(&self) -> Moment {
        if ever_frozen() {
            self.face.lock().mode.now()
        } else {
            moment::soon()
        }
    }

    /// When a timer with this deadline fires: the deadline itself unless the clock is frozen.
    pub(crate) fn round(&self, deadline: Moment) -> Moment {
        if ever_frozen() {
            self.face.lock().mode.round(deadline)
        } else {
            deadline
        }
    }

    /// Whether the clock stands still.
    pub(crate) fn is_frozen(&self) -> bool {
        ever_frozen() && matches!(self.face.lock().mode, Mode::Frozen { .. })
    }

    /// Whether somebody keeps a frozen clock from moving by itself.
    pub(crate) fn is_held(&self) -> bool {
        self.face.lock().holds > 0
    }

    /// Moves a frozen clock to `moment`, or to the whole millisecond after it; says whether it did. Does nothing while
    /// somebody holds the clock or it runs.
    pub(crate) fn jump_to(&self, moment: Moment) -> bool {
        let mut face = self.face.lock();
        let (Mode::Frozen { now, grid }, 0) = (face.mode, face.holds) else {
            return false;
        };
        let now = face.mode.round(moment).max(now);
        face.mode = Mode::Frozen { now, grid };
        true
    }
}

/// The switches, used by the functions behind `test-util`.
#[cfg_attr(
    not(feature = "test-util"),
    expect(dead_code, reason = "without the feature a clock runs for ever")
)]
impl Clock {
    /// Stops the clock; false if it stands still already.
    pub(crate) fn freeze(&self) -> bool {
        EVER_FROZEN.store(true, Ordering::Relaxed);
        let mut face = self.face.lock();
        let Mode::Running { .. } = face.mode else {
            return false;
        };
        let now = face.mode.now();
        face.mode = Mode::Frozen { now, grid: now };
        true
    }

    /// Lets the clock run on from where it stands; false if it runs already.
    pub(crate) fn resume(&self) -> bool {
        let mut face = self.face.lock();
        let Mode::Frozen { now, .. } = face.mode else {
            return false;
        };
        let lead = i128::from(now) - i128::from(moment::now());
        face.mode = Mode::Running { lead };
        true
    }

    /// Moves a frozen clock; false if it runs.
    pub(crate) fn advance(&self, duration: Duration) -> bool {
        let mut face = self.face.lock();
        let Mode::Frozen { now, .. } = &mut face.mode else {
            return false;
        };
        *now = moment::add(*now, duration);
        true
    }

    /// Keeps the clock from moving by itself until as many [`release`](Self::release)s.
    pub(crate) fn hold(&self) {
        self.face.lock().holds += 1;
    }

    /// Undoes one [`hold`](Self::hold).
    pub(crate) fn release(&self) {
        self.face.lock().holds -= 1;
    }
}

impl Mode {
    fn now(self) -> Moment {
        match self {
            Self::Running { lead } => {
                let now = i128::from(moment::now()) + lead;
                now.clamp(0, i128::from(LAST)) as Moment
            }
            Self::Frozen { now, .. } => now,
        }
    }

    fn round(self, deadline: Moment) -> Moment {
        match self {
            Self::Frozen { grid, .. } if deadline > grid => {
                let steps = (deadline - grid).div_ceil(MILLISECOND);
                steps
                    .saturating_mul(MILLISECOND)
                    .saturating_add(grid)
                    .min(LAST)
            }
            _ => deadline,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn time_12_a_frozen_clock_moves_by_hand_only() {
        let clock = Clock::new();
        assert!(clock.freeze());
        assert!(!clock.freeze(), "it is frozen already");
        let start = clock.now();
        assert_eq!(clock.now(), start);
        assert!(clock.advance(Duration::from_micros(2_500)));
        assert_eq!(clock.now(), start + 2_500_000);
    }

    #[test]
    fn time_12_deadlines_are_rounded_up_from_where_the_clock_was_frozen() {
        let clock = Clock::new();
        clock.freeze();
        let start = clock.now();
        clock.advance(Duration::from_micros(1_300));
        for (after, rounded) in [(0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(clock.round(start + after), start + rounded * MILLISECOND);
        }
        assert_eq!(clock.round(start - 5), start - 5, "the past is left alone");
        assert_eq!(clock.round(LAST), LAST);
        assert!(clock.jump_to(start + 4_000_001));
        assert_eq!(clock.now(), start + 5_000_000);
        assert!(clock.jump_to(start));
        assert_eq!(clock.now(), start + 5_000_000, "never back");
    }

    #[test]
    fn time_12_resume_goes_on_from_where_it_stood() {
        for step in [
            Duration::ZERO,
            MS,
            Duration::from_secs(1 << 30),
            Duration::MAX,
        ] {
            let clock = Clock::new();
            clock.freeze();
            clock.advance(step);
            let stood = clock.now();
            assert!(clock.resume());
            assert!(!clock.resume());
            assert!(!clock.advance(MS));
            assert!(clock.now() >= stood);
            assert!(!clock.jump_to(LAST), "a running clock is not moved");
            assert!(clock.freeze());
            assert!(clock.now() >= stood);
        }
    }

    #[test]
    fn a_held_clock_does_not_move_by_itself() {
        let clock = Clock::new();
        clock.freeze();
        let start = clock.now();
        clock.hold();
        clock.hold();
        clock.release();
        assert!(!clock.jump_to(start + MILLISECOND));
        assert!(clock.advance(MS), "by hand it does");
        clock.release();
        assert!(clock.jump_to(start + 2 * MILLISECOND));
        assert_eq!(clock.now(), start + 2 * MILLISECOND);
    }
}
