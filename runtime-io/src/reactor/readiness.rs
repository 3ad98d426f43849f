//! The readiness word: what a source is ready for, and who waits for it. All atomics of a source are in this file.
//!
//! # The word
//!
//! ```text
//!  63            38 37            12 11 10 9 8    7        6       5 … 0
//! ┌────────────────┬────────────────┬─────┬────┬───────┬──────────┬───────┐
//! │  write tick    │   read tick    │ wr. │ rd.│ crowd │ shutdown │ Ready │
//! └────────────────┴────────────────┴─────┴────┴───────┴──────────┴───────┘
//! ```
//!
//! * **Ready**: the bits of [`Ready`]. Set by an event, cleared by the task that found that it would block after all. The closed
//!   bits are never cleared: what is closed stays closed.
//! * **shutdown**: the reactor is gone. Set once, never cleared.
//! * **crowd**: the list of waiting tasks beside the two sides is not empty. Changed only under the lock of that list.
//! * **rd., wr.**: the state of each waiting side, below.
//! * **ticks**: one counter per direction, advanced by each event of that direction. A task that has seen the word keeps it whole
//!   as a [`Snapshot`]; its clear applies to a direction only if that direction's tick is still the one it saw. An event that came
//!   between the task's system call and its clear has moved the tick, so its readiness survives. With one tick for both
//!   directions a busy writer would make each clear of the reader fail, and the reader would spin.
//!
//! # A waiting side
//!
//! Each direction has room for one waker, which stays there from one event to the next. Who may touch it follows from the state:
//!
//! ```text
//!            1 claim                    2 enlist
//!   ┌──────┐ ──────────► ┌─────────────┐ ──────────► ┌───────┐
//!   │ IDLE │             │ REGISTERING │             │ ARMED │
//!   └──────┘ ◄────────── └─────────────┘ ◄────────── └───────┘
//!       ▲     3 enlist,         ▲            1 claim     │
//!       │       abandon         └────────────────────────┤
//!       │    5 rest            ┌────────┐      4 publish │
//!       └───────────────────── │ WAKING │ ◄──────────────┘
//!                              └────────┘
//! ```
//!
//! 1. A task that finds nothing ready claims the side ([`Readiness::claim`]). Only the claimant may read or replace the waker.
//! 2. It publishes that it waits ([`Readiness::enlist`]). From here on an event wakes it.
//! 3. An event came first, so it does not wait; or cloning its waker panicked ([`Readiness::abandon`]).
//! 4. An event of this direction takes the armed side ([`Readiness::publish`]). Only its dispatcher may read the waker.
//! 5. The waker has been woken ([`Readiness::rest`]).
//!
//! Nobody ever waits for a state to pass. A task that finds the side in other hands (`Busy`) wakes itself and comes back: either
//! another task registers for the same direction, and the last one wins, or the dispatcher is about to wake the side and this
//! task would have been polled again anyway.
//!
//! # No lost wake-up
//!
//! Every step is a read-modify-write of the one word, so the steps have one order. Take the event of `publish` and the `enlist`
//! of a task that waits for it.
//!
//! * `enlist` comes first: `publish` finds ARMED and wakes it. `publish` is an acquire and `enlist` a release, so the dispatcher sees
//!   the waker.
//! * `publish` comes first: `enlist` finds the readiness and says so instead of waiting, unless a clear came between. A clear that
//!   applies had seen this very event, by its tick: the task that cleared tried the operation after the event and found that it
//!   would block. What made the event true has been used up, and the next change of the file is a new event.
//! * `publish` finds REGISTERING: the claimant has not enlisted yet, so this is the second case.
//!
//! The one-step clear is safe for the same reason: between the task's look and its clear the tick says whether anything came.

use super::Ready;
use crate::primitive::{AtomicU64, Ordering};

/// The reactor is gone.
const SHUTDOWN: u64 = 1 << 6;
/// Somebody waits in the list beside the two sides.
const CROWD: u64 = 1 << 7;

/// A kept waker or none; nobody waits.
const IDLE: u64 = 0;
/// The next event of the direction wakes the kept waker.
const ARMED: u64 = 1;
/// The waker belongs to the task that claimed the side.
const REGISTERING: u64 = 2;
/// The waker belongs to the thread that took the side with an event.
const WAKING: u64 = 3;
/// The two bits of a side's state.
const STATE: u64 = 3;

const TICK_BITS: u32 = 26;
const TICK: u64 = (1 << TICK_BITS) - 1;
const READ_TICK: u32 = 12;
const WRITE_TICK: u32 = READ_TICK + TICK_BITS;

