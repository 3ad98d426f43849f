//! The one intrusive wait list: every lock, channel and signal of this crate queues its waiters here, and all unsafe
//! code about linked nodes is in this file.
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

use std::fmt;
use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Poll, Waker};

use runtime_core::util::WakeList;

use crate::primitive::{AtomicU8, Mutex, MutexGuard, UnsafeCell};

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

struct List<P> {
    head: Option<NonNull<Node<P>>>,
    tail: Option<NonNull<Node<P>>>,
}

/// A list node. Rule 1 covers `body`; `signal` is the hand-over of rule 3.
struct Node<P> {
    signal: AtomicU8,
    body: UnsafeCell<Body<P>>,
    /// Other nodes point here while this one is linked.
    _pinned: PhantomPinned,
}

struct Body<P> {
    previous: Option<NonNull<Node<P>>>,
    next: Option<NonNull<Node<P>>>,
    round: usize,
    waker: Option<Waker>,
    payload: P,
}

// SAFETY: the raw links are followed only under the queue's lock (rule 1), so a node may move to and be seen from
// other threads whenever its waker (Send + Sync) and payload may be handed between threads.
unsafe impl<P: Send> Send for Node<P> {}
// SAFETY: as above; shared access to a node offers only the atomic signal, and the rest under the lock.
unsafe impl<P: Send> Sync for Node<P> {}
// SAFETY: the list owns no node; it reaches them under the lock that guards it.
unsafe impl<P: Send> Send for List<P> {}

/// Something that leads to a queue: a reference, or shared ownership of an object around one.
///
/// # Safety
///
/// `queue` returns the same queue on every call, and the queue stays alive and in place as long as `self` does, also
/// when `self` moves.
pub(crate) unsafe trait Host {
    type State;
    type Payload;
    fn queue(&self) -> &WaitQueue<Self::State, Self::Payload>;
}

/// An object that contains its queue as a field, so that a reference to it or an `Arc` of it is a [`Host`].
///
/// # Safety
///
/// `queue_of` returns a reference to a field of the object, the same one on every call.
pub(crate) unsafe trait HasQueue {
    type State;
    type Payload;
    /// The field.
    fn queue_of(this: &Self) -> &WaitQueue<Self::State, Self::Payload>;
}

// SAFETY: the object is the queue.
unsafe impl<S, P> HasQueue for WaitQueue<S, P> {
    type State = S;
    type Payload = P;

    #[inline]
    fn queue_of(this: &Self) -> &Self {
        this
    }
}

// SAFETY: a shared reference always leads to the same object and keeps it borrowed; the queue is a field of it.
unsafe impl<T: HasQueue> Host for &T {
    type State = T::State;
    type Payload = T::Payload;

    #[inline]
    fn queue(&self) -> &WaitQueue<T::State, T::Payload> {
        T::queue_of(self)
    }
}

// SAFETY: an `Arc` keeps its object alive and in place; the queue is a field of it.
unsafe impl<T: HasQueue> Host for Arc<T> {
    type State = T::State;
    type Payload = T::Payload;

    #[inline]
    fn queue(&self) -> &WaitQueue<T::State, T::Payload> {
        T::queue_of(self)
    }
}

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

impl<P> List<P> {
    const fn new() -> Self {
        Self {
            head: None,
            tail: None,
        }
    }

    /// Adds a node that is in no list. The caller holds the lock.
    fn push_back(&mut self, node: NonNull<Node<P>>) {
        // SAFETY: the caller passes a live node whose body is its own under the lock.
        let fields = unsafe { &mut *body(node) };
        fields.next = None;
        fields.previous = self.tail;
        match self.tail {
            // SAFETY: `tail` is linked, hence alive, and is not `node`, which is in no list.
            Some(tail) => unsafe { (*body(tail)).next = Some(node) },
            None => self.head = Some(node),
        }
        self.tail = Some(node);
    }

    /// Takes out a node that is in this list. The caller holds the lock.
    fn unlink(&mut self, node: NonNull<Node<P>>) {
        // SAFETY: the node is in this list, hence alive; its body is ours under the lock.
        let fields = unsafe { &mut *body(node) };
        let (previous, next) = (fields.previous.take(), fields.next.take());
        match previous {
            // SAFETY: neighbours of a linked node are linked, hence alive, and differ from it.
            Some(previous) => unsafe { (*body(previous)).next = next },
            None => self.head = next,
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { (*body(next)).previous = previous },
            None => self.tail = previous,
        }
    }

