//! The sending half.

use std::fmt;

use super::Receiver;
use super::error::SendError;
use super::ring::{Shared, WOKEN};
use crate::panics::FirstPanic;
use crate::primitive::Arc;
use crate::wait_list::wake_each;

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

impl<T> Sender<T> {
    /// Creates a channel without a receiver; [`subscribe`](Self::subscribe) makes them.
    ///
    /// # Panics
    ///
    /// As [`channel`](super::channel).
    ///
    /// # Examples
    ///
    /// ```
    /// let tx = runtime_sync::broadcast::Sender::<i32>::new(4);
    /// assert!(tx.send(1).is_err());
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        Self {
            shared: Arc::new(Shared::new(capacity)),
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
        Receiver::new(Arc::clone(&self.shared))
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
        self.shared.senders.add_weak();
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
        self.shared.senders.strong()
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
        self.shared.senders.weak()
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
        self.shared.senders.revive().then(|| Sender {
            shared: Arc::clone(&self.shared),
        })
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
        self.shared.senders.strong()
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
        self.shared.senders.weak()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.add();
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.add_weak();
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.remove_sender();
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.shared.senders.remove_weak();
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