/// One of the two directions, with its waiting side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

impl Side {
    /// What ends a wait on this side.
    pub(crate) const fn mask(self) -> Ready {
        match self {
            Self::Read => Ready::READABLE.with(Ready::READ_CLOSED),
            Self::Write => Ready::WRITABLE.with(Ready::WRITE_CLOSED),
        }
    }

    /// The states whose event advances this direction's tick, and whose clear it guards.
    const fn guarded(self) -> Ready {
        match self {
            Self::Read => self.mask().with(Ready::PRIORITY).with(Ready::ERROR),
            Self::Write => self.mask(),
        }
    }

    const fn state_shift(self) -> u32 {
        match self {
            Self::Read => 8,
            Self::Write => 10,
        }
    }

    const fn tick_shift(self) -> u32 {
        match self {
            Self::Read => READ_TICK,
            Self::Write => WRITE_TICK,
        }
    }
}

/// The word as a task saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(u64);

impl Snapshot {
    /// What a source that is not registered yet is taken for: ready for everything, no event seen.
    pub(crate) const fn unseen(ready: Ready) -> Self {
        Self(ready.bits())
    }

    pub(crate) const fn ready(self) -> Ready {
        Ready::from_bits(self.0)
    }

    pub(crate) const fn is_shut_down(self) -> bool {
        self.0 & SHUTDOWN != 0
    }

    /// Is the wait for `mask` over?
    pub(crate) const fn ends(self, mask: Ready) -> bool {
        self.is_shut_down() || self.ready().meets(mask)
    }

    fn state(self, side: Side) -> u64 {
        (self.0 >> side.state_shift()) & STATE
    }

    fn with_state(self, side: Side, state: u64) -> Self {
        let cleared = self.0 & !(STATE << side.state_shift());
        Self(cleared | state << side.state_shift())
    }

    fn tick(self, side: Side) -> u64 {
        (self.0 >> side.tick_shift()) & TICK
    }

    fn with_next_tick(self, side: Side) -> Self {
        let next = (self.tick(side) + 1) & TICK;
        let cleared = self.0 & !(TICK << side.tick_shift());
        Self(cleared | next << side.tick_shift())
    }
}

/// What came of claiming a side.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// There is nothing to wait for.
    Ready(Snapshot),
    /// The side is the caller's, who owes an `enlist` or an `abandon`.
    Claimed,
    /// The side is in other hands; the caller comes back later.
    Busy,
}

/// Whom an event concerns.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Woken {
    /// The reading side is the caller's, who wakes it and owes a `rest`.
    pub(super) reader: bool,
    /// The same for the writing side.
    pub(super) writer: bool,
    /// The list beside the sides is to be looked through.
    pub(super) crowd: bool,
}

/// The word.
#[derive(Debug)]
pub(super) struct Readiness(AtomicU64);

impl Readiness {
    pub(super) fn new(initial: Ready) -> Self {
        Self(AtomicU64::new(initial.bits()))
    }

