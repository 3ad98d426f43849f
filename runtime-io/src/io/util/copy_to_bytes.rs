//! A sink that takes slices and passes copies on.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use pin_project_lite::pin_project;

pin_project! {
    /// A `Sink` of [`Bytes`] as one of `&[u8]`, by copying: what [`SinkWriter`](super::SinkWriter) asks for.
    ///
    /// # Examples
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::SinkExt;
    /// use runtime_io::io::util::CopyToBytes;
    ///
    /// # futures_executor::block_on(async {
    /// let mut pieces = CopyToBytes::new(futures_util::sink::drain::<Bytes>());
    /// pieces.send(&b"hello"[..]).await?;
    /// # Ok::<(), std::convert::Infallible>(()) }).unwrap();
    /// ```
    #[derive(Debug)]
    #[must_use = "sinks do nothing unless polled"]
    pub struct CopyToBytes<S> {
        #[pin]
        sink: S,
    }
}

impl<S> CopyToBytes<S> {
    /// Puts the copying around a sink.
    ///
    /// # Examples
    /// ```
    /// use bytes::Bytes;
    /// use runtime_io::io::util::CopyToBytes;
    ///
    /// let pieces = CopyToBytes::new(Vec::<Bytes>::new());
    /// # let _ = pieces;
    /// ```
    pub fn new(inner: S) -> Self {
        Self { sink: inner }
    }

    super::one_inside!(
        S,
        sink,
        "sink",
        "# use runtime_io::io::util::CopyToBytes;",
        "CopyToBytes::new(Vec::<bytes::Bytes>::new())"
    );
}

impl<'a, S: Sink<Bytes>> Sink<&'a [u8]> for CopyToBytes<S> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.project().sink.poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, item: &'a [u8]) -> Result<(), S::Error> {
        self.project().sink.start_send(Bytes::copy_from_slice(item))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.project().sink.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.project().sink.poll_close(cx)
    }
}

impl<S: Stream> Stream for CopyToBytes<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().sink.poll_next(cx)
    }
}
