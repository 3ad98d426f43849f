//! A stream of bytes as a reader.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use futures_core::Stream;
use futures_sink::Sink;
use pin_project_lite::pin_project;

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf};

pin_project! {
    /// A `Stream` of buffers as a reader.
    ///
    /// An error of the stream is the result of one read; the next one asks the stream again. If the stream is a `Sink` as well, so
    /// is this.
    ///
    /// # Cancel safety
    /// What was taken from the stream and not read stays here.
    ///
    /// # Examples
    /// ```
    /// use bytes::Bytes;
    /// use runtime_io::io::AsyncReadExt;
    /// use runtime_io::io::util::StreamReader;
    ///
    /// # futures_executor::block_on(async {
    /// let pieces = ["hello ", "", "world"].map(|piece| std::io::Result::Ok(Bytes::from(piece)));
    /// let mut reader = StreamReader::new(futures_util::stream::iter(pieces));
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text).await?;
    /// assert_eq!(text, "hello world");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[derive(Debug)]
    #[must_use = "readers do nothing unless they are read from"]
    pub struct StreamReader<S, B> {
        #[pin]
        stream: S,
        // What was taken from the stream and is not read, unless it is empty.
        chunk: Option<B>,
        ended: bool,
    }
}

impl<S, B, E> StreamReader<S, B>
where
    S: Stream<Item = Result<B, E>>,
    B: Buf,
    E: Into<io::Error>,
{
    /// Puts a reader around a stream.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::{ReaderStream, StreamReader};
    ///
    /// let reader = StreamReader::new(ReaderStream::new(&b"hello"[..]));
    /// # let _ = reader;
    /// ```
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            chunk: None,
            ended: false,
        }
    }

    /// Takes out the stream, and what was taken from it and is not read.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    /// use runtime_io::io::util::{ReaderStream, StreamReader};
    ///
    /// # futures_executor::block_on(async {
    /// let mut reader = StreamReader::new(ReaderStream::new(&b"hello"[..]));
    /// reader.read_u8().await?;
    /// let (_stream, rest) = reader.into_inner_with_chunk();
    /// assert_eq!(rest.unwrap(), "ello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_inner_with_chunk(self) -> (S, Option<B>) {
        (self.stream, self.chunk.filter(Buf::has_remaining))
    }
}

impl<S, B> StreamReader<S, B> {
    super::one_pinned_inside!(
        S,
        stream,
        "stream, from which more may have been taken than was read",
        "# use runtime_io::io::util::{ReaderStream, StreamReader};",
        "StreamReader::new(ReaderStream::new(&b\"hello\"[..]))"
    );
}

impl<S, B, E> AsyncRead for StreamReader<S, B>
where
    S: Stream<Item = Result<B, E>>,
    B: Buf,
    E: Into<io::Error>,
{
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let chunk = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = chunk.len().min(buf.remaining());
        buf.put_slice(&chunk[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<S, B, E> AsyncBufRead for StreamReader<S, B>
where
    S: Stream<Item = Result<B, E>>,
    B: Buf,
    E: Into<io::Error>,
{
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let mut me = self.project();
        while !me.chunk.as_ref().is_some_and(Buf::has_remaining) {
            if *me.ended {
                return Poll::Ready(Ok(&[]));
            }
            match ready!(me.stream.as_mut().poll_next(cx)) {
                Some(chunk) => *me.chunk = Some(chunk.map_err(Into::into)?),
                None => *me.ended = true,
            }
        }
        Poll::Ready(Ok(me.chunk.as_ref().map_or(&[], Buf::chunk)))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        if amt > 0 {
            let chunk = self.project().chunk.as_mut();
            chunk.expect("more consumed than there was").advance(amt);
        }
    }
}

impl<S: Sink<T>, B, T> Sink<T> for StreamReader<S, B> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.project().stream.poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, item: T) -> Result<(), S::Error> {
        self.project().stream.start_send(item)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.project().stream.poll_close(cx)
    }
}
