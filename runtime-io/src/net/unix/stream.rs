//! A connection between two sockets of one machine.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BufMut;
use rustix::io::Errno;
use socket2::Domain;

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, SocketAddr, WriteHalf, split, split_owned};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::net::byte_stream::{self, Short};
use crate::net::{blocking, sys};
use crate::reactor::{Evented, Interest, Reactor, Ready, Side};

/// A connection between two sockets of one machine.
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
/// use runtime_io::net::UnixStream;
///
/// let (ours, theirs) = UnixStream::pair()?;
/// assert_eq!(ours.try_write(b"hello")?, 5);
/// theirs.readable().await?;
/// let mut buf = [0; 8];
/// assert_eq!(theirs.try_read(&mut buf)?, 5);
/// assert_eq!(&buf[..5], b"hello");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixStream {
    io: Evented<net::UnixStream>,
}

/// Both directions.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

impl UnixStream {
    /// For a connection that is made or being made. `lent`: somebody may have a duplicate of the descriptor.
    pub(super) fn new(stream: net::UnixStream, reactor: Arc<Reactor>, lent: bool) -> Self {
        let io = if lent {
            Evented::from_outside(stream, reactor, INTEREST)
        } else {
            Evented::new(stream, reactor, INTEREST)
        };
        Self { io }
    }

    /// Opens a connection to the listener at a path. On Linux, a path that begins with a zero byte is a name in the abstract namespace.
    ///
    /// # Errors
    ///
    /// Nobody listens there, or the queue of the listener is full ([`WouldBlock`](io::ErrorKind::WouldBlock)).
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the attempt is given up and its socket is closed.
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::connect_addr(&SocketAddr::of_path(path.as_ref())?).await
    }

    /// Opens a connection to the listener at an address.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the attempt is given up and its socket is closed.
    pub async fn connect_addr(addr: &SocketAddr) -> io::Result<Self> {
        let reactor = Reactor::current();
        let socket = sys::stream_socket(Domain::UNIX)?;
        let pending = match rustix::net::connect(&socket, &addr.to_system()?) {
            Ok(()) => false,
            Err(Errno::INPROGRESS | Errno::INTR) => true,
            Err(error) => return Err(error.into()),
        };
        let stream = Self::new(OwnedFd::from(socket).into(), reactor, false);
        if pending {
            stream.connected().await?;
        }
        Ok(stream)
    }

    /// Waits until the connection is made.
    async fn connected(&self) -> io::Result<()> {
        self.io.register()?;
        self.writable().await?;
        self.take_error()?.map_or(Ok(()), Err)
    }

    /// Makes two connected sockets.
    ///
    /// # Errors
    ///
    /// The system refuses the sockets.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let reactor = Reactor::current();
        let (first, second) = net::UnixStream::pair()?;
        first.set_nonblocking(true)?;
        second.set_nonblocking(true)?;
        Ok((
            Self::new(first, Arc::clone(&reactor), false),
            Self::new(second, reactor, false),
        ))
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
    pub fn from_std(stream: net::UnixStream) -> io::Result<Self> {
        let reactor = Reactor::current();
        blocking::check(&stream);
        Ok(Self::new(stream, reactor, true))
    }

    /// Turns this into a connection of the standard library, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None at present; the signature leaves room for them.
    pub fn into_std(self) -> io::Result<net::UnixStream> {
        Ok(self.io.into_inner())
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr().map(SocketAddr)
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// The connection is gone, or the system cannot say.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr().map(SocketAddr)
    }

    /// Who was at the other end when the connection was made.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn peer_cred(&self) -> io::Result<super::UCred> {
        super::UCred::of_peer(self.io.io())
    }

    /// Takes the error that is pending on the socket, if there is one (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// The system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.io().take_error()
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
        byte_stream::poll_read(&self.io, cx, buf, Short::Unknown)
    }

    pub(super) fn poll_write_shared(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        byte_stream::poll_write(&self.io, cx, buf, Short::Unknown)
    }

    pub(super) fn poll_write_vectored_shared(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        byte_stream::poll_write_vectored(&self.io, cx, bufs)
    }
}

impl AsyncRead for UnixStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_read_shared(cx, buf)
    }
}

impl AsyncWrite for UnixStream {
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

impl AsRef<Self> for UnixStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl TryFrom<net::UnixStream> for UnixStream {
    type Error = io::Error;

    /// As [`UnixStream::from_std`], with its panics.
    fn try_from(stream: net::UnixStream) -> io::Result<Self> {
        Self::from_std(stream)
    }
}

impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.lend().as_fd()
    }
}

impl AsRawFd for UnixStream {
    fn as_raw_fd(&self) -> RawFd {
        self.io.lend().as_raw_fd()
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}
