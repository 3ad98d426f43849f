//! Writing until a slice is used up.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::retry_interrupted;
use crate::io::AsyncWrite;

operation! {
    /// The future of [`AsyncWriteExt::write_all`](crate::io::AsyncWriteExt::write_all).
    pub struct WriteAll<'a, W> {
        writer: &'a mut W,
        rest: &'a [u8],
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> Future for WriteAll<'_, W> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.project();
        let mut writer = Pin::new(&mut **me.writer);
        while !me.rest.is_empty() {
            let taken = ready!(retry_interrupted!(writer.as_mut().poll_write(cx, me.rest)))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *me.rest = &me.rest[taken..];
        }
        Poll::Ready(Ok(()))
    }
}
