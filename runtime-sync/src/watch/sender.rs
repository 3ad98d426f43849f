//! The sending half.

use runtime_core::coop;

use super::error::SendError;
use super::shared::Shared;
use super::{Receiver, Ref, channel};
use crate::primitive::Arc;

/// Changes the value of a watch channel. Clones change the same value.
#[derive(Debug)]
pub struct Sender<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Creates a channel without a receiver; [`subscribe`](Self::subscribe) makes them.
    ///
    /// # Examples
    ///
    /// ```
    /// let tx = runtime_sync::watch::Sender::new(1);
    /// assert!(tx.send(2).is_err());
    /// let rx = tx.subscribe();
    /// assert_eq!(*rx.borrow(), 1);
    /// ```
    pub fn new(init: T) -> Self {
        channel(init).0
    }

    /// Replaces the value and wakes all receivers.
    ///
    /// # Errors
    ///
    /// Returns the value, and stores nothing, if there is no receiver. Use [`send_replace`](Self::send_replace) to
    /// store it anyway.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// tx.send(2).unwrap();
    /// drop(rx);
    /// assert_eq!(tx.send(3).unwrap_err().0, 3);
    /// assert_eq!(*tx.borrow(), 2);
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.receiver_count() == 0 {
            return Err(SendError(value));
        }
        drop(self.send_replace(value));
        Ok(())
    }

    /// Changes the value in place and wakes all receivers; works without a receiver, too.
    ///
    /// `modify` runs under the write lock. If it panics, the panic goes on, nobody is woken, and the channel stays
    /// usable; what was changed before the panic stays changed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// tx.send_modify(|value| *value += 1);
    /// assert_eq!(*rx.borrow(), 2);
    /// ```
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// Changes the value in place and wakes all receivers if `modify` returns `true`; returns what it returned.
    ///
    /// As [`send_modify`](Self::send_modify) otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// assert!(!tx.send_if_modified(|_| false));
    /// assert!(!rx.has_changed().unwrap());
    /// ```
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        {
            let mut value = self.shared.value.write();
            if !modify(&mut value) {
                return false;
            }
            self.shared.raise_version();
        }
        self.shared.wake_receivers();
        true
    }

    /// Replaces the value, wakes all receivers and returns the old value; works without a receiver, too.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::watch::channel(1);
    /// assert_eq!(tx.send_replace(2), 1);
    /// ```
    pub fn send_replace(&self, mut value: T) -> T {
        self.send_modify(|old| std::mem::swap(old, &mut value));
        value
    }

    /// Borrows the latest value.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::watch::channel(1);
    /// assert_eq!(*tx.borrow(), 1);
    /// ```
    pub fn borrow(&self) -> Ref<'_, T> {
        Ref {
            inner: self.shared.value.read(),
            has_changed: false,
        }
    }

    /// Returns whether there is no receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
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
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub async fn closed(&self) {
        coop::cooperative(async {
            while !self.is_closed() {
                // Before the second look, so that a drop after it wakes.
                let woken = self.shared.deserted.notified();
                if !self.is_closed() {
                    woken.await;
                }
            }
        })
        .await;
    }

    /// Makes a receiver that has seen the current value.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::watch::channel(1);
    /// tx.send(2).unwrap();
    /// let late = tx.subscribe();
    /// assert!(!late.has_changed().unwrap());
    /// ```
    pub fn subscribe(&self) -> Receiver<T> {
        let shard = self.shared.add_receiver();
        Receiver {
            seen: self.shared.load().0,
            shard,
            shared: Arc::clone(&self.shared),
        }
    }

    /// Returns how many receivers there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::watch::channel(1);
    /// assert_eq!(tx.receiver_count(), 1);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers()
    }

    /// Returns how many senders there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::watch::channel(1);
    /// let _other = tx.clone();
    /// assert_eq!(tx.sender_count(), 2);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.shared.senders.strong()
    }

    /// Returns whether the two senders are of the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::watch::channel(1);
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
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

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.remove_sender();
    }
}
