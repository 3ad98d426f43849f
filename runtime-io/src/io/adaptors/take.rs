//! A reader cut off after a number of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf, checked};

pin_project! {
    /// The next so many bytes of a reader: see [`AsyncReadExt::take`](crate::io::AsyncReadExt::take).
    ///
    /// At its limit it is at its end without asking the reader, which might have to be waited for.
    #[derive(Debug)]
    #[must_use = "readers do nothing unless they are read from"]
    pub struct Take<R> {
        #[pin]
        inner: R,
        left: u64,
    }
}

impl<R> Take<R> {
    pub(in crate::io) fn new(inner: R, left: u64) -> Self {
        Self { inner, left }
    }
}

impl<R: AsyncRead> Take<R> {
    /// How many bytes can still be read, if the reader has them.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// # futures_executor::block_on(async {
    /// let mut first = b"hello".take(4);
    /// first.read_u8().await?;
    /// assert_eq!(first.limit(), 3);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn limit(&self) -> u64 {
        self.left
    }

    /// Sets how many bytes can be read from now on.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// # futures_executor::block_on(async {
    /// let mut first = b"hello".take(0);
    /// first.set_limit(1);
    /// assert_eq!(first.read_u8().await?, b'h');
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn set_limit(&mut self, limit: u64) {
        self.left = limit;
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// assert_eq!(b"hello".take(4).get_ref(), b"hello");
    /// ```
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// What is inside. Bytes read from it directly do not count against the limit.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// assert_eq!(b"hello".take(4).get_mut(), b"hello");
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// What is inside, pinned. Bytes read from it directly do not count against the limit.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// let mut first = std::pin::pin!(b"hello".take(4));
    /// assert_eq!(first.as_mut().get_pin_mut().len(), 5);
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().inner
    }

    /// Takes out what is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// # futures_executor::block_on(async {
    /// let mut first = b"hello".take(4);
    /// first.read_u32().await?;
    /// assert_eq!(first.into_inner(), b"o");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: AsyncRead> AsyncRead for Take<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = self.project();
        if *me.left == 0 {
            return Poll::Ready(Ok(()));
        }
        let limit = usize::try_from(*me.left).unwrap_or(usize::MAX);
        let added = ready!(checked::poll_read_limited(me.inner, cx, buf, limit))?;
        *me.left -= added as u64;
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncBufRead> AsyncBufRead for Take<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let me = self.project();
        if *me.left == 0 {
            return Poll::Ready(Ok(&[]));
        }
        let bytes = ready!(me.inner.poll_fill_buf(cx))?;
        let limit = usize::try_from(*me.left).unwrap_or(usize::MAX);
        Poll::Ready(Ok(&bytes[..limit.min(bytes.len())]))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        let me = self.project();
        let limit = usize::try_from(*me.left).unwrap_or(usize::MAX);
        let amount = amt.min(limit);
        *me.left -= amount as u64;
        me.inner.consume(amount);
    }
}
