//! The receiving half.

use runtime_core::coop;

use super::Ref;
use super::error::RecvError;
use super::shared::{STEP, Shared};
use crate::primitive::Arc;

/// Watches the value of a watch channel. A clone has seen what the original has seen.
#[derive(Debug)]
pub struct Receiver<T> {
    pub(super) shared: Arc<Shared<T>>,
    /// The version this receiver knows.
    pub(super) seen: usize,
    /// The wait list it uses.
    pub(super) shard: usize,
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
        Self {
            shared: Arc::clone(&self.shared),
            seen: self.seen,
            shard: self.shared.add_receiver(),
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.remove_receiver();
    }
}
