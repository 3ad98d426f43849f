//! A stream split into a half that reads and a half that writes, for two owners.
//!
//! The halves share the stream under a lock that is held for the length of one poll, so they may be polled from two
//! threads. A waker that is called within a poll of the stream must not poll the other half on the spot: it would wait
//! for itself. Wakers of runtimes never do.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;

use super::pipe::Closer;
use super::{AsyncRead, AsyncWrite, ReadBuf};

/// Splits a stream into a half that reads and a half that writes.
///
/// The stream itself is dropped with the second half; dropping one half does not end its direction, so shut the writing
/// half down if the other side is to know. A socket has a `split` of its own that needs no lock.
///
/// # Examples
/// ```
/// use runtime_io::io::{self, AsyncReadExt, AsyncWriteExt};
///
/// # futures_executor::block_on(async {
/// let (near, mut far) = io::duplex(64);
/// let (reader, mut writer) = io::split(near);
/// far.write_all(b"ping").await?;
/// io::copy(&mut reader.take(4), &mut writer).await?;
///
/// let mut word = [0; 4];
/// far.read_exact(&mut word).await?;
/// assert_eq!(&word, b"ping");
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub fn split<T>(stream: T) -> (ReadHalf<T>, WriteHalf<T>)
where
    T: AsyncRead + AsyncWrite,
{
    split_with(stream, None, None)
}

/// Splits a stream that wants to know when one of the halves is dropped.
pub(super) fn split_with<T: AsyncWrite>(
    stream: T,
    on_drop_of_reader: Option<Closer>,
    on_drop_of_writer: Option<Closer>,
) -> (ReadHalf<T>, WriteHalf<T>) {
    let is_write_vectored = stream.is_write_vectored();
    let shared = Arc::new(Shared {
        stream: Mutex::new(stream),
        is_write_vectored,
    });
    let reader = ReadHalf {
        shared: Arc::clone(&shared),
        on_drop: on_drop_of_reader,
    };
    (
        reader,
        WriteHalf {
            shared,
            on_drop: on_drop_of_writer,
        },
    )
}

/// The half of a [`split`] stream that reads.
pub struct ReadHalf<T> {
    shared: Arc<Shared<T>>,
    /// A field with a destructor rather than a destructor of the half: that one would have to mention `T`, and then a
    /// half of a `&mut` stream would count as used to the end of its scope.
    on_drop: Option<Closer>,
}

/// The half of a [`split`] stream that writes.
pub struct WriteHalf<T> {
    shared: Arc<Shared<T>>,
    on_drop: Option<Closer>,
}

struct Shared<T> {
    /// Pinned: it is moved out by `unsplit` only, which wants `T: Unpin`.
    stream: Mutex<T>,
    is_write_vectored: bool,
}

impl<T> Shared<T> {
    fn with<R>(&self, f: impl FnOnce(Pin<&mut T>) -> R) -> R {
        let mut stream = self.stream.lock();
        // SAFETY: the stream lives in an `Arc`, where it stays until it is dropped; it is moved out by `unsplit` only,
        // which requires `T: Unpin`.
        f(unsafe { Pin::new_unchecked(&mut *stream) })
    }
}

// SAFETY: a shared reference to a half gives no access to the stream: reading takes a `Pin<&mut Self>`, and what takes
// `&self` only compares addresses or prints a name.
unsafe impl<T: Sync> Sync for ReadHalf<T> {}

// SAFETY: a shared reference to a half gives no access to the stream: writing takes a `Pin<&mut Self>`, and what takes
// `&self` only compares addresses, prints a name or copies a `bool`.
unsafe impl<T: Sync> Sync for WriteHalf<T> {}

impl<T> ReadHalf<T> {
    /// Whether the two are halves of one stream.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io;
    /// let (one, other) = (io::duplex(1).0, io::duplex(1).0);
    /// let (one_reader, one_writer) = io::split(one);
    /// let (_, other_writer) = io::split(other);
    /// assert!(one_reader.is_pair_of(&one_writer));
    /// assert!(!one_reader.is_pair_of(&other_writer));
    /// ```
    pub fn is_pair_of(&self, other: &WriteHalf<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Puts the halves together again and returns the stream.
    ///
    /// A stream that is not `Unpin` cannot be had back, since polling a half has pinned it.
    ///
    /// # Panics
    /// If the two are not halves of one stream; see [`is_pair_of`](Self::is_pair_of).
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io;
    /// let (reader, writer) = io::split(std::io::Cursor::new(vec![1]));
    /// assert_eq!(reader.unsplit(writer).into_inner(), [1]);
    /// ```
    ///
    /// A stream that is pinned for good stays behind its halves:
    /// ```compile_fail,E0277
    /// # use runtime_io::io::{self, AsyncRead, AsyncWrite};
    /// fn round_trip<T: AsyncRead + AsyncWrite>(stream: T) -> T {
    ///     let (reader, writer) = io::split(stream);
    ///     reader.unsplit(writer)
    /// }
    /// ```
    #[track_caller]
    pub fn unsplit(mut self, mut wr: WriteHalf<T>) -> T
    where
        T: Unpin,
    {
        assert!(
            self.is_pair_of(&wr),
            "`unsplit` takes two halves of one stream, these are of two"
        );
        let closers = [self.on_drop.take(), wr.on_drop.take()];
        closers.into_iter().flatten().for_each(Closer::disarm);
        drop(wr);
        let shared = Arc::into_inner(self.shared).expect("a stream has no more than two halves");
        shared.stream.into_inner()
    }
}

impl<T> WriteHalf<T> {
    /// Whether the two are halves of one stream.
    ///
    /// # Examples
    /// See [`ReadHalf::is_pair_of`].
    pub fn is_pair_of(&self, other: &ReadHalf<T>) -> bool {
        other.is_pair_of(self)
    }
}

impl<T: AsyncRead> AsyncRead for ReadHalf<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.shared.with(|stream| stream.poll_read(cx, buf))
    }
}

impl<T: AsyncWrite> AsyncWrite for WriteHalf<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.shared.with(|stream| stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.with(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.with(|stream| stream.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shared
            .with(|stream| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.shared.is_write_vectored
    }
}

impl<T: fmt::Debug> fmt::Debug for ReadHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::ReadHalf").finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for WriteHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::WriteHalf").finish()
    }
}
