//! A connection between two sockets of one machine.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;
use socket2::{Domain, Socket};

use super::SocketAddr;
use crate::net::byte_stream::Short;
use crate::net::{shape, sys};
use crate::reactor::{Evented, Interest, Reactor};

/// A connection between two sockets of one machine.
///
/// Reading and writing go through [`AsyncRead`](crate::io::AsyncRead) and [`AsyncWrite`](crate::io::AsyncWrite). Closing is done by
/// dropping; to tell the peer that no more data come while still reading, shut down the writing side
/// ([`AsyncWrite::poll_shutdown`](crate::io::AsyncWrite::poll_shutdown)).
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let _listener = UnixListener::bind(&path)?;
    /// let stream = UnixStream::connect(&path).await?;
    /// assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let listener = UnixListener::bind(&path)?;
    /// let stream = UnixStream::connect_addr(&listener.local_addr()?).await?;
    /// # drop(stream);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn connect_addr(addr: &SocketAddr) -> io::Result<Self> {
        Self::connect_socket(sys::stream_socket(Domain::UNIX)?, addr, false).await
    }

    /// Connects a socket. `lent`: somebody may have a duplicate of the descriptor.
    pub(super) async fn connect_socket(
        socket: Socket,
        addr: &SocketAddr,
        lent: bool,
    ) -> io::Result<Self> {
        let reactor = Reactor::current();
        let pending = match rustix::net::connect(&socket, &addr.to_system()?) {
            Ok(()) => false,
            Err(Errno::INPROGRESS | Errno::INTR) => true,
            Err(error) => return Err(error.into()),
        };
        let stream = Self::new(OwnedFd::from(socket).into(), reactor, lent);
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
    /// let (mut here, mut there) = UnixStream::pair()?;
    /// here.write_all(b"hello").await?;
    /// let mut bytes = [0; 5];
    /// there.read_exact(&mut bytes).await?;
    /// assert_eq!(&bytes, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let (stream, _peer) = UnixStream::pair()?;
    /// assert!(stream.local_addr()?.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr().map(SocketAddr)
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// The connection is gone, or the system cannot say.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let _listener = UnixListener::bind(&path)?;
    /// let stream = UnixStream::connect(&path).await?;
    /// assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr().map(SocketAddr)
    }

    /// Who was at the other end when the connection was made.
    ///
    /// # Errors
    ///
    /// The system cannot say.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let (stream, _peer) = UnixStream::pair()?;
    /// assert_eq!(stream.peer_cred()?.uid(), rustix::process::getuid().as_raw());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn peer_cred(&self) -> io::Result<super::UCred> {
        super::UCred::of_peer(self.io.io())
    }
}

shape::identity!(unix, UnixStream, net::UnixStream, "connection");
shape::readiness!(
    unix,
    UnixStream,
    "connection",
    "something to read, or the end of it",
    "to write"
);
shape::byte_stream!(unix, UnixStream, Short::Unknown);
