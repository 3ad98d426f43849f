//! The writing side: frames that are encoded and not written yet.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::{CAPACITY, with_room};
use crate::io::AsyncWrite;
use crate::io::ops::retry_interrupted;
use crate::io::util::poll_write_buf;

/// What was encoded and is not written yet.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) buffer: BytesMut,
    /// From this many bytes on, they are written before another frame is taken.
    pub(super) boundary: usize,
}

impl Outgoing {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: BytesMut::with_capacity(capacity),
            boundary: capacity,
        }
    }

    /// Begins with bytes that were encoded before.
    pub(super) fn with_buffer(buffer: BytesMut) -> Self {
        Self {
            buffer: with_room(buffer),
            boundary: CAPACITY,
        }
    }

    /// Ready when another frame can be taken.
    pub(super) fn poll_ready<T>(
        &mut self,
        io: Pin<&mut T>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>>
    where
        T: AsyncWrite + ?Sized,
    {
        if self.buffer.len() < self.boundary {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(io, cx)
    }

    /// Ready when everything is written and flushed. What was written is gone from the buffer at every return.
    pub(super) fn poll_flush<T>(
        &mut self,
        mut io: Pin<&mut T>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>>
    where
        T: AsyncWrite + ?Sized,
    {
        while !self.buffer.is_empty() {
            let buffer = &mut self.buffer;
            if ready!(retry_interrupted!(poll_write_buf(io.as_mut(), cx, buffer)))? == 0 {
                let error = "the writer takes no more bytes of the frame";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::WriteZero, error)));
            }
        }
        retry_interrupted!(io.as_mut().poll_flush(cx))
    }

    /// Ready when everything is written and the writer shut down.
    pub(super) fn poll_close<T>(
        &mut self,
        mut io: Pin<&mut T>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>>
    where
        T: AsyncWrite + ?Sized,
    {
        ready!(self.poll_flush(io.as_mut(), cx))?;
        retry_interrupted!(io.as_mut().poll_shutdown(cx))
    }
}

impl Default for Outgoing {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}
