//! The one intrusive wait list: every lock, channel and signal of this crate queues its waiters here, and all unsafe
//! code about linked nodes is in this folder.
//!
//! # Words
//!
//! A **queue** ([`WaitQueue`]) is a small lock around some state of its owner and a list of waiters. A **waiter**
//! ([`Waiter`]) is a list node that lives inside the future of whoever waits, together with a reference to its queue.
//! A **signal** is one byte in the node by which the queue tells the waiter that it was taken out of the list, and
//! why.
//!
//! # The rule
//!
//! 1. Links, waker and payload of a linked node are touched only under the lock of its queue.
//! 2. A node leaves the list in one of two ways: the queue *pops* it, or its owner *removes* it. Both need the lock.
//! 3. Popping takes the waker out of the node and then stores the signal. That store is the last access of the queue
//!    to the node: whoever reads a signal above [`LINKED`] owns the node alone, without having taken the lock.
//! 4. Wakers are cloned before the lock is taken, woken and dropped after it was given back ([`wake_each`]).
//! 5. A waiter that is dropped while linked removes itself first, so no list ever points at freed memory.
//!
//! ```text
//!            ┌──────┐ 1 push      ┌────────┐ 2 pop_*(code)    ┌────────────┐
//!   new ───► │ IDLE ├───────────► │ LINKED ├────────────────► │ code (≥ 2) │
//!            └──▲───┘             └───┬────┘                  └─────┬──────┘
//!               │ 3 remove            │                             │ 4 reset, by the owner
//!               └─────────────────────┴─────────────────────────────┘
//! ```
//!
//! # Waking everybody is one event
//!
//! Waking all waiters happens in batches of 32 with the lock released in between, and waiters that wait again must
//! not be woken twice. So [`Locked::depart_all`] moves the whole list, in one step, behind the **departing** list and
//! opens a new **round**; the batches are then popped from the departing list. A node knows its round, hence which
//! list it is in ([`Waiter::has_departed`]): a departing node counts as woken already, even before its batch is
//! reached.
//!
//! # Designs rejected
//!
//! A waiter allocated per wait costs an allocation on each contended lock. A list with a guard node per "wake all"
//! needs a second kind of node and a second way to unlink. Reading the result under the lock, instead of through the
//! signal, costs each woken waiter one lock round trip, at the moment when all of them want it.

mod host;
mod list;
mod waiter;

use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Release;
use std::task::Waker;

use runtime_core::util::WakeList;

use crate::panics::FirstPanic;
use crate::primitive::{Mutex, MutexGuard};
use list::{List, Node, body};

pub(crate) use host::{HasQueue, Host};
pub(crate) use waiter::Waiter;

/// The node is in no list and was not told anything.
pub(crate) const IDLE: u8 = 0;

/// The node is in a list.
pub(crate) const LINKED: u8 = 1;

/// A lock around the state `S` and the waiters with payload `P`.
pub(crate) struct WaitQueue<S, P> {
    locked: Mutex<Locked<S, P>>,
}

/// What the lock of a queue guards.
pub(crate) struct Locked<S, P> {
    /// The owner's own data.
    pub(crate) state: S,
    waiting: List<P>,
    departing: List<P>,
    /// How often `depart_all` was called. A linked node of this round is in `waiting`, any other one in `departing`.
    round: usize,
}

/// A held queue lock.
pub(crate) type QueueGuard<'a, S, P> = MutexGuard<'a, Locked<S, P>>;

impl<S, P> WaitQueue<S, P> {
    /// An empty queue.
    #[cfg(not(loom))]
    pub(crate) const fn new(state: S) -> Self {
        Self {
            locked: Mutex::new(Locked::new(state)),
        }
    }

    /// An empty queue (loom's lock has no `const` constructor).
    #[cfg(loom)]
    pub(crate) fn new(state: S) -> Self {
        Self {
            locked: Mutex::new(Locked::new(state)),
        }
    }

    /// Takes the lock. No user code may run before the guard is gone.
    #[inline]
    pub(crate) fn lock(&self) -> QueueGuard<'_, S, P> {
        self.locked.lock()
    }
}

impl<S, P> fmt::Debug for WaitQueue<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitQueue").finish_non_exhaustive()
    }
}

impl<S, P> Locked<S, P> {
    const fn new(state: S) -> Self {
        Self {
            state,
            waiting: List::new(),
            departing: List::new(),
            round: 0,
        }
    }

    /// Whether nobody waits (departing nodes do not).
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.head.is_none()
    }

    /// The payload of the oldest waiter.
    #[inline]
    pub(crate) fn front_mut(&mut self) -> Option<&mut P> {
        let node = self.waiting.head?;
        // SAFETY: a node in the list is alive (rule 5), and its body is ours while `self`, which lies inside the
        // lock, is borrowed mutably (rule 1).
        Some(unsafe { &mut (*body(node)).payload })
    }

    /// Takes the oldest waiter out, tells it `signal`, and returns its waker if it left one.
    #[inline]
    pub(crate) fn pop_front(&mut self, signal: u8) -> Option<Option<Waker>> {
        let node = self.waiting.head?;
        Some(Self::dismiss(&mut self.waiting, node, signal))
    }

    /// Like [`pop_front`](Self::pop_front), for the newest waiter.
    pub(crate) fn pop_back(&mut self, signal: u8) -> Option<Option<Waker>> {
        let node = self.waiting.tail?;
        Some(Self::dismiss(&mut self.waiting, node, signal))
    }

    /// Moves all waiters, in order, behind those already departing, and opens a new round.
    pub(crate) fn depart_all(&mut self) {
        self.round = self.round.wrapping_add(1);
        self.departing.append(&mut self.waiting);
    }

    /// Takes the next departing node out, tells it `signal`, and returns its waker if it left one.
    pub(crate) fn pop_departing(&mut self, signal: u8) -> Option<Option<Waker>> {
        let node = self.departing.head?;
        Some(Self::dismiss(&mut self.departing, node, signal))
    }

    /// Rule 3: unlink, take the waker, and only then tell the owner.
    fn dismiss(list: &mut List<P>, node: NonNull<Node<P>>, signal: u8) -> Option<Waker> {
        debug_assert!(signal > LINKED);
        list.unlink(node);
        // SAFETY: the node was in a list of this locked queue, so it is alive and its body is ours.
        let waker = unsafe { (*body(node)).waker.take() };
        // SAFETY: the node is still alive: its owner frees it only after it has seen a signal, or under this lock.
        let node = unsafe { node.as_ref() };
        // Release: pairs with the Acquire load in `Waiter::signal`; everything done under the lock is seen by the
        // owner.
        node.signal.store(signal, Release);
        waker
    }
}

/// Pops waiters with `pop` until it returns `None`, and wakes them in batches with the lock released.
///
/// `pop` runs under the lock. A waker that panics stops neither its batch nor the batches after it; the first panic
/// goes on to the caller at the end.
pub(crate) fn wake_each<'a, S, P>(
    queue: &'a WaitQueue<S, P>,
    mut locked: QueueGuard<'a, S, P>,
    mut pop: impl FnMut(&mut Locked<S, P>) -> Option<Option<Waker>>,
) {
    let mut panic = FirstPanic::default();
    loop {
        let mut wakers = WakeList::new();
        let more = loop {
            if !wakers.can_push() {
                break true;
            }
            match pop(&mut locked) {
                Some(Some(waker)) => wakers.push(waker),
                Some(None) => {}
                None => break false,
            }
        };
        drop(locked);
        panic.catch(|| wakers.wake_all());
        if !more {
            break;
        }
        locked = queue.lock();
    }
    panic.resume();
}
