//! Both directions of a byte stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_core::Stream;
use futures_sink::Sink;
use pin_project_lite::pin_project;

use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::{Decoder, Encoder, FramedParts, around_io};
use crate::io::{AsyncRead, AsyncWrite};

pin_project! {
    /// A byte stream as a `Stream` and a `Sink` of frames.
    ///
    /// To read in one task and write in another, split it with `StreamExt::split` of `futures-util`, or split the byte stream
    /// and use [`FramedRead`](super::FramedRead) and [`FramedWrite`](super::FramedWrite).
    ///
    /// # Cancel safety
    /// Dropping the future of the next frame loses nothing: what was read stays here. A frame that is being sent is
    /// already in the buffer, and written with the next flush.
    ///
    /// # Examples
    /// ```
    /// use futures_util::{SinkExt, StreamExt};
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let (here, there) = runtime_io::io::duplex(64);
    /// let mut here = Framed::new(here, LinesCodec::new());
    /// let mut there = Framed::new(there, LinesCodec::new());
    /// here.send("question").await.unwrap();
    /// assert_eq!(there.next().await.unwrap().unwrap(), "question");
    /// there.send("answer").await.unwrap();
    /// assert_eq!(here.next().await.unwrap().unwrap(), "answer");
    /// # });
    /// ```
    #[must_use = "streams and sinks do nothing unless polled"]
    pub struct Framed<T, U> {
        #[pin]
        io: T,
        codec: U,
        incoming: Incoming,
        outgoing: Outgoing,
    }
}

impl<T, U> Framed<T, U> {
    /// Puts a codec around a byte stream, with buffers of 8 KiB.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let lines = Framed::new(runtime_io::io::empty(), LinesCodec::new());
    /// assert!(lines.read_buffer().capacity() >= 8 * 1024);
    /// ```
    pub fn new(inner: T, codec: U) -> Self {
        Self {
            io: inner,
            codec,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
        }
    }

    /// Puts a codec around a byte stream, with buffers of that size; it is also the backpressure boundary.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let lines = Framed::with_capacity(runtime_io::io::empty(), LinesCodec::new(), 100);
    /// assert_eq!(lines.backpressure_boundary(), 100);
    /// ```
    pub fn with_capacity(inner: T, codec: U, capacity: usize) -> Self {
        Self {
            io: inner,
            codec,
            incoming: Incoming::with_capacity(capacity),
            outgoing: Outgoing::with_capacity(capacity),
        }
    }

    /// Puts it together again, with the bytes that were on their way.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{BytesCodec, Framed, FramedParts, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let (mut client, server) = runtime_io::io::duplex(64);
    /// # use runtime_io::io::AsyncWriteExt;
    /// client.write_all(b"UPGRADE\n\x01\x02").await.unwrap();
    ///
    /// // The first line is text, and what is behind it is not.
    /// let mut lines = Framed::new(server, LinesCodec::new());
    /// assert_eq!(lines.next().await.unwrap().unwrap(), "UPGRADE");
    /// let old = lines.into_parts();
    /// let mut new = FramedParts::new::<bytes::Bytes>(old.io, BytesCodec::new());
    /// new.read_buf = old.read_buf;
    /// let mut bytes = Framed::from_parts(new);
    /// assert_eq!(bytes.next().await.unwrap().unwrap(), &b"\x01\x02"[..]);
    /// # });
    /// ```
    pub fn from_parts(parts: FramedParts<T, U>) -> Self {
        Self {
            io: parts.io,
            codec: parts.codec,
            incoming: Incoming::with_buffer(parts.read_buf),
            outgoing: Outgoing::with_buffer(parts.write_buf),
        }
    }

    around_io!();

    /// The codec.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let lines = Framed::new(runtime_io::io::empty(), LinesCodec::new_with_max_length(80));
    /// assert_eq!(lines.codec().max_length(), 80);
    /// ```
    pub fn codec(&self) -> &U {
        &self.codec
    }

    /// The codec, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LengthDelimitedCodec};
    ///
    /// let mut frames = Framed::new(runtime_io::io::empty(), LengthDelimitedCodec::new());
    /// frames.codec_mut().set_max_frame_length(100);
    /// assert_eq!(frames.codec().max_frame_length(), 100);
    /// ```
    pub fn codec_mut(&mut self) -> &mut U {
        &mut self.codec
    }

