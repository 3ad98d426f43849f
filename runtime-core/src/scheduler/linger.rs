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
//!                      in credit, there is room, few linger
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
//!   Who has stolen may try at once: where a backlog was, there may be more.
//! * *Two threads at a time*, and none on a [machine without room](super::crowd) for it: it would stand in the way of what it waits for. None on a single processor.
//!
//! The first to linger counts as one that [searches](super::idle), so whoever pushes from outside need not wake anybody; the duties of a searcher who gives up are those of any other.
//!
//! # What was measured
//!
//! Two processors, medians of three to seven interleaved runs, without and with lingering; the client a process of its own.
//!
//! | load | without | with |
//! |---|---|---|
//! | echo, one connection: median, processor time per request | 41 µs, 25.7 µs | 24 µs, 24.6 µs |
//! | echo, 64 connections: requests per second against tokio | 1.02 | 1.13 |
//! | echo, 256 connections | 1.24 | 1.01 to 1.21, three series: open whether it costs there |
//! | `watch/100`, time against tokio | 0.66 | 0.97 |
//! | `broadcast/100` | 0.68 | 1.0 |
//!
//! The driver is visited every [`BETWEEN_VISITS`]: at each look, batches of one or two events cost both ends of 64 Unix sockets in one runtime a tenth more.
//!
//! Rejected: *one thread at a time*. Of two that run dry together the other waited in the driver, was woken there 30 µs later, and fetched what the first could have taken out at once. Rejected: *a lower price of a wake-up*
//! (60 µs): the peer came, found the rest done, and slept again; echo over 256 connections lost a tenth.
//!
//! # How it begins
//!
//! A peer that sleeps knows nothing of a backlog that is never long enough to wake it. While a worker is at work, the [guard](super::guard) comes by every few milliseconds; if it meets a backlog worth sharing
//! twice in a row, it [invites](Invitations) a sleeper, which stays for as long as lingering pays. If it does not stay, the next invitation comes later.

use std::time::Duration;

use super::Shared;
use super::root::Root;
use super::stats::Gauge;
use super::worker::Worker;
use crate::primitive::atomic::{AtomicUsize, Ordering::*};
use crate::primitive::hint;
use crate::util::clock::not_before_now;

/// Nanoseconds of processor time that one saved sleep is worth, on both sides together: 12 µs on this side where a halted processor is quick to come back.
const SAVED: u64 = 20_000;

/// The longest that a thread lingers.
const LONGEST: Duration = Duration::from_micros(50);

/// The most credit: so much is lost when what paid does not pay any more.
const MOST: u64 = 8 * LONGEST.as_nanos() as u64;

/// A trial at least each so many times.
const RAREST_TRIAL: u64 = 64;

/// Nanoseconds of a peer's queue that are worth fetching half of it.
const WORTH_SHARING: u64 = 10_000;

/// Nanoseconds between two visits to the driver: what becomes ready meanwhile comes in one batch.
const BETWEEN_VISITS: u64 = 3_000;

/// So many threads linger at a time.
const MOST_LINGERERS: usize = 2;

/// Who lingers.
#[derive(Debug)]
pub(crate) struct Lingering {
    /// Relaxed throughout: it limits what is spent and orders nothing.
    threads: AtomicUsize,
    may_pay: bool,
}

impl Lingering {
    pub(crate) fn new() -> Self {
        Self {
            threads: AtomicUsize::new(0),
            // A model knows no moments.
            may_pay: !cfg!(loom) && has_two_processors(),
        }
    }

    fn try_begin(&self) -> Option<InLinger<'_>> {
        let lingers = InLinger(self);
        (self.threads.fetch_add(1, Relaxed) < MOST_LINGERERS).then_some(lingers)
    }
}

/// One of those who linger, or who tried to.
struct InLinger<'a>(&'a Lingering);

impl Drop for InLinger<'_> {
    fn drop(&mut self) {
        self.0.threads.fetch_sub(1, Relaxed);
    }
}

/// Whether this process may use more than one processor at a time.
pub(crate) fn has_two_processors() -> bool {
    std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
}

/// What lingering in one slot has saved and cost: kept in the slot, as a thread's hold on it may be short. Written by the driving thread only; a new one is all zero.
#[derive(Debug, Default)]
pub(crate) struct Credit {
    nanoseconds: Gauge,
    /// Zero and one: the next.
    sleeps_to_trial: Gauge,
    /// Zero and one: no sleep.
    between_trials: Gauge,
}

impl Credit {
    /// Whether to linger this time.
    fn allows(&self) -> bool {
        if self.nanoseconds.get() > 0 {
            return true;
        }
        let left = self.sleeps_to_trial.get().max(1) - 1;
        self.sleeps_to_trial.set(if left == 0 {
            self.between_trials.get()
        } else {
            left
        });
        left == 0
    }

    /// A peer had more than it could do: the next time is a trial.
    pub(super) fn has_stolen(&self) {
        self.sleeps_to_trial.set(1);
    }

    fn settle(&self, found: bool, took: u64) {
        let before = self.nanoseconds.get();
        let earned = if found { SAVED } else { 0 };
        let after = (before + earned).saturating_sub(took).min(MOST);
        self.nanoseconds.set(after);
        if found {
            self.between_trials.set(1);
        } else if before == 0 {
            let later = (self.between_trials.get().max(1) * 2).min(RAREST_TRIAL);
            self.between_trials.set(later);
            self.sleeps_to_trial.set(later);
        }
    }
}

