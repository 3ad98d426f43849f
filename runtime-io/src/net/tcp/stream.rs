//! A TCP connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use runtime_core::coop;
use socket2::SockRef;

use super::TcpSocket;
use crate::io::ReadBuf;
use crate::net::byte_stream::{self, Short};
use crate::net::{ToSocketAddrs, addr, shape};
use crate::reactor::{Evented, Interest, Reactor, Ready};

/// A TCP connection.
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert_eq!(stream.peer_addr()?, address);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
    ///
    /// The peer is looked for first: on the same machine it is there by now, and the kernel need not be told of the socket yet. Not so after
    /// the runtime has ended, where the registration says so.
    pub(super) async fn connected(&self) -> io::Result<()> {
        coop::consume_budget().await;
        if !self.io.reactor().is_shut_down() && self.peer_addr().is_ok() {
            return Ok(());
        }
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
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert!(stream.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
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
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert_eq!(stream.peer_addr()?, address);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr()
    }

    /// Reads without taking the data out of the connection, and advances `buf`. Returns how many bytes there were.
    ///
    /// Of several tasks that call this, or one of the other `poll_*` methods for reading, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The connection is broken, or the runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
    /// # let mut stream = TcpStream::connect(address).await?;
    /// # let mut peer = listener.accept().await?.0;
    /// # use runtime_io::io::ReadBuf;
    /// peer.write_all(b"hello").await?;
    /// let mut buf = [0; 8];
    /// let count = std::future::poll_fn(|cx| stream.poll_peek(cx, &mut ReadBuf::new(&mut buf))).await?;
    /// assert_eq!(&buf[..count], b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// # use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
    /// # let mut stream = TcpStream::connect(address).await?;
    /// # let mut peer = listener.accept().await?.0;
    /// peer.write_all(b"hello").await?;
    /// let mut buf = [0; 5];
    /// assert_eq!(stream.peek(&mut buf).await?, 5);
    /// // It is still there.
    /// stream.read_exact(&mut buf).await?;
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, |stream| stream.peek(buf))
            .await
    }

    /// Are small segments sent at once?
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
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert!(!stream.nodelay()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.io().nodelay()
    }

    /// Sends small segments at once instead of collecting them (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// stream.set_nodelay(true)?;
    /// assert!(stream.nodelay()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.io().set_nodelay(nodelay)
    }

    /// Are acknowledgements sent at once?
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
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// let _ = stream.quickack()?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn quickack(&self) -> io::Result<bool> {
        self.options().tcp_quickack()
    }

    /// Sends acknowledgements at once, until the system decides otherwise (`TCP_QUICKACK`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// stream.set_quickack(true)?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        self.options().set_tcp_quickack(quickack)
    }

    /// How long closing the connection waits until what was sent has been received.
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
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert_eq!(stream.linger()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.options().linger()
    }

    /// Lets closing the connection wait until what was sent has been received, at most for `duration` (`SO_LINGER`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::time::Duration;
    /// # #[allow(deprecated)] {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// stream.set_linger(Some(Duration::ZERO))?;
    /// assert_eq!(stream.linger()?, Some(Duration::ZERO));
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[deprecated = "closing the connection would block a thread of the runtime; to reset it use `set_zero_linger`"]
    pub fn set_linger(&self, duration: Option<Duration>) -> io::Result<()> {
        self.options().set_linger(duration)
    }

    /// Makes closing the connection reset it: unsent data are dropped, and nothing lingers.
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::time::Duration;
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// stream.set_zero_linger()?;
    /// assert_eq!(stream.linger()?, Some(Duration::ZERO));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.options().set_linger(Some(Duration::ZERO))
    }

    /// Through how many routers packets may go.
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
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert!(stream.ttl()? > 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets through how many routers packets may go (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// The system refuses the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// stream.set_ttl(7)?;
    /// assert_eq!(stream.ttl()?, 7);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }

    fn options(&self) -> SockRef<'_> {
        SockRef::from(self.io.io())
    }
}

shape::identity!(tcp, TcpStream, std::net::TcpStream, "connection");
shape::readiness!(
    tcp,
    TcpStream,
    "connection",
    "something to read, or the end of it",
    "to write"
);
shape::byte_stream!(tcp, TcpStream, Short::Drained);