    /// What is known now.
    #[inline]
    pub(super) fn snapshot(&self) -> Snapshot {
        // Acquire: pairs with the release of `publish`, so that what its thread did before is visible to the task that goes on.
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// Edge 1: takes the side for registering a waker, unless it is ready already.
    pub(super) fn claim(&self, side: Side) -> Claim {
        let mut seen = self.snapshot();
        loop {
            if seen.ends(side.mask()) {
                return Claim::Ready(seen);
            }
            if matches!(seen.state(side), REGISTERING | WAKING) {
                return Claim::Busy;
            }
            // Acquire: pairs with `enlist`, `abandon` and `rest` of whoever had the waker before.
            match self.replace(seen, seen.with_state(side, REGISTERING)) {
                Ok(()) => return Claim::Claimed,
                Err(now) => seen = now,
            }
        }
    }

    /// Edges 2 and 3: gives up the claimed side and waits on it; if an event came first, returns what it found instead.
    pub(super) fn enlist(&self, side: Side) -> Option<Snapshot> {
        let mut seen = self.snapshot();
        loop {
            debug_assert_eq!(seen.state(side), REGISTERING, "only a claimant enlists");
            let ready = seen.ends(side.mask());
            let state = if ready { IDLE } else { ARMED };
            // Release: pairs with the acquire of the `publish` or `claim` that takes the side next, which then sees the waker.
            match self.replace(seen, seen.with_state(side, state)) {
                Ok(()) => return ready.then_some(seen),
                Err(now) => seen = now,
            }
        }
    }

    /// Edge 3: gives up the claimed side without waiting.
    pub(super) fn abandon(&self, side: Side) {
        self.give_up(side, REGISTERING);
    }

    /// Edge 4: an event. Returns whom it concerns.
    pub(super) fn publish(&self, ready: Ready) -> Woken {
        self.take(&[ARMED], |mut next| {
            next.0 |= ready.bits();
            for side in [Side::Read, Side::Write] {
                if ready.meets(side.guarded()) {
                    next = next.with_next_tick(side);
                }
            }
            next
        })
    }

    /// The last event of all: every wait ends, now and later. Idle sides are taken too, so that their wakers can be dropped.
    pub(super) fn shut_down(&self) -> Woken {
        self.take(&[ARMED, IDLE], |next| Snapshot(next.0 | SHUTDOWN))
    }

    /// Edge 5: the waker of the side is no longer used by this thread.
    pub(super) fn rest(&self, side: Side) {
        self.give_up(side, WAKING);
    }

    /// Takes back the part of `ready` that the task saw in `seen`, direction by direction, where no event has come since.
    ///
    /// Closed states stay. Errors go only if asked for by name.
    pub(super) fn clear(&self, seen: Snapshot, ready: Ready) {
        let clearable = (ready & seen.ready()) - Ready::READ_CLOSED - Ready::WRITE_CLOSED;
        let mut now = self.snapshot();
        loop {
            let mut gone = Ready::EMPTY;
            for side in [Side::Read, Side::Write] {
                if now.tick(side) == seen.tick(side) {
                    gone |= clearable & side.guarded();
                }
            }
            if !now.ready().meets(gone) {
                return;
            }
            match self.replace(now, Snapshot(now.0 & !gone.bits())) {
                Ok(()) => return,
                Err(changed) => now = changed,
            }
        }
    }

    /// Somebody is in the list from now on. Called under its lock; returns what is known, to be looked at before waiting.
    pub(super) fn crowd_gathers(&self) -> Snapshot {
        // One read-modify-write: either it sees the event, or the event's `publish` sees the crowd.
        Snapshot(self.0.fetch_or(CROWD, Ordering::AcqRel))
    }

    /// The list is empty. Called under its lock.
    pub(super) fn crowd_is_gone(&self) {
        self.0.fetch_and(!CROWD, Ordering::Relaxed);
    }

    /// Applies `change`, takes each side in one of `states` whose wait is then over, and says so.
    fn take(&self, states: &[u64], change: impl Fn(Snapshot) -> Snapshot) -> Woken {
        let mut seen = self.snapshot();
        loop {
            let mut next = change(seen);
            let mut woken = Woken {
                crowd: seen.0 & CROWD != 0,
                ..Woken::default()
            };
            for (side, taken) in [
                (Side::Read, &mut woken.reader),
                (Side::Write, &mut woken.writer),
            ] {
                if next.ends(side.mask()) && states.contains(&seen.state(side)) {
                    next = next.with_state(side, WAKING);
                    *taken = true;
                }
            }
            match self.replace(seen, next) {
                Ok(()) => return woken,
                Err(now) => seen = now,
            }
        }
    }

    fn give_up(&self, side: Side, held: u64) {
        let mut seen = self.snapshot();
        loop {
            debug_assert_eq!(seen.state(side), held, "only the owner gives up a side");
            // Release: pairs with the acquire of the next `claim` or `publish`.
            match self.replace(seen, seen.with_state(side, IDLE)) {
                Ok(()) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// One step of a protocol. Release and acquire for the sake of the waker that changes hands.
    fn replace(&self, seen: Snapshot, next: Snapshot) -> Result<(), Snapshot> {
        self.0
            .compare_exchange_weak(seen.0, next.0, Ordering::AcqRel, Ordering::Acquire)
            .map(drop)
            .map_err(Snapshot)
    }

    /// Test only: the word with both ticks moved on by `events`.
    #[cfg(all(test, not(loom)))]
    pub(super) fn skip_ticks(&self, events: u64) {
        let seen = self.snapshot();
        let mut next = seen;
        for side in [Side::Read, Side::Write] {
            let tick = (seen.tick(side) + events) & TICK;
            next.0 &= !(TICK << side.tick_shift());
            next.0 |= tick << side.tick_shift();
        }
        self.0.store(next.0, Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
#[path = "readiness/tests.rs"]
mod tests;
