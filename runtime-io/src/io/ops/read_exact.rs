//! Reading until a slice is full.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::retry_interrupted;
use crate::io::{AsyncRead, ReadBuf, checked};

operation! {
    /// The future of [`AsyncReadExt::read_exact`](crate::io::AsyncReadExt::read_exact).
    pub struct ReadExact<'a, R> {
        reader: &'a mut R,
        buf: ReadBuf<'a>,
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadExact<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let mut reader = Pin::new(&mut **me.reader);
        while me.buf.remaining() > 0 {
            if ready!(retry_interrupted!(checked::poll_read(
                reader.as_mut(),
                cx,
                me.buf
            )))? == 0
            {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "early eof",
                )));
            }
        }
        Poll::Ready(Ok(me.buf.capacity()))
    }
}
