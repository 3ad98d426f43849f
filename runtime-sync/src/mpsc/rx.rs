//! The receiver's share of a channel.

use std::fmt;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::chan::Chan;
use super::error::TryRecvError;
use super::gate::Gate;
use super::list::{Head, Pop, Tail};
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

impl<T, G: Gate + fmt::Debug> fmt::Debug for Rx<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rx").field("inner", &self.chan).finish()
    }
}

/// How often `try_recv` looks again before it gives its CPU away.
const SPINS: u32 = 64;
