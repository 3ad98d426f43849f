//! Writing the bytes of one integer or float.

use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::retry_interrupted;
use crate::io::AsyncWrite;

pin_project! {
    /// The future of the integer and float writers of [`AsyncWriteExt`](crate::io::AsyncWriteExt); `B` is an array of
    /// bytes.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct WriteNumber<'a, W: ?Sized, B> {
        writer: &'a mut W,
        bytes: B,
        written: usize,
        #[pin]
        pinned: PhantomPinned,
    }
}

impl<'a, W: ?Sized, B> WriteNumber<'a, W, B> {
    pub(in crate::io) fn new(writer: &'a mut W, bytes: B) -> Self {
        Self {
            writer,
            bytes,
            written: 0,
            pinned: PhantomPinned,
        }
    }
}

impl<W, const N: usize> Future for WriteNumber<'_, W, [u8; N]>
where
    W: AsyncWrite + Unpin + ?Sized,
{
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.project();
        let mut writer = Pin::new(&mut **me.writer);
        while *me.written < N {
            let rest = &me.bytes[*me.written..];
            let taken = ready!(retry_interrupted!(writer.as_mut().poll_write(cx, rest)))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *me.written += taken;
        }
        Poll::Ready(Ok(()))
    }
}
