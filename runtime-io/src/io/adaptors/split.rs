//! A reader segment by segment.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncBufRead;
use crate::io::ops::poll_read_until;

pin_project! {
    /// The segments of a reader between delimiters: see [`AsyncBufReadExt::split`](crate::io::AsyncBufReadExt::split).
    ///
    /// The start of a segment that is not complete yet is kept here, so neither cancelling nor an error of the reader
    /// loses any of it.
    #[derive(Debug)]
    #[must_use = "readers do nothing unless they are read from"]
    pub struct Split<R> {
        #[pin]
        reader: R,
        segment: Vec<u8>,
        delimiter: u8,
    }
}

impl<R> Split<R> {
    pub(in crate::io) fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            segment: Vec::new(),
            delimiter,
        }
    }
}

impl<R: AsyncBufRead + Unpin> Split<R> {
    /// The next segment without its delimiter; `None` at the end of the source.
    ///
    /// # Errors
    /// What the source reports: the next call goes on where this one was.
    ///
    /// # Cancel safety
    /// Safe: what was read of the segment stays here for the next call.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncBufReadExt, BufReader};
    ///
    /// # futures_executor::block_on(async {
    /// let mut fields = BufReader::new(&b"a,,b"[..]).split(b',');
    /// assert_eq!(fields.next_segment().await?, Some(b"a".to_vec()));
    /// assert_eq!(fields.next_segment().await?, Some(b"".to_vec()));
    /// assert_eq!(fields.next_segment().await?, Some(b"b".to_vec()));
    /// assert_eq!(fields.next_segment().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn next_segment(&mut self) -> io::Result<Option<Vec<u8>>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_segment(cx)).await
    }
}

impl<R: AsyncBufRead> Split<R> {
    /// As [`next_segment`](Self::next_segment), polled.
    ///
    /// # Errors
    /// As [`next_segment`](Self::next_segment).
    ///
    /// # Examples
    /// ```
    /// # use std::{future::poll_fn, pin::Pin};
    /// # use runtime_io::io::{AsyncBufReadExt, BufReader};
    /// # futures_executor::block_on(async {
    /// let mut fields = BufReader::new(&b"a,b"[..]).split(b',');
    /// let field = poll_fn(|cx| Pin::new(&mut fields).poll_next_segment(cx)).await?;
    /// assert_eq!(field, Some(b"a".to_vec()));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn poll_next_segment(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Vec<u8>>>> {
        let me = self.project();
        ready!(poll_read_until(
            me.reader,
            cx,
            *me.delimiter,
            me.segment,
            &mut 0
        ))?;
        if me.segment.is_empty() {
            return Poll::Ready(Ok(None));
        }
        let mut segment = mem::take(me.segment);
        if segment.last() == Some(me.delimiter) {
            segment.pop();
        }
        Poll::Ready(Ok(Some(segment)))
    }
}
