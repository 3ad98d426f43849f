//! Both directions buffered: a reader's buffer around a writer's.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{BufReader, BufWriter, reader, writer};
use crate::io::forward::{forward_buf_read, forward_read, forward_write};
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

pin_project! {
    /// A [`BufReader`] and a [`BufWriter`] around one stream.
    ///
    /// When it is dropped, what is in the buffers is lost: [flush](crate::io::AsyncWriteExt::flush) first.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncBufReadExt, AsyncWriteExt, BufStream, duplex};
    ///
    /// # futures_executor::block_on(async {
    /// let (near, far) = duplex(64);
    /// let (mut near, mut far) = (BufStream::new(near), BufStream::new(far));
    /// near.write_all(b"hello\n").await?;
    /// near.flush().await?;
    ///
    /// let mut line = String::new();
    /// far.read_line(&mut line).await?;
    /// assert_eq!(line, "hello\n");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[derive(Debug)]
    pub struct BufStream<RW> {
        #[pin]
        inner: BufReader<BufWriter<RW>>,
    }
}

impl<RW: AsyncRead + AsyncWrite> BufStream<RW> {
    /// With two buffers of 8 KiB.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::{BufStream, duplex};
    /// let stream = BufStream::new(duplex(1).0);
    /// ```
    pub fn new(stream: RW) -> Self {
        Self {
            inner: BufReader::new(BufWriter::new(stream)),
        }
    }

    /// With buffers of those sizes.
    ///
    /// # Panics
    /// If `reader_capacity` is zero.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::{BufStream, duplex};
    /// let stream = BufStream::with_capacity(1024, 64, duplex(1).0);
    /// ```
    #[track_caller]
    pub fn with_capacity(reader_capacity: usize, writer_capacity: usize, stream: RW) -> Self {
        let writer = BufWriter::with_capacity(writer_capacity, stream);
        Self {
            inner: BufReader::with_capacity(reader_capacity, writer),
        }
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufStream;
    /// # use std::io::Cursor;
    /// assert_eq!(BufStream::new(Cursor::new(vec![1])).get_ref().position(), 0);
    /// ```
    pub fn get_ref(&self) -> &RW {
        self.inner.get_ref().get_ref()
    }

    /// What is inside. Using it directly goes past the buffers.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufStream;
    /// # use std::io::Cursor;
    /// BufStream::new(Cursor::new(vec![1])).get_mut().set_position(1);
    /// ```
    pub fn get_mut(&mut self) -> &mut RW {
        self.inner.get_mut().get_mut()
    }

    /// What is inside, pinned. Using it directly goes past the buffers.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufStream;
    /// # use std::io::Cursor;
    /// let mut stream = std::pin::pin!(BufStream::new(Cursor::new(vec![1])));
    /// assert_eq!(stream.as_mut().get_pin_mut().position(), 0);
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut RW> {
        self.project().inner.get_pin_mut().get_pin_mut()
    }

    /// Takes out what is inside; what is in the buffers is lost.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufStream;
    /// # use std::io::Cursor;
    /// assert_eq!(BufStream::new(Cursor::new(vec![1])).into_inner().into_inner(), [1]);
    /// ```
    pub fn into_inner(self) -> RW {
        self.inner.into_inner().into_inner()
    }
}

impl<RW> From<BufReader<BufWriter<RW>>> for BufStream<RW> {
    fn from(inner: BufReader<BufWriter<RW>>) -> Self {
        Self { inner }
    }
}

/// Turns the buffers inside out with what is in them. A seek that was abandoned half-way is forgotten.
impl<RW> From<BufWriter<BufReader<RW>>> for BufStream<RW> {
    fn from(outer: BufWriter<BufReader<RW>>) -> Self {
        let BufWriter {
            inner: BufReader { inner, window, .. },
            queue,
            ..
        } = outer;
        let writer = BufWriter {
            inner,
            queue,
            seek: writer::Seek::Idle,
        };
        Self {
            inner: BufReader {
                inner: writer,
                window,
                seek: reader::Seek::Idle,
            },
        }
    }
}

/// Where the forwarded methods go.
impl<RW> BufStream<RW> {
    fn both(self: Pin<&mut Self>) -> Pin<&mut BufReader<BufWriter<RW>>> {
        self.project().inner
    }
}

impl<RW: AsyncRead + AsyncWrite> AsyncRead for BufStream<RW> {
    forward_read!(both);
}

impl<RW: AsyncRead + AsyncWrite> AsyncBufRead for BufStream<RW> {
    forward_buf_read!(both);
}

impl<RW: AsyncRead + AsyncWrite> AsyncWrite for BufStream<RW> {
    forward_write!(both, inner);
}

impl<RW: AsyncRead + AsyncWrite + AsyncSeek> AsyncSeek for BufStream<RW> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.both().start_seek(position)
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.both().poll_complete(cx)
    }
}
