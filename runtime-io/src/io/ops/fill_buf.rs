//! Waiting for the buffer of a reader to hold something.

use std::io;
use std::pin::Pin;
use std::slice;
use std::task::{Context, Poll, ready};

use crate::io::AsyncBufRead;

operation! {
    /// The future of [`AsyncBufReadExt::fill_buf`](crate::io::AsyncBufReadExt::fill_buf).
    pub struct FillBuf<'a, R> {
        reader: Option<&'a mut R>,
    }
}

impl<'a, R: AsyncBufRead + Unpin + ?Sized> Future for FillBuf<'a, R> {
    type Output = io::Result<&'a [u8]>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&'a [u8]>> {
        let me = self.project();
        let reader = me
            .reader
            .as_mut()
            .expect("`fill_buf` polled after completion");
        let bytes = ready!(Pin::new(&mut **reader).poll_fill_buf(cx))?;
        let (start, length) = (bytes.as_ptr(), bytes.len());
        *me.reader = None;
        // SAFETY: `start` and `length` are those of a slice that borrows the reader, which is borrowed for `'a`. With
        // the reference to the reader given up, nobody can use the reader again before `'a` ends, so the slice stays
        // valid and unchanged that long. The borrow checker cannot see that it is given up on this way out only.
        Poll::Ready(Ok(unsafe { slice::from_raw_parts(start, length) }))
    }
}
