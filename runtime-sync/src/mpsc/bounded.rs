use std::time::Duration;

use super::chan::{Chan, chan};
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::gate::Bounded;
use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::receiver::Receiver;
use super::sender::Sender;
use crate::blocking;
use crate::permits::{Permits, TryTakeError};

/// Creates a channel that holds at most `buffer` messages.
///
/// # Panics
///
/// Panics if `buffer` is 0 or exceeds [`Semaphore::MAX_PERMITS`](crate::Semaphore::MAX_PERMITS).
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, mut rx) = runtime_sync::mpsc::channel(10);
/// tx.send(1).await.unwrap();
/// drop(tx);
/// assert_eq!(rx.recv().await, Some(1));
/// assert_eq!(rx.recv().await, None);
/// # });
/// ```
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    assert!(buffer > 0, "mpsc bounded channel requires buffer > 0");
    let (tx, rx) = chan(Bounded {
        permits: Permits::new(buffer),
        capacity: buffer,
    });
    (Sender { chan: tx }, Receiver { chan: rx })
}

impl<T> Sender<T> {
    /// Sends a message, waiting in line for room.
    ///
    /// Success does not mean that the message will be received: the receiver may be dropped at any moment.
    ///
    /// # Errors
    ///
    /// Returns the message if the receiver is or becomes closed or gone.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the message is not sent, and lost. Use [`reserve`](Self::reserve) to keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// tx.send(1).await.unwrap();
    /// assert_eq!(rx.recv().await, Some(1));
    /// drop(rx);
    /// assert_eq!(tx.send(2).await.unwrap_err().0, 2);
    /// # });
    /// ```
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        match self.reserve().await {
            Ok(permit) => {
                permit.send(value);
                Ok(())
            }
            Err(SendError(())) => Err(SendError(value)),
        }
    }

    /// Sends a message if there is room.
    ///
    /// # Errors
    ///
    /// Returns the message in [`TrySendError::Full`] or [`TrySendError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::mpsc::{channel, error::TrySendError};
    ///
    /// let (tx, rx) = channel(1);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        match self.chan().gate.permits.try_take(1) {
            Ok(()) => {
                Permit::new(self.chan()).send(message);
                Ok(())
            }
            Err(TryTakeError::Closed) => Err(TrySendError::Closed(message)),
            Err(TryTakeError::TooFew) => Err(TrySendError::Full(message)),
        }
    }

    /// Sends a message, waiting in line for room, but not longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the message if the receiver is or becomes closed or gone, or if the time is over.
    ///
    /// # Panics
    ///
    /// Panics outside of a runtime with timers: the one method of this crate that needs one.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the message is not sent, and lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, ThreadDriver};
    /// use runtime_sync::mpsc;
    /// use runtime_time::{Duration, Timer};
    /// use std::sync::Arc;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// let timers = Arc::clone(timer.timers());
    /// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
    /// runtime.block_on(async {
    ///     let (tx, _rx) = mpsc::channel(1);
    ///     tx.send_timeout(1, Duration::from_millis(1)).await.unwrap();
    ///     assert!(tx.send_timeout(2, Duration::from_millis(1)).await.is_err());
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn send_timeout(
        &self,
        value: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        match runtime_time::timeout(timeout, self.reserve()).await {
            Ok(Ok(permit)) => {
                permit.send(value);
                Ok(())
            }
            Ok(Err(SendError(()))) => Err(SendTimeoutError::Closed(value)),
            Err(_) => Err(SendTimeoutError::Timeout(value)),
        }
    }

    /// Sends a message, blocking the thread until there is room.
    ///
    /// # Errors
    ///
    /// Returns the message if the receiver is or becomes closed or gone.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`send`](Self::send) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// let thread = std::thread::spawn(move || tx.blocking_send(1));
    /// assert_eq!(rx.blocking_recv(), Some(1));
    /// thread.join().unwrap().unwrap();
    /// ```
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        blocking::wait(self.send(value))
    }

    /// Waits in line for room for one message, and keeps it for the caller.
    ///
    /// # Errors
    ///
    /// Returns [`SendError`] if the receiver is or becomes closed or gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// let permit = tx.reserve().await.unwrap();
    /// assert!(tx.try_send(1).is_err());
    /// permit.send(2);
    /// assert_eq!(rx.recv().await, Some(2));
    /// # });
    /// ```
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        self.take(1).await?;
        Ok(Permit::new(self.chan()))
    }

    /// Waits in line for room for `n` messages, and keeps it for the caller.
    ///
    /// # Errors
    ///
    /// Returns [`SendError`] if the receiver is or becomes closed or gone, or if `n` exceeds the capacity.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line; room collected so far goes to the next in line.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, rx) = runtime_sync::mpsc::channel(3);
    /// for (i, permit) in tx.reserve_many(2).await.unwrap().enumerate() {
    ///     permit.send(i);
    /// }
    /// assert_eq!(rx.len(), 2);
    /// # });
    /// ```
    pub async fn reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        self.take(n).await?;
        Ok(PermitIterator::new(self.chan(), n))
    }

    /// Like [`reserve`](Self::reserve), with a permit that contains the sender and may outlive every borrow.
    ///
    /// # Errors
    ///
    /// Returns [`SendError`] if the receiver is or becomes closed or gone; the sender is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line, and drops the sender.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// let permit = tx.clone().reserve_owned().await.unwrap();
    /// std::thread::spawn(move || permit.send(1)).join().unwrap();
    /// assert_eq!(rx.recv().await, Some(1));
    /// # });
    /// ```
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.take(1).await?;
        Ok(OwnedPermit::new(self))
    }

    /// Reserves room for one message if there is room.
    ///
    /// # Errors
    ///
    /// Returns [`TrySendError::Full`] or [`TrySendError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::channel(1);
    /// let permit = tx.try_reserve().unwrap();
    /// assert!(tx.try_reserve().is_err());
    /// permit.send(1);
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.try_take(1)?;
        Ok(Permit::new(self.chan()))
    }

    /// Reserves room for `n` messages if there is as much.
    ///
    /// # Errors
    ///
    /// Returns [`TrySendError::Full`], also if `n` exceeds the capacity, or [`TrySendError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::channel::<i32>(2);
    /// assert_eq!(tx.try_reserve_many(2).unwrap().len(), 2);
    /// assert!(tx.try_reserve_many(3).is_err());
    /// ```
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        if n > self.max_capacity() {
            return Err(TrySendError::Full(()));
        }
        self.try_take(n)?;
        Ok(PermitIterator::new(self.chan(), n))
    }

    /// Like [`try_reserve`](Self::try_reserve), with a permit that contains the sender.
    ///
    /// # Errors
    ///
    /// Returns the sender in [`TrySendError::Full`] or [`TrySendError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// let permit = tx.clone().try_reserve_owned().unwrap();
    /// let tx = tx.try_reserve_owned().unwrap_err().into_inner();
    /// permit.send(1);
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// # drop(tx);
    /// ```
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.try_take(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    /// Returns how many messages can be sent before the channel is full.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::channel(5);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.chan().gate.permits.available()
    }

    /// Returns the capacity the channel was made with.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::channel::<i32>(5);
    /// assert_eq!(tx.max_capacity(), 5);
    /// ```
    pub fn max_capacity(&self) -> usize {
        self.chan().gate.capacity
    }

    async fn take(&self, n: usize) -> Result<(), SendError<()>> {
        /// Permits that come back while the channel is closed may be what the receiver waits for.
        struct WakeIfFinished<'a, T>(&'a Chan<T, Bounded>);
        impl<T> Drop for WakeIfFinished<'_, T> {
            fn drop(&mut self) {
                self.0.wake_if_finished();
            }
        }
        if n > self.max_capacity() {
            return Err(SendError(()));
        }
        let on_failure = WakeIfFinished(self.chan());
        match self.chan().gate.permits.take(n).await {
            Ok(()) => {
                std::mem::forget(on_failure);
                Ok(())
            }
            Err(_) => Err(SendError(())),
        }
    }

    fn try_take(&self, n: usize) -> Result<(), TrySendError<()>> {
        self.chan()
            .gate
            .permits
            .try_take(n)
            .map_err(|error| match error {
                TryTakeError::Closed => TrySendError::Closed(()),
                TryTakeError::TooFew => TrySendError::Full(()),
            })
    }
}
