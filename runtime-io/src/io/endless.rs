//! Streams without content: an empty source, an endless one, and a writer that forgets.
//!
//! None of them ever has to be waited for, so each operation costs a unit of the budget.

use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::budget::poll_spend;
use super::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

/// A stream that is at its end from the start, and forgets what is written to it.
///
/// # Examples
/// ```
/// use runtime_io::io::{self, AsyncReadExt};
///
/// # futures_executor::block_on(async {
/// let mut text = String::new();
/// assert_eq!(io::empty().read_to_string(&mut text).await?, 0);
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub fn empty() -> Empty {
    Empty { _private: () }
}

/// A reader that yields `byte` for ever.
///
/// # Examples
/// ```
/// use runtime_io::io::{self, AsyncReadExt};
///
/// # futures_executor::block_on(async {
/// let mut buf = [0; 3];
/// io::repeat(7).read_exact(&mut buf).await?;
/// assert_eq!(buf, [7, 7, 7]);
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub fn repeat(byte: u8) -> Repeat {
    Repeat { byte }
}

/// A writer that takes everything and forgets it.
///
/// # Examples
/// ```
/// use runtime_io::io;
///
/// # futures_executor::block_on(async {
/// assert_eq!(io::copy(&mut &b"hello"[..], &mut io::sink()).await?, 5);
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub fn sink() -> Sink {
    Sink { _private: () }
}

/// The stream made by [`empty`].
pub struct Empty {
    _private: (),
}

/// The reader made by [`repeat`].
#[derive(Debug)]
pub struct Repeat {
    byte: u8,
}

/// The writer made by [`sink`].
pub struct Sink {
    _private: (),
}

impl AsyncRead for Empty {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_spend(cx).map(Ok)
    }
}

impl AsyncBufRead for Empty {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        ready!(poll_spend(cx));
        Poll::Ready(Ok(&[]))
    }

    fn consume(self: Pin<&mut Self>, _: usize) {}
}

impl AsyncSeek for Empty {
    fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
        Ok(())
    }

    /// Always at zero.
    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        ready!(poll_spend(cx));
        Poll::Ready(Ok(0))
    }
}

impl AsyncRead for Repeat {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(poll_spend(cx));
        let block = [self.byte; 256];
        while buf.remaining() > 0 {
            buf.put_slice(&block[..block.len().min(buf.remaining())]);
        }
        Poll::Ready(Ok(()))
    }
}

/// `AsyncWrite` for a writer that forgets.
macro_rules! forget_writes {
    ($($writer:ty),*) => {$(
        impl AsyncWrite for $writer {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                ready!(poll_spend(cx));
                Poll::Ready(Ok(buf.len()))
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                poll_spend(cx).map(Ok)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                poll_spend(cx).map(Ok)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                ready!(poll_spend(cx));
                Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }
        }
    )*};
}

forget_writes!(Empty, Sink);

impl fmt::Debug for Empty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Empty { .. }")
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sink { .. }")
    }
}
