//! A channel in which every receiver gets every value.
//!
//! # Words
//!
//! Values are numbered by **position**. The **ring** keeps the last `capacity` of them, each in the **slot** of its
//! position. A slot counts the receivers that have not seen its value; the last one to see it takes it out. A
//! receiver whose next value was overwritten has **lagged**.
//!
//! # How it works
//!
//! The tail, with the next position and those who wait, is behind the lock of a wait queue. A sender takes that lock,
//! then the lock of the slot, puts the value in, and wakes everybody as one event. A receiver looks into the slot of
//! its next position alone, and takes the tail's lock only if the value is not there: to wait, or to find out how far
//! it lags. Locks are taken in the order tail, slot.
//!
//! Only `T: Send + Clone` is asked for, so a value is never cloned by two threads at once: `clone` runs under the
//! lock of its slot, and of nothing else. A `clone` that uses the same channel could meet that lock again: it must
//! not. Values are dropped without any lock.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use crate::blocking;
use crate::notify::Notify;
use crate::panics::FirstPanic;
use crate::primitive::{Arc, AtomicUsize, Mutex};
use crate::wait_list::{IDLE, LINKED, QueueGuard, WaitQueue, Waiter, wake_each};

use error::{RecvError, SendError, TryRecvError};

/// The signal of a waiter that was woken.
const WOKEN: u8 = 2;
/// So that no counter can overflow.
const MAX_RECEIVERS: usize = usize::MAX >> 2;

/// Errors of this module.
pub mod error {
    use std::error::Error;
    use std::fmt;

    /// There is no receiver; the value comes back.
    #[derive(Debug)]
    pub struct SendError<T>(pub T);

    /// Why a receiver got no value.
    #[derive(Debug, PartialEq, Eq, Clone)]
    pub enum RecvError {
        /// All senders are gone, and all values were received.
        Closed,
        /// So many values were overwritten before they were received. The next one is the oldest that is left.
        Lagged(u64),
    }

    /// Why a receiver got no value at the moment.
    #[derive(Debug, PartialEq, Eq, Clone)]
    pub enum TryRecvError {
        /// There is none now.
        Empty,
        /// All senders are gone, and all values were received.
        Closed,
        /// So many values were overwritten before they were received. The next one is the oldest that is left.
        Lagged(u64),
    }

    impl<T> fmt::Display for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl fmt::Display for RecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Closed => f.write_str("channel closed"),
                Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
            }
        }
    }

    impl fmt::Display for TryRecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Empty => f.write_str("channel empty"),
                Self::Closed => f.write_str("channel closed"),
                Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
            }
        }
    }

    impl<T: fmt::Debug> Error for SendError<T> {}
    impl Error for RecvError {}
    impl Error for TryRecvError {}
}

/// Creates a channel that keeps the last `capacity` values, rounded up to a power of two.
///
/// # Panics
///
/// Panics if `capacity` is 0 or exceeds `usize::MAX / 2`.
///
/// # Examples
///
/// ```
/// use runtime_sync::broadcast;
///
/// # futures_executor::block_on(async {
/// let (tx, mut one) = broadcast::channel(16);
/// let mut two = tx.subscribe();
/// tx.send(10).unwrap();
/// assert_eq!(one.recv().await, Ok(10));
/// assert_eq!(two.recv().await, Ok(10));
/// # });
/// ```
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let tx = Sender::new(capacity);
    let rx = tx.subscribe();
    (tx, rx)
}

/// Sends values to all receivers. Clones send to the same channel.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// A [`Sender`] that does not keep the channel open.
///
/// # Examples
///
/// ```
/// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(1);
/// let weak = tx.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

/// Receives all values sent since it was made, unless it lags too far behind.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The position of the next value to receive.
    next: u64,
}

struct Shared<T> {
    ring: Box<[Mutex<Slot<T>>]>,
    tail: WaitQueue<Tail, ()>,
    senders: AtomicUsize,
    weak_senders: AtomicUsize,
    /// Tells senders in `closed()` that the last receiver is gone.
    deserted: Notify,
}

