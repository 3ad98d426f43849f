//! A TCP connection.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;
use socket2::SockRef;

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, TcpSocket, WriteHalf, split, split_owned};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::net::byte_stream::{self, Short};
use crate::net::{ToSocketAddrs, addr, blocking};
use crate::reactor::{Evented, Interest, Reactor, Ready, Side};

/// A TCP connection.
///
/// Reading and writing go through [`AsyncRead`] and [`AsyncWrite`]. Closing is done by dropping; to tell the peer that no more data come
/// while still reading, shut down the writing side ([`AsyncWrite::poll_shutdown`]).
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let client = TcpStream::connect(listener.local_addr()?).await?;
/// let (server, peer) = listener.accept().await?;
/// assert_eq!(peer, client.local_addr()?);
///
/// server.writable().await?;
/// assert_eq!(server.try_write(b"hello")?, 5);
/// let mut buf = [0; 8];
/// assert_eq!(client.peek(&mut buf).await?, 5);
/// assert_eq!(client.try_read(&mut buf)?, 5);
/// assert_eq!(&buf[..5], b"hello");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpStream {
    io: Evented<std::net::TcpStream>,
}

/// Both directions; urgent data so that a read that stops short of them is not taken for the end of what there is.
const INTEREST: Interest = Interest::READABLE
    .add(Interest::WRITABLE)
    .add(Interest::PRIORITY);

impl TcpStream {
    /// For a connection that is made or being made. `lent`: somebody may have a duplicate of the descriptor.
    pub(super) fn new(stream: std::net::TcpStream, reactor: Arc<Reactor>, lent: bool) -> Self {
        let io = if lent {
            Evented::from_outside(stream, reactor, INTEREST)
        } else {
            Evented::new(stream, reactor, INTEREST)
        };
        Self { io }
    }

    /// Opens a connection. If the address stands for several, they are tried one after the other until one answers.
    ///
    /// # Errors
    ///
    /// No connection can be made; the error is that of the last address. Or the address cannot be resolved.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the attempt is given up and its socket is closed.
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let mut last = None;
        for addr in addr::resolve(addr).await? {
            let attempt = TcpSocket::for_addr(addr)?.connect(addr).await;
            match attempt {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(addr::none))
    }

    /// Waits until the connection is made. Being writable does not say so: the error that may have come instead does, and if there is
    /// none, only the presence of a peer.
    pub(super) async fn connected(&self) -> io::Result<()> {
        self.io.register()?;
        loop {
            let seen = self.io.ready(Interest::WRITABLE).await?;
            if let Some(error) = self.take_error()? {
                return Err(error);
            }
            match self.peer_addr() {
                Ok(_) => return Ok(()),
                Err(error)
                    if error.kind() == io::ErrorKind::NotConnected
                        && !seen.ready().is_write_closed() =>
                {
                    self.io.clear(seen, Ready::WRITABLE)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes over a connection of the standard library. It must be in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None at present; the signature leaves room for them.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O. In debug builds also if the connection is in blocking mode.
    #[track_caller]
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<Self> {
        let reactor = Reactor::current();
        blocking::check(&stream);
        Ok(Self::new(stream, reactor, true))
    }

    /// Turns this into a connection of the standard library, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None at present; the signature leaves room for them.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        Ok(self.io.into_inner())
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// The connection is gone, or the system cannot say.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr()
    }

    /// Takes the error that is pending on the socket, if there is one (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.io().take_error()
    }

    /// Reads without taking the data out of the connection, and advances `buf`. Returns how many bytes there were.
    ///
    /// Of several tasks that call this, or one of the other `poll_*` methods for reading, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The connection is broken, or the runtime is gone.
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        byte_stream::poll_peek(&self.io, cx, buf)
    }

    /// Reads without taking the data out. Returns how many bytes there were.
    ///
    /// # Errors
    ///
    /// The connection is broken, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is taken out.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, |stream| stream.peek(buf))
            .await
    }

