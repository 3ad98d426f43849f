//! The state word of a task: every atomic access to it stands here, behind verbs.
//!
//! One `usize`. The low bits say what the task is doing, the rest counts references.
//!
//! | bit | set by | cleared by | meaning |
//! |---|---|---|---|
//! | `RUNNING` | [`State::start`], [`State::seize`] | [`State::pause`], [`State::complete`] | one thread owns the future |
//! | `COMPLETE` | [`State::complete`] | never | the future is gone, the output is there or consumed |
//! | `SCHEDULED` | birth, [`State::wake`], [`State::wake_by_ref`], [`State::cancel`] | [`State::start`] | a [`Runnable`](super::Runnable) exists, or the runner owes one |
//! | `CANCELLED` | [`State::cancel`], [`State::seize`] | never | the future is to be dropped instead of polled |
//! | `JOIN_INTEREST` | birth, unless it is a callable | [`State::leave_join`] | a join handle exists |
//! | `JOIN_WAKER` | [`State::publish_join_waker`] | [`State::retract_join_waker`], [`State::leave_join`] | the join waker field belongs to the runner; stays set after completion |
//!
//! ```text
//!                       ┌────────────────────────────┐
//!             birth ──► │  SCHEDULED                 │ ◄───────────────┐
//!                       │  a Runnable is in a queue  │                 │
//!                       └────────────┬───────────────┘                 │
//!                           1 start  │                                 │
//!                                    ▼                                 │ 4 wake
//!   ┌──────────┐ 3 wake  ┌────────────────────────┐  2 pause   ┌───────┴──────┐
//!   │ RUNNING +│ ◄────── │  RUNNING               │ ─────────► │  idle        │
//!   │ SCHEDULED│         │  one thread polls      │            │  (no bit)    │
//!   └────┬─────┘         └───────────┬────────────┘            └───────┬──────┘
//!        │ 2 pause: Reschedule       │ 5 complete                      │ 6 seize (shutdown)
//!        └──► SCHEDULED              ▼                                 ▼
//!                        ┌────────────────────────┐            RUNNING + CANCELLED,
//!                        │  COMPLETE              │ ◄───────── future dropped, 5 complete
//!                        └────────────────────────┘
//! ```
//!
//! # Why no wake-up is lost
//!
//! A wake that arrives while the task runs sets `SCHEDULED` (edge 3) and the runner, leaving `RUNNING` by edge 2, sees it and queues the task
//! again. A wake that arrives while it is scheduled already changes no bit but still *writes* the word with Release: the poll that follows begins with
//! the Acquire of [`State::start`] on the same word and therefore sees what the waker wrote before waking. Without that write a second waker's data
//! could be missed, since its wake coalesces with the first one's.
//!
//! # Who owns which reference
//!
//! A task is born with three: the registry's (until completion), the queue's (the `Runnable`, which becomes the running reference), the join
//! handle's. Each waker holds one. Because the registry holds its reference until the task is complete, dropping the last waker of a live task frees
//! nothing; a cell is only ever freed after its future is gone.

use std::fmt;
use std::process::abort;

use crate::primitive::atomic::{AtomicUsize, Ordering::*};

const RUNNING: usize = 1;
const COMPLETE: usize = 1 << 1;
const SCHEDULED: usize = 1 << 2;
const CANCELLED: usize = 1 << 3;
const JOIN_INTEREST: usize = 1 << 4;
const JOIN_WAKER: usize = 1 << 5;
const ONE_REF: usize = 1 << 6;

/// The state word.
pub(crate) struct State(AtomicUsize);

/// What the holder of a [`Runnable`](super::Runnable) may do now.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Poll the future; the queue's reference is now the runner's.
    Poll,
    /// Drop the future and complete as cancelled; the queue's reference is now the runner's.
    Cancel,
    /// Somebody else ran or ended the task: the reference is given back, nothing is owed.
    Stale,
    /// As `Stale`, and it was the last reference: free the cell.
    StaleLast,
}

/// What the runner owes after a poll that returned `Pending`.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The task waits for a wake-up; the runner's reference is given back.
    Idle,
    /// It was woken meanwhile: the runner's reference is the queue's again, put it there.
    Reschedule,
    /// It was cancelled meanwhile: still running, drop the future and complete.
    Cancel,
}

/// What a waker owes after a wake.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Queue the task: a reference for the queue has been set aside.
    Submit,
    /// Nothing: it runs, is queued or has ended.
    Nothing,
    /// The reference that was given up was the last one: free the cell.
    Free,
}

/// What shutdown may do with a task.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seize {
    /// The caller now runs the task: drop the future and complete.
    Seized,
    /// Another thread runs it and will cancel it, or it has ended.
    Elsewhere,
}

/// What the runner owes after completion.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// Nothing; its references are released.
    Released,
    /// The references released were the last: free the cell.
    Free,
    /// The handle has left after the output was stored: drop it, then release the references.
    Unjoined,
    /// Take the join waker out of its field and wake it, then release the references. `JOIN_WAKER` stays set, so that the handle never touches the field again.
    WakeJoiner,
}

