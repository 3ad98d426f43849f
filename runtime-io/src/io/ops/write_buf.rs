//! Writing from anything that yields bytes, once or until it is used up.
//!
//! What was written is taken out of the source at the same moment, so a cancelled future has lost nothing.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;

use super::retry_interrupted;
use crate::io::AsyncWrite;

operation! {
    /// The future of [`AsyncWriteExt::write_buf`](crate::io::AsyncWriteExt::write_buf).
    pub struct WriteBuf<'a, W, B> {
        writer: &'a mut W,
        buf: &'a mut B,
    }
}

operation! {
    /// The future of [`AsyncWriteExt::write_all_buf`](crate::io::AsyncWriteExt::write_all_buf).
    pub struct WriteAllBuf<'a, W, B> {
        writer: &'a mut W,
        buf: &'a mut B,
    }
}

impl<W, B> Future for WriteBuf<'_, W, B>
where
    W: AsyncWrite + Unpin + ?Sized,
    B: Buf + ?Sized,
{
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        poll_write_buf(Pin::new(&mut **me.writer), cx, *me.buf)
    }
}

impl<W, B> Future for WriteAllBuf<'_, W, B>
where
    W: AsyncWrite + Unpin + ?Sized,
    B: Buf + ?Sized,
{
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.project();
        let mut writer = Pin::new(&mut **me.writer);
        while me.buf.has_remaining() {
            if ready!(retry_interrupted!(poll_write_buf(
                writer.as_mut(),
                cx,
                *me.buf
            )))? == 0
            {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// One write from the front of `buf`, which is moved on by what was taken. What
/// [`AsyncWriteExt::write_buf`](crate::io::AsyncWriteExt::write_buf) does, polled.
///
/// A buffer of several pieces goes in one vectored write, if the writer has them. 0 stands for a writer that takes
/// nothing any more, or for an empty buffer: that one is not written.
///
/// # Errors
/// What the writer reports; nothing was written then.
///
/// # Examples
/// ```
/// use std::future::poll_fn;
/// use std::pin::Pin;
///
/// use runtime_io::io::util::poll_write_buf;
///
/// # futures_executor::block_on(async {
/// let mut written = Vec::new();
/// let mut bytes = bytes::Bytes::from_static(b"hello");
/// let count = poll_fn(|cx| poll_write_buf(Pin::new(&mut written), cx, &mut bytes)).await?;
/// assert_eq!((count, &written[..]), (5, &b"hello"[..]));
/// assert!(bytes.is_empty());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[inline]
pub fn poll_write_buf<T, B>(
    io: Pin<&mut T>,
    cx: &mut Context<'_>,
    buf: &mut B,
) -> Poll<io::Result<usize>>
where
    T: AsyncWrite + ?Sized,
    B: Buf + ?Sized,
{
    if !buf.has_remaining() {
        return Poll::Ready(Ok(0));
    }
    let taken = if io.is_write_vectored() {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let count = buf.chunks_vectored(&mut slices);
        ready!(io.poll_write_vectored(cx, &slices[..count]))?
    } else {
        ready!(io.poll_write(cx, buf.chunk()))?
    };
    buf.advance(taken);
    Poll::Ready(Ok(taken))
}

/// How many chunks of a source go into one write.
const MAX_SLICES: usize = 64;