impl Worker {
    /// Looks a little longer, if that pays. True: there is something to do.
    pub(super) fn linger(&self, root: &Root) -> bool {
        let shared = self.shared();
        if !shared.lingering.may_pay || !self.slot().credit.allows() || self.is_one_too_many() {
            return false;
        }
        let Some(_lingers) = shared.lingering.try_begin() else {
            return false;
        };
        if !self.searching.get() {
            self.search_again();
        }
        let began = not_before_now();
        let (found, now) = self.look_from(root, began);
        self.slot().credit.settle(found, now.saturating_sub(began));
        found
    }

    /// Looks from now on, for [`LONGEST`]: whether anything was found, and the time then.
    fn look_from(&self, root: &Root, began: u64) -> (bool, u64) {
        let end = began.saturating_add(LONGEST.as_nanos() as u64);
        let mut visit = began + BETWEEN_VISITS;
        loop {
            if self.looks_up(root) {
                return (true, not_before_now());
            }
            let now = not_before_now();
            if now >= end {
                return (false, now);
            }
            if now >= visit {
                self.look();
                visit = not_before_now() + BETWEEN_VISITS;
            }
            hint::spin_loop();
        }
    }

    fn looks_up(&self, root: &Root) -> bool {
        let shared = self.shared();
        root.is_woken()
            || shared.shutdown.is_closed()
            || self.sees_work(false)
            || self.may_steal() && shared.has_backlog_to_share(Some(self.index()))
    }

    /// Whether it searches: who does not must leave a peer's tasks to those who do.
    fn may_steal(&self) -> bool {
        if !self.searching.get() {
            self.search_again();
        }
        self.searching.get()
    }
}

impl Shared {
    /// Whether a slot, other than this one, has more queued than it is worth to leave to it.
    fn has_backlog_to_share(&self, own: Option<usize>) -> bool {
        let mut slots = self.slots.iter().enumerate();
        slots.any(|(index, slot)| {
            let queued = slot.stealer.len() as u64;
            Some(index) != own && queued.saturating_mul(slot.stats.mean_poll.get()) >= WORTH_SHARING
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
        let sleeps = shared.lingering.may_pay && shared.idle.any_sleeps();
        let to_share = || !shared.idle.any_searches() && shared.has_backlog_to_share(None);
        // The guard has been counted, and goes to sleep: there is room for one more.
        self.follow(sleeps, to_share, || shared.crowd.has_room_for(1))
    }

    fn follow(
        &mut self,
        sleeps: bool,
        to_share: impl FnOnce() -> bool,
        has_room: impl FnOnce() -> bool,
    ) -> bool {
        if !sleeps {
            // Whoever was invited has stayed.
            *self = Self::new();
            return false;
        }
        let to_share = to_share();
        let again = std::mem::replace(&mut self.seen, to_share);
        self.looks_to_next = self.looks_to_next.saturating_sub(1);
        if !(to_share && again && self.looks_to_next == 0 && has_room()) {
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
        let credit = Credit::default();
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
        let credit = Credit::default();
        for _ in 0..100 {
            assert!(credit.allows());
            credit.settle(true, MOMENT);
        }
        assert_eq!(credit.nanoseconds.get(), MOST);
    }

    #[test]
    fn what_takes_longer_than_it_saves_is_given_up() {
        let credit = Credit::default();
        for _ in 0..100 {
            if credit.allows() {
                credit.settle(true, 2 * SAVED);
            }
        }
        assert_eq!(credit.nanoseconds.get(), 0);
    }

    #[test]
    fn what_has_stopped_to_pay_costs_no_more_than_the_credit() {
        let credit = Credit::default();
        (0..100).for_each(|_| credit.settle(true, MOMENT));
        let mut cost = 0;
        while credit.nanoseconds.get() > 0 {
            assert!(credit.allows());
            credit.settle(false, LONGEST.as_nanos() as u64);
            cost += LONGEST.as_nanos() as u64;
        }
        assert!(cost <= MOST, "{cost}");
        assert_eq!(tries(&credit, 1), 1, "the first trial comes at once");
    }

    #[test]
    fn two_linger_at_a_time() {
        let lingering = Lingering::new();
        let one = lingering.try_begin();
        let two = lingering.try_begin();
        assert!(one.is_some() && two.is_some());
        assert!(lingering.try_begin().is_none());
        drop(one);
        assert!(lingering.try_begin().is_some());
    }

    /// At which of so many looks there is an invitation.
    fn invitations(invitations: &mut Invitations, looks: usize, room: bool) -> Vec<usize> {
        (0..looks)
            .filter(|_| invitations.follow(true, || true, || room))
            .collect()
    }

    #[test]
    fn a_sleeper_that_does_not_stay_is_invited_ever_more_rarely() {
        let mut guard = Invitations::new();
        assert_eq!(invitations(&mut guard, 64, true), [1, 2, 4, 8, 16, 32, 48]);
        assert!(!guard.follow(false, || true, || true), "nobody sleeps");
        assert_eq!(invitations(&mut guard, 3, true), [1, 2], "one has stayed");
    }

    #[test]
    fn nobody_is_invited_for_a_moment_s_backlog_or_to_a_full_machine() {
        let mut guard = Invitations::new();
        assert_eq!(invitations(&mut guard, 64, false), []);
        let mut guard = Invitations::new();
        let mut backlog = false;
        for _ in 0..64 {
            backlog = !backlog;
            assert!(!guard.follow(true, || backlog, || true));
        }
    }
}
