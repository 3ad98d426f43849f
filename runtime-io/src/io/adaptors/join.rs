//! A reader and a writer made into one stream.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::io::forward::{forward_buf_read, forward_read, forward_write};
use crate::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

/// Makes one stream of a reader and a writer that have nothing to do with each other.
///
/// To put the halves of a [split](crate::io::split()) stream together again use
/// [`ReadHalf::unsplit`](crate::io::ReadHalf::unsplit).
///
/// # Examples
/// ```
/// use runtime_io::io::{AsyncReadExt, AsyncWriteExt, join};
///
/// # futures_executor::block_on(async {
/// let mut stream = join(&b"question"[..], Vec::new());
/// stream.read_exact(&mut [0; 8]).await?;
/// stream.write_all(b"answer").await?;
/// assert_eq!(stream.into_inner().1, b"answer");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn join<R, W>(reader: R, writer: W) -> Join<R, W>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    Join { reader, writer }
}

pin_project! {
    /// A reader and a writer made into one stream by [`join`].
    #[derive(Debug)]
    pub struct Join<R, W> {
        #[pin]
        reader: R,
        #[pin]
        writer: W,
    }
}

impl<R: AsyncRead, W: AsyncWrite> Join<R, W> {
    /// Takes the two apart again.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// assert_eq!(join(&b"abc"[..], vec![1]).into_inner(), (&b"abc"[..], vec![1]));
    /// ```
    pub fn into_inner(self) -> (R, W) {
        (self.reader, self.writer)
    }

    /// The reader.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// assert_eq!(join(&b"abc"[..], vec![1]).reader(), b"abc");
    /// ```
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// The writer.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// assert_eq!(join(&b"abc"[..], vec![1]).writer(), &[1]);
    /// ```
    pub fn writer(&self) -> &W {
        &self.writer
    }

    /// The reader.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// *join(&b"abc"[..], vec![1]).reader_mut() = b"def";
    /// ```
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The writer.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// join(&b"abc"[..], vec![1]).writer_mut().push(2);
    /// ```
    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The reader, pinned.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// let mut stream = std::pin::pin!(join(&b"abc"[..], vec![1]));
    /// assert_eq!(stream.as_mut().reader_pin_mut().len(), 3);
    /// ```
    pub fn reader_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().reader
    }

    /// The writer, pinned.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::join;
    /// let mut stream = std::pin::pin!(join(&b"abc"[..], vec![1]));
    /// assert_eq!(stream.as_mut().writer_pin_mut().len(), 1);
    /// ```
    pub fn writer_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.project().writer
    }
}

/// Where the forwarded methods go.
impl<R, W> Join<R, W> {
    fn to_reader(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().reader
    }

    fn to_writer(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.project().writer
    }
}

impl<R: AsyncRead, W> AsyncRead for Join<R, W> {
    forward_read!(to_reader);
}

impl<R: AsyncBufRead, W> AsyncBufRead for Join<R, W> {
    forward_buf_read!(to_reader);
}

impl<R, W: AsyncWrite> AsyncWrite for Join<R, W> {
    forward_write!(to_writer, writer);
}
