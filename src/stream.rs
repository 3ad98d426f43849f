//! What gives one value after another, as a [`Stream`]. Behind the feature `stream`.
//!
//! Receivers, listeners, intervals and the like have methods of their own for the next value; the types here wrap them for code that asks for a `Stream`. Combinators are
//! those of `futures-util`, whose `StreamExt` works on all of them; the [`StreamExt`] here adds what has to do with time, and [`StreamMap`] makes one stream of several. [`DelayQueue`](crate::time::DelayQueue) is a stream by itself.
//!
//! # Examples
//!
//! ```
//! use futures_util::StreamExt;
//! use heist::stream::ReceiverStream;
//!
//! # #[heist::main(flavor = "current_thread")]
//! # async fn main() {
//! let (send, receive) = heist::sync::mpsc::channel(4);
//! heist::spawn(async move {
//!     for n in 1..=3 {
//!         send.send(n).await.unwrap();
//!     }
//! });
//! let doubled: Vec<_> = ReceiverStream::new(receive).map(|n| n * 2).collect().await;
//! assert_eq!(doubled, [2, 4, 6]);
//! # }
//! ```

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub use futures_core::Stream;
pub use runtime_time::stream::{
    ChunksTimeout, StreamExt, StreamMap, Throttle, Timeout, TimeoutRepeating,
};

use crate::fs::{DirEntry, ReadDir};
use crate::io::{AsyncBufRead, Lines, Split};
use crate::net::{TcpListener, TcpStream};
use crate::sync::{broadcast, mpsc, watch};
use crate::task::{JoinError, JoinSet};
use crate::time::{Instant, Interval};

