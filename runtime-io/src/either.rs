//! One of two types that can do the same.

use std::future::Future;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

/// One of two values that can do the same: futures with one output, readers, writers, and with the feature `stream` streams and sinks.
///
/// For the two branches of an `if`, where a box would cost an allocation.
///
/// # Examples
///
/// ```
/// use runtime_io::either::Either;
///
/// # futures_executor::block_on(async {
/// let known = Some(7);
/// let number = match known {
///     Some(number) => Either::Left(std::future::ready(number)),
///     None => Either::Right(async { 6 * 7 }),
/// };
/// assert_eq!(number.await, 7);
/// # });
/// ```
#[derive(Clone, Debug)]
pub enum Either<L, R> {
    /// The one.
    Left(L),
    /// The other.
    Right(R),
}

impl<L, R> Either<L, R> {
    /// The value, pinned as this one is.
    fn project(self: Pin<&mut Self>) -> Either<Pin<&mut L>, Pin<&mut R>> {
        // SAFETY: nothing is moved out.
        match unsafe { self.get_unchecked_mut() } {
            // SAFETY: it is pinned because this one is, and has no other way out.
            Self::Left(left) => Either::Left(unsafe { Pin::new_unchecked(left) }),
            // SAFETY: as above.
            Self::Right(right) => Either::Right(unsafe { Pin::new_unchecked(right) }),
        }
    }
}

/// The method of whichever it is.
macro_rules! pass_on {
    ($this:expr, $method:ident($($argument:expr),*)) => {
        match $this {
            Either::Left(left) => left.$method($($argument),*),
            Either::Right(right) => right.$method($($argument),*),
        }
    };
}

impl<L, R> Future for Either<L, R>
where
    L: Future,
    R: Future<Output = L::Output>,
{
    type Output = L::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<L::Output> {
        pass_on!(self.project(), poll(cx))
    }
}

impl<L: AsyncRead, R: AsyncRead> AsyncRead for Either<L, R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        pass_on!(self.project(), poll_read(cx, buf))
    }
}

impl<L: AsyncBufRead, R: AsyncBufRead> AsyncBufRead for Either<L, R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        pass_on!(self.project(), poll_fill_buf(cx))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        pass_on!(self.project(), consume(amt));
    }
}

impl<L: AsyncSeek, R: AsyncSeek> AsyncSeek for Either<L, R> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        pass_on!(self.project(), start_seek(position))
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        pass_on!(self.project(), poll_complete(cx))
    }
}

impl<L: AsyncWrite, R: AsyncWrite> AsyncWrite for Either<L, R> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        pass_on!(self.project(), poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pass_on!(self.project(), poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pass_on!(self.project(), poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        pass_on!(self.project(), poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        pass_on!(self, is_write_vectored())
    }
}

#[cfg(feature = "stream")]
impl<L, R> futures_core::Stream for Either<L, R>
where
    L: futures_core::Stream,
    R: futures_core::Stream<Item = L::Item>,
{
    type Item = L::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<L::Item>> {
        pass_on!(self.project(), poll_next(cx))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        pass_on!(self, size_hint())
    }
}

#[cfg(feature = "stream")]
impl<L, R, Item> futures_sink::Sink<Item> for Either<L, R>
where
    L: futures_sink::Sink<Item>,
    R: futures_sink::Sink<Item, Error = L::Error>,
{
    type Error = L::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), L::Error>> {
        pass_on!(self.project(), poll_ready(cx))
    }

    fn start_send(self: Pin<&mut Self>, item: Item) -> Result<(), L::Error> {
        pass_on!(self.project(), start_send(item))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), L::Error>> {
        pass_on!(self.project(), poll_flush(cx))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), L::Error>> {
        pass_on!(self.project(), poll_close(cx))
    }
}
