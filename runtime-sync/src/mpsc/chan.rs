//! What bounded and unbounded channels have in common: the list, the receiver's waker, the counts of senders.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::error::TryRecvError;
use super::list::{Head, Pop, Tail, list};
use crate::atomic_waker::AtomicWaker;
use crate::notify::Notify;
use crate::pad::Padded;
use crate::panics::FirstPanic;
use crate::permits::Permits;
use crate::primitive::{Arc, AtomicUsize, UnsafeCell, spin_loop, yield_now};

/// What decides whether a message may enter the channel.
pub(super) trait Gate {
    /// The receiver took `n` messages out, or `n` permits were not used.
    fn give(&self, n: usize);
    /// The receiver closes the channel.
    fn close<T>(&self, tail: &Tail<T>, head: &mut Head<T>);
    /// Whether the receiver has closed the channel.
    fn is_closed<T>(&self, tail: &Tail<T>) -> bool;
    /// Whether the receiver has closed the channel and every permit came back: there will be no further message.
    fn is_finished(&self) -> bool;
}

/// The gate of a bounded channel: a permit per message.
#[derive(Debug)]
pub(super) struct Bounded {
    pub(super) permits: Permits,
    pub(super) capacity: usize,
}

/// The gate of an unbounded channel: there is none.
#[derive(Debug)]
pub(super) struct Unbounded;

impl Gate for Bounded {
    #[inline]
    fn give(&self, n: usize) {
        self.permits.give(n);
    }

    fn close<T>(&self, _: &Tail<T>, _: &mut Head<T>) {
        self.permits.close();
    }

    fn is_closed<T>(&self, _: &Tail<T>) -> bool {
        self.permits.is_closed()
    }

    fn is_finished(&self) -> bool {
        self.permits.is_closed() && self.permits.available() == self.capacity
    }
}

impl Gate for Unbounded {
    #[inline]
    fn give(&self, _: usize) {}

    fn close<T>(&self, tail: &Tail<T>, head: &mut Head<T>) {
        head.close(tail);
    }

    fn is_closed<T>(&self, tail: &Tail<T>) -> bool {
        tail.is_closed()
    }

    /// The list itself knows where it ends.
    fn is_finished(&self) -> bool {
        false
    }
}

/// The shared part of a channel.
pub(super) struct Chan<T, G> {
    /// Written by every sender.
    tail: Padded<Tail<T>>,
    /// Written by the receiver when it sleeps, read by every sender.
    rx_waker: Padded<AtomicWaker>,
    /// Only the receiver may touch it, and the last one to go.
    head: Padded<UnsafeCell<Head<T>>>,
    pub(super) gate: G,
    /// Tells senders in `closed()` that the receiver is closed or gone.
    receiver_closed: Notify,
    /// Strong senders; at 0 the channel closes and stays closed.
    senders: AtomicUsize,
    weak_senders: AtomicUsize,
}

// SAFETY: messages pass from the senders' threads to the receiver's; none is shared.
unsafe impl<T: Send, G: Send> Send for Chan<T, G> {}
// SAFETY: as above; `head` is touched by the one receiver only.
unsafe impl<T: Send, G: Sync> Sync for Chan<T, G> {}
impl<T, G> UnwindSafe for Chan<T, G> {}
impl<T, G> RefUnwindSafe for Chan<T, G> {}

/// A sender's share of the channel.
pub(super) struct Tx<T, G: Gate> {
    chan: Arc<Chan<T, G>>,
}

/// A share that does not keep the channel open.
pub(super) struct WeakTx<T, G: Gate> {
    chan: Arc<Chan<T, G>>,
}

/// The receiver's share: there is one.
pub(super) struct Rx<T, G: Gate> {
    chan: Arc<Chan<T, G>>,
}

impl<T, G: Gate> Unpin for Rx<T, G> {}

