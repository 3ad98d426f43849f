//! Reading everything up to the end of a source, into a vector or a string.
//!
//! How much memory to offer the reader is a guess each time. The rules:
//!
//! 1. Offer the spare capacity of the vector, but no more than the *window*. It starts at 8 KiB and doubles whenever a
//!    read fills it. So a reader that zeroes what it is offered does not zero a huge vector for each small packet.
//! 2. A full vector grows by 32 bytes at least, and by the window if the last read filled all that was offered.
//! 3. A vector that is full with the capacity it came with may have been sized exactly by the caller: before it is
//!    grown, a read into 32 bytes on the stack finds out whether the source is at its end.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::open_string::{OnError, OpenString};
use super::retry_interrupted;
use crate::io::{AsyncRead, DEFAULT_BUFFER, ReadBuf, checked};

operation! {
    /// The future of [`AsyncReadExt::read_to_end`](crate::io::AsyncReadExt::read_to_end).
    pub struct ReadToEnd<'a, R> {
        reader: &'a mut R,
        buf: &'a mut Vec<u8>,
    }
    state {
        progress: Progress = Progress::new(buf.capacity()),
    }
}

operation! {
    /// The future of [`AsyncReadExt::read_to_string`](crate::io::AsyncReadExt::read_to_string).
    pub struct ReadToString<'a, R> {
        reader: &'a mut R,
        text: OpenString<'a>,
    }
    state {
        progress: Progress = Progress::new(text.capacity()),
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadToEnd<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        me.progress
            .poll_to_end(Pin::new(&mut **me.reader), cx, me.buf)
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadToString<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let reader = Pin::new(&mut **me.reader);
        let result = ready!(me.progress.poll_to_end(reader, cx, me.text.bytes()));
        Poll::Ready(me.text.close(result, OnError::Restore))
    }
}

/// How far the reading has come.
#[derive(Debug)]
struct Progress {
    /// The most that is offered to the reader at a time.
    window: usize,
    /// Whether the last read filled all it was offered, so that more of that size is likely.
    filled_all: bool,
    /// The capacity that the vector came with.
    given_capacity: usize,
    total: usize,
}

impl Progress {
    fn new(given_capacity: usize) -> Self {
        Self {
            window: DEFAULT_BUFFER,
            filled_all: false,
            given_capacity,
            total: 0,
        }
    }

    /// Appends to `buf` until the reader is at its end; the result counts from the first poll on.
    fn poll_to_end<R: AsyncRead + ?Sized>(
        &mut self,
        mut reader: Pin<&mut R>,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let added = ready!(retry_interrupted!(self.poll_once(reader.as_mut(), cx, buf)))?;
            if added == 0 {
                return Poll::Ready(Ok(self.total));
            }
            self.total += added;
        }
    }

    fn poll_once<R: AsyncRead + ?Sized>(
        &mut self,
        reader: Pin<&mut R>,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        if buf.len() < buf.capacity() {
            return self.poll_into_spare(reader, cx, buf);
        }
        if buf.capacity() == self.given_capacity && self.given_capacity >= PROBE {
            return poll_probe(reader, cx, buf);
        }
        buf.reserve(if self.filled_all { self.window } else { PROBE });
        self.poll_into_spare(reader, cx, buf)
    }

    fn poll_into_spare<R: AsyncRead + ?Sized>(
        &mut self,
        reader: Pin<&mut R>,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        let length = buf.len();
        let spare = buf.spare_capacity_mut();
        let offered = spare.len().min(self.window);
        let mut part = ReadBuf::uninit(&mut spare[..offered]);
        let added = ready!(checked::poll_read(reader, cx, &mut part))?;
        // SAFETY: the checked read guarantees that `added` bytes behind `length` are initialised, which also means
        // that there is capacity for them.
        unsafe { buf.set_len(length + added) };
        self.filled_all = added == offered;
        if added == self.window {
            self.window = self.window.saturating_mul(2);
        }
        Poll::Ready(Ok(added))
    }
}

/// Reads a little by way of the stack, so that a vector of exactly the right capacity is not grown for nothing.
fn poll_probe<R: AsyncRead + ?Sized>(
    reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    buf: &mut Vec<u8>,
) -> Poll<io::Result<usize>> {
    let mut memory = [MaybeUninit::uninit(); PROBE];
    let mut probe = ReadBuf::uninit(&mut memory);
    let added = ready!(checked::poll_read(reader, cx, &mut probe))?;
    buf.extend_from_slice(probe.filled());
    Poll::Ready(Ok(added))
}

/// The least amount of memory worth a read.
const PROBE: usize = 32;
