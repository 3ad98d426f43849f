//! Readers and writers with somebody who looks on.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

pin_project! {
    /// A reader that shows a closure what is read: for a checksum, a count, a log.
    ///
    /// The closure is called for every read that succeeds, at the end of the source with an empty slice. If the reader is a writer
    /// as well, so is this; what is written is not shown.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    /// use runtime_io::io::util::InspectReader;
    ///
    /// # futures_executor::block_on(async {
    /// let mut count = 0;
    /// let mut reader = InspectReader::new(&b"hello"[..], |bytes: &[u8]| count += bytes.len());
    /// reader.read_to_end(&mut Vec::new()).await?;
    /// assert_eq!(count, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[must_use = "readers do nothing unless they are read from"]
    pub struct InspectReader<R, F> {
        #[pin]
        reader: R,
        look: F,
    }
}

impl<R, F> InspectReader<R, F> {
    /// Puts a closure beside a reader.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::InspectReader;
    ///
    /// let reader = InspectReader::new(&b"hello"[..], |bytes: &[u8]| println!("{bytes:?}"));
    /// # let _ = reader;
    /// ```
    pub fn new(reader: R, f: F) -> Self
    where
        R: AsyncRead,
        F: FnMut(&[u8]),
    {
        Self { reader, look: f }
    }

    super::one_pinned_inside!(
        R,
        reader,
        "reader",
        "# use runtime_io::io::util::InspectReader;",
        "InspectReader::new(&b\"hello\"[..], |_: &[u8]| ())"
    );
}

impl<R: AsyncRead, F: FnMut(&[u8])> AsyncRead for InspectReader<R, F> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = self.project();
        let before = buf.filled().len();
        ready!(me.reader.poll_read(cx, buf))?;
        (me.look)(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncWrite, F> AsyncWrite for InspectReader<R, F> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().reader.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().reader.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().reader.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().reader.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.reader.is_write_vectored()
    }
}

impl<R: fmt::Debug, F> fmt::Debug for InspectReader<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectReader")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// A writer that shows a closure what is written: for a checksum, a count, a log.
    ///
    /// The closure sees what the writer has taken, no more, and is not called with an empty slice. If the writer is a reader as well,
    /// so is this; what is read is not shown.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncWriteExt;
    /// use runtime_io::io::util::InspectWriter;
    ///
    /// # futures_executor::block_on(async {
    /// let mut count = 0;
    /// let mut writer = InspectWriter::new(runtime_io::io::sink(), |bytes: &[u8]| count += bytes.len());
    /// writer.write_all(b"hello").await?;
    /// assert_eq!(count, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[must_use = "writers do nothing unless they are written to"]
    pub struct InspectWriter<W, F> {
        #[pin]
        writer: W,
        look: F,
    }
}

impl<W, F> InspectWriter<W, F> {
    /// Puts a closure beside a writer.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::InspectWriter;
    ///
    /// let writer = InspectWriter::new(Vec::new(), |bytes: &[u8]| println!("{bytes:?}"));
    /// # let _ = writer;
    /// ```
    pub fn new(writer: W, f: F) -> Self
    where
        W: AsyncWrite,
        F: FnMut(&[u8]),
    {
        Self { writer, look: f }
    }

    super::one_pinned_inside!(
        W,
        writer,
        "writer",
        "# use runtime_io::io::util::InspectWriter;",
        "InspectWriter::new(Vec::new(), |_: &[u8]| ())"
    );
}

impl<W: AsyncWrite, F: FnMut(&[u8])> AsyncWrite for InspectWriter<W, F> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let me = self.project();
        let taken = ready!(me.writer.poll_write(cx, buf))?;
        if taken > 0 {
            (me.look)(&buf[..taken]);
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().writer.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().writer.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let me = self.project();
        let taken = ready!(me.writer.poll_write_vectored(cx, bufs))?;
        let mut left = taken;
        for buf in bufs {
            let amount = left.min(buf.len());
            if amount > 0 {
                (me.look)(&buf[..amount]);
            }
            left -= amount;
        }
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        self.writer.is_write_vectored()
    }
}

impl<W: AsyncRead, F> AsyncRead for InspectWriter<W, F> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().writer.poll_read(cx, buf)
    }
}

impl<W: fmt::Debug, F> fmt::Debug for InspectWriter<W, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectWriter")
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}
