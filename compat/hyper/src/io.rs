//! Streams for hyper, and hyper's streams for heist.
//!
//! The traits are alike; what differs is the buffer of a read. heist fills a [`ReadBuf`], hyper lends a `ReadBufCursor` over
//! memory that is perhaps not initialised. The one is laid over the memory of the other, so nothing is zeroed and nothing
//! copied. A stream is somebody else's safe code, so what it says is checked before hyper believes it: the buffer must be
//! the one it was lent.

use heist::io::{AsyncRead, AsyncWrite, ReadBuf};
use hyper::rt::{Read, ReadBufCursor, Write};
use pin_project_lite::pin_project;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A stream between heist and hyper.
    ///
    /// Around a stream of heist it is one for hyper; around one of hyper, such as an upgraded connection, it is one for
    /// heist.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist_hyper::HyperIo;
    ///
    /// let (near, _far) = heist::io::duplex(64);
    /// let io = HyperIo::new(near);
    /// let _near = io.into_inner();
    /// ```
    #[derive(Debug)]
    pub struct HyperIo<T> {
        #[pin]
        inner: T,
    }
}

impl<T> HyperIo<T> {
    /// Wraps a stream.
    pub const fn new(inner: T) -> Self {
        Self { inner }
    }

    /// The stream.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The stream, to be changed.
    pub fn inner_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Gives the stream back.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: AsyncRead> Read for HyperIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // SAFETY: `ReadBuf` never un-initialises a byte, which is all that `as_mut` asks.
        let memory = unsafe { cursor.as_mut() };
        let start = memory.as_ptr().cast::<u8>();
        let mut buf = ReadBuf::uninit(memory);
        ready!(self.project().inner.poll_read(cx, &mut buf))?;
        let filled = buf.filled();
        assert!(
            filled.is_empty() || filled.as_ptr() == start,
            "the stream exchanged the buffer it was lent"
        );
        let filled = filled.len();
        // SAFETY: so many bytes from the start of the cursor's memory are filled, thus initialised: `ReadBuf` vouches for its own memory, and that it is
        // the cursor's was just checked.
        unsafe { cursor.advance(filled) };
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite> Write for HyperIo<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write_vectored(cx, bufs)
    }
}

impl<T: Read> AsyncRead for HyperIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper's buffer cannot be asked how much of it is initialised, so heist's is initialised first.
        let mut lent = hyper::rt::ReadBuf::new(buf.initialize_unfilled());
        ready!(self.project().inner.poll_read(cx, lent.unfilled()))?;
        let filled = lent.filled().len();
        buf.advance(filled);
        Poll::Ready(Ok(()))
    }
}

impl<T: Write> AsyncWrite for HyperIo<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write_vectored(cx, bufs)
    }
}