    /// Moves all of `other` behind this list.
    fn append(&mut self, other: &mut Self) {
        let Some(first) = other.head.take() else {
            return;
        };
        match self.tail {
            Some(tail) => {
                // SAFETY: `tail` is linked, hence alive; its body is ours under the lock.
                unsafe { (*body(tail)).next = Some(first) };
                // SAFETY: the same for the first node of the other list.
                unsafe { (*body(first)).previous = Some(tail) };
            }
            None => self.head = Some(first),
        }
        self.tail = other.tail.take();
    }
}

/// The body of a node as a raw pointer; dereferencing it is the caller's unsafe block.
#[inline]
fn body<P>(node: NonNull<Node<P>>) -> *mut Body<P> {
    // SAFETY: callers pass nodes that are alive: linked, or owned by the caller.
    unsafe { node.as_ref() }.body.with_mut(|body| body)
}

impl<P> Node<P> {
    /// Queues this node, which is pinned, at the end. The owner is the caller.
    fn link<S>(&self, locked: &mut Locked<S, P>, waker: Option<Waker>, payload: P) {
        // Relaxed: an idle node is the owner's alone.
        assert_eq!(self.signal.load(Relaxed), IDLE, "a waiter is queued once");
        let node = NonNull::from(self);
        // SAFETY: an idle node is in no list, so its body belongs to its owner, who is the caller.
        let fields = unsafe { &mut *body(node) };
        debug_assert!(fields.waker.is_none());
        fields.waker = waker;
        fields.payload = payload;
        fields.round = locked.round;
        // Relaxed: read by the owner only, until a pop under the lock overwrites it.
        self.signal.store(LINKED, Relaxed);
        locked.waiting.push_back(node);
    }
}

/// One place in a queue, and the way to it. Lives inside the future that waits.
pub(crate) struct Waiter<H: Host> {
    host: H,
    node: Node<H::Payload>,
}

impl<H: Host> Waiter<H> {
    /// A waiter that is not in the queue yet.
    #[inline]
    pub(crate) fn new(host: H, payload: H::Payload) -> Self {
        Self {
            host,
            node: Node {
                signal: AtomicU8::new(IDLE),
                body: UnsafeCell::new(Body {
                    previous: None,
                    next: None,
                    round: 0,
                    waker: None,
                    payload,
                }),
                _pinned: PhantomPinned,
            },
        }
    }

    /// Whoever leads to the queue.
    #[inline]
    pub(crate) fn host(&self) -> &H {
        &self.host
    }

