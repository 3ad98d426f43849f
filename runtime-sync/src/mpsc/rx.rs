//! The receiver's share of a channel.

use std::fmt;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::chan::Chan;
use super::error::TryRecvError;
use super::gate::Gate;
use super::list::{Head, Next, Tail};
use crate::panics::FirstPanic;
use crate::primitive::{Arc, spin_loop, yield_now};

/// The receiver's share: there is one.
pub(super) struct Rx<T, G: Gate> {
    pub(super) chan: Arc<Chan<T, G>>,
}

impl<T, G: Gate> Unpin for Rx<T, G> {}

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
        let found = ready!(self.poll_find(cx));
        coop.made_progress();
        if !found {
            return Poll::Ready(None);
        }
        let value = self.take();
        self.chan.gate.give(1);
        Poll::Ready(Some(value))
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
        let found = ready!(self.poll_find(cx));
        coop.made_progress();
        if !found {
            return Poll::Ready(0);
        }
        let count = self.with_head(|head, tail| {
            buffer.push(head.take(tail));
            let mut count = 1;
            while count < limit && head.find(tail) == Next::Ready {
                buffer.push(head.take(tail));
                count += 1;
            }
            count
        });
        self.chan.gate.give(count);
        Poll::Ready(count)
    }

    /// Takes the message that was found.
    #[inline]
    fn take(&mut self) -> T {
        self.with_head(Head::take)
    }

    /// Looks for a message; arms the waker and looks again before it gives up. `false` at the end of the channel.
    #[inline]
    fn poll_find(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        match self.with_head(Head::find) {
            Next::Ready => Poll::Ready(true),
            other => self.poll_find_armed(other, cx),
        }
    }

    fn poll_find_armed(&mut self, first: Next, cx: &mut Context<'_>) -> Poll<bool> {
        if self.has_ended(first) {
            return Poll::Ready(false);
        }
        // SAFETY: only the receiver registers and clears, and it is borrowed mutably.
        unsafe { self.chan.rx_waker.register(cx.waker()) };
        match self.with_head(Head::find_armed) {
            Next::Ready => Poll::Ready(true),
            other if self.has_ended(other) => Poll::Ready(false),
            _ => Poll::Pending,
        }
    }

    /// Whether there is nothing and never will be.
    fn has_ended(&self, next: Next) -> bool {
        // A message keeps its permit until it is taken out: if all permits are back, none is on its way.
        next == Next::Closed || self.chan.gate.is_finished()
    }

    /// Takes a message without waiting. A sender that is about to write is waited for: its message counts as sent.
    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let mut tries = 0_u32;
        loop {
            match self.with_head(Head::find) {
                Next::Ready => {
                    let value = self.take();
                    self.chan.gate.give(1);
                    return Ok(value);
                }
                Next::Closed => return Err(TryRecvError::Disconnected),
                Next::Empty if self.chan.gate.is_finished() => {
                    return Err(TryRecvError::Disconnected);
                }
                Next::Empty => return Err(TryRecvError::Empty),
                Next::Busy => {
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
        let mut panic = FirstPanic::default();
        panic.catch(|| self.with_head(|head, tail| chan.gate.close(tail, head)));
        panic.catch(|| chan.receiver_closed.notify_waiters());
        panic.resume();
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
        while let Some(value) = self.with_head(Head::pop) {
            panic.catch(|| self.chan.gate.give(1));
            panic.catch(|| drop(value));
        }
        // SAFETY: only the receiver registers and clears, and this is its end.
        panic.catch(|| unsafe { self.chan.rx_waker.clear() });
        panic.resume();
    }
}

impl<T, G: Gate + fmt::Debug> fmt::Debug for Rx<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rx").field("inner", &self.chan).finish()
    }
}

/// How often `try_recv` looks again before it gives its CPU away.
const SPINS: u32 = 64;