/// A type around something that has a `poll_…` method for its next value.
macro_rules! wrapper {
    ($(#[$attribute:meta])* $name:ident $(<$generic:ident>)? ($inner:ty)) => {
        $(#[$attribute])*
        #[derive(Debug)]
        #[must_use = "streams do nothing unless polled"]
        pub struct $name $(<$generic>)? {
            inner: $inner,
        }

        impl $(<$generic>)? $name $(<$generic>)? {
            /// Wraps it.
            pub fn new(inner: $inner) -> Self {
                Self { inner }
            }

            /// Unwraps it.
            pub fn into_inner(self) -> $inner {
                self.inner
            }
        }

        impl $(<$generic>)? AsRef<$inner> for $name $(<$generic>)? {
            fn as_ref(&self) -> &$inner {
                &self.inner
            }
        }

        impl $(<$generic>)? AsMut<$inner> for $name $(<$generic>)? {
            fn as_mut(&mut self) -> &mut $inner {
                &mut self.inner
            }
        }
    };
}

/// The stream itself, with the bounds it needs.
macro_rules! stream {
    ([$($generics:tt)*] $name:ty, $item:ty, |$this:ident, $cx:ident| $poll:expr $(, |$sized:ident| $hint:expr)?) => {
        impl $($generics)* Stream for $name {
            type Item = $item;

            fn poll_next(self: Pin<&mut Self>, $cx: &mut Context<'_>) -> Poll<Option<$item>> {
                let $this = &mut self.get_mut().inner;
                $poll
            }
            $(
                fn size_hint(&self) -> (usize, Option<usize>) {
                    let $sized = &self.inner;
                    $hint
                }
            )?
        }
    };
}

wrapper! {
    /// The messages of a bounded channel; ends when all senders are gone or the channel is closed.
    ReceiverStream<T>(mpsc::Receiver<T>)
}
stream!([<T>] ReceiverStream<T>, T, |inner, cx| inner.poll_recv(cx), |inner| {
    // Once it is closed: what is there, and what has reserved its room.
    let closed = inner.is_closed();
    (inner.len(), closed.then(|| inner.max_capacity() - inner.capacity()))
});

impl<T> ReceiverStream<T> {
    /// Closes the channel; what is in it can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use heist::stream::ReceiverStream;
    ///
    /// # #[heist::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (send, receive) = heist::sync::mpsc::channel(4);
    /// send.try_send(1).unwrap();
    /// let mut stream = ReceiverStream::new(receive);
    /// stream.close();
    /// assert!(send.try_send(2).is_err());
    /// assert_eq!(stream.collect::<Vec<_>>().await, [1]);
    /// # }
    /// ```
    pub fn close(&mut self) {
        self.inner.close();
    }
}

impl<T> From<mpsc::Receiver<T>> for ReceiverStream<T> {
    fn from(inner: mpsc::Receiver<T>) -> Self {
        Self::new(inner)
    }
}

wrapper! {
    /// The messages of an unbounded channel; ends when all senders are gone or the channel is closed.
    UnboundedReceiverStream<T>(mpsc::UnboundedReceiver<T>)
}
stream!([<T>] UnboundedReceiverStream<T>, T, |inner, cx| inner.poll_recv(cx), |inner| {
    let closed = inner.is_closed();
    let len = inner.len();
    (len, closed.then_some(len))
});

impl<T> UnboundedReceiverStream<T> {
    /// Closes the channel; what is in it can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use heist::stream::UnboundedReceiverStream;
    ///
    /// # #[heist::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (send, receive) = heist::sync::mpsc::unbounded_channel();
    /// send.send(1).unwrap();
    /// let mut stream = UnboundedReceiverStream::new(receive);
    /// stream.close();
    /// assert!(send.send(2).is_err());
    /// assert_eq!(stream.collect::<Vec<_>>().await, [1]);
    /// # }
    /// ```
    pub fn close(&mut self) {
        self.inner.close();
    }
}

impl<T> From<mpsc::UnboundedReceiver<T>> for UnboundedReceiverStream<T> {
    fn from(inner: mpsc::UnboundedReceiver<T>) -> Self {
        Self::new(inner)
    }
}

wrapper! {
    /// The ticks of an interval; never ends.
    IntervalStream(Interval)
}
stream!([] IntervalStream, Instant, |inner, cx| inner.poll_tick(cx).map(Some), |_inner| (usize::MAX, None));

wrapper! {
    /// The connections that a listener accepts; never ends, an error is one of its values.
    TcpListenerStream(TcpListener)
}
stream!([] TcpListenerStream, io::Result<TcpStream>, |inner, cx| accepted(inner.poll_accept(cx)));

#[cfg(unix)]
wrapper! {
    /// The connections that a Unix listener accepts; never ends, an error is one of its values.
    UnixListenerStream(crate::net::UnixListener)
}
#[cfg(unix)]
stream!([] UnixListenerStream, io::Result<crate::net::UnixStream>, |inner, cx| accepted(inner.poll_accept(cx)));

#[cfg(unix)]
wrapper! {
    /// The deliveries of a signal.
    SignalStream(crate::signal::unix::Signal)
}
#[cfg(unix)]
stream!([] SignalStream, (), |inner, cx| inner.poll_recv(cx));

wrapper! {
    /// The lines of a reader.
    LinesStream<R>(Lines<R>)
}
stream!([<R: AsyncBufRead + Unpin>] LinesStream<R>, io::Result<String>, |inner, cx| Pin::new(inner).poll_next_line(cx).map(Result::transpose));

wrapper! {
    /// What a reader has between delimiters.
    SplitStream<R>(Split<R>)
}
stream!([<R: AsyncBufRead + Unpin>] SplitStream<R>, io::Result<Vec<u8>>, |inner, cx| Pin::new(inner).poll_next_segment(cx).map(Result::transpose));

wrapper! {
    /// The entries of a directory.
    ReadDirStream(ReadDir)
}
stream!([] ReadDirStream, io::Result<DirEntry>, |inner, cx| inner.poll_next_entry(cx).map(Result::transpose));

wrapper! {
    /// The outputs of a set's tasks as they end; ends when the set is empty. Dropping it aborts the tasks that are left.
    JoinSetStream<T>(JoinSet<T>)
}
stream!([<T: 'static>] JoinSetStream<T>, Result<T, JoinError>, |inner, cx| inner.poll_join_next(cx));

fn accepted<S, A>(accepted: Poll<io::Result<(S, A)>>) -> Poll<Option<io::Result<S>>> {
    accepted.map(|accepted| Some(accepted.map(|(stream, _)| stream)))
}

/// A future that gives the receiver back with what it received.
type Receiving<O, R> = Pin<Box<dyn Future<Output = (O, R)> + Send>>;

type Received<T> = Result<T, broadcast::error::RecvError>;

/// The values of a broadcast channel; ends when all senders are gone.
#[must_use = "streams do nothing unless polled"]
pub struct BroadcastStream<T> {
    next: Receiving<Received<T>, broadcast::Receiver<T>>,
}

/// What a [`BroadcastStream`] says when it was too slow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BroadcastStreamRecvError {
    /// So many values were overwritten before they were received; the next one is the oldest that is there.
    Lagged(u64),
}

impl fmt::Display for BroadcastStreamRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Lagged(count) = self;
        write!(f, "channel lagged by {count}")
    }
}

impl Error for BroadcastStreamRecvError {}

impl<T: Clone + Send + 'static> BroadcastStream<T> {
    /// Wraps a receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use heist::stream::BroadcastStream;
    ///
    /// # #[heist::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (send, receive) = heist::sync::broadcast::channel(4);
    /// send.send(1).unwrap();
    /// drop(send);
    /// let received: Vec<_> = BroadcastStream::new(receive).collect().await;
    /// assert_eq!(received, [Ok(1)]);
    /// # }
    /// ```
    pub fn new(mut receiver: broadcast::Receiver<T>) -> Self {
        let next = Box::pin(async move {
            let received = receiver.recv().await;
            (received, receiver)
        });
        Self { next }
    }
}

