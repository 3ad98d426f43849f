//! A pool thread that has just become idle looks out for the next job for a moment, before it goes to sleep.
//!
//! A task that does one blocking operation after the other submits the next job a few microseconds after the last one has
//! ended. A thread that fell asleep in between has to be woken for it, which costs several times that; and while it is
//! being woken, the worker that waits for it falls asleep too. A thread that still looks takes the job at once.
//!
//! The price is bounded: one thread of a pool lingers at a time, for [`MOMENT`] at most, and a thread for which it did not pay
//! several times in a row tries it only now and then. On a single CPU it never does, as nobody could submit
//! anything meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::state::Berth;
use crate::primitive::hint;

/// The longest that a thread lingers: less than being woken costs both sides.
const MOMENT: Duration = Duration::from_micros(25);

/// Looks between two looks at the clock.
const LOOKS: u32 = 16;

/// After so many times in vain,
const PATIENCE: u32 = 4;
/// only each time of so many is tried.
const NOW_AND_THEN: u32 = 32;

/// The right to linger, of which a pool has one.
#[derive(Debug)]
pub(super) struct Lookout {
    /// Relaxed throughout: it limits what is spent and orders nothing.
    taken: AtomicBool,
    worth_it: bool,
}

/// What a thread has learnt about lingering.
#[derive(Debug, Default)]
pub(super) struct Experience {
    in_vain: u32,
}

impl Lookout {
    pub(super) fn new() -> Self {
        // A model knows no moments.
        let worth_it =
            !cfg!(loom) && std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 1);
        Self {
            taken: AtomicBool::new(false),
            worth_it,
        }
    }

    /// Lingers, unless another thread does or it would not pay. The berth's flag is looked at without the lock here: it only tells
    /// when to go and look with it.
    pub(super) fn linger(&self, berth: &Berth, experience: &mut Experience) {
        if !self.worth_it || !experience.suggests_it() || self.taken.swap(true, Ordering::Relaxed) {
            return;
        }
        let start = Instant::now();
        while !berth.is_claimed() {
            for _ in 0..LOOKS {
                hint::spin_loop();
            }
            if start.elapsed() > MOMENT {
                break;
            }
        }
        self.taken.store(false, Ordering::Relaxed);
        experience.learn(berth.is_claimed());
    }
}

impl Experience {
    fn suggests_it(&mut self) -> bool {
        if self.in_vain < PATIENCE {
            return true;
        }
        self.in_vain = self.in_vain.wrapping_add(1);
        self.in_vain % NOW_AND_THEN == 0
    }

    fn learn(&mut self, paid: bool) {
        if paid {
            self.in_vain = 0;
        } else if self.in_vain < PATIENCE {
            self.in_vain += 1;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn tries(experience: &mut Experience, times: u32) -> usize {
        (0..times).filter(|_| experience.suggests_it()).count()
    }

    #[test]
    fn what_never_pays_is_tried_now_and_then_and_again_always_once_it_paid() {
        let mut experience = Experience::default();
        for _ in 0..PATIENCE {
            assert!(experience.suggests_it());
            experience.learn(false);
        }
        assert_eq!(tries(&mut experience, 10 * NOW_AND_THEN), 10);
        experience.learn(true);
        assert_eq!(tries(&mut experience, 5), 5);
    }

    #[test]
    fn one_thread_lingers_at_a_time_and_not_for_ever() {
        let lookout = Lookout {
            taken: AtomicBool::new(true),
            worth_it: true,
        };
        let (berth, mut experience) = (Berth::new(), Experience::default());
        lookout.linger(&berth, &mut experience);
        assert_eq!(experience.in_vain, 0, "another thread lingers");
        lookout.taken.store(false, Ordering::Relaxed);
        lookout.linger(&berth, &mut experience);
        assert_eq!(experience.in_vain, 1, "nobody claimed it");
        assert!(!lookout.taken.load(Ordering::Relaxed));
    }
}
