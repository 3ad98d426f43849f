use std::fmt;
use std::task::{Context, Poll};

use super::chan::{Chan, Rx, Tx, Unbounded, WeakTx, chan};
use super::error::{SendError, TryRecvError};
use crate::blocking;

/// Creates a channel without a limit.
///
/// A sender that is faster than the receiver fills the memory: prefer [`channel`](super::channel) wherever the sender
/// can wait.
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
/// tx.send(1).unwrap();
/// drop(tx);
/// assert_eq!(rx.recv().await, Some(1));
/// assert_eq!(rx.recv().await, None);
/// # });
/// ```
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = chan(Unbounded);
    (UnboundedSender { chan: tx }, UnboundedReceiver { chan: rx })
}

/// Sends to an unbounded channel. Clones send to the same channel.
pub struct UnboundedSender<T> {
    chan: Tx<T, Unbounded>,
}

/// A [`UnboundedSender`] that does not keep the channel open.
///
/// # Examples
///
/// ```
/// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
/// let weak = tx.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakUnboundedSender<T> {
    chan: WeakTx<T, Unbounded>,
}

/// Receives from an unbounded channel.
pub struct UnboundedReceiver<T> {
    chan: Rx<T, Unbounded>,
}

impl<T> UnboundedReceiver<T> {
    /// Waits for the next message; `None` when the channel is closed and empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a message is taken only when it is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send("a").unwrap();
    /// assert_eq!(rx.recv().await, Some("a"));
    /// # });
    /// ```
    pub async fn recv(&mut self) -> Option<T> {
        std::future::poll_fn(|cx| self.chan.poll_recv(cx)).await
    }

    /// Waits for messages and appends up to `limit` of them to `buffer`; returns how many.
    ///
    /// Returns 0 when the channel is closed and empty, and at once if `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: as long as it is pending, no message was taken.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// for i in 0..3 {
    ///     tx.send(i).unwrap();
    /// }
    /// let mut buffer = Vec::new();
    /// assert_eq!(rx.recv_many(&mut buffer, 2).await, 2);
    /// assert_eq!(buffer, [0, 1]);
    /// # });
    /// ```
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        std::future::poll_fn(|cx| self.chan.poll_recv_many(cx, buffer, limit)).await
    }

    /// Takes the next message if there is one.
    ///
    /// A message whose `send` has returned is always found.
    ///
    /// # Errors
    ///
    /// Returns [`TryRecvError::Empty`] if there is none now, [`TryRecvError::Disconnected`] if the channel is closed
    /// and empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::mpsc::{error::TryRecvError, unbounded_channel};
    ///
    /// let (tx, mut rx) = unbounded_channel();
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.chan.try_recv()
    }

    /// Waits for the next message, blocking the thread.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`recv`](Self::recv) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// let thread = std::thread::spawn(move || rx.blocking_recv());
    /// tx.send(1).unwrap();
    /// assert_eq!(thread.join().unwrap(), Some(1));
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        blocking::wait(self.recv())
    }

    /// Waits for messages as [`recv_many`](Self::recv_many), blocking the thread.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`recv_many`](Self::recv_many) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// let mut buffer = Vec::new();
    /// assert_eq!(rx.blocking_recv_many(&mut buffer, 10), 1);
    /// ```
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        blocking::wait(self.recv_many(buffer, limit))
    }

    /// Closes the channel: nothing more can be sent.
    ///
    /// What is in the channel can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// rx.close();
    /// assert!(tx.send(2).is_err());
    /// assert_eq!(rx.recv().await, Some(1));
    /// assert_eq!(rx.recv().await, None);
    /// # });
    /// ```
    pub fn close(&mut self) {
        self.chan.close();
    }

    /// Returns whether the channel is closed, by [`close`](Self::close) or because all senders are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.chan.is_closed()
    }

    /// Returns whether there is no message in the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel();
    /// assert!(rx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many messages are in the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.chan.len()
    }

    /// Polls for the next message; the task of the last call is woken when there may be one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(poll_fn(|cx| rx.poll_recv(cx)).await, Some(1));
    /// # });
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.chan.poll_recv(cx)
    }

    /// Polls for messages as [`recv_many`](Self::recv_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// let mut buffer = Vec::new();
    /// assert_eq!(poll_fn(|cx| rx.poll_recv_many(cx, &mut buffer, 5)).await, 1);
    /// # });
    /// ```
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        self.chan.poll_recv_many(cx, buffer, limit)
    }

    /// Returns how many [`UnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// let _other = tx.clone();
    /// assert_eq!(rx.sender_strong_count(), 2);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.chan.chan().strong_count()
    }

    /// Returns how many [`WeakUnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// let _weak = tx.downgrade();
    /// assert_eq!(rx.sender_weak_count(), 1);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.chan.chan().weak_count()
    }
}

impl<T> UnboundedSender<T> {
    fn chan(&self) -> &Chan<T, Unbounded> {
        self.chan.chan()
    }

    /// Sends a message. Never waits.
    ///
    /// Success does not mean that the message will be received: the receiver may be dropped at any moment.
    ///
    /// # Errors
    ///
    /// Returns the message if the receiver is closed or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// drop(rx);
    /// assert_eq!(tx.send(2).unwrap_err().0, 2);
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.chan().push(message).map_err(SendError)
    }

    /// Waits until the receiver is closed or gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub async fn closed(&self) {
        self.chan().closed().await;
    }

    /// Returns whether the receiver is closed or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.chan().is_closed()
    }

    /// Returns whether the two senders are of the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.chan.same_channel(&other.chan)
    }

    /// Makes a sender that does not keep the channel open.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// let _weak = tx.downgrade();
    /// drop(tx);
    /// assert_eq!(rx.recv().await, None);
    /// # });
    /// ```
    #[must_use = "this makes a weak sender and leaves the sender as it is"]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender {
            chan: self.chan.downgrade(),
        }
    }

    /// Returns how many [`UnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert_eq!(tx.strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.chan().strong_count()
    }

    /// Returns how many [`WeakUnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert_eq!(tx.weak_count(), 0);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.chan().weak_count()
    }
}

impl<T> WeakUnboundedSender<T> {
    /// Makes a sender, unless the last one is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// let weak = tx.downgrade();
    /// weak.upgrade().unwrap().send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        self.chan.upgrade().map(|chan| UnboundedSender { chan })
    }

    /// Returns how many [`UnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert_eq!(tx.downgrade().strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.chan.chan().strong_count()
    }

    /// Returns how many [`WeakUnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
    /// assert_eq!(tx.downgrade().weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.chan.chan().weak_count()
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            chan: self.chan.clone(),
        }
    }
}

impl<T> Clone for WeakUnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            chan: self.chan.clone(),
        }
    }
}

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedReceiver")
            .field("chan", &self.chan)
            .finish()
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedSender")
            .field("chan", &self.chan)
            .finish()
    }
}

impl<T> fmt::Debug for WeakUnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakUnboundedSender").finish()
    }
}
