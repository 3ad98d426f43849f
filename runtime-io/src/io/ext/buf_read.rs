//! `AsyncBufReadExt`.

use std::pin::Pin;

use crate::io::ops::{FillBuf, OpenString, ReadLine, ReadUntil};
use crate::io::{AsyncBufRead, Lines, Split};

/// What can be done with a reader that has a buffer.
///
/// # Examples
/// ```
/// use runtime_io::io::{AsyncBufReadExt, BufReader};
///
/// # futures_executor::block_on(async {
/// let mut lines = BufReader::new(&b"one\ntwo\r\nthree"[..]).lines();
/// while let Some(line) = lines.next_line().await? {
///     assert!(["one", "two", "three"].contains(&&*line));
/// }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncBufReadExt: AsyncBufRead {
    /// Appends to `buf` up to and including the byte `byte`, or up to the end of the source; says how many bytes.
    ///
    /// # Errors
    /// What the source reports; `buf` then holds what came before that.
    /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// What was read is in `buf`: call again with the same `buf` to go on. The count then starts anew.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncBufReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = b"key=value";
    /// let mut key = Vec::new();
    /// assert_eq!(source.read_until(b'=', &mut key).await?, 4);
    /// assert_eq!(key, b"key=");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_until<'a>(&'a mut self, byte: u8, buf: &'a mut Vec<u8>) -> ReadUntil<'a, Self>
    where
        Self: Unpin,
    {
        ReadUntil::new(self, byte, buf)
    }

    /// Appends one line with its `\n` to `buf`, or the rest of the source; says how many bytes. Zero means the end.
    ///
    /// # Errors
    /// `InvalidData` if the line is not UTF-8: it is lost and `buf` is as before. What the source reports: what came
    /// before that is in `buf` if it is UTF-8. [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// Not safe: what was read of the line is lost and `buf` is as before. See
    /// [`read_until`](Self::read_until) or [`lines`](Self::lines).
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncBufReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = b"one\ntwo";
    /// let mut line = String::new();
    /// source.read_line(&mut line).await?;
    /// assert_eq!(line, "one\n");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_line<'a>(&'a mut self, buf: &'a mut String) -> ReadLine<'a, Self>
    where
        Self: Unpin,
    {
        ReadLine::new(self, OpenString::new(buf))
    }

    /// The segments between the bytes `byte`, one after the other.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncBufReadExt, BufReader};
    ///
    /// # futures_executor::block_on(async {
    /// let mut fields = BufReader::new(&b"a,b"[..]).split(b',');
    /// assert_eq!(fields.next_segment().await?, Some(b"a".to_vec()));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn split(self, byte: u8) -> Split<Self>
    where
        Self: Sized + Unpin,
    {
        Split::new(self, byte)
    }

    /// What is in the buffer, after waiting for something if it is empty. An empty slice means the end of the source.
    ///
    /// The bytes stay there until they are [consumed](Self::consume).
    ///
    /// # Errors
    /// What the source reports.
    ///
    /// # Cancel safety
    /// Safe: nothing is taken out of the buffer.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncBufReadExt, BufReader};
    ///
    /// # futures_executor::block_on(async {
    /// let mut reader = BufReader::new(&b"hello"[..]);
    /// assert_eq!(reader.fill_buf().await?, b"hello");
    /// reader.consume(4);
    /// assert_eq!(reader.fill_buf().await?, b"o");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn fill_buf(&mut self) -> FillBuf<'_, Self>
    where
        Self: Unpin,
    {
        FillBuf::new(Some(self))
    }

    /// Drops the first `amt` bytes of the buffer, at most as many as [`fill_buf`](Self::fill_buf) has shown.
    ///
    /// # Examples
    /// See [`fill_buf`](Self::fill_buf).
    fn consume(&mut self, amt: usize)
    where
        Self: Unpin,
    {
        Pin::new(self).consume(amt);
    }

    /// The lines, one after the other, without their `\n` or `\r\n`.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncBufReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = b"one\r\ntwo".lines();
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
    /// assert_eq!(lines.next_line().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines::new(self)
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufReadExt for R {}
