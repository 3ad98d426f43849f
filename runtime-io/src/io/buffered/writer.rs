//! A writer with a buffer in front.

use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::forward::{forward_buf_read, forward_read};
use crate::io::ops::retry_interrupted;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, DEFAULT_BUFFER, ReadBuf};

pin_project! {
    /// Collects small writes and passes them on to `W` in large ones.
    ///
    /// Worth it for many small writes to a stream where each costs a system call; a write that is larger than the
    /// buffer goes past it. Reading goes straight through to `W`.
    ///
    /// When it is dropped, what is in the buffer is lost: [flush](crate::io::AsyncWriteExt::flush) first.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncWriteExt, BufWriter};
    ///
    /// # futures_executor::block_on(async {
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"he").await?;
    /// writer.write_all(b"llo").await?;
    /// assert_eq!(writer.buffer(), b"hello");
    /// writer.flush().await?;
    /// assert_eq!(writer.get_ref(), b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub struct BufWriter<W> {
        #[pin]
        pub(super) inner: W,
        pub(super) queue: Queue,
        pub(super) seek: Seek,
    }
}

/// The bytes that wait to be written. The vector never grows beyond the capacity it was made with.
pub(super) struct Queue {
    bytes: Vec<u8>,
    /// How many of them the inner writer has taken in a flush that is not over.
    written: usize,
}

/// The seek under way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seek {
    Idle,
    /// To be passed on to the stream inside, once everything is written.
    Asked(SeekFrom),
    Moving,
}

impl<W: AsyncWrite> BufWriter<W> {
    /// With a buffer of 8 KiB.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufWriter;
    /// assert!(BufWriter::new(Vec::new()).buffer().is_empty());
    /// ```
    pub fn new(inner: W) -> Self {
        Self::with_capacity(DEFAULT_BUFFER, inner)
    }

    /// With a buffer of that size; zero means that nothing is buffered.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::{AsyncWriteExt, BufWriter};
    /// # futures_executor::block_on(async {
    /// let mut writer = BufWriter::with_capacity(4, Vec::new());
    /// writer.write_all(b"hello").await?;
    /// assert_eq!(writer.get_ref(), b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn with_capacity(capacity: usize, inner: W) -> Self {
        let bytes = Vec::with_capacity(capacity);
        Self {
            inner,
            queue: Queue { bytes, written: 0 },
            seek: Seek::Idle,
        }
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufWriter;
    /// assert_eq!(BufWriter::new(vec![1]).get_ref(), &[1]);
    /// ```
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// What is inside. Writing to it directly overtakes what is in the buffer.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufWriter;
    /// assert_eq!(BufWriter::new(vec![1]).get_mut(), &[1]);
    /// ```
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// What is inside, pinned. Writing to it directly overtakes what is in the buffer.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufWriter;
    /// let mut writer = std::pin::pin!(BufWriter::new(vec![1]));
    /// assert_eq!(writer.as_mut().get_pin_mut().len(), 1);
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.project().inner
    }

    /// Takes out what is inside; what is in the buffer is lost.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufWriter;
    /// assert_eq!(BufWriter::new(vec![1]).into_inner(), [1]);
    /// ```
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// What was written here and not passed on yet.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::{AsyncWriteExt, BufWriter};
    /// # futures_executor::block_on(async {
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"abc").await?;
    /// assert_eq!(writer.buffer(), b"abc");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn buffer(&self) -> &[u8] {
        self.queue.rest()
    }

    /// Passes everything in the buffer on to the writer inside. While that is pending the buffer keeps what was taken
    /// already; after an answer, also a failure, it holds exactly what was not.
    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut me = self.project();
        let result = loop {
            let rest = me.queue.rest();
            if rest.is_empty() {
                break Ok(());
            }
            match ready!(retry_interrupted!(me.inner.as_mut().poll_write(cx, rest))) {
                Ok(0) => break Err(unwritten()),
                Ok(taken) => me.queue.written += taken,
                Err(error) => break Err(error),
            }
        };
        me.queue.settle();
        Poll::Ready(result)
    }

    /// Makes room for `length` bytes, if need be by passing on what is there. `true` if they fit afterwards; if not,
    /// the buffer is empty and they are to go past it.
    fn poll_room(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        length: usize,
    ) -> Poll<io::Result<bool>> {
        if length > self.queue.room() {
            ready!(self.as_mut().poll_drain(cx))?;
        }
        Poll::Ready(Ok(length < self.queue.bytes.capacity()))
    }
}