    /// Exchanges the codec for one that is made of it. The bytes on their way stay.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let lines = Framed::new(runtime_io::io::empty(), LinesCodec::new());
    /// let lines = lines.map_codec(|_| LinesCodec::new_with_max_length(80));
    /// assert_eq!(lines.codec().max_length(), 80);
    /// ```
    pub fn map_codec<C, F>(self, map: F) -> Framed<T, C>
    where
        F: FnOnce(U) -> C,
    {
        let parts = self.into_parts();
        Framed::from_parts(FramedParts::from_inside(
            parts.io,
            map(parts.codec),
            parts.read_buf,
            parts.write_buf,
        ))
    }

    /// The codec of a pinned one, to be changed.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    ///
    /// use runtime_io::codec::{Framed, LengthDelimitedCodec};
    ///
    /// let mut frames = pin!(Framed::new(runtime_io::io::empty(), LengthDelimitedCodec::new()));
    /// frames.as_mut().codec_pin_mut().set_max_frame_length(100);
    /// assert_eq!(frames.codec().max_frame_length(), 100);
    /// ```
    pub fn codec_pin_mut(self: Pin<&mut Self>) -> &mut U {
        self.project().codec
    }

    /// What was read and is not decoded.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// assert!(Framed::new(runtime_io::io::empty(), LinesCodec::new()).read_buffer().is_empty());
    /// ```
    pub fn read_buffer(&self) -> &BytesMut {
        &self.incoming.buffer
    }

    /// What was read and is not decoded, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let mut lines = Framed::new(runtime_io::io::empty(), LinesCodec::new());
    /// lines.read_buffer_mut().clear();
    /// ```
    pub fn read_buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.incoming.buffer
    }

    /// What was encoded and is not written.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let (here, _there) = runtime_io::io::duplex(64);
    /// let mut lines = Framed::new(here, LinesCodec::new());
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
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let mut lines = Framed::new(runtime_io::io::empty(), LinesCodec::new());
    /// lines.write_buffer_mut().clear();
    /// ```
    pub fn write_buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.outgoing.buffer
    }

    /// From how many encoded bytes on they are written before another frame is taken.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let lines = Framed::new(runtime_io::io::empty(), LinesCodec::new());
    /// assert_eq!(lines.backpressure_boundary(), 8 * 1024);
    /// ```
    pub fn backpressure_boundary(&self) -> usize {
        self.outgoing.boundary
    }

    /// Sets from how many encoded bytes on they are written before another frame is taken.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let mut lines = Framed::new(runtime_io::io::empty(), LinesCodec::new());
    /// lines.set_backpressure_boundary(100);
    /// assert_eq!(lines.backpressure_boundary(), 100);
    /// ```
    pub fn set_backpressure_boundary(&mut self, boundary: usize) {
        self.outgoing.boundary = boundary;
    }

    /// Takes it apart, with the bytes that are on their way.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{Framed, LinesCodec};
    ///
    /// let parts = Framed::new(runtime_io::io::empty(), LinesCodec::new()).into_parts();
    /// assert!(parts.read_buf.is_empty() && parts.write_buf.is_empty());
    /// ```
    pub fn into_parts(self) -> FramedParts<T, U> {
        FramedParts::from_inside(
            self.io,
            self.codec,
            self.incoming.buffer,
            self.outgoing.buffer,
        )
    }
}

impl<T: AsyncRead, U: Decoder> Stream for Framed<T, U> {
    type Item = Result<U::Item, U::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = self.project();
        me.incoming.poll_next(me.io, cx, me.codec)
    }
}

impl<T: AsyncWrite, I, U: Encoder<I>> Sink<I> for Framed<T, U> {
    type Error = U::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), U::Error>> {
        let me = self.project();
        me.outgoing.poll_ready(me.io, cx).map_err(U::Error::from)
    }

    fn start_send(self: Pin<&mut Self>, item: I) -> Result<(), U::Error> {
        let me = self.project();
        me.codec.encode(item, &mut me.outgoing.buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), U::Error>> {
        let me = self.project();
        me.outgoing.poll_flush(me.io, cx).map_err(U::Error::from)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), U::Error>> {
        let me = self.project();
        me.outgoing.poll_close(me.io, cx).map_err(U::Error::from)
    }
}

impl<T: fmt::Debug, U: fmt::Debug> fmt::Debug for Framed<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framed")
            .field("io", &self.io)
            .field("codec", &self.codec)
            .finish()
    }
}
