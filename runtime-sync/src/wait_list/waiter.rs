//! A place in a queue, which its owner takes, asks and leaves.

use std::fmt;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::task::{Poll, Waker};

use super::list::{Node, body};
use super::{Host, IDLE, LINKED, Locked, QueueGuard};

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
            node: Node::new(payload),
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
