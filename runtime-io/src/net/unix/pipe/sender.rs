//! The end of a pipe that is written to.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::fs::OFlags;

use crate::io::AsyncWrite;
use crate::net::byte_stream::few;
use crate::reactor::{Evented, Interest, Side};

/// The end of a pipe that is written to.
///
/// Writing goes through [`AsyncWrite`]; with no receiver left it fails with [`BrokenPipe`](io::ErrorKind::BrokenPipe). Dropping the last
/// sender is the end of the data.
pub struct Sender {
    io: Evented<OwnedFd>,
}

impl Sender {
    /// Waits until there is room to write. Like [`ready`](Self::ready) for [`Interest::WRITABLE`].
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
    /// let (sender, _receiver) = pipe::pipe()?;
    /// sender.writable().await?;
    /// assert_eq!(sender.try_write(b"hello")?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Waits until there is room to write. Only the last task to call this, or to write, is woken.
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
    /// let (sender, _receiver) = pipe::pipe()?;
    /// std::future::poll_fn(|cx| sender.poll_write_ready(cx)).await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(cx, Side::Write)
    }

    /// Writes as much as there is room for, without waiting. At most `PIPE_BUF` bytes are written whole or not at all.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room; no receiver is left, or the runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (sender, mut receiver) = pipe::pipe()?;
    /// sender.writable().await?;
    /// assert_eq!(sender.try_write(b"hello")?, 5);
    /// assert_eq!(receiver.read(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |pipe| Ok(rustix::io::write(pipe, buf)?))
    }

    /// As [`try_write`](Self::try_write), from several buffers.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::IoSlice;
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
    /// # use runtime_io::net::unix::pipe;
    /// let (sender, mut receiver) = pipe::pipe()?;
    /// sender.writable().await?;
    /// let slices = [IoSlice::new(b"he"), IoSlice::new(b"llo")];
    /// assert_eq!(sender.try_write_vectored(&slices)?, 5);
    /// assert_eq!(receiver.read(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, |pipe| {
            Ok(rustix::io::writev(pipe, few(bufs))?)
        })
    }
}

super::end!(sender, Sender, Interest::WRITABLE, OFlags::WRONLY);

impl AsyncWrite for Sender {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.io
            .poll_io(cx, Side::Write, |pipe, _| Ok(rustix::io::write(pipe, buf)?))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Side::Write, |pipe, _| {
            Ok(rustix::io::writev(pipe, few(bufs))?)
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is with the system already.
        Poll::Ready(Ok(()))
    }

    /// Does nothing: only dropping the sender closes it.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
