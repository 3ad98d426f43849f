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
        if !me.buf.has_remaining_mut() {
            return Poll::Ready(Ok(0));
        }
        // SAFETY: the memory is only handed to a `ReadBuf`, which never makes a byte uninitialised.
        let memory = unsafe { me.buf.chunk_mut().as_uninit_slice_mut() };
        let reader = Pin::new(&mut **me.reader);
        let added = ready!(checked::poll_read(reader, cx, &mut ReadBuf::uninit(memory)))?;
        // SAFETY: the checked read guarantees that the first `added` bytes of the chunk are initialised.
        unsafe { me.buf.advance_mut(added) };
        Poll::Ready(Ok(added))
    }
}