/// A channel behind `gate`.
pub(super) fn chan<T, G: Gate>(gate: G) -> (Tx<T, G>, Rx<T, G>) {
    let (tail, head) = list();
    let chan = Arc::new(Chan {
        tail: Padded(tail),
        rx_waker: Padded(AtomicWaker::new()),
        head: Padded(UnsafeCell::new(head)),
        gate,
        receiver_closed: Notify::new(),
        senders: AtomicUsize::new(1),
        weak_senders: AtomicUsize::new(0),
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

    pub(super) fn strong_count(&self) -> usize {
        self.senders.load(Acquire)
    }

    pub(super) fn weak_count(&self) -> usize {
        self.weak_senders.load(Acquire)
    }
}

impl<T, G> Drop for Chan<T, G> {
    fn drop(&mut self) {
        let tail = &self.tail;
        let mut panic = FirstPanic::default();
        self.head.with_mut(|head| {
            // SAFETY: nobody else is left.
            let head = unsafe { &mut *head };
            while let Pop::Value(value) = head.pop(tail) {
                panic.catch(|| drop(value));
            }
            // SAFETY: nobody else is left, and the messages are out.
            unsafe { head.free(tail) };
        });
        panic.resume();
    }
}

impl<T, G: Gate> Tx<T, G> {
    #[inline]
    pub(super) fn chan(&self) -> &Chan<T, G> {
        &self.chan
    }

    pub(super) fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chan, &other.chan)
    }

    pub(super) fn downgrade(&self) -> WeakTx<T, G> {
        // Relaxed: a count only; the memory is kept by the `Arc`.
        self.chan.weak_senders.fetch_add(1, Relaxed);
        WeakTx {
            chan: Arc::clone(&self.chan),
        }
    }
}

impl<T, G: Gate> Clone for Tx<T, G> {
    fn clone(&self) -> Self {
        // Relaxed: the count is not zero, as `self` is counted; the memory is kept by the `Arc`.
        self.chan.senders.fetch_add(1, Relaxed);
        Self {
            chan: Arc::clone(&self.chan),
        }
    }
}

impl<T, G: Gate> Drop for Tx<T, G> {
    fn drop(&mut self) {
        // AcqRel: the last sender closes after all others have sent.
        if self.chan.senders.fetch_sub(1, AcqRel) != 1 {
            return;
        }
        self.chan.tail.close();
        self.chan.rx_waker.wake();
    }
}

impl<T, G: Gate> WeakTx<T, G> {
    pub(super) fn chan(&self) -> &Chan<T, G> {
        &self.chan
    }

    /// A sender, unless the last one is gone.
    pub(super) fn upgrade(&self) -> Option<Tx<T, G>> {
        let mut count = self.chan.senders.load(Acquire);
        while count != 0 {
            match self
                .chan
                .senders
                .compare_exchange_weak(count, count + 1, AcqRel, Acquire)
            {
                Ok(_) => {
                    return Some(Tx {
                        chan: Arc::clone(&self.chan),
                    });
                }
                Err(actual) => count = actual,
            }
        }
        None
    }
}

impl<T, G: Gate> Clone for WeakTx<T, G> {
    fn clone(&self) -> Self {
        self.chan.weak_senders.fetch_add(1, Relaxed);
        Self {
            chan: Arc::clone(&self.chan),
        }
    }
}

impl<T, G: Gate> Drop for WeakTx<T, G> {
    fn drop(&mut self) {
        self.chan.weak_senders.fetch_sub(1, AcqRel);
    }
}

impl<T, G: Gate> Rx<T, G> {
    pub(super) fn chan(&self) -> &Chan<T, G> {
        &self.chan
    }

