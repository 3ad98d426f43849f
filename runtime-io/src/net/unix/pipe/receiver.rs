//! The end of a pipe that is read from.

use std::io::{self, IoSliceMut};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use rustix::fs::OFlags;

use crate::io::{AsyncRead, ReadBuf};
use crate::net::byte_stream::MOST_SLICES;
use crate::net::receive;
use crate::reactor::{Evented, Interest, Side};

/// The end of a pipe that is read from.
///
/// Reading goes through [`AsyncRead`]. When all senders are gone and all data read, it finds the end.
pub struct Receiver {
    io: Evented<OwnedFd>,
}

impl Receiver {
    /// Waits until there is something to read, or the end of it. Like [`ready`](Self::ready) for [`Interest::READABLE`].
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (mut sender, receiver) = pipe::pipe()?;
    /// sender.write_all(b"hello").await?;
    /// receiver.readable().await?;
    /// assert_eq!(receiver.try_read(&mut [0; 8])?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until there is something to read. Only the last task to call this, or to read, is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (mut sender, receiver) = pipe::pipe()?;
    /// sender.write_all(b"hello").await?;
    /// std::future::poll_fn(|cx| receiver.poll_read_ready(cx)).await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(cx, Side::Read)
    }

    /// Reads what there is, without waiting. `Ok(0)` is the end, if `buf` has room.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is nothing; or the runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (mut sender, receiver) = pipe::pipe()?;
    /// sender.write_all(b"hello").await?;
    /// receiver.readable().await?;
    /// assert_eq!(receiver.try_read(&mut [0; 8])?, 5);
    /// let error = receiver.try_read(&mut [0; 8]).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |pipe| Ok(rustix::io::read(pipe, buf)?))
    }

    /// As [`try_read`](Self::try_read), into several buffers.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::IoSliceMut;
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (mut sender, receiver) = pipe::pipe()?;
    /// sender.write_all(b"hello").await?;
    /// receiver.readable().await?;
    /// let (mut first, mut second) = ([0; 2], [0; 8]);
    /// let mut slices = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    /// assert_eq!(receiver.try_read_vectored(&mut slices)?, 5);
    /// assert_eq!((&first, &second[..3]), (b"he", &b"llo"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let most = bufs.len().min(MOST_SLICES);
        self.io.try_io(Interest::READABLE, |pipe| {
            Ok(rustix::io::readv(pipe, &mut bufs[..most])?)
        })
    }

    /// As [`try_read`](Self::try_read), into the unused room of a buffer, which is advanced.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (mut sender, receiver) = pipe::pipe()?;
    /// sender.write_all(b"hello").await?;
    /// receiver.readable().await?;
    /// let mut buf = Vec::with_capacity(8);
    /// assert_eq!(receiver.try_read_buf(&mut buf)?, 5);
    /// assert_eq!(buf, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_read_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |pipe| receive::read_buf(pipe, buf))
    }
}

super::end!(receiver, Receiver, Interest::READABLE, OFlags::RDONLY);

impl AsyncRead for Receiver {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buf.initialize_unfilled();
        let count = ready!(self.io.poll_io(cx, Side::Read, |pipe, _| {
            Ok(rustix::io::read(pipe, &mut *room)?)
        }))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}
