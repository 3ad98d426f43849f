//! The receiving half.

use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::error::{RecvError, TryRecvError};
use super::ring::{Shared, Tail};
use crate::blocking;
use crate::panics::FirstPanic;
use crate::primitive::Arc;
use crate::wait_list::{IDLE, LINKED, QueueGuard, WaitQueue, Waiter};

/// Receives all values sent since it was made, unless it lags too far behind.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The position of the next value to receive.
    next: u64,
}

/// What a receiver found.
enum Look<'a, T> {
    Value(T),
    /// All was received; the tail is locked, so nothing can come in before it is unlocked.
    Empty(QueueGuard<'a, Tail, ()>),
    Closed,
    Lagged(u64),
}

impl<T> Receiver<T> {
    /// A receiver of the values sent from now on.
    #[track_caller]
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            next: shared.add_receiver(),
            shared,
        }
    }

    /// Returns how many values were sent that this receiver has not received, overwritten ones included.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::broadcast::channel(4);
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        let end = self.shared.tail.lock().state.position;
        end.wrapping_sub(self.next) as usize
    }

    /// Returns whether this receiver has received everything sent so far.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert!(rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the two receivers are of the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert!(rx.same_channel(&tx.subscribe()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Returns how many [`Sender`](super::Sender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(rx.sender_strong_count(), 1);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.shared.senders.strong()
    }

    /// Returns how many [`WeakSender`](super::WeakSender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(rx.sender_weak_count(), 0);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.shared.senders.weak()
    }

    /// Returns whether all senders are gone. There may be values left to receive.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.tail.lock().state.closed
    }

    /// Gets the next value out of its slot with `get`, which is told whether this receiver is the last; `None` if
    /// another value is in the slot.
    fn peek<R>(
        shared: &Shared<T>,
        next: &mut u64,
        get: impl FnOnce(&mut Option<T>, bool) -> R,
    ) -> Option<R> {
        let mut slot = shared.slot(*next).lock();
        if slot.position != *next {
            return None;
        }
        *next = next.wrapping_add(1);
        // Before `get`: if a clone panics, this receiver is past the value all the same.
        slot.unseen -= 1;
        let last = slot.unseen == 0;
        Some(get(&mut slot.value, last))
    }

    /// Looks for the next value as `peek`, and says why there is none.
    fn look<'a, R>(
        shared: &'a Shared<T>,
        next: &mut u64,
        get: impl FnOnce(&mut Option<T>, bool) -> R + Copy,
    ) -> Look<'a, R> {
        if let Some(found) = Self::peek(shared, next, get) {
            return Look::Value(found);
        }
        let tail = shared.tail.lock();
        let end = tail.state.position;
        if *next == end {
            return if tail.state.closed {
                Look::Closed
            } else {
                Look::Empty(tail)
            };
        }
        let oldest = end.wrapping_sub(shared.ring.len() as u64);
        // With the tail locked nothing is overwritten: either the value is behind `oldest`, or it is there.
        if (next.wrapping_sub(oldest) as i64) < 0 {
            let missed = oldest.wrapping_sub(*next);
            *next = oldest;
            return Look::Lagged(missed);
        }
        drop(tail);
        // It came in between the two looks; should it be overwritten before this third one, the caller looks again.
        match Self::peek(shared, next, get) {
            Some(found) => Look::Value(found),
            None => Self::look(shared, next, get),
        }
    }
}

impl<T: Clone> Receiver<T> {
    /// Makes a receiver of the values sent from now on.
    ///
    /// # Panics
    ///
    /// Panics if there are `usize::MAX / 4` receivers.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::broadcast::channel(4);
    /// tx.send(1).unwrap();
    /// assert!(rx.resubscribe().is_empty());
    /// ```
    #[track_caller]
    pub fn resubscribe(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }

