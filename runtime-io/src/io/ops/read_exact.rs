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
        buf: &'a mut [u8],
    }
    state {
        filled: usize = 0,
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadExact<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let mut reader = Pin::new(&mut **me.reader);
        while *me.filled < me.buf.len() {
            let mut rest = ReadBuf::new(&mut me.buf[*me.filled..]);
            let read = retry_interrupted!(checked::poll_read(reader.as_mut(), cx, &mut rest));
            let added = ready!(read)?;
            if added == 0 {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "early eof",
                )));
            }
            *me.filled += added;
        }
        Poll::Ready(Ok(me.buf.len()))
    }
}
