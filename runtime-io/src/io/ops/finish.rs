//! Pushing out what was written, and ending the stream.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::AsyncWrite;

operation! {
    /// The future of [`AsyncWriteExt::flush`](crate::io::AsyncWriteExt::flush).
    pub struct Flush<'a, W> {
        writer: &'a mut W,
    }
}

operation! {
    /// The future of [`AsyncWriteExt::shutdown`](crate::io::AsyncWriteExt::shutdown).
    pub struct Shutdown<'a, W> {
        writer: &'a mut W,
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> Future for Flush<'_, W> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.project().writer).poll_flush(cx)
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> Future for Shutdown<'_, W> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.project().writer).poll_shutdown(cx)
    }
}
