//! Who runs dry looks a little longer before going to sleep.
//!
//! # Why
//!
//! Sleeping and being woken costs both sides: a system call and a switch each, cold caches, and where a processor has to be brought back from its halt, tens of
//! microseconds of waiting. What comes within that time is better waited for awake: the next request of a lone connection, and the next burst of a busy peer, whose
//! backlog alone [would not pay](super::pace) for a wake-up although two could share it.
//!
//! # The rule
//!
//! ```text
//!                      in credit, there is room, nobody lingers
//!   nothing to do ────────────────────────────────────────────────► linger ──► found: earn a wake-up saved, less the time it took
//!        │                                                            │
//!        └──────────────────► sleep ◄─────────────────────────────────┘  the limit: lose the time it took
//! ```
//!
//! * *What is looked at*: all that could end the sleep, and the driver if its seat is free. A peer's deque counts if what is in it takes [`WORTH_SHARING`], by that peer's own mean: fewer or
//!   shorter tasks are done sooner than they are fetched.
//! * *Credit* is in nanoseconds of processor time. A find earns [`SAVED`], all time spent looking is paid, and who has none left goes to sleep at once, but for a trial after 1, 2, 4, … and then each
//!   [`RAREST_TRIAL`] times. So what looking may cost is bounded by what it has saved: requests that come in shorter intervals than a sleep costs are waited for, others are not, and an
//!   idle runtime spends nothing.
//! * *One thread at a time*, and none on a [machine without room](super::crowd) for it: it would stand in the way of what it waits for. None on a single processor.
//!
//! A thread that lingers counts as one that [searches](super::idle), so whoever pushes from outside need not wake anybody; the duties of a searcher who gives up are those of any other.
//!
//! # How it begins
//!
//! A peer that sleeps knows nothing of a backlog that is never long enough to wake it. While a worker is at work, the [guard](super::guard) comes by every few milliseconds; if it meets a backlog worth sharing
//! twice in a row, it [invites](Invitations) a sleeper, which stays for as long as lingering pays. If it does not stay, the next invitation comes later.

use std::cell::Cell;
use std::time::Duration;

use super::Shared;
use super::root::Root;
use super::worker::Worker;
use crate::primitive::{Mutex, MutexGuard, hint};
use crate::util::clock::not_before_now;

/// Nanoseconds of processor time that one saved sleep is worth, on both sides together.
const SAVED: i64 = 30_000;

/// The longest that a thread lingers.
const LONGEST: Duration = Duration::from_micros(50);

/// The most credit: so much is lost when what paid does not pay any more.
const MOST: i64 = 8 * LONGEST.as_nanos() as i64;

/// A trial at least each so many times.
const RAREST_TRIAL: u32 = 64;

/// Nanoseconds of a peer's queue that are worth fetching half of it.
const WORTH_SHARING: u64 = 10_000;

/// Looks at the queues between two at the driver.
const LOOKS: u32 = 8;

/// The right to linger, of which a runtime has one.
#[derive(Debug)]
pub(crate) struct Lingering {
    // No code runs under it but the looking.
    taken: Mutex<()>,
    may_pay: bool,
}

impl Lingering {
    pub(crate) fn new() -> Self {
        Self {
            taken: Mutex::new(()),
            // A model knows no moments.
            may_pay: !cfg!(loom) && has_two_processors(),
        }
    }

    fn try_begin(&self) -> Option<MutexGuard<'_, ()>> {
        self.taken.try_lock()
    }
}

/// Whether this process may use more than one processor at a time.
pub(crate) fn has_two_processors() -> bool {
    std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
}

/// What one worker's lingering has saved and cost.
#[derive(Debug)]
pub(super) struct Credit {
    nanoseconds: Cell<i64>,
    sleeps_to_trial: Cell<u32>,
    between_trials: Cell<u32>,
}

impl Credit {
    pub(super) fn new() -> Self {
        Self {
            nanoseconds: Cell::new(0),
            sleeps_to_trial: Cell::new(1),
            between_trials: Cell::new(1),
        }
    }

    /// Whether to linger this time.
    fn allows(&self) -> bool {
        if self.nanoseconds.get() > 0 {
            return true;
        }
        let left = self.sleeps_to_trial.get() - 1;
        self.sleeps_to_trial
            .set(if left == 0 { self.between_trials.get() } else { left });
        left == 0
    }

    fn settle(&self, found: bool, took: u64) {
        let took = i64::try_from(took).unwrap_or(MOST);
        let before = self.nanoseconds.get();
        let earned = if found { SAVED } else { 0 };
        self.nanoseconds
            .set((before + earned - took).clamp(0, MOST));
        if found {
            self.between_trials.set(1);
        } else if before == 0 {
            let later = (self.between_trials.get() * 2).min(RAREST_TRIAL);
            self.between_trials.set(later);
            self.sleeps_to_trial.set(later);
        }
    }
}