    /// Waits for the next value.
    ///
    /// # Errors
    ///
    /// Returns [`RecvError::Closed`] if all senders are gone and everything was received, [`RecvError::Lagged`] if
    /// values were overwritten: the next call returns the oldest one left.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a value is received only when it is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::broadcast::{self, error::RecvError};
    ///
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = broadcast::channel(2);
    /// for i in 0..3 {
    ///     tx.send(i).unwrap();
    /// }
    /// assert_eq!(rx.recv().await, Err(RecvError::Lagged(1)));
    /// assert_eq!(rx.recv().await, Ok(1));
    /// # });
    /// ```
    pub async fn recv(&mut self) -> Result<T, RecvError> {
        let (shared, next) = (&*self.shared, &mut self.next);
        let mut waiter = pin!(Waiter::new(&shared.tail, ()));
        std::future::poll_fn(|cx| {
            let coop = ready!(coop::poll_proceed(cx));
            let received = ready!(Self::poll_recv(shared, next, waiter.as_mut(), cx));
            coop.made_progress();
            Poll::Ready(received)
        })
        .await
    }

    fn poll_recv<'a>(
        shared: &'a Shared<T>,
        next: &mut u64,
        mut waiter: Pin<&mut Waiter<&'a WaitQueue<Tail, ()>>>,
        cx: &Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        if let Some(value) = Self::peek(shared, next, receive) {
            return Poll::Ready(value.ok_or(RecvError::Closed));
        }
        // Cloned before the tail is locked; a waiter that is in line already has a waker, most often the right one.
        let mut fresh = (waiter.signal() != LINKED).then(|| cx.waker().clone());
        loop {
            let mut tail = match Self::look(shared, next, receive) {
                Look::Value(value) => return Poll::Ready(value.ok_or(RecvError::Closed)),
                Look::Closed => return Poll::Ready(Err(RecvError::Closed)),
                Look::Lagged(missed) => return Poll::Ready(Err(RecvError::Lagged(missed))),
                Look::Empty(tail) => tail,
            };
            let linked = waiter.signal() == LINKED;
            if linked && waiter.as_ref().will_wake(&tail, cx.waker()) {
                return Poll::Pending;
            }
            let Some(waker) = fresh.take() else {
                drop(tail);
                fresh = Some(cx.waker().clone());
                continue;
            };
            let old = if linked {
                waiter.as_ref().replace_waker(&mut tail, waker)
            } else {
                if waiter.signal() != IDLE {
                    waiter.as_mut().reset();
                }
                waiter.push(&mut tail, Some(waker), ());
                None
            };
            drop(tail);
            drop(old);
            return Poll::Pending;
        }
    }

    /// Takes the next value if there is one.
    ///
    /// # Errors
    ///
    /// Returns [`TryRecvError::Empty`] if there is none now; otherwise as [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::broadcast::{self, error::TryRecvError};
    ///
    /// let (tx, mut rx) = broadcast::channel(2);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// drop(tx);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match Self::look(&self.shared, &mut self.next, receive) {
            Look::Value(value) => value.ok_or(TryRecvError::Closed),
            Look::Empty(_) => Err(TryRecvError::Empty),
            Look::Closed => Err(TryRecvError::Closed),
            Look::Lagged(missed) => Err(TryRecvError::Lagged(missed)),
        }
    }

    /// Waits for the next value, blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`recv`](Self::recv) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::broadcast::channel(2);
    /// let thread = std::thread::spawn(move || rx.blocking_recv());
    /// tx.send(1).unwrap();
    /// assert_eq!(thread.join().unwrap(), Ok(1));
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        blocking::wait(self.recv())
    }
}

/// Gets a value for its receiver: the last one takes it, the others clone.
fn receive<T: Clone>(value: &mut Option<T>, last: bool) -> Option<T> {
    if last { value.take() } else { value.clone() }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let (end, deserted) = {
            let mut tail = self.shared.tail.lock();
            tail.state.receivers -= 1;
            (tail.state.position, tail.state.receivers == 0)
        };
        let mut panic = FirstPanic::default();
        if deserted {
            panic.catch(|| self.shared.deserted.notify_waiters());
        }
        // Values this receiver has not seen still count on it.
        while self.next != end {
            let take = |value: &mut Option<T>, last| if last { value.take() } else { None };
            match Self::look(&self.shared, &mut self.next, take) {
                Look::Value(value) => drop(panic.catch(|| drop(value))),
                Look::Lagged(_) => {
                    // Overwritten by values sent after this receiver had left: nothing is left to give up.
                    if end.wrapping_sub(self.next) as i64 <= 0 {
                        break;
                    }
                }
                Look::Empty(_) | Look::Closed => break,
            }
        }
        panic.resume();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Receiver")
    }
}
