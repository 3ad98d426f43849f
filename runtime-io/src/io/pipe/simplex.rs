//! One pipe.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Closer;
use super::queue::{End, Pipe};
use crate::io::halves::split_with;
use crate::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};

/// Makes a pipe in memory that holds at most `max_buf_size` bytes, and returns its two ends.
///
/// Dropping the writing end, or shutting it down, brings the reader to its end once everything is read; dropping the
/// reading end gives the writer `BrokenPipe`.
///
/// # Panics
/// If `max_buf_size` is zero.
///
/// # Examples
/// ```
/// use runtime_io::io::{AsyncReadExt, AsyncWriteExt, simplex};
///
/// # futures_executor::block_on(async {
/// let (mut reader, mut writer) = simplex(64);
/// writer.write_all(b"hello").await?;
/// drop(writer);
///
/// let mut all = String::new();
/// reader.read_to_string(&mut all).await?;
/// assert_eq!(all, "hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn simplex(max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>) {
    let stream = SimplexStream::new_unsplit(max_buf_size);
    let closer = |end| Some(Closer::new(&stream.pipe, end));
    let (reader, writer) = (closer(End::Reader), closer(End::Writer));
    split_with(stream, reader, writer)
}

/// A pipe in memory with both ends in one hand: what is written to it is read from it.
///
/// # Examples
/// ```
/// use runtime_io::io::{AsyncReadExt, AsyncWriteExt, SimplexStream};
///
/// # futures_executor::block_on(async {
/// let mut pipe = SimplexStream::new_unsplit(64);
/// pipe.write_all(b"hello").await?;
/// let mut word = [0; 5];
/// pipe.read_exact(&mut word).await?;
/// assert_eq!(&word, b"hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct SimplexStream {
    pipe: Pipe,
}

impl SimplexStream {
    /// Makes a pipe in memory that holds at most `max_buf_size` bytes, both ends in one.
    ///
    /// # Panics
    /// If `max_buf_size` is zero.
    ///
    /// # Examples
    /// See [`SimplexStream`].
    ///
    /// # Examples
    /// ```
    /// # futures_executor::block_on(async {
    /// use runtime_io::io::{AsyncReadExt, AsyncWriteExt, SimplexStream};
    ///
    /// let mut queue = SimplexStream::new_unsplit(8);
    /// queue.write_all(b"hello").await?;
    /// let mut bytes = [0; 5];
    /// queue.read_exact(&mut bytes).await?;
    /// assert_eq!(&bytes, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn new_unsplit(max_buf_size: usize) -> Self {
        Self {
            pipe: Pipe::new(max_buf_size),
        }
    }
}

impl AsyncRead for SimplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.pipe.poll_read(cx, buf)
    }
}

impl AsyncWrite for SimplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe.close(End::Writer);
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_write(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
