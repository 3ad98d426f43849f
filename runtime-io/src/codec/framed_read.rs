//! The reading direction alone.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_core::Stream;
use futures_sink::Sink;
use pin_project_lite::pin_project;

use super::incoming::Incoming;
use super::{Decoder, FramedParts, around_io};
use crate::io::AsyncRead;

pin_project! {
    /// A reader as a `Stream` of frames.
    ///
    /// If what is inside is a `Sink` as well, so is this, of the same items.
    ///
    /// # Cancel safety
    /// Dropping the future of the next frame loses nothing: what was read stays here.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedRead::new(&b"one\r\ntwo"[..], LinesCodec::new());
    /// assert_eq!(lines.next().await.unwrap().unwrap(), "one");
    /// assert_eq!(lines.next().await.unwrap().unwrap(), "two");
    /// assert!(lines.next().await.is_none());
    /// # });
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct FramedRead<T, D> {
        #[pin]
        io: T,
        decoder: D,
        incoming: Incoming,
    }
}

impl<T, D> FramedRead<T, D> {
    /// Puts a decoder around a reader, with a buffer of 8 KiB.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{BytesCodec, FramedRead};
    ///
    /// let pieces = FramedRead::new(&b"hello"[..], BytesCodec::new());
    /// assert!(pieces.read_buffer().capacity() >= 8 * 1024);
    /// ```
    pub fn new(inner: T, decoder: D) -> Self {
        Self {
            io: inner,
            decoder,
            incoming: Incoming::default(),
        }
    }

    /// Puts a decoder around a reader, with a buffer of that size. It grows where a frame needs more.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{BytesCodec, FramedRead};
    ///
    /// # futures_executor::block_on(async {
    /// let mut pieces = FramedRead::with_capacity(&b"hello"[..], BytesCodec::new(), 4);
    /// assert_eq!(pieces.next().await.unwrap()?, "hell");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn with_capacity(inner: T, decoder: D, capacity: usize) -> Self {
        Self {
            io: inner,
            decoder,
            incoming: Incoming::with_capacity(capacity),
        }
    }

    around_io!();

    /// The decoder.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// let lines = FramedRead::new(&b"hello"[..], LinesCodec::new_with_max_length(80));
    /// assert_eq!(lines.decoder().max_length(), 80);
    /// ```
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// The decoder, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// let mut lines = FramedRead::new(&b"hello"[..], LinesCodec::new());
    /// *lines.decoder_mut() = LinesCodec::new_with_max_length(80);
    /// assert_eq!(lines.decoder().max_length(), 80);
    /// ```
    pub fn decoder_mut(&mut self) -> &mut D {
        &mut self.decoder
    }

    /// Exchanges the decoder for one that is made of it. What was read stays.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{BytesCodec, FramedRead, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedRead::new(&b"head\nbody\nbody"[..], LinesCodec::new());
    /// lines.next().await;
    /// let mut rest = lines.map_decoder(|_| BytesCodec::new());
    /// assert_eq!(rest.next().await.unwrap()?, "body\nbody");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn map_decoder<C, F>(self, map: F) -> FramedRead<T, C>
    where
        F: FnOnce(D) -> C,
    {
        FramedRead {
            io: self.io,
            decoder: map(self.decoder),
            incoming: self.incoming,
        }
    }

    /// The decoder of a pinned one, to be changed.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    ///
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// let mut lines = pin!(FramedRead::new(&b"hello"[..], LinesCodec::new()));
    /// *lines.as_mut().decoder_pin_mut() = LinesCodec::new_with_max_length(80);
    /// assert_eq!(lines.decoder().max_length(), 80);
    /// ```
    pub fn decoder_pin_mut(self: Pin<&mut Self>) -> &mut D {
        self.project().decoder
    }

    /// What was read and is not decoded.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedRead::new(&b"one\ntwo"[..], LinesCodec::new());
    /// lines.next().await;
    /// assert_eq!(lines.read_buffer(), "two");
    /// # });
    /// ```
    pub fn read_buffer(&self) -> &BytesMut {
        &self.incoming.buffer
    }

    /// What was read and is not decoded, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// let mut lines = FramedRead::new(&b"hello"[..], LinesCodec::new());
    /// lines.read_buffer_mut().clear();
    /// ```
    pub fn read_buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.incoming.buffer
    }

    /// Takes it apart, with what was read and is not decoded.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{FramedRead, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = FramedRead::new(&b"one\ntwo"[..], LinesCodec::new());
    /// lines.next().await;
    /// assert_eq!(lines.into_parts().read_buf, "two");
    /// # });
    /// ```
    pub fn into_parts(self) -> FramedParts<T, D> {
        FramedParts::from_inside(self.io, self.decoder, self.incoming.buffer, BytesMut::new())
    }
}

impl<T: AsyncRead, D: Decoder> Stream for FramedRead<T, D> {
    type Item = Result<D::Item, D::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = self.project();
        me.incoming.poll_next(me.io, cx, me.decoder)
    }
}

impl<T: Sink<I>, I, D> Sink<I> for FramedRead<T, D> {
    type Error = T::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.project().io.poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, item: I) -> Result<(), T::Error> {
        self.project().io.start_send(item)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.project().io.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.project().io.poll_close(cx)
    }
}

impl<T: fmt::Debug, D: fmt::Debug> fmt::Debug for FramedRead<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedRead")
            .field("inner", &self.io)
            .field("decoder", &self.decoder)
            .field("eof", &self.incoming.is_at_end())
            .field("is_readable", &self.incoming.is_readable())
            .field("buffer", &self.incoming.buffer)
            .finish()
    }
}