impl<T: Clone + Send + 'static> Stream for BroadcastStream<T> {
    type Item = Result<T, BroadcastStreamRecvError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (received, receiver) = ready!(self.next.as_mut().poll(cx));
        *self = Self::new(receiver);
        Poll::Ready(match received {
            Ok(value) => Some(Ok(value)),
            Err(broadcast::error::RecvError::Lagged(count)) => {
                Some(Err(BroadcastStreamRecvError::Lagged(count)))
            }
            Err(broadcast::error::RecvError::Closed) => None,
        })
    }
}

impl<T: Clone + Send + 'static> From<broadcast::Receiver<T>> for BroadcastStream<T> {
    fn from(receiver: broadcast::Receiver<T>) -> Self {
        Self::new(receiver)
    }
}

impl<T> fmt::Debug for BroadcastStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastStream").finish_non_exhaustive()
    }
}

/// The values of a watch channel, the latest each time; ends when all senders are gone.
#[must_use = "streams do nothing unless polled"]
pub struct WatchStream<T> {
    next: Receiving<bool, watch::Receiver<T>>,
}

impl<T: Clone + Send + Sync + 'static> WatchStream<T> {
    /// Wraps a receiver; the first value is the one that is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use heist::stream::WatchStream;
    ///
    /// # #[heist::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (send, receive) = heist::sync::watch::channel(1);
    /// let mut stream = WatchStream::new(receive);
    /// assert_eq!(stream.next().await, Some(1));
    /// send.send_replace(2);
    /// assert_eq!(stream.next().await, Some(2));
    /// # }
    /// ```
    pub fn new(receiver: watch::Receiver<T>) -> Self {
        let next = Box::pin(async move { (true, receiver) });
        Self { next }
    }

    /// Wraps a receiver; the first value is the next one that it has not seen.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use heist::stream::WatchStream;
    ///
    /// # #[heist::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (send, receive) = heist::sync::watch::channel(1);
    /// let mut stream = WatchStream::from_changes(receive);
    /// send.send_replace(2);
    /// assert_eq!(stream.next().await, Some(2));
    /// # }
    /// ```
    pub fn from_changes(mut receiver: watch::Receiver<T>) -> Self {
        let next = Box::pin(async move {
            let changed = receiver.changed().await.is_ok();
            (changed, receiver)
        });
        Self { next }
    }
}

impl<T: Clone + Send + Sync + 'static> Stream for WatchStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (changed, mut receiver) = ready!(self.next.as_mut().poll(cx));
        let value = changed.then(|| receiver.borrow_and_update().clone());
        *self = Self::from_changes(receiver);
        Poll::Ready(value)
    }
}

impl<T: Clone + Send + Sync + 'static> From<watch::Receiver<T>> for WatchStream<T> {
    fn from(receiver: watch::Receiver<T>) -> Self {
        Self::new(receiver)
    }
}

impl<T> fmt::Debug for WatchStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchStream").finish_non_exhaustive()
    }
}
