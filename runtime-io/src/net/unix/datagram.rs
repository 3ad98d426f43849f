//! Datagrams between sockets of one machine.

use std::io;
use std::net::Shutdown;
use std::os::unix::net;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::SocketAddr;
use crate::net::{datagram, shape};
use crate::reactor::{Evented, Interest, Reactor, Side};

/// A Unix socket for datagrams.
///
/// It sends to and receives from any socket of its kind, or, once connected, one of them. Datagrams arrive whole and in order, and none is
/// lost: where the receiver has no room, sending waits. All methods take a shared reference, so it can be used by several tasks at once.
///
/// Dropping it does not remove the file at its path.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::net::UnixDatagram;
///
/// let (ours, theirs) = UnixDatagram::pair()?;
/// ours.send(b"hello").await?;
///
/// let mut buf = [0; 64];
/// let count = theirs.recv(&mut buf).await?;
/// assert_eq!(&buf[..count], b"hello");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixDatagram {
    io: Evented<net::UnixDatagram>,
}

/// Both directions.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

impl UnixDatagram {
    /// For a non-blocking socket. `lent`: somebody may have a duplicate of the descriptor.
    pub(super) fn new(socket: net::UnixDatagram, reactor: Arc<Reactor>, lent: bool) -> Self {
        let io = if lent {
            Evented::from_outside(socket, reactor, INTEREST)
        } else {
            Evented::new(socket, reactor, INTEREST)
        };
        Self { io }
    }

    /// Binds a socket to a path, where nothing must be yet. On Linux, a path that begins with a zero byte is a name in the abstract
    /// namespace.
    ///
    /// # Errors
    ///
    /// The path exists already, or cannot be used.
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
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixDatagram::bind(&path)?;
    /// assert_eq!(socket.local_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let reactor = Reactor::current();
        let addr = SocketAddr::of_path(path.as_ref())?;
        let socket = net::UnixDatagram::bind_addr(&addr.0)?;
        socket.set_nonblocking(true)?;
        Ok(Self::new(socket, reactor, false))
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
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let (here, there) = UnixDatagram::pair()?;
    /// here.send(b"hello").await?;
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let reactor = Reactor::current();
        let (first, second) = net::UnixDatagram::pair()?;
        first.set_nonblocking(true)?;
        second.set_nonblocking(true)?;
        Ok((
            Self::new(first, Arc::clone(&reactor), false),
            Self::new(second, reactor, false),
        ))
    }

    /// Makes a socket without a name: it can send, and nobody can send to it unless it is connected.
    ///
    /// # Errors
    ///
    /// The system refuses the socket.
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
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let there = UnixDatagram::bind(&path)?;
    /// let here = UnixDatagram::unbound()?;
    /// here.send_to(b"hello", &path).await?;
    /// assert!(there.recv_from(&mut [0; 8]).await?.1.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn unbound() -> io::Result<Self> {
        let reactor = Reactor::current();
        let socket = net::UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self::new(socket, reactor, false))
    }

    /// Connects the socket: it sends to the socket at this path, and receives from no other one.
    ///
    /// # Errors
    ///
    /// There is no such socket, or it may not be used.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let there = UnixDatagram::bind(&path)?;
    /// let here = UnixDatagram::unbound()?;
    /// here.connect(&path)?;
    /// here.send(b"hello").await?;
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        let addr = SocketAddr::of_path(path.as_ref())?;
        self.io.io().connect_addr(&addr.0)
    }

    /// The address of the socket.
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
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let socket = UnixDatagram::bind(&path)?;
    /// assert_eq!(socket.local_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr().map(SocketAddr)
    }

    /// The address the socket is connected to.
    ///
    /// # Errors
    ///
    /// It is not connected.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let _there = UnixDatagram::bind(&path)?;
    /// let here = UnixDatagram::unbound()?;
    /// here.connect(&path)?;
    /// assert_eq!(here.peer_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr().map(SocketAddr)
    }

    /// Shuts down one direction or both: nothing more is sent or received.
    ///
    /// # Errors
    ///
    /// The socket is not connected.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// use std::net::Shutdown;
    ///
    /// let (here, _there) = UnixDatagram::pair()?;
    /// here.shutdown(Shutdown::Write)?;
    /// assert!(here.send(b"hello").await.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.io().shutdown(how)
    }

    /// Sends a datagram to the socket at a path.
    ///
    /// If the queue of that socket is full of what others have sent, the system does not say when there is room again; a connected
    /// socket ([`connect`](Self::connect)) hears of it.
    ///
    /// # Errors
    ///
    /// There is no such socket, the datagram is too long, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram is sent or not.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let there = UnixDatagram::bind(&path)?;
    /// let here = UnixDatagram::unbound()?;
    /// assert_eq!(here.send_to(b"hello", &path).await?, 5);
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        let addr = SocketAddr::of_path(target.as_ref())?;
        self.io
            .async_io(Interest::WRITABLE, |socket| {
                socket.send_to_addr(buf, &addr.0)
            })
            .await
    }

    /// Sends a datagram to the socket at a path. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let there = UnixDatagram::bind(&path)?;
    /// let here = UnixDatagram::unbound()?;
    /// std::future::poll_fn(|cx| here.poll_send_to(cx, b"hello", &path)).await?;
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>> {
        let addr = SocketAddr::of_path(target.as_ref())?;
        self.io.poll_io(cx, Side::Write, |socket, _| {
            socket.send_to_addr(buf, &addr.0)
        })
    }

    /// Sends a datagram to the socket at a path, without waiting.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixDatagram;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("socket");
    /// let there = UnixDatagram::bind(&path)?;
    /// let here = UnixDatagram::unbound()?;
    /// here.writable().await?;
    /// here.try_send_to(b"hello", &path)?;
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        let addr = SocketAddr::of_path(target.as_ref())?;
        self.io.try_io(Interest::WRITABLE, |socket| {
            socket.send_to_addr(buf, &addr.0)
        })
    }
}

shape::identity!(unix_datagram, UnixDatagram, net::UnixDatagram, "socket");
shape::readiness!(
    unix_datagram,
    UnixDatagram,
    "socket",
    "a datagram",
    "for a datagram"
);
datagram::methods!(
    unix_datagram,
    UnixDatagram,
    SocketAddr,
    SocketAddr::of_sender,
    "The other end has been closed, or the runtime is gone.",
    "the other end has been closed"
);
