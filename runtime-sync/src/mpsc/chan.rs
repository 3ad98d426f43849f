//! What bounded and unbounded channels have in common: the list, the receiver's waker, the counts of senders.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::gate::Gate;
use super::list::{Head, Tail, list};
use super::rx::Rx;
use super::tx::Tx;
use crate::atomic_waker::AtomicWaker;
use crate::notify::Notify;
use crate::pad::Apart;
use crate::panics::FirstPanic;
use crate::primitive::{Arc, UnsafeCell};
use crate::senders::Senders;

/// The shared part of a channel. What different threads write at the same time is kept [`Apart`]; what is seldom
/// written comes first, beside the counts of the `Arc`.
#[repr(C)]
pub(super) struct Chan<T, G> {
    pub(super) senders: Senders,
    /// Tells senders in `closed()` that the receiver is closed or gone.
    pub(super) receiver_closed: Notify,
    /// Written by every sender and by the receiver.
    pub(super) gate: Apart<G>,
    /// Written by every sender.
    pub(super) tail: Apart<Tail<T>>,
    /// Written by the receiver when it sleeps, read by every sender.
    pub(super) rx_waker: Apart<AtomicWaker>,
    /// Only the receiver may touch it, and the last one to go.
    pub(super) head: Apart<UnsafeCell<Head<T>>>,
}

// SAFETY: messages pass from the senders' threads to the receiver's; none is shared.
unsafe impl<T: Send, G: Send> Send for Chan<T, G> {}
// SAFETY: as above; `head` is touched by the one receiver only.
unsafe impl<T: Send, G: Sync> Sync for Chan<T, G> {}

impl<T, G> UnwindSafe for Chan<T, G> {}
impl<T, G> RefUnwindSafe for Chan<T, G> {}

/// A channel behind `gate`.
pub(super) fn chan<T, G: Gate>(gate: G) -> (Tx<T, G>, Rx<T, G>) {
    let (tail, head) = list();
    let chan = Arc::new(Chan {
        senders: Senders::one(),
        receiver_closed: Notify::new(),
        gate: Apart::new(gate),
        tail: Apart::new(tail),
        rx_waker: Apart::new(AtomicWaker::new()),
        head: Apart::new(UnsafeCell::new(head)),
    });
    (
        Tx {
            chan: Arc::clone(&chan),
        },
        Rx { chan },
    )
}

impl<T, G: Gate> Chan<T, G> {
    /// Sends a message that has passed the gate; gives it back if the list was closed.
    #[inline]
    pub(super) fn push(&self, value: T) -> Result<(), T> {
        self.tail.push(value)?;
        // Ordered by the ready word: see "Waking" in the essay.
        self.rx_waker.wake_if_armed();
        Ok(())
    }

    /// Gives back `n` permits that were not used.
    pub(super) fn release(&self, n: usize) {
        self.gate.give(n);
        self.wake_if_finished();
    }

    /// Tells the receiver of a closed channel that the last permit came back.
    pub(super) fn wake_if_finished(&self) {
        if self.gate.is_finished() {
            self.rx_waker.wake();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.gate.is_closed(&self.tail)
    }

    /// Waits until the receiver is closed or gone.
    pub(super) async fn closed(&self) {
        let closed = self.receiver_closed.notified();
        if !self.is_closed() {
            closed.await;
        }
    }

    /// One sender less; the last one closes the channel.
    pub(super) fn remove_sender(&self) {
        if self.senders.remove() {
            self.tail.close();
            self.rx_waker.wake();
        }
    }
}

impl<T, G> Drop for Chan<T, G> {
    fn drop(&mut self) {
        let tail = &self.tail;
        let mut panic = FirstPanic::default();
        self.head.with_mut(|head| {
            // SAFETY: nobody else is left.
            let head = unsafe { &mut *head };
            while let Some(value) = head.pop(tail) {
                panic.catch(|| drop(value));
            }
            // SAFETY: nobody else is left, and the messages are out.
            unsafe { head.free(tail) };
        });
        panic.resume();
    }
}

impl<T, G: fmt::Debug> fmt::Debug for Chan<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chan")
            .field("gate", &self.gate)
            .field("tx_count", &self.senders.strong())
            .finish_non_exhaustive()
    }
}
