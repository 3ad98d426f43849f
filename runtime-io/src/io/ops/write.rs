//! One write, from one slice or several.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::AsyncWrite;

operation! {
    /// The future of [`AsyncWriteExt::write`](crate::io::AsyncWriteExt::write).
    pub struct Write<'a, W> {
        writer: &'a mut W,
        buf: &'a [u8],
    }
}

operation! {
    /// The future of [`AsyncWriteExt::write_vectored`](crate::io::AsyncWriteExt::write_vectored).
    pub struct WriteVectored<'a, 'b, W> {
        writer: &'a mut W,
        bufs: &'a [IoSlice<'b>],
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> Future for Write<'_, W> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        Pin::new(&mut **me.writer).poll_write(cx, me.buf)
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> Future for WriteVectored<'_, '_, W> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        Pin::new(&mut **me.writer).poll_write_vectored(cx, me.bufs)
    }
}
