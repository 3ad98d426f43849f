//! One registered file descriptor: its readiness and the tasks that wait for it.
//!
//! A source has two waiting sides, one per direction, for the `poll_*` operations: each holds one waker, and the last caller
//! wins. The waker stays in its side from one event to the next; a task that waits again finds its own waker there, compares, and
//! arms the side without cloning anything. Tasks that wait through a future of their own ([`Source::wait`]) stand in the
//! [`Crowd`], any number of them.
//!
//! The atomics, and the proof that no event is lost, are in [`readiness`](super::readiness). This file adds the wakers.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) use super::crowd::Ticket;

use super::crowd::Crowd;
use super::kept::Kept;
use super::readiness::{Claim, Readiness, Side, Snapshot, Woken};
use super::{Key, Ready};
use crate::primitive::{UnsafeCell, spin_loop};

/// One registered file descriptor.
#[derive(Debug)]
pub(crate) struct Source {
    /// What is known, and the states of the two sides.
    readiness: Readiness,
    /// The waker of the task that reads. Touched by whoever holds the reading side: REGISTERING may replace it, WAKING may read it.
    reader: UnsafeCell<Kept>,
    /// The waker of the task that writes, under the same rule.
    writer: UnsafeCell<Kept>,
    /// Everybody else.
    crowd: Crowd,
    /// Under which it is known to the registry and to the kernel.
    key: Key,
}

// SAFETY: the two cells are the only parts that are not `Sync` by themselves. Each is touched only by the one thread that holds
// its side, as the states of the readiness word say, and each change of hands is a release paired with an acquire. `Waker` is
// `Send` and `Sync`.
unsafe impl Sync for Source {}

impl Source {
    pub(super) fn new(key: Key, initial: Ready) -> Self {
        Self {
            readiness: Readiness::new(initial),
            reader: UnsafeCell::new(Kept::default()),
            writer: UnsafeCell::new(Kept::default()),
            crowd: Crowd::new(),
            key,
        }
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// What is known now.
    #[inline]
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.readiness.snapshot()
    }

    /// Takes back what `seen` showed of `ready`, unless an event came since.
    pub(crate) fn clear(&self, seen: Snapshot, ready: Ready) {
        self.readiness.clear(seen, ready);
    }

    /// Waits until a direction is ready or the reactor is gone. One task per direction: the last caller wins.
    #[inline]
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>, side: Side) -> Poll<Snapshot> {
        let seen = self.snapshot();
        if seen.ends(side.mask()) {
            return Poll::Ready(seen);
        }
        self.register(cx.waker(), side)
    }

    /// The slow half of [`poll_ready`](Self::poll_ready).
    fn register(&self, waker: &Waker, side: Side) -> Poll<Snapshot> {
        match self.readiness.claim(side) {
            Claim::Ready(seen) => return Poll::Ready(seen),
            Claim::Busy => {
                spin_loop();
                waker.wake_by_ref();
                return Poll::Pending;
            }
            Claim::Claimed => {}
        }
        let replaced = self.replace_waker(waker, side);
        let outcome = self.readiness.enlist(side);
        // User code, and therefore last.
        drop(replaced);
        outcome.map_or(Poll::Pending, Poll::Ready)
    }

    /// Puts `waker` into the side the caller has claimed, unless it is there already; returns what was there.
    fn replace_waker(&self, waker: &Waker, side: Side) -> Option<Kept> {
        let same = self.cell(side).with(|kept| {
            // SAFETY: the caller claimed the side, so no other thread touches the cell.
            let kept = unsafe { &*kept };
            kept.will_wake(waker)
        });
        if same {
            return None;
        }
        // Cloning is user code. Nobody waits for a claimed side, so nothing can lock up; but a panic must not leave it claimed.
        let unclaim = Unclaim {
            readiness: &self.readiness,
            side,
        };
        let fresh = Kept::new(waker.clone());
        mem::forget(unclaim);
        self.cell(side).with_mut(|kept| {
            // SAFETY: as above.
            let kept = unsafe { &mut *kept };
            Some(mem::replace(kept, fresh))
        })
    }

    /// Waits until one of the states of `mask` is reached or the reactor is gone; any number of tasks may do so at once.
    pub(crate) fn wait(&self, mask: Ready) -> Wait<'_> {
        Wait {
            source: self,
            mask,
            ticket: None,
        }
    }

    /// Waits until one of the states of `mask` is reached or the reactor is gone, on a place that the caller keeps between its polls.
    ///
    /// No lock and no side is held while wakers of this kind run, so one may poll again from inside its own wake-up.
    pub(crate) fn poll_place(
        &self,
        place: &mut Option<Ticket>,
        mask: Ready,
        waker: &Waker,
    ) -> Poll<Snapshot> {
        let seen = self.snapshot();
        if seen.ends(mask) {
            return Poll::Ready(seen);
        }
        self.crowd
            .join(place, mask, waker, &self.readiness)
            .map_or(Poll::Pending, Poll::Ready)
    }

    /// Gives up a place that [`poll_place`](Self::poll_place) took.
    pub(crate) fn leave(&self, place: &Ticket) {
        self.crowd.leave(place, &self.readiness);
    }

    /// An event: makes it known and wakes whom it concerns. Called by the reactor with no lock held. Never panics, whatever the wakers do.
    pub(super) fn dispatch(&self, ready: Ready) {
        let woken = self.readiness.publish(ready);
        self.wake_side(woken.reader, Side::Read, Kept::wake_by_ref);
        self.wake_side(woken.writer, Side::Write, Kept::wake_by_ref);
        self.wake_crowd(woken);
    }

    /// The reactor is gone: every wait ends, and no waker is kept. Never panics, whatever the wakers do.
    pub(super) fn shut_down(&self) {
        let woken = self.readiness.shut_down();
        self.wake_side(woken.reader, Side::Read, Kept::wake);
        self.wake_side(woken.writer, Side::Write, Kept::wake);
        self.wake_crowd(woken);
    }

    fn wake_side(&self, taken: bool, side: Side, wake: fn(&mut Kept)) {
        if !taken {
            return;
        }
        self.cell(side).with_mut(|kept| {
            // SAFETY: the event took the side for this thread, so no other thread touches the cell until `rest`.
            let kept = unsafe { &mut *kept };
            wake(kept);
        });
        self.readiness.rest(side);
    }

    fn wake_crowd(&self, woken: Woken) {
        if woken.crowd {
            self.crowd.wake(&self.readiness);
        }
    }

    fn cell(&self, side: Side) -> &UnsafeCell<Kept> {
        match side {
            Side::Read => &self.reader,
            Side::Write => &self.writer,
        }
    }
}

/// Gives up a claimed side if cloning a waker panics.
struct Unclaim<'a> {
    readiness: &'a Readiness,
    side: Side,
}

impl Drop for Unclaim<'_> {
    fn drop(&mut self) {
        self.readiness.abandon(self.side);
    }
}

/// A wait that is one of any number.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Wait<'a> {
    source: &'a Source,
    mask: Ready,
    /// The place in the crowd, once there is one.
    ticket: Option<Ticket>,
}

impl Future for Wait<'_> {
    type Output = Snapshot;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Snapshot> {
        let this = &mut *self;
        this.source
            .poll_place(&mut this.ticket, this.mask, cx.waker())
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.source.leave(&ticket);
        }
    }
}

#[cfg(all(test, not(loom)))]
#[path = "source/tests.rs"]
mod tests;

#[cfg(all(test, loom))]
#[path = "source/models.rs"]
mod loom_models;
