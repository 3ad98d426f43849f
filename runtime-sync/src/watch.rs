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
//! then wakes those who wait. A receiver that waits joins a [`Notify`] first and compares versions afterwards, so a
//! version raised in between either shows or wakes. With many receivers on many threads one wait list would be the
//! place where they all meet again after each value, so there are eight, and each receiver keeps to one.
//!
//! A panic in a user's closure unlocks the value, raises no version and wakes nobody.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use runtime_core::coop;

use crate::notify::Notify;
use crate::primitive::{Arc, AtomicUsize, RwLock, RwLockReadGuard};

use error::{RecvError, SendError};

/// The last sender is gone.
const CLOSED: usize = 1;
/// From one version to the next.
const STEP: usize = 2;
/// How many wait lists there are. One, in a model.
const SHARDS: usize = if cfg!(loom) { 1 } else { 8 };

/// Errors of this module.
pub mod error {
    use std::error::Error;
    use std::fmt;

    /// No receiver is left; the value comes back.
    #[derive(PartialEq, Eq, Clone, Copy)]
    pub struct SendError<T>(pub T);

    /// No sender is left.
    #[derive(Debug, Clone)]
    pub struct RecvError(pub(super) ());

    impl<T> fmt::Debug for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("SendError").finish_non_exhaustive()
        }
    }

    impl<T> fmt::Display for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl fmt::Display for RecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl<T> Error for SendError<T> {}
    impl Error for RecvError {}
}

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
    let shared = Arc::new(Shared {
        value: RwLock::new(init),
        version: AtomicUsize::new(0),
        receivers: AtomicUsize::new(1),
        senders: AtomicUsize::new(1),
        next_shard: AtomicUsize::new(1),
        changed: std::array::from_fn(|_| Notify::new()),
        deserted: Notify::new(),
    });
    let receiver = Receiver {
        shared: Arc::clone(&shared),
        seen: 0,
        shard: 0,
    };
    (Sender { shared }, receiver)
}

/// Changes the value of a watch channel. Clones change the same value.
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// Watches the value of a watch channel. A clone has seen what the original has seen.
#[derive(Debug)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The version this receiver knows.
    seen: usize,
    /// The wait list it uses.
    shard: usize,
}

/// A borrowed value. It holds a read lock, so senders block as long as it lives: do not keep it across an `.await`.
#[derive(Debug)]
#[clippy::has_significant_drop]
pub struct Ref<'a, T> {
    inner: RwLockReadGuard<'a, T>,
    has_changed: bool,
}

struct Shared<T> {
    value: RwLock<T>,
    /// Version and `CLOSED`. Raised under the write lock.
    version: AtomicUsize,
    receivers: AtomicUsize,
    senders: AtomicUsize,
    /// Which wait list the next receiver gets.
    next_shard: AtomicUsize,
    /// Wakes receivers after a new version and at the close.
    changed: [Notify; SHARDS],
    /// Wakes senders when the last receiver is gone.
    deserted: Notify,
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

impl<T> Shared<T> {
    /// The version and whether the channel is closed.
    fn load(&self) -> (usize, bool) {
        // Acquire: pairs with the Release of `raise` and `close`.
        let word = self.version.load(Acquire);
        (word & !CLOSED, word & CLOSED != 0)
    }

    /// Waits for a version other than `seen`, or the close.
    async fn next_version(&self, shard: usize, seen: usize) -> Result<usize, RecvError> {
        loop {
            // Before the look, so that a change after the look wakes.
            let woken = self.changed[shard].notified();
            match self.load() {
                (version, _) if version != seen => return Ok(version),
                (_, true) => return Err(RecvError(())),
                (_, false) => woken.await,
            }
        }
    }

    fn wake_receivers(&self) {
        for shard in &self.changed {
            shard.notify_waiters();
        }
    }

    fn pick_shard(&self) -> usize {
        // Relaxed: any number will do.
        self.next_shard.fetch_add(1, Relaxed) % SHARDS
    }
}

impl<T> Receiver<T> {
    /// Borrows the latest value without marking it as seen.
    ///
    /// A sender that waits for the value keeps new borrows out: to borrow twice at a time on one thread can deadlock.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::watch::channel("hello");
    /// assert_eq!(*rx.borrow(), "hello");
    /// ```
    pub fn borrow(&self) -> Ref<'_, T> {
        let inner = self.shared.value.read();
        // Under the lock, so the version is that of the value.
        let has_changed = self.shared.load().0 != self.seen;
        Ref { inner, has_changed }
    }