fn unwritten() -> io::Error {
    io::Error::new(
        io::ErrorKind::WriteZero,
        "failed to write the buffered data",
    )
}

impl Queue {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    fn room(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    /// Drops what is written.
    fn settle(&mut self) {
        self.bytes.drain(..self.written);
        self.written = 0;
    }
}

impl<W: AsyncWrite> AsyncWrite for BufWriter<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let fits = ready!(self.as_mut().poll_room(cx, buf.len()))?;
        let me = self.project();
        if !fits {
            return me.inner.poll_write(cx, buf);
        }
        me.queue.bytes.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_drain(cx))?;
        self.get_pin_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_drain(cx))?;
        self.get_pin_mut().poll_shutdown(cx)
    }

    /// All slices go into the buffer if they fit. If not, they go past it where the writer inside takes several at a
    /// time, and otherwise the buffer takes as many as it can.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.inner.is_write_vectored() {
            return self.poll_write_one_by_one(cx, bufs);
        }
        let total = bufs
            .iter()
            .fold(0_usize, |sum, buf| sum.saturating_add(buf.len()));
        let fits = ready!(self.as_mut().poll_room(cx, total))?;
        let me = self.project();
        if !fits {
            return me.inner.poll_write_vectored(cx, bufs);
        }
        bufs.iter()
            .for_each(|buf| me.queue.bytes.extend_from_slice(buf));
        Poll::Ready(Ok(total))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl<W: AsyncWrite> BufWriter<W> {
    /// The first slice as a plain write, then as many of the others as fit behind it.
    fn poll_write_one_by_one(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut bufs = bufs.iter().filter(|buf| !buf.is_empty());
        let Some(first) = bufs.next() else {
            return Poll::Ready(Ok(0));
        };
        let fits = ready!(self.as_mut().poll_room(cx, first.len()))?;
        let me = self.project();
        if !fits {
            return me.inner.poll_write(cx, first);
        }
        me.queue.bytes.extend_from_slice(first);
        let mut total = first.len();
        for buf in bufs {
            if buf.len() > me.queue.room() {
                break;
            }
            me.queue.bytes.extend_from_slice(buf);
            total += buf.len();
        }
        Poll::Ready(Ok(total))
    }
}

impl<W: AsyncWrite + AsyncSeek> AsyncSeek for BufWriter<W> {
    /// Asks for a new position. What is in the buffer will be written before the stream inside moves.
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        *self.project().seek = Seek::Asked(position);
        Ok(())
    }

    /// Writes what is in the buffer, then waits for the seek under way.
    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        if let Seek::Asked(position) = self.seek {
            ready!(self.as_mut().poll_drain(cx))?;
            let me = self.as_mut().project();
            *me.seek = Seek::Idle;
            me.inner.start_seek(position)?;
            *self.as_mut().project().seek = Seek::Moving;
        }
        let me = self.project();
        let result = ready!(me.inner.poll_complete(cx));
        *me.seek = Seek::Idle;
        Poll::Ready(result)
    }
}

impl<W: AsyncWrite + AsyncRead> AsyncRead for BufWriter<W> {
    forward_read!(get_pin_mut);
}

impl<W: AsyncWrite + AsyncBufRead> AsyncBufRead for BufWriter<W> {
    forward_buf_read!(get_pin_mut);
}

impl<W: fmt::Debug> fmt::Debug for BufWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Queue { bytes, written } = &self.queue;
        f.debug_struct("BufWriter")
            .field("writer", &self.inner)
            .field(
                "buffer",
                &format_args!("{}/{}", bytes.len(), bytes.capacity()),
            )
            .field("written", written)
            .finish()
    }
}