    /// Takes the lock of the queue.
    #[inline]
    pub(crate) fn lock(&self) -> QueueGuard<'_, H::State, H::Payload> {
        self.host.queue().lock()
    }

    /// What the queue told this waiter: [`IDLE`], [`LINKED`] or the code it was popped with.
    #[inline]
    pub(crate) fn signal(&self) -> u8 {
        // Acquire: pairs with the Release store in `Locked::dismiss`.
        self.node.signal.load(Acquire)
    }

    /// Makes a waiter that was popped ready to be queued again.
    #[inline]
    pub(crate) fn reset(self: Pin<&mut Self>) {
        debug_assert_ne!(self.signal(), LINKED);
        self.node.signal.store(IDLE, Relaxed);
    }

    /// Queues this waiter at the end. `locked` must be this waiter's own queue.
    pub(crate) fn push(
        self: Pin<&mut Self>,
        locked: &mut Locked<H::State, H::Payload>,
        waker: Option<Waker>,
        payload: H::Payload,
    ) {
        self.node.link(locked, waker, payload);
    }

    /// Takes the lock and queues this waiter at the end, if `wanted` still says so. Tells whether the waiter has to
    /// wait.
    pub(crate) fn push_if(
        self: Pin<&mut Self>,
        waker: Option<Waker>,
        payload: H::Payload,
        wanted: impl FnOnce(&H) -> bool,
    ) -> bool {
        // SAFETY: nothing is moved out of the pinned waiter.
        let this = unsafe { self.get_unchecked_mut() };
        let mut locked = this.host.queue().lock();
        let wait = wanted(&this.host);
        if wait {
            this.node.link(&mut locked, waker, payload);
            true
        } else {
            drop(locked);
            // `waker` is dropped after the lock.
            false
        }
    }

    /// Whether this linked waiter was reached by a [`Locked::depart_all`].
    pub(crate) fn has_departed(self: Pin<&Self>, locked: &Locked<H::State, H::Payload>) -> bool {
        debug_assert_eq!(self.signal(), LINKED);
        // SAFETY: the caller passes the locked queue of this waiter, so the body is readable.
        let round = unsafe { (*body(NonNull::from(&self.node))).round };
        round != locked.round
    }

    /// Whether the waker left in the queue wakes the same task as `waker`. The waiter must be linked.
    pub(crate) fn will_wake(
        self: Pin<&Self>,
        _locked: &Locked<H::State, H::Payload>,
        waker: &Waker,
    ) -> bool {
        debug_assert_eq!(self.signal(), LINKED);
        // SAFETY: the locked queue is passed as evidence, so the body is readable.
        let current = unsafe { &(*body(NonNull::from(&self.node))).waker };
        current
            .as_ref()
            .is_some_and(|current| current.will_wake(waker))
    }

    /// Leaves another waker in the queue; returns the old one, to be dropped after the lock. The waiter must be
    /// linked.
    pub(crate) fn replace_waker(
        self: Pin<&Self>,
        _locked: &mut Locked<H::State, H::Payload>,
        waker: Waker,
    ) -> Option<Waker> {
        debug_assert_eq!(self.signal(), LINKED);
        // SAFETY: the locked queue is passed as evidence, so the body is ours.
        let slot = unsafe { &mut (*body(NonNull::from(&self.node))).waker };
        slot.replace(waker)
    }

    /// What the queue told this waiter, which was queued before. As long as it is linked it leaves a waker for the
    /// task that polls.
    pub(crate) fn poll_signal(self: Pin<&Self>, waker: &Waker) -> Poll<u8> {
        if self.signal() != LINKED {
            return Poll::Ready(self.signal());
        }
        {
            let locked = self.lock();
            if self.signal() != LINKED {
                return Poll::Ready(self.signal());
            }
            if self.will_wake(&locked, waker) {
                return Poll::Pending;
            }
        }
        // The clone runs without the lock, so the queue may have been faster.
        let waker = waker.clone();
        let mut locked = self.lock();
        if self.signal() != LINKED {
            return Poll::Ready(self.signal());
        }
        let old = self.replace_waker(&mut locked, waker);
        drop(locked);
        drop(old);
        Poll::Pending
    }

    /// Takes this waiter out if it is still linked. Returns its waker, to be dropped after the lock; `None` if the
    /// queue was faster and there is a signal to read.
    pub(crate) fn remove(
        self: Pin<&Self>,
        locked: &mut Locked<H::State, H::Payload>,
    ) -> Option<Option<Waker>> {
        if self.signal() != LINKED {
            return None;
        }
        let node = NonNull::from(&self.node);
        if self.has_departed(locked) {
            locked.departing.unlink(node);
        } else {
            locked.waiting.unlink(node);
        }
        self.node.signal.store(IDLE, Relaxed);
        // SAFETY: the locked queue is passed as evidence, so the body is ours.
        Some(unsafe { (*body(node)).waker.take() })
    }

    /// The payload of a waiter that is in no list: as the queue left it.
    pub(crate) fn payload_mut(self: Pin<&mut Self>) -> &mut H::Payload {
        assert_ne!(
            self.signal(),
            LINKED,
            "the payload of a linked waiter belongs to its queue"
        );
        // SAFETY: the node is in no list (its signal was read with Acquire), so its body belongs to its owner, who is
        // borrowed mutably for as long as the result.
        unsafe { &mut (*body(NonNull::from(&self.node))).payload }
    }
}

impl<H: Host> Drop for Waiter<H> {
    fn drop(&mut self) {
        if self.signal() != LINKED {
            return;
        }
        // SAFETY: the node was pinned when it was queued, and it does not move between here and its end.
        let this = unsafe { Pin::new_unchecked(&*self) };
        let waker = {
            let mut locked = this.host.queue().lock();
            this.remove(&mut locked)
        };
        drop(waker);
    }
}

impl<H: Host> fmt::Debug for Waiter<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("signal", &self.signal())
            .finish()
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
    let mut panic = None;
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
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| wakers.wake_all())) {
            panic.get_or_insert(payload);
        }
        if !more {
            break;
        }
        locked = queue.lock();
    }
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}