    fn with_head<R>(&mut self, f: impl FnOnce(&mut Head<T>, &Tail<T>) -> R) -> R {
        let tail = &*self.chan.tail;
        self.chan.head.with_mut(|head| {
            // SAFETY: there is one receiver, and it is borrowed mutably.
            f(unsafe { &mut *head }, tail)
        })
    }

    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let coop = ready!(coop::poll_proceed(cx));
        let Some(found) = self.find(cx, |head, tail, armed| {
            if armed {
                head.pop_armed(tail)
            } else {
                head.pop(tail)
            }
        }) else {
            return Poll::Pending;
        };
        coop.made_progress();
        if found.is_some() {
            self.chan.gate.give(1);
        }
        Poll::Ready(found)
    }

    pub(super) fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        let coop = ready!(coop::poll_proceed(cx));
        if limit == 0 {
            coop.made_progress();
            return Poll::Ready(0);
        }
        let found = self.find(cx, |head, tail, armed| {
            let first = if armed {
                head.pop_armed(tail)
            } else {
                head.pop(tail)
            };
            let Pop::Value(first) = first else {
                return first.replace();
            };
            buffer.push(first);
            let mut count = 1;
            while count < limit {
                let Pop::Value(next) = head.pop(tail) else {
                    break;
                };
                buffer.push(next);
                count += 1;
            }
            Pop::Value(count)
        });
        let Some(found) = found else {
            return Poll::Pending;
        };
        coop.made_progress();
        let count = found.unwrap_or(0);
        self.chan.gate.give(count);
        Poll::Ready(count)
    }

    /// Looks with `pop`; arms the waker and looks again before it gives up. `Some(None)` at the end of the channel.
    fn find<V>(
        &mut self,
        cx: &mut Context<'_>,
        mut pop: impl FnMut(&mut Head<T>, &Tail<T>, bool) -> Pop<V>,
    ) -> Option<Option<V>> {
        for armed in [false, true] {
            if armed {
                // SAFETY: only the receiver registers and clears, and it is borrowed mutably.
                unsafe { self.chan.rx_waker.register(cx.waker()) };
            }
            match self.with_head(|head, tail| pop(head, tail, armed)) {
                Pop::Value(value) => return Some(Some(value)),
                Pop::Closed => return Some(None),
                // A message keeps its permit until it is taken out here: if all permits are back, none is on its way.
                Pop::Empty | Pop::Busy if self.chan.gate.is_finished() => return Some(None),
                Pop::Empty | Pop::Busy => {}
            }
        }
        None
    }

    /// Takes a message without waiting. A sender that is about to write is waited for: its message counts as sent.
    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let mut tries = 0_u32;
        loop {
            match self.with_head(|head, tail| head.pop(tail)) {
                Pop::Value(value) => {
                    self.chan.gate.give(1);
                    return Ok(value);
                }
                Pop::Closed => return Err(TryRecvError::Disconnected),
                Pop::Empty if self.chan.gate.is_finished() => {
                    return Err(TryRecvError::Disconnected);
                }
                Pop::Empty => return Err(TryRecvError::Empty),
                Pop::Busy => {
                    // A few instructions of another thread away, unless that thread lost its CPU.
                    tries += 1;
                    if tries < SPINS {
                        spin_loop()
                    } else {
                        yield_now()
                    }
                }
            }
        }
    }

    pub(super) fn close(&mut self) {
        let chan = Arc::clone(&self.chan);
        self.with_head(|head, tail| chan.gate.close(tail, head));
        chan.receiver_closed.notify_waiters();
    }

    /// Whether no message will be accepted: closed here, or all senders gone.
    pub(super) fn is_closed(&self) -> bool {
        self.chan.is_closed() || self.chan.tail.is_closed()
    }

    pub(super) fn len(&self) -> usize {
        self.chan.head.with(|head| {
            // SAFETY: only the receiver writes to `head`, and it is borrowed: methods that write need it mutably.
            unsafe { &*head }.len(&self.chan.tail)
        })
    }
}

impl<T, G: Gate> Drop for Rx<T, G> {
    fn drop(&mut self) {
        let mut panic = FirstPanic::default();
        panic.catch(|| self.close());
        while let Pop::Value(value) = self.with_head(|head, tail| head.pop(tail)) {
            panic.catch(|| self.chan.gate.give(1));
            panic.catch(|| drop(value));
        }
        // SAFETY: only the receiver registers and clears, and this is its end.
        panic.catch(|| unsafe { self.chan.rx_waker.clear() });
        panic.resume();
    }
}

impl<T> Pop<T> {
    /// The same finding about another type.
    fn replace<V>(self) -> Pop<V> {
        match self {
            Self::Value(_) | Self::Empty => Pop::Empty,
            Self::Busy => Pop::Busy,
            Self::Closed => Pop::Closed,
        }
    }
}

impl<T, G: fmt::Debug> fmt::Debug for Chan<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chan")
            .field("gate", &self.gate)
            .field("tx_count", &self.senders.load(Relaxed))
            .finish_non_exhaustive()
    }
}

impl<T, G: Gate + fmt::Debug> fmt::Debug for Tx<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("inner", &self.chan).finish()
    }
}

impl<T, G: Gate + fmt::Debug> fmt::Debug for Rx<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rx").field("inner", &self.chan).finish()
    }
}

/// How often `try_recv` looks again before it gives its CPU away.
const SPINS: u32 = 64;
