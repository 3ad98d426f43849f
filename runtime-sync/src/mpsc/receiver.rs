//! The receiving ends.

use std::fmt;
use std::task::{Context, Poll};

use super::error::TryRecvError;
use super::gate::{Bounded, Unbounded};
use super::rx::Rx;
use crate::blocking;

/// Receives from a bounded channel.
pub struct Receiver<T> {
    pub(super) chan: Rx<T, Bounded>,
}

/// Receives from an unbounded channel.
pub struct UnboundedReceiver<T> {
    pub(super) chan: Rx<T, Unbounded>,
}

/// What both can do. `$open` and `$send` open the channel and send a message in the examples.
macro_rules! receiver {
    ($name:ident, $sender:ident, $weak:ident, $open:literal, $send:literal) => {
        impl<T> $name<T> {
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
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
            /// assert_eq!(rx.recv().await, Some(1));
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
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            /// for i in 0..3 {
            #[doc = concat!("    tx.", $send, "(i).unwrap();")]
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
            /// use runtime_sync::mpsc::error::TryRecvError;
            ///
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
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
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            /// let thread = std::thread::spawn(move || rx.blocking_recv());
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
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
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
            /// let mut buffer = Vec::new();
            /// assert_eq!(rx.blocking_recv_many(&mut buffer, 10), 1);
            /// ```
            #[track_caller]
            pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
                blocking::wait(self.recv_many(buffer, limit))
            }

            /// Closes the channel: nothing more can be sent, except with permits that are out.
            ///
            /// What is in the channel can still be received. `recv` returns `None` when that is done and all permits are used
            /// or dropped.
            ///
            /// # Examples
            ///
            /// ```
            /// # futures_executor::block_on(async {
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
            /// rx.close();
            #[doc = concat!("assert!(tx.", $send, "(2).is_err());")]
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
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
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
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert!(rx.is_empty());
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
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
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
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
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
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
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            #[doc = concat!("tx.", $send, "(1).unwrap();")]
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

            #[doc = concat!("Returns how many [`", stringify!($sender), "`](super::", stringify!($sender), ")s there are.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
            /// let _other = tx.clone();
            /// assert_eq!(rx.sender_strong_count(), 2);
            /// ```
            pub fn sender_strong_count(&self) -> usize {
                self.chan.chan().senders.strong()
            }

            #[doc = concat!("Returns how many [`", stringify!($weak), "`](super::", stringify!($weak), ")s there are.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
            /// let _weak = tx.downgrade();
            /// assert_eq!(rx.sender_weak_count(), 1);
            /// ```
            pub fn sender_weak_count(&self) -> usize {
                self.chan.chan().senders.weak()
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("chan", &self.chan)
                    .finish()
            }
        }
    };
}

receiver!(
    Receiver,
    Sender,
    WeakSender,
    "channel::<i32>(4)",
    "try_send"
);
receiver!(
    UnboundedReceiver,
    UnboundedSender,
    WeakUnboundedSender,
    "unbounded_channel::<i32>()",
    "send"
);

impl<T> Receiver<T> {
    /// Returns how many messages can be sent before the channel is full.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::mpsc::channel(5);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(rx.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.chan.chan().gate.permits.available()
    }

    /// Returns the capacity the channel was made with.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = runtime_sync::mpsc::channel::<i32>(5);
    /// assert_eq!(rx.max_capacity(), 5);
    /// ```
    pub fn max_capacity(&self) -> usize {
        self.chan.chan().gate.capacity
    }
}