impl Worker {
    /// Looks a little longer, if that pays. True: there is something to do.
    pub(super) fn linger(&self, root: &Root) -> bool {
        let shared = self.shared();
        if !shared.lingering.may_pay || !self.credit.allows() || self.is_one_too_many() {
            return false;
        }
        let Some(_alone) = shared.lingering.try_begin() else {
            return false;
        };
        if !self.searching.get() {
            self.search_again();
        }
        if !self.searching.get() {
            return false;
        }
        let began = not_before_now();
        let end = began.saturating_add(LONGEST.as_nanos() as u64);
        let (found, now) = loop {
            if (0..LOOKS).any(|_| self.looks_up(root)) {
                break (true, not_before_now());
            }
            let now = not_before_now();
            if now >= end {
                break (false, now);
            }
            self.look();
        };
        self.credit.settle(found, now.saturating_sub(began));
        found
    }

    fn looks_up(&self, root: &Root) -> bool {
        hint::spin_loop();
        let shared = self.shared();
        root.is_woken()
            || shared.shutdown.is_closed()
            || self.sees_work(false)
            || shared.has_backlog_to_share(Some(self.index()))
    }
}

impl Shared {
    /// Whether a slot, other than this one, has more queued than it is worth to leave to it.
    fn has_backlog_to_share(&self, own: Option<usize>) -> bool {
        let mut slots = self.slots.iter().enumerate();
        slots.any(|(index, slot)| {
            let queued = slot.stealer.len() as u64;
            Some(index) != own
                && queued.saturating_mul(slot.stats.mean_poll.get()) >= WORTH_SHARING
        })
    }
}

/// The guard's invitations to a sleeper to share what a peer has queued.
#[derive(Debug)]
pub(super) struct Invitations {
    looks_to_next: u32,
    looks_between: u32,
    seen: bool,
}

impl Invitations {
    pub(super) fn new() -> Self {
        Self {
            looks_to_next: 0,
            looks_between: 1,
            seen: false,
        }
    }

    /// Whether to invite a sleeper now.
    pub(super) fn are_due(&mut self, shared: &Shared) -> bool {
        if !shared.lingering.may_pay || !shared.idle.any_sleeps() {
            // Whoever was invited has stayed.
            *self = Self::new();
            return false;
        }
        let to_share = !shared.idle.any_searches() && shared.has_backlog_to_share(None);
        let again = std::mem::replace(&mut self.seen, to_share);
        self.looks_to_next = self.looks_to_next.saturating_sub(1);
        // The guard has been counted, and goes to sleep: there is room for one more.
        if !(to_share && again && self.looks_to_next == 0 && shared.crowd.has_room_for(1)) {
            return false;
        }
        self.looks_to_next = self.looks_between;
        self.looks_between = (self.looks_between * 2).min(RAREST_INVITATION);
        true
    }
}

/// An invitation at least each so many looks of the guard, if there is something to share.
const RAREST_INVITATION: u32 = 16;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MOMENT: u64 = 1_000;

    fn tries(credit: &Credit, times: u32) -> usize {
        (0..times).filter(|_| credit.allows()).count()
    }

    #[test]
    fn what_never_pays_is_tried_ever_more_rarely() {
        let credit = Credit::new();
        let mut tried = Vec::new();
        for sleep in 0..400 {
            if credit.allows() {
                credit.settle(false, MOMENT);
                tried.push(sleep);
            }
        }
        assert_eq!(tried, [0, 2, 6, 14, 30, 62, 126, 190, 254, 318, 382]);
    }

    #[test]
    fn what_pays_is_done_each_time() {
        let credit = Credit::new();
        for _ in 0..100 {
            assert!(credit.allows());
            credit.settle(true, MOMENT);
        }
        assert_eq!(credit.nanoseconds.get(), MOST);
    }

    #[test]
    fn what_takes_longer_than_it_saves_is_given_up() {
        let credit = Credit::new();
        for _ in 0..100 {
            if credit.allows() {
                credit.settle(true, 2 * SAVED as u64);
            }
        }
        assert_eq!(credit.nanoseconds.get(), 0);
    }

    #[test]
    fn what_has_stopped_to_pay_costs_no_more_than_the_credit() {
        let credit = Credit::new();
        (0..100).for_each(|_| credit.settle(true, MOMENT));
        let mut cost = 0;
        while credit.nanoseconds.get() > 0 {
            assert!(credit.allows());
            credit.settle(false, LONGEST.as_nanos() as u64);
            cost += LONGEST.as_nanos() as i64;
        }
        assert!(cost <= MOST, "{cost}");
        assert_eq!(tries(&credit, 1), 1, "the first trial comes at once");
    }
}
