//! One read into anything that takes bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BufMut;

use crate::io::{AsyncRead, ReadBuf, checked};

operation! {
    /// The future of [`AsyncReadExt::read_buf`](crate::io::AsyncReadExt::read_buf).
    pub struct ReadIntoBuf<'a, R, B> {
        reader: &'a mut R,
        buf: &'a mut B,
    }
}

impl<R, B> Future for ReadIntoBuf<'_, R, B>
where
    R: AsyncRead + Unpin + ?Sized,
    B: BufMut + ?Sized,
{
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        poll_read_buf(Pin::new(&mut **me.reader), cx, *me.buf)
    }
}

/// One read into the free memory of `buf`; how many bytes it brought. What
/// [`AsyncReadExt::read_buf`](crate::io::AsyncReadExt::read_buf) does, polled.
///
/// 0 stands for the end of the source, or for a buffer without room: that one is not read into.
///
/// # Errors
/// What the reader reports; nothing was read then.
///
/// # Examples
/// ```
/// use std::future::poll_fn;
/// use std::pin::Pin;
///
/// use runtime_io::io::util::poll_read_buf;
///
/// # futures_executor::block_on(async {
/// let mut reader = &b"hello"[..];
/// let mut bytes = bytes::BytesMut::with_capacity(64);
/// let count = poll_fn(|cx| poll_read_buf(Pin::new(&mut reader), cx, &mut bytes)).await?;
/// assert_eq!((count, &bytes[..]), (5, &b"hello"[..]));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[inline]
pub fn poll_read_buf<T, B>(
    io: Pin<&mut T>,
    cx: &mut Context<'_>,
    buf: &mut B,
) -> Poll<io::Result<usize>>
where
    T: AsyncRead + ?Sized,
    B: BufMut + ?Sized,
{
    if !buf.has_remaining_mut() {
        return Poll::Ready(Ok(0));
    }
    // SAFETY: the memory is only handed to a `ReadBuf`, which never makes a byte uninitialised.
    let memory = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let added = ready!(checked::poll_read(io, cx, &mut ReadBuf::uninit(memory)))?;
    // SAFETY: the checked read guarantees that the first `added` bytes of the chunk are initialised.
    unsafe { buf.advance_mut(added) };
    Poll::Ready(Ok(added))
}
