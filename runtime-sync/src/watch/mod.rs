//! A value that many watch: receivers see the latest one, not each one.
//!
//! # Words
//!
//! A **version** counts the values. A receiver remembers the version it has **seen**; the value has *changed* for it
//! when the two differ. The version word also holds the bit `CLOSED`: the last sender is gone.
//!
//! # How it works
//!
//! The value lies behind a reader-writer lock. A sender writes under the lock, raises the version before it unlocks,
//! then wakes those who wait. A receiver that waits joins a [`Notify`](crate::Notify) first and compares versions afterwards, so a
//! version raised in between either shows or wakes. With many receivers on many threads one wait list would be the
//! place where they all meet again after each value, so there are eight, and each receiver keeps to one.
//!
//! A panic in a user's closure unlocks the value, raises no version and wakes nobody.

pub mod error;
mod receiver;
mod sender;
mod shared;

use std::ops::Deref;

use crate::primitive::{Arc, RwLockReadGuard};
use shared::Shared;

pub use receiver::Receiver;
pub use sender::Sender;

/// Creates a channel that holds `init`, which counts as seen.
///
/// # Examples
///
/// ```
/// use runtime_sync::watch;
///
/// # futures_executor::block_on(async {
/// let (tx, mut rx) = watch::channel("hello");
/// assert_eq!(*rx.borrow_and_update(), "hello");
/// tx.send("world").unwrap();
/// rx.changed().await.unwrap();
/// assert_eq!(*rx.borrow(), "world");
/// # });
/// ```
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new(init));
    let receiver = Receiver {
        shared: Arc::clone(&shared),
        seen: 0,
        shard: 0,
    };
    (Sender { shared }, receiver)
}

/// A borrowed value. It holds a read lock, so senders block as long as it lives: do not keep it across an `.await`.
#[derive(Debug)]
#[clippy::has_significant_drop]
pub struct Ref<'a, T> {
    inner: RwLockReadGuard<'a, T>,
    has_changed: bool,
}

impl<T> Ref<'_, T> {
    /// Returns whether the value had changed since the receiver saw it last, at the time of the borrow.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::watch::channel(1);
    /// assert!(!rx.borrow().has_changed());
    /// tx.send(2).unwrap();
    /// assert!(rx.borrow_and_update().has_changed());
    /// assert!(!rx.borrow().has_changed());
    /// ```
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}
