//! One read into a slice.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::{AsyncRead, ReadBuf, checked};

operation! {
    /// The future of [`AsyncReadExt::read`](crate::io::AsyncReadExt::read).
    pub struct Read<'a, R> {
        reader: &'a mut R,
        buf: &'a mut [u8],
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for Read<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        checked::poll_read(Pin::new(&mut **me.reader), cx, &mut ReadBuf::new(me.buf))
    }
}
