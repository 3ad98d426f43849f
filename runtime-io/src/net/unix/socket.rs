//! A Unix socket that is neither connected nor listening yet.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::{Domain, Socket, Type};

use super::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use crate::net::sys;
use crate::reactor::Reactor;

/// A Unix socket before it is connected or listens, for binding it in between.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::net::UnixSocket;
///
/// # let dir = std::env::temp_dir().join(format!("heist-doc-socket-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// let path = dir.join("socket");
/// let socket = UnixSocket::new_stream()?;
/// socket.bind(&path)?;
/// let listener = socket.listen(1024)?;
///
/// let _client = UnixSocket::new_stream()?.connect(&path).await?;
/// let (_stream, _peer) = listener.accept().await?;
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixSocket {
    inner: Socket,
    /// The descriptor came from outside, or its number was given away.
    lent: AtomicBool,
}

impl UnixSocket {
    /// Makes a socket for connections.
    ///
    /// # Errors
    ///
    /// The system refuses the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixSocket};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixSocket::new_stream()?;
    /// socket.bind(&path)?;
    /// let listener = socket.listen(16)?;
    /// # drop(listener);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new_stream() -> io::Result<Self> {
        Ok(Self::own(sys::stream_socket(Domain::UNIX)?))
    }

    /// Makes a socket for datagrams.
    ///
    /// # Errors
    ///
    /// The system refuses the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixSocket};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixSocket::new_datagram()?;
    /// socket.bind(&path)?;
    /// let datagram = socket.datagram()?;
    /// # drop(datagram);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new_datagram() -> io::Result<Self> {
        Ok(Self::own(sys::datagram_socket(Domain::UNIX)?))
    }

    fn own(inner: Socket) -> Self {
        Self {
            inner,
            lent: false.into(),
        }
    }

    /// Binds the socket to a path, where nothing must be yet. On Linux, a path that begins with a zero byte is a name in the abstract
    /// namespace.
    ///
    /// # Errors
    ///
    /// The path exists already, or cannot be used.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixSocket};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixSocket::new_stream()?;
    /// socket.bind(&path)?;
    /// assert!(path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let addr = SocketAddr::of_path(path.as_ref())?;
        Ok(rustix::net::bind(&self.inner, &addr.to_system()?)?)
    }

    /// Makes the socket listen; at most about `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// It is a socket for datagrams, or is bound to nothing, or the system refuses.
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
    /// # use runtime_io::net::{UnixListener, UnixSocket};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixSocket::new_stream()?;
    /// socket.bind(&path)?;
    /// let listener = socket.listen(16)?;
    /// assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.must_be(
            Type::STREAM,
            "a socket for datagrams cannot listen: make it with `UnixSocket::new_stream`",
        )?;
        let reactor = Reactor::current();
        self.inner
            .listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        let lent = self.lent.into_inner();
        let listener = OwnedFd::from(self.inner).into();
        Ok(UnixListener::new(listener, reactor, lent))
    }

    /// Connects the socket to the listener at a path.
    ///
    /// # Errors
    ///
    /// It is a socket for datagrams, nobody listens there, or the queue of the listener is full
    /// ([`WouldBlock`](io::ErrorKind::WouldBlock)).
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the attempt is given up and the socket is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixSocket};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let _listener = UnixListener::bind(&path)?;
    /// let stream = UnixSocket::new_stream()?.connect(&path).await?;
    /// assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.must_be(
            Type::STREAM,
            "a socket for datagrams makes no connection: turn it into a `UnixDatagram`, or make it with `UnixSocket::new_stream`",
        )?;
        let addr = SocketAddr::of_path(path.as_ref())?;
        let lent = self.lent.into_inner();
        UnixStream::connect_socket(self.inner, &addr, lent).await
    }

    /// Turns this into a socket that sends and receives datagrams.
    ///
    /// # Errors
    ///
    /// It is a socket for connections.
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
    /// # use runtime_io::net::{UnixListener, UnixSocket};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixSocket::new_datagram()?;
    /// socket.bind(&path)?;
    /// let datagram = socket.datagram()?;
    /// assert_eq!(datagram.local_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.must_be(
            Type::DGRAM,
            "a socket for connections has no datagrams: make it with `UnixSocket::new_datagram`",
        )?;
        let reactor = Reactor::current();
        let lent = self.lent.into_inner();
        let socket = OwnedFd::from(self.inner).into();
        Ok(UnixDatagram::new(socket, reactor, lent))
    }

    fn must_be(&self, kind: Type, otherwise: &'static str) -> io::Result<()> {
        if self.inner.r#type()? == kind {
            Ok(())
        } else {
            Err(io::Error::other(otherwise))
        }
    }

    /// The socket, for whatever the caller does with it.
    fn lend(&self) -> &Socket {
        // Relaxed: read only by value, after every use.
        self.lent.store(true, Ordering::Relaxed);
        &self.inner
    }
}

impl AsFd for UnixSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.lend().as_fd()
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.lend().as_raw_fd()
    }
}

impl IntoRawFd for UnixSocket {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}

impl From<OwnedFd> for UnixSocket {
    /// Takes over a Unix socket, which should be in non-blocking mode.
    fn from(fd: OwnedFd) -> Self {
        Self {
            inner: fd.into(),
            lent: true.into(),
        }
    }
}

impl FromRawFd for UnixSocket {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: the caller owns the descriptor, and gives it up.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        fd.into()
    }
}

impl fmt::Debug for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
