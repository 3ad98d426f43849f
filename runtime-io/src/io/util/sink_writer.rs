//! A sink of bytes as a writer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use pin_project_lite::pin_project;

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

pin_project! {
    /// A `Sink` of `&[u8]` as a writer: each write is an item.
    ///
    /// Most sinks take something that they can keep; [`CopyToBytes`](super::CopyToBytes) goes in between then. What was written
    /// has arrived when it is flushed. If the sink is a `Stream` or a reader as well, so is this.
    ///
    /// # Examples
    /// ```
    /// use std::io;
    ///
    /// use bytes::Bytes;
    /// use futures_util::SinkExt;
    /// use runtime_io::io::AsyncWriteExt;
    /// use runtime_io::io::util::{CopyToBytes, SinkWriter};
    ///
    /// # futures_executor::block_on(async {
    /// let pieces = futures_util::sink::drain::<Bytes>().sink_map_err(|never| -> io::Error { match never {} });
    /// let mut writer = SinkWriter::new(CopyToBytes::new(pieces));
    /// writer.write_all(b"hello").await?;
    /// writer.flush().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[derive(Debug)]
    #[must_use = "writers do nothing unless they are written to"]
    pub struct SinkWriter<S> {
        #[pin]
        sink: S,
    }
}

impl<S> SinkWriter<S> {
    /// Puts a writer around a sink.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::SinkWriter;
    ///
    /// let writer = SinkWriter::new(Vec::<&[u8]>::new());
    /// # let _ = writer;
    /// ```
    pub fn new(sink: S) -> Self {
        Self { sink }
    }

    super::one_inside!(
        S,
        sink,
        "sink",
        "# use runtime_io::io::util::SinkWriter;",
        "SinkWriter::new(Vec::<&[u8]>::new())"
    );
}

impl<S, E> AsyncWrite for SinkWriter<S>
where
    for<'a> S: Sink<&'a [u8], Error = E>,
    E: Into<io::Error>,
{
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut sink = self.project().sink;
        ready!(sink.as_mut().poll_ready(cx)).map_err(Into::into)?;
        let sent = sink.start_send(buf);
        Poll::Ready(sent.map(|()| buf.len()).map_err(Into::into))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().sink.poll_flush(cx).map_err(Into::into)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().sink.poll_close(cx).map_err(Into::into)
    }
}

impl<S: Stream> Stream for SinkWriter<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().sink.poll_next(cx)
    }
}

impl<S: AsyncRead> AsyncRead for SinkWriter<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().sink.poll_read(cx, buf)
    }
}
