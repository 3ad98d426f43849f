//! A reader line by line.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncBufRead;
use crate::io::ops::poll_read_until;

pin_project! {
    /// The lines of a reader: see [`AsyncBufReadExt::lines`](crate::io::AsyncBufReadExt::lines).
    ///
    /// The start of a line that is not complete yet is kept here, so neither cancelling nor an error of the reader
    /// loses any of it.
    #[derive(Debug)]
    #[must_use = "readers do nothing unless they are read from"]
    pub struct Lines<R> {
        #[pin]
        reader: R,
        line: Vec<u8>,
    }
}

impl<R> Lines<R> {
    pub(in crate::io) fn new(reader: R) -> Self {
        Self {
            reader,
            line: Vec::new(),
        }
    }
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// The next line without its `\n` or `\r\n`; `None` at the end of the source.
    ///
    /// # Errors
    /// `InvalidData` if the line is not UTF-8: it is skipped, the next call goes on behind it. What the source reports:
    /// the next call goes on where this one was.
    ///
    /// # Cancel safety
    /// Safe: what was read of the line stays here for the next call.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncBufReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut lines = b"one\n\xff\ntwo".lines();
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
    /// assert!(lines.next_line().await.is_err());
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_line(cx)).await
    }

    /// What is inside. Reading from it directly tears out a part of the text.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncBufReadExt;
    /// assert_eq!(b"one".lines().get_mut(), b"one");
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncBufReadExt;
    /// assert_eq!(b"one".lines().get_ref(), b"one");
    /// ```
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// Takes out what is inside; the start of a line that is not complete yet is lost.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncBufReadExt;
    /// # futures_executor::block_on(async {
    /// let mut lines = b"one\ntwo".lines();
    /// lines.next_line().await?;
    /// assert_eq!(lines.into_inner(), b"two");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: AsyncBufRead> Lines<R> {
    /// As [`next_line`](Self::next_line), polled.
    ///
    /// # Errors
    /// As [`next_line`](Self::next_line).
    ///
    /// # Examples
    /// ```
    /// # use std::{future::poll_fn, pin::Pin};
    /// # use runtime_io::io::AsyncBufReadExt;
    /// # futures_executor::block_on(async {
    /// let mut lines = b"one".lines();
    /// let line = poll_fn(|cx| Pin::new(&mut lines).poll_next_line(cx)).await?;
    /// assert_eq!(line.as_deref(), Some("one"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn poll_next_line(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<String>>> {
        let me = self.project();
        ready!(poll_read_until(me.reader, cx, b'\n', me.line, &mut 0))?;
        if me.line.is_empty() {
            return Poll::Ready(Ok(None));
        }
        let line = without_end(mem::take(me.line));
        let line = String::from_utf8(line);
        Poll::Ready(
            line.map(Some)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        )
    }
}

/// A line without its `\n` or `\r\n`; a bare `\r` at the end of the source belongs to it.
fn without_end(mut line: Vec<u8>) -> Vec<u8> {
    if line.ends_with(b"\n") {
        let end = if line.ends_with(b"\r\n") { 2 } else { 1 };
        line.truncate(line.len() - end);
    }
    line
}