/// What a join handle that is being dropped owes.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LeaveJoin {
    /// Nothing: its reference has been released as well.
    Detached,
    /// The waker field is the handle's to clear; then release the reference.
    DropWaker,
    /// The output, if still there, is the handle's to drop; then release the reference.
    DropOutput,
    /// Both of the above.
    DropBoth,
}

impl State {
    /// A scheduled task with `refs` references, one of them the join handle's.
    pub(crate) fn new(refs: usize) -> Self {
        Self(AtomicUsize::new(
            SCHEDULED | JOIN_INTEREST | (refs * ONE_REF),
        ))
    }

    /// A scheduled task with `refs` references, none of them a join handle's.
    pub(crate) fn without_join(refs: usize) -> Self {
        Self(AtomicUsize::new(SCHEDULED | (refs * ONE_REF)))
    }

    /// A look at the word; Acquire, so that `is_complete` entitles to read the output.
    pub(crate) fn load(&self) -> Snapshot {
        Snapshot(self.0.load(Acquire))
    }

    /// Edge 1. The caller holds the queue's reference.
    ///
    /// Acquire pairs with the Release of every wake: the poll sees what was written before it.
    pub(crate) fn start(&self) -> Start {
        self.update(|now| {
            if now.is_running() || now.is_complete() {
                let next = now.0 - ONE_REF;
                let last = Snapshot(next).refs() == 0;
                return (
                    Some(next),
                    if last { Start::StaleLast } else { Start::Stale },
                );
            }
            let verdict = if now.is_cancelled() {
                Start::Cancel
            } else {
                Start::Poll
            };
            (Some((now.0 | RUNNING) & !SCHEDULED), verdict)
        })
    }

    /// Edge 2. The caller has polled and got `Pending`.
    pub(crate) fn pause(&self) -> Pause {
        self.update(|now| {
            debug_assert!(now.is_running() && !now.is_complete());
            if now.is_cancelled() {
                return (None, Pause::Cancel);
            }
            if now.is_scheduled() {
                return (Some(now.0 & !RUNNING), Pause::Reschedule);
            }
            debug_assert!(now.refs() > 1, "the registry keeps a live task");
            (Some((now.0 & !RUNNING) - ONE_REF), Pause::Idle)
        })
    }

    /// Edge 5. The caller runs the task and has stored the output, or dropped it because nobody joins (`stored` is false).
    ///
    /// Where nothing is owed afterwards, the runner's `refs` references are released in the same exchange. Release publishes the output to
    /// the joiner; Acquire sees the join waker, and all earlier use of the cell if it is to be freed.
    pub(crate) fn complete(&self, stored: bool, refs: usize) -> Completed {
        self.update(|now| {
            debug_assert!(now.is_running() && !now.is_complete() && now.refs() >= refs);
            let done = (now.0 & !RUNNING) | COMPLETE;
            let released = done - refs * ONE_REF;
            match (now.is_join_interested(), now.has_join_waker()) {
                (true, true) => (Some(done), Completed::WakeJoiner),
                (true, false) => (Some(released), Completed::Released),
                (false, _) if stored => (Some(done), Completed::Unjoined),
                (false, _) if Snapshot(released).refs() == 0 => (Some(released), Completed::Free),
                (false, _) => (Some(released), Completed::Released),
            }
        })
    }

    /// Edges 3 and 4, giving up the waker's reference.
    pub(crate) fn wake(&self) -> Wake {
        self.update(|now| {
            if now.is_running() {
                let next = (now.0 | SCHEDULED) - ONE_REF;
                debug_assert!(Snapshot(next).refs() > 0, "the runner holds a reference");
                (Some(next), Wake::Nothing)
            } else if now.is_complete() || now.is_scheduled() {
                let next = now.0 - ONE_REF;
                let last = Snapshot(next).refs() == 0;
                (Some(next), if last { Wake::Free } else { Wake::Nothing })
            } else {
                (Some(now.0 | SCHEDULED), Wake::Submit)
            }
        })
    }

    /// Edges 3 and 4, keeping the waker's reference. Never returns [`Wake::Free`].
    pub(crate) fn wake_by_ref(&self) -> Wake {
        self.update(|now| {
            if now.is_complete() {
                (None, Wake::Nothing)
            } else if now.is_running() || now.is_scheduled() {
                // Written even if no bit changes: see "Why no wake-up is lost".
                (Some(now.0 | SCHEDULED), Wake::Nothing)
            } else {
                (Some(now.with_ref() | SCHEDULED), Wake::Submit)
            }
        })
    }

    /// A request to cancel, from a handle. `Submit`: queue the task, so that it is cancelled where tasks run.
    pub(crate) fn cancel(&self) -> Wake {
        self.update(|now| {
            if now.is_complete() || now.is_cancelled() {
                (None, Wake::Nothing)
            } else if now.is_running() || now.is_scheduled() {
                (Some(now.0 | SCHEDULED | CANCELLED), Wake::Nothing)
            } else {
                (Some(now.with_ref() | SCHEDULED | CANCELLED), Wake::Submit)
            }
        })
    }

