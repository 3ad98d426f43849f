//! A reader as a stream of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use pin_project_lite::pin_project;

use super::poll_read_buf;
use crate::io::AsyncRead;
use crate::io::ops::retry_interrupted;

pin_project! {
    /// A reader as a `Stream` of pieces, each of them what one read has brought.
    ///
    /// It ends at the end of the reader, and after an error; the reader is dropped then.
    ///
    /// # Cancel safety
    /// Dropping the future of the next piece loses nothing.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::io::util::ReaderStream;
    ///
    /// # futures_executor::block_on(async {
    /// let mut pieces = ReaderStream::new(&b"hello"[..]);
    /// assert_eq!(pieces.next().await.unwrap()?, "hello");
    /// assert!(pieces.next().await.is_none());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct ReaderStream<R> {
        // `None` when the stream has ended.
        #[pin]
        reader: Option<R>,
        // Room for the next pieces; each is split off the front.
        room: BytesMut,
        capacity: usize,
    }
}

impl<R: AsyncRead> ReaderStream<R> {
    /// Pieces of at most 4 KiB.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::io::util::ReaderStream;
    ///
    /// # futures_executor::block_on(async {
    /// let mut pieces = ReaderStream::new(runtime_io::io::repeat(7));
    /// assert_eq!(pieces.next().await.unwrap()?.len(), 4 * 1024);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn new(reader: R) -> Self {
        Self {
            reader: Some(reader),
            room: BytesMut::new(),
            capacity: CAPACITY,
        }
    }

    /// Pieces of about so many bytes at most: that much memory is allocated at a time.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::io::util::ReaderStream;
    ///
    /// # futures_executor::block_on(async {
    /// let mut pieces = ReaderStream::with_capacity(&b"hello"[..], 3);
    /// assert_eq!(pieces.next().await.unwrap()?, "hel");
    /// assert_eq!(pieces.next().await.unwrap()?, "lo");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn with_capacity(reader: R, capacity: usize) -> Self {
        Self {
            reader: Some(reader),
            room: BytesMut::with_capacity(capacity),
            capacity,
        }
    }
}

impl<R: AsyncRead> Stream for ReaderStream<R> {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut me = self.project();
        let Some(mut reader) = me.reader.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        if me.room.capacity() == 0 {
            me.room.reserve(*me.capacity);
        }
        let read = ready!(retry_interrupted!(poll_read_buf(
            reader.as_mut(),
            cx,
            me.room
        )));
        Poll::Ready(match read {
            Ok(0) => {
                me.reader.set(None);
                None
            }
            Ok(_) => Some(Ok(me.room.split().freeze())),
            Err(error) => {
                me.reader.set(None);
                Some(Err(error))
            }
        })
    }
}

/// How much memory is allocated at a time, unless somebody has chosen.
const CAPACITY: usize = 4 * 1024;