struct Tail {
    /// The position of the next value to send.
    position: u64,
    receivers: usize,
    /// All senders are gone.
    closed: bool,
}

struct Slot<T> {
    /// Of the value that is or was here.
    position: u64,
    /// Receivers that have not seen it.
    unseen: usize,
    /// `None` once all have seen it.
    value: Option<T>,
}

/// What a receiver found.
enum Look<'a, T> {
    Value(T),
    /// All was received; the tail is locked, so nothing can come in before it is unlocked.
    Empty(QueueGuard<'a, Tail, ()>),
    Closed,
    Lagged(u64),
}

impl<T> Shared<T> {
    fn slot(&self, position: u64) -> &Mutex<Slot<T>> {
        // The length is a power of two; the mask keeps only bits that fit.
        let index = position & (self.ring.len() as u64 - 1);
        &self.ring[index as usize]
    }

    /// Adds a receiver; returns the position it starts at.
    #[track_caller]
    fn add_receiver(&self) -> u64 {
        let mut tail = self.tail.lock();
        let full = tail.state.receivers == MAX_RECEIVERS;
        if !full {
            tail.state.receivers += 1;
        }
        let position = tail.state.position;
        drop(tail);
        assert!(!full, "max receivers");
        position
    }

    fn close(&self) {
        let mut tail = self.tail.lock();
        tail.state.closed = true;
        tail.depart_all();
        wake_each(&self.tail, tail, |tail| tail.pop_departing(WOKEN));
    }
}

impl<T> Sender<T> {
    /// Creates a channel without a receiver; [`subscribe`](Self::subscribe) makes them.
    ///
    /// # Panics
    ///
    /// As [`channel`].
    ///
    /// # Examples
    ///
    /// ```
    /// let tx = runtime_sync::broadcast::Sender::<i32>::new(4);
    /// assert!(tx.send(1).is_err());
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "broadcast channel capacity cannot be zero");
        assert!(
            capacity <= usize::MAX >> 1,
            "broadcast channel capacity exceeded `usize::MAX / 2`"
        );
        let capacity = capacity.next_power_of_two();
        let ring = (0..capacity)
            .map(|index| {
                Mutex::new(Slot {
                    // One round before the first value of this slot.
                    position: (index as u64).wrapping_sub(capacity as u64),
                    unseen: 0,
                    value: None,
                })
            })
            .collect();
        Self {
            shared: Arc::new(Shared {
                ring,
                tail: WaitQueue::new(Tail {
                    position: 0,
                    receivers: 0,
                    closed: false,
                }),
                senders: AtomicUsize::new(1),
                weak_senders: AtomicUsize::new(0),
                deserted: Notify::new(),
            }),
        }
    }

    /// Sends a value to all receivers; returns how many there are. Never waits: the oldest value makes room.
    ///
    /// # Errors
    ///
    /// Returns the value if there is no receiver. Later sends can succeed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::broadcast::channel(2);
    /// assert_eq!(tx.send(1).unwrap(), 1);
    /// drop(rx);
    /// assert_eq!(tx.send(2).unwrap_err().0, 2);
    /// ```
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let shared = &*self.shared;
        let mut tail = shared.tail.lock();
        let receivers = tail.state.receivers;
        if receivers == 0 {
            drop(tail);
            return Err(SendError(value));
        }
        let position = tail.state.position;
        tail.state.position = position.wrapping_add(1);
        let overwritten = {
            let mut slot = shared.slot(position).lock();
            slot.position = position;
            slot.unseen = receivers;
            slot.value.replace(value)
        };
        tail.depart_all();
        let mut panic = FirstPanic::default();
        panic.catch(|| wake_each(&shared.tail, tail, |tail| tail.pop_departing(WOKEN)));
        panic.catch(|| drop(overwritten));
        panic.resume();
        Ok(receivers)
    }

    /// Makes a receiver of the values sent from now on.
    ///
    /// # Panics
    ///
    /// Panics if there are `usize::MAX / 4` receivers.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, _rx) = runtime_sync::broadcast::channel(2);
    /// tx.send(1).unwrap();
    /// let mut late = tx.subscribe();
    /// tx.send(2).unwrap();
    /// assert_eq!(late.recv().await, Ok(2));
    /// # });
    /// ```
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver {
            next: self.shared.add_receiver(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Makes a sender that does not keep the channel open.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::broadcast::channel::<i32>(2);
    /// let _weak = tx.downgrade();
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    #[must_use = "this makes a weak sender and leaves the sender as it is"]
    pub fn downgrade(&self) -> WeakSender<T> {
        // Relaxed: a count only.
        self.shared.weak_senders.fetch_add(1, Relaxed);
        WeakSender {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Returns how many values are kept that not all receivers have seen.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::broadcast::channel(4);
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// assert_eq!(tx.len(), 2);
    /// rx.try_recv().unwrap();
    /// assert_eq!(tx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        let tail = self.shared.tail.lock();
        let end = tail.state.position;
        // Receivers see values in order, so the seen ones come first. Of the first `seen` all were seen, from `limit`
        // on none.
        let kept = end.min(self.shared.ring.len() as u64);
        let (mut seen, mut limit) = (0, kept);
        while seen < limit {
            let middle = seen + (limit - seen) / 2;
            if self.shared.slot(end - kept + middle).lock().unseen == 0 {
                seen = middle + 1;
            } else {
                limit = middle;
            }
        }
        (kept - seen) as usize
    }

    /// Returns whether all receivers have seen all values.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel(4);
    /// assert!(tx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!tx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        let tail = self.shared.tail.lock();
        let last = tail.state.position.wrapping_sub(1);
        self.shared.slot(last).lock().unseen == 0
    }

    /// Returns how many receivers there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(tx.receiver_count(), 1);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.shared.tail.lock().state.receivers
    }

    /// Returns whether the two senders are of the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Waits until there is no receiver.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub async fn closed(&self) {
        while self.receiver_count() > 0 {
            // Before the second look, so that a drop after it wakes.
            let woken = self.shared.deserted.notified();
            if self.receiver_count() > 0 {
                woken.await;
            }
        }
    }

    /// Returns how many [`Sender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(tx.strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// Returns how many [`WeakSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// let _weak = tx.downgrade();
    /// assert_eq!(tx.weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.shared.weak_senders.load(Acquire)
    }
}