    /// Edge 6: shutdown takes the task over unless it runs or has ended.
    pub(crate) fn seize(&self) -> Seize {
        self.update(|now| {
            if now.is_running() || now.is_complete() {
                (Some(now.0 | CANCELLED), Seize::Elsewhere)
            } else {
                (Some(now.0 | RUNNING | CANCELLED), Seize::Seized)
            }
        })
    }

    /// The join handle hands the waker field, which it has filled, to the runner. `Err`: the task is complete, the field is still the handle's.
    pub(crate) fn publish_join_waker(&self) -> Result<(), ()> {
        self.update(|now| {
            debug_assert!(now.is_join_interested() && !now.has_join_waker());
            if now.is_complete() {
                (None, Err(()))
            } else {
                (Some(now.0 | JOIN_WAKER), Ok(()))
            }
        })
    }

    /// The join handle takes the waker field back in order to change it. `Err`: the task is complete.
    pub(crate) fn retract_join_waker(&self) -> Result<(), ()> {
        self.update(|now| {
            debug_assert!(now.is_join_interested());
            if now.is_complete() {
                (None, Err(()))
            } else {
                debug_assert!(now.has_join_waker());
                (Some(now.0 & !JOIN_WAKER), Ok(()))
            }
        })
    }

    /// The join handle goes away. One exchange does it all for a handle that never waited on a task that has not ended; after completion nobody
    /// looks at the handle's bits any more, so nothing is written.
    pub(crate) fn leave_join(&self) -> LeaveJoin {
        self.update(|now| {
            debug_assert!(now.is_join_interested());
            let next = now.0 & !JOIN_INTEREST;
            match (now.is_complete(), now.has_join_waker()) {
                // The waker is the runner's for good: see `Completed::WakeJoiner`.
                (true, true) => (None, LeaveJoin::DropOutput),
                (true, false) => (None, LeaveJoin::DropBoth),
                (false, true) => (Some(next & !JOIN_WAKER), LeaveJoin::DropWaker),
                // The task has not ended, so the registry or a queue keeps it.
                (false, false) => (Some(next - ONE_REF), LeaveJoin::Detached),
            }
        })
    }

    /// One more reference, from one that the caller holds.
    pub(crate) fn retain(&self) {
        // Relaxed: a new reference is made from an existing one, which already keeps the cell.
        let before = self.0.fetch_add(ONE_REF, Relaxed);
        if before > isize::MAX as usize {
            abort();
        }
    }

    /// One more reference for somebody who holds none but knows that the cell is not freed yet. False: the last one is gone already.
    pub(crate) fn retain_if_alive(&self) -> bool {
        self.update(|now| {
            if now.refs() == 0 {
                (None, false)
            } else {
                (Some(now.with_ref()), true)
            }
        })
    }

    /// Gives `count` references back. True: they were the last, free the cell.
    ///
    /// Release orders all earlier use of the cell before the free, Acquire makes the freeing thread see it.
    pub(crate) fn release(&self, count: usize) -> bool {
        let before = Snapshot(self.0.fetch_sub(count * ONE_REF, AcqRel));
        debug_assert!(before.refs() >= count, "more references released than held");
        before.refs() == count
    }

    /// The one compare-exchange loop: `step` says what to write, if anything, and what to answer.
    fn update<R>(&self, step: impl Fn(Snapshot) -> (Option<usize>, R)) -> R {
        let mut now = self.0.load(Acquire);
        loop {
            let (next, answer) = step(Snapshot(now));
            let Some(next) = next else { return answer };
            match self.0.compare_exchange_weak(now, next, AcqRel, Acquire) {
                Ok(_) => return answer,
                Err(seen) => now = seen,
            }
        }
    }
}

/// The word at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Snapshot(usize);

impl Snapshot {
    pub(crate) fn is_running(self) -> bool {
        self.0 & RUNNING != 0
    }
    pub(crate) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }
    pub(crate) fn is_scheduled(self) -> bool {
        self.0 & SCHEDULED != 0
    }
    pub(crate) fn is_cancelled(self) -> bool {
        self.0 & CANCELLED != 0
    }
    pub(crate) fn is_join_interested(self) -> bool {
        self.0 & JOIN_INTEREST != 0
    }
    pub(crate) fn has_join_waker(self) -> bool {
        self.0 & JOIN_WAKER != 0
    }
    pub(crate) fn refs(self) -> usize {
        self.0 / ONE_REF
    }

    fn with_ref(self) -> usize {
        if self.0 > isize::MAX as usize {
            abort();
        }
        self.0 + ONE_REF
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load().fmt(f)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("running", &self.is_running())
            .field("complete", &self.is_complete())
            .field("scheduled", &self.is_scheduled())
            .field("cancelled", &self.is_cancelled())
            .field("join_interest", &self.is_join_interested())
            .field("join_waker", &self.has_join_waker())
            .field("refs", &self.refs())
            .finish()
    }
}