    /// Waits until the connection is ready for anything in `interest`, and says for what.
    ///
    /// The answer may be wrong: the operation itself decides. It stays ready until an operation finds that it would block.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        let seen = self.io.ready(interest).await?;
        Ok(seen.ready() & interest.mask())
    }

    /// Waits until there is something to read, or the end of it. Like [`ready`](Self::ready) for [`Interest::READABLE`].
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until there is something to read. Only the last task to call this, or to read, is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(cx, Side::Read)
    }

    /// Reads what there is, without waiting. `Ok(0)` is the end, if `buf` has room.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is nothing; the connection is broken, or the runtime is gone.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |mut stream| stream.read(buf))
    }

    /// As [`try_read`](Self::try_read), into several buffers.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |mut stream| stream.read_vectored(bufs))
    }

    /// As [`try_read`](Self::try_read), into the unused room of a buffer, which is advanced.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    pub fn try_read_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        byte_stream::try_read_buf(&self.io, buf)
    }

    /// Waits until there is room to write. Like [`ready`](Self::ready) for [`Interest::WRITABLE`].
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Waits until there is room to write. Only the last task to call this, or to write, is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(cx, Side::Write)
    }

    /// Writes as much as there is room for, without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room; the connection is broken, or the runtime is gone.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        byte_stream::try_write(&self.io, buf)
    }

    /// As [`try_write`](Self::try_write), from several buffers.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        byte_stream::try_write_vectored(&self.io, bufs)
    }

    /// Runs an operation of the caller's on the connection, without waiting.
    ///
    /// `f` is not run, and the result is [`WouldBlock`](io::ErrorKind::WouldBlock), if the connection is not known to be ready for
    /// `interest`. If `f` finds that it would block, it must say so; the connection then counts as not ready for `interest`.
    ///
    /// # Errors
    ///
    /// Those of `f`, or the runtime is gone.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        f: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io(interest, |_| f())
    }

    /// Runs an operation of the caller's on the connection, waiting as long as it finds that it would block.
    ///
    /// # Errors
    ///
    /// Those of `f` except [`WouldBlock`](io::ErrorKind::WouldBlock), or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe as far as `f` is: it is not running while the future waits.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut f: impl FnMut() -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.async_io(interest, |_| f()).await
    }

    /// Are small segments sent at once?
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.io().nodelay()
    }

    /// Sends small segments at once instead of collecting them (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.io().set_nodelay(nodelay)
    }

    /// Are acknowledgements sent at once?
    ///
    /// # Errors
    ///
    /// The system cannot say.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn quickack(&self) -> io::Result<bool> {
        self.options().tcp_quickack()
    }

    /// Sends acknowledgements at once, until the system decides otherwise (`TCP_QUICKACK`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        self.options().set_tcp_quickack(quickack)
    }

    /// How long closing the connection waits until what was sent has been received.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.options().linger()
    }

    /// Lets closing the connection wait until what was sent has been received, at most for `duration` (`SO_LINGER`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    #[deprecated = "closing the connection would block a thread of the runtime; to reset it use `set_zero_linger`"]
    pub fn set_linger(&self, duration: Option<Duration>) -> io::Result<()> {
        self.options().set_linger(duration)
    }

    /// Makes closing the connection reset it: unsent data are dropped, and nothing lingers.
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.options().set_linger(Some(Duration::ZERO))
    }

    /// Through how many routers packets may go.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets through how many routers packets may go (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }

    /// Borrows the connection as a half for reading and a half for writing, to be used at the same time.
    pub fn split<'a>(&'a mut self) -> (ReadHalf<'a>, WriteHalf<'a>) {
        split::split(self)
    }

    /// Divides the connection into a half for reading and a half for writing, which may go to different tasks.
    ///
    /// Dropping the half for writing shuts down the writing side; [`OwnedWriteHalf::forget`] avoids that.
    #[must_use]
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        split_owned::split(self)
    }

    pub(super) fn shutdown_write(&self) -> io::Result<()> {
        byte_stream::shut_down(self.io.io().shutdown(Shutdown::Write))
    }

    pub(super) fn poll_read_shared(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        byte_stream::poll_read(&self.io, cx, buf, Short::Drained)
    }

    pub(super) fn poll_write_shared(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        byte_stream::poll_write(&self.io, cx, buf, Short::Drained)
    }

    pub(super) fn poll_write_vectored_shared(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        byte_stream::poll_write_vectored(&self.io, cx, bufs)
    }

    fn options(&self) -> SockRef<'_> {
        SockRef::from(self.io.io())
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_read_shared(cx, buf)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_shared(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored_shared(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is with the system already.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shutdown_write())
    }
}

impl AsRef<Self> for TcpStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl TryFrom<std::net::TcpStream> for TcpStream {
    type Error = io::Error;

    /// As [`TcpStream::from_std`], with its panics.
    fn try_from(stream: std::net::TcpStream) -> io::Result<Self> {
        Self::from_std(stream)
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.lend().as_fd()
    }
}

impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.io.lend().as_raw_fd()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}