impl<T> WeakSender<T> {
    /// Makes a sender, unless the last one is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert!(tx.downgrade().upgrade().is_some());
    /// ```
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let mut count = self.shared.senders.load(Acquire);
        while count != 0 {
            match self
                .shared
                .senders
                .compare_exchange_weak(count, count + 1, AcqRel, Acquire)
            {
                Ok(_) => {
                    return Some(Sender {
                        shared: Arc::clone(&self.shared),
                    });
                }
                Err(actual) => count = actual,
            }
        }
        None
    }

    /// Returns how many [`Sender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(tx.downgrade().strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// Returns how many [`WeakSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(tx.downgrade().weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.shared.weak_senders.load(Acquire)
    }
}

impl<T> Receiver<T> {
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

    /// Returns how many [`Sender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(rx.sender_strong_count(), 1);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// Returns how many [`WeakSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::broadcast::channel::<i32>(4);
    /// assert_eq!(rx.sender_weak_count(), 0);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.shared.weak_senders.load(Acquire)
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
        Self {
            next: self.shared.add_receiver(),
            shared: Arc::clone(&self.shared),
        }
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

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        // Relaxed: the count is not zero, as `self` is counted.
        self.shared.senders.fetch_add(1, Relaxed);
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        self.shared.weak_senders.fetch_add(1, Relaxed);
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // AcqRel: the last one closes after all others have sent.
        if self.shared.senders.fetch_sub(1, AcqRel) == 1 {
            self.shared.close();
        }
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.shared.weak_senders.fetch_sub(1, AcqRel);
    }
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

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Sender")
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::WeakSender")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Receiver")
    }
}