    /// Borrows the latest value and marks it as seen.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::watch::channel(1);
    /// tx.send(2).unwrap();
    /// assert_eq!(*rx.borrow_and_update(), 2);
    /// assert!(!rx.has_changed().unwrap());
    /// ```
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let inner = self.shared.value.read();
        let version = self.shared.load().0;
        let has_changed = version != self.seen;
        self.seen = version;
        Ref { inner, has_changed }
    }

    /// Returns whether there is a value this receiver has not seen.
    ///
    /// # Errors
    ///
    /// Returns [`RecvError`] if all senders are gone, even if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// tx.send(2).unwrap();
    /// assert!(rx.has_changed().unwrap());
    /// drop(tx);
    /// assert!(rx.has_changed().is_err());
    /// ```
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        match self.shared.load() {
            (_, true) => Err(RecvError(())),
            (version, false) => Ok(version != self.seen),
        }
    }

    /// Returns whether all senders are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::watch::channel(1);
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.load().1
    }

    /// Makes the current value count as not seen.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, mut rx) = runtime_sync::watch::channel(1);
    /// rx.mark_changed();
    /// assert!(rx.has_changed().unwrap());
    /// ```
    pub fn mark_changed(&mut self) {
        self.seen = self.shared.load().0.wrapping_sub(STEP);
    }

    /// Makes the current value count as seen.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::watch::channel(1);
    /// tx.send(2).unwrap();
    /// rx.mark_unchanged();
    /// assert!(!rx.has_changed().unwrap());
    /// ```
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.load().0;
    }

    /// Waits for a value this receiver has not seen, and marks it as seen.
    ///
    /// # Errors
    ///
    /// Returns [`RecvError`] if all senders are gone and the last value was seen.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the value is marked as seen only when the future is ready.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::watch::channel(1);
    /// tx.send(2).unwrap();
    /// rx.changed().await.unwrap();
    /// drop(tx);
    /// assert!(rx.changed().await.is_err());
    /// # });
    /// ```
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        self.seen = coop::cooperative(self.shared.next_version(self.shard, self.seen)).await?;
        Ok(())
    }

    /// Waits for a value for which `f` returns `true`, the current one included; marks all it looked at as seen.
    ///
    /// `f` runs under the read lock. If it panics, the panic goes on and the channel stays usable.
    ///
    /// # Errors
    ///
    /// Returns [`RecvError`] if all senders are gone and `f` did not accept the last value.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing but the marks: values looked at count as seen.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::watch::channel(1);
    /// let thread = std::thread::spawn(move || tx.send(5).unwrap());
    /// assert_eq!(*rx.wait_for(|value| *value > 3).await.unwrap(), 5);
    /// thread.join().unwrap();
    /// # });
    /// ```
    pub async fn wait_for(
        &mut self,
        mut f: impl FnMut(&T) -> bool,
    ) -> Result<Ref<'_, T>, RecvError> {
        let (shared, shard, seen) = (&*self.shared, self.shard, &mut self.seen);
        coop::cooperative(async move {
            let mut closed = false;
            loop {
                {
                    let inner = shared.value.read();
                    let version = shared.load().0;
                    let has_changed = version != *seen;
                    *seen = version;
                    if (!closed || has_changed) && f(&inner) {
                        return Ok(Ref { inner, has_changed });
                    }
                }
                if closed {
                    return Err(RecvError(()));
                }
                closed = shared.next_version(shard, *seen).await.is_err();
            }
        })
        .await
    }

    /// Returns whether the two receivers watch the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::watch::channel(1);
    /// assert!(rx.same_channel(&rx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        // Relaxed: the count is not zero, as `self` is counted.
        self.shared.receivers.fetch_add(1, Relaxed);
        Self {
            shared: Arc::clone(&self.shared),
            seen: self.seen,
            shard: self.shared.pick_shard(),
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // AcqRel: orders the ends of the receivers, and pairs with the Acquire of `receiver_count`.
        if self.shared.receivers.fetch_sub(1, AcqRel) == 1 {
            self.shared.deserted.notify_waiters();
        }
    }
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
            // Release: pairs with `load`. Under the lock, so that a version belongs to a value.
            self.shared.version.fetch_add(STEP, Release);
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
        // Relaxed: a count; the version is loaded below.
        self.shared.receivers.fetch_add(1, Relaxed);
        Receiver {
            seen: self.shared.load().0,
            shard: self.shared.pick_shard(),
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
        // Acquire: pairs with the drop of receivers.
        self.shared.receivers.load(Acquire)
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
        self.shared.senders.load(Acquire)
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
        // Relaxed: the count is not zero, as `self` is counted.
        self.shared.senders.fetch_add(1, Relaxed);
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
        // AcqRel: the last one closes after all others have sent.
        if self.shared.senders.fetch_sub(1, AcqRel) == 1 {
            // Release: pairs with `load`.
            self.shared.version.fetch_or(CLOSED, Release);
            self.shared.wake_receivers();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, closed) = self.load();
        f.debug_struct("Shared")
            .field("value", &self.value)
            .field("version", &version)
            .field("is_closed", &closed)
            .field("ref_count_rx", &self.receivers.load(Relaxed))
            .finish()
    }
}
