//! The reading side: the buffer in which frames are looked for, and where the search stands.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::{CAPACITY, Decoder, with_room};
use crate::io::AsyncRead;
use crate::io::ops::retry_interrupted;
use crate::io::util::poll_read_buf;

/// Where the search for frames stands.
///
/// ```text
///              1 bytes                     3 no whole frame
///   Reading ─────────────────► Decoding ───────────────────► Reading
///      │ 2 the end                │ 4 a frame: stays, and gives it
///      ▼                          │
///   Draining ◄────────────────────┼───────────────────────── (each error: 7)
///      │ 5 nothing is left        │ 7 an error
///      ▼                          ▼
///   Ended ── 6 bytes ──► Decoding Failed ── 8 says the end once ──► Reading, or Ended
/// ```
///
/// All edges are taken by [`Incoming::poll_next`]. Edge 6 is there for sources that grow: a file that somebody appends to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// The buffer holds no whole frame.
    Reading,
    /// The buffer may hold a whole frame.
    Decoding,
    /// The source is at its end; what is left in the buffer may still be frames.
    Draining,
    /// The source is at its end and nothing is left.
    Ended,
    /// An error was given out, and the end of the stream is owed.
    Failed { at_end: bool },
}

/// What was read and is not decoded yet.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) buffer: BytesMut,
    phase: Phase,
}

impl Incoming {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: BytesMut::with_capacity(capacity),
            phase: Phase::Reading,
        }
    }

    /// Begins with bytes that were read before.
    pub(super) fn with_buffer(buffer: BytesMut) -> Self {
        let phase = if buffer.is_empty() {
            Phase::Reading
        } else {
            Phase::Decoding
        };
        Self {
            buffer: with_room(buffer),
            phase,
        }
    }

    /// Whether the source was at its end when it was last read.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(
            self.phase,
            Phase::Draining | Phase::Ended | Phase::Failed { at_end: true }
        )
    }

    /// Whether the buffer may hold a frame.
    pub(super) fn is_readable(&self) -> bool {
        matches!(self.phase, Phase::Decoding | Phase::Draining)
    }

    /// The next frame of `io`.
    pub(super) fn poll_next<T, D>(
        &mut self,
        mut io: Pin<&mut T>,
        cx: &mut Context<'_>,
        decoder: &mut D,
    ) -> Poll<Option<Result<D::Item, D::Error>>>
    where
        T: AsyncRead + ?Sized,
        D: Decoder + ?Sized,
    {
        loop {
            match self.phase {
                Phase::Decoding => {
                    if let Some(frame) = self.decode(decoder).transpose() {
                        return Poll::Ready(Some(frame));
                    }
                }
                Phase::Draining => return Poll::Ready(self.drain(decoder).transpose()),
                Phase::Failed { at_end } => {
                    self.phase = Self::without_frames(at_end);
                    return Poll::Ready(None);
                }
                Phase::Reading | Phase::Ended => {
                    let at_end = self.phase == Phase::Ended;
                    // Without room, a read that brings nothing would look like the end.
                    self.buffer.reserve(1);
                    let (io, buffer) = (&mut io, &mut self.buffer);
                    match ready!(retry_interrupted!(poll_read_buf(io.as_mut(), cx, buffer))) {
                        Ok(0) if at_end => return Poll::Ready(None),
                        Ok(0) => self.phase = Phase::Draining,
                        Ok(_) => self.phase = Phase::Decoding,
                        Err(error) => {
                            self.phase = Phase::Failed { at_end };
                            return Poll::Ready(Some(Err(error.into())));
                        }
                    }
                }
            }
        }
    }

    /// Edges 3, 4 and 7.
    fn decode<D>(&mut self, decoder: &mut D) -> Result<Option<D::Item>, D::Error>
    where
        D: Decoder + ?Sized,
    {
        // If the decoder panics, the stream has failed too.
        self.phase = Phase::Failed { at_end: false };
        let frame = decoder.decode(&mut self.buffer)?;
        self.phase = if frame.is_some() {
            Phase::Decoding
        } else {
            Phase::Reading
        };
        Ok(frame)
    }

    /// Edges 5 and 7.
    fn drain<D>(&mut self, decoder: &mut D) -> Result<Option<D::Item>, D::Error>
    where
        D: Decoder + ?Sized,
    {
        self.phase = Phase::Failed { at_end: true };
        let frame = decoder.decode_eof(&mut self.buffer)?;
        self.phase = if frame.is_some() {
            Phase::Draining
        } else {
            Phase::Ended
        };
        Ok(frame)
    }

    fn without_frames(at_end: bool) -> Phase {
        if at_end { Phase::Ended } else { Phase::Reading }
    }
}

impl Default for Incoming {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}
