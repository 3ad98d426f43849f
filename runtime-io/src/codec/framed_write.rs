//! The writing direction alone.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_core::Stream;
use futures_sink::Sink;
use pin_project_lite::pin_project;

use super::outgoing::Outgoing;
use super::{Encoder, FramedParts, around_io};
use crate::io::AsyncWrite;

pin_project! {
    /// A writer as a `Sink` of frames.
    ///
    /// If what is inside is a `Stream` as well, so is this, of the same items.
    ///
    /// # Cancel safety
    /// A frame is in the buffer from the moment it is taken, and written with the next flush.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    /// use runtime_io::codec::{FramedWrite, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// lines.feed("one").await.unwrap();
    /// lines.send("two").await.unwrap();
    /// assert_eq!(lines.into_inner(), b"one\ntwo\n");
    /// # });
    /// ```
    #[must_use = "sinks do nothing unless polled"]
    pub struct FramedWrite<T, E> {
        #[pin]
        io: T,
        encoder: E,
        outgoing: Outgoing,
    }
}

impl<T, E> FramedWrite<T, E> {
    /// Puts an encoder around a writer, with a buffer and a backpressure boundary of 8 KiB.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{BytesCodec, FramedWrite};
    ///
    /// let pieces = FramedWrite::new(Vec::<u8>::new(), BytesCodec::new());
    /// assert_eq!(pieces.backpressure_boundary(), 8 * 1024);
    /// ```
    pub fn new(inner: T, encoder: E) -> Self {
        Self {
            io: inner,
            encoder,
            outgoing: Outgoing::default(),
        }
    }

    /// Puts an encoder around a writer, with a buffer of that size; it is also the backpressure boundary.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{BytesCodec, FramedWrite};
    ///
    /// let pieces = FramedWrite::with_capacity(Vec::<u8>::new(), BytesCodec::new(), 100);
    /// assert_eq!(pieces.backpressure_boundary(), 100);
    /// ```
    pub fn with_capacity(inner: T, encoder: E, capacity: usize) -> Self {
        Self {
            io: inner,
            encoder,
            outgoing: Outgoing::with_capacity(capacity),
        }
    }

    around_io!();

    /// The encoder.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedWrite, LengthDelimitedCodec};
    ///
    /// let frames = FramedWrite::new(Vec::<u8>::new(), LengthDelimitedCodec::new());
    /// assert_eq!(frames.encoder().max_frame_length(), 8 * 1024 * 1024);
    /// ```
    pub fn encoder(&self) -> &E {
        &self.encoder
    }

    /// The encoder, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedWrite, LengthDelimitedCodec};
    ///
    /// let mut frames = FramedWrite::new(Vec::<u8>::new(), LengthDelimitedCodec::new());
    /// frames.encoder_mut().set_max_frame_length(100);
    /// assert_eq!(frames.encoder().max_frame_length(), 100);
    /// ```
    pub fn encoder_mut(&mut self) -> &mut E {
        &mut self.encoder
    }

    /// Exchanges the encoder for one that is made of it. What was encoded stays.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{BytesCodec, FramedWrite, LinesCodec};
    ///
    /// let lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// let bytes = lines.map_encoder(|_| BytesCodec::new());
    /// assert_eq!(*bytes.encoder(), BytesCodec::new());
    /// ```
    pub fn map_encoder<C, F>(self, map: F) -> FramedWrite<T, C>
    where
        F: FnOnce(E) -> C,
    {
        FramedWrite {
            io: self.io,
            encoder: map(self.encoder),
            outgoing: self.outgoing,
        }
    }

    /// The encoder of a pinned one, to be changed.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    ///
    /// use runtime_io::codec::{FramedWrite, LengthDelimitedCodec};
    ///
    /// let mut frames = pin!(FramedWrite::new(Vec::<u8>::new(), LengthDelimitedCodec::new()));
    /// frames.as_mut().encoder_pin_mut().set_max_frame_length(100);
    /// assert_eq!(frames.encoder().max_frame_length(), 100);
    /// ```
    pub fn encoder_pin_mut(self: Pin<&mut Self>) -> &mut E {
        self.project().encoder
    }

    /// What was encoded and is not written.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    /// use runtime_io::codec::{FramedWrite, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// lines.feed("hello").await.unwrap();
    /// assert_eq!(lines.write_buffer(), "hello\n");
    /// # });
    /// ```
    pub fn write_buffer(&self) -> &BytesMut {
        &self.outgoing.buffer
    }

    /// What was encoded and is not written, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedWrite, LinesCodec};
    ///
    /// let mut lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// lines.write_buffer_mut().clear();
    /// ```
    pub fn write_buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.outgoing.buffer
    }

    /// From how many encoded bytes on they are written before another frame is taken.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedWrite, LinesCodec};
    ///
    /// let lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// assert_eq!(lines.backpressure_boundary(), 8 * 1024);
    /// ```
    pub fn backpressure_boundary(&self) -> usize {
        self.outgoing.boundary
    }

    /// Sets from how many encoded bytes on they are written before another frame is taken.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedWrite, LinesCodec};
    ///
    /// let mut lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// lines.set_backpressure_boundary(100);
    /// assert_eq!(lines.backpressure_boundary(), 100);
    /// ```
    pub fn set_backpressure_boundary(&mut self, boundary: usize) {
        self.outgoing.boundary = boundary;
    }

    /// Takes it apart, with what was encoded and is not written.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    /// use runtime_io::codec::{FramedWrite, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedWrite::new(Vec::<u8>::new(), LinesCodec::new());
    /// lines.feed("hello").await.unwrap();
    /// assert_eq!(lines.into_parts().write_buf, "hello\n");
    /// # });
    /// ```
    pub fn into_parts(self) -> FramedParts<T, E> {
        FramedParts::from_inside(self.io, self.encoder, BytesMut::new(), self.outgoing.buffer)
    }
}

impl<T: AsyncWrite, I, E: Encoder<I>> Sink<I> for FramedWrite<T, E> {
    type Error = E::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        let me = self.project();
        me.outgoing.poll_ready(me.io, cx).map_err(E::Error::from)
    }

    fn start_send(self: Pin<&mut Self>, item: I) -> Result<(), E::Error> {
        let me = self.project();
        me.encoder.encode(item, &mut me.outgoing.buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        let me = self.project();
        me.outgoing.poll_flush(me.io, cx).map_err(E::Error::from)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        let me = self.project();
        me.outgoing.poll_close(me.io, cx).map_err(E::Error::from)
    }
}

impl<T: Stream, E> Stream for FramedWrite<T, E> {
    type Item = T::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T::Item>> {
        self.project().io.poll_next(cx)
    }
}

impl<T: fmt::Debug, E: fmt::Debug> fmt::Debug for FramedWrite<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedWrite")
            .field("inner", &self.io)
            .field("encoder", &self.encoder)
            .field("buffer", &self.outgoing.buffer)
            .finish()
    }
}
