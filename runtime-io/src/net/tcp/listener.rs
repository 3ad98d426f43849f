//! A TCP socket that accepts connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::Handle;

use super::{TcpSocket, TcpStream};
use crate::net::backoff::Backoff;
use crate::net::{ToSocketAddrs, addr, shape, sys};
use crate::reactor::{Evented, Interest, Reactor, Side};

/// A TCP socket that accepts connections.
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
/// let addr = listener.local_addr()?;
/// let client = runtime_core::spawn(async move { TcpStream::connect(addr).await });
/// let (_stream, peer) = listener.accept().await?;
/// assert_eq!(peer, client.await.unwrap()?.local_addr()?);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpListener {
    io: Evented<std::net::TcpListener>,
    backoff: Backoff,
}

/// How many connections may wait to be accepted, unless a [`TcpSocket`] says otherwise.
const BACKLOG: u32 = 1024;

impl TcpListener {
    /// For a listening socket. `lent`: somebody may have a duplicate of the descriptor.
    #[track_caller]
    pub(super) fn new(listener: std::net::TcpListener, reactor: Arc<Reactor>, lent: bool) -> Self {
        let io = if lent {
            Evented::from_outside(listener, reactor, Interest::READABLE)
        } else {
            Evented::new(listener, reactor, Interest::READABLE)
        };
        Self {
            io,
            backoff: Backoff::new(Handle::current()),
        }
    }

    /// Listens at an address. If it stands for several, the first one that can be used is taken. Port 0 lets the system choose a port.
    ///
    /// An address on which connections of an earlier listener still linger can be used (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// No address can be used; the error is that of the last one. Or the address cannot be resolved.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what was bound is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let mut last = None;
        for addr in addr::resolve(addr).await? {
            match Self::bind_one(addr) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(addr::none))
    }

    fn bind_one(addr: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::for_addr(addr)?;
        socket.set_reuseaddr(true)?;
        socket.bind(addr)?;
        socket.listen(BACKLOG)
    }

    /// Accepts a connection, waiting for one if need be. Any number of tasks may do so at once.
    ///
    /// # Errors
    ///
    /// The connection was given up by its peer, or the process or the system is out of file descriptors or memory. The listener
    /// is as good as before, so a server goes on. After an error of the second kind the next call waits a little first, from 5 ms to 1 s,
    /// so that a loop that just goes on leaves time for the rest of the program ([`Reactor::accept_backoffs`] counts them).
    ///
    /// Also if the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no connection is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (_stream, peer) = listener.accept().await?;
    /// assert_eq!(peer, client.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.backoff.wait().await;
        let result = self.io.async_io(Interest::READABLE, sys::accept).await;
        self.finish(result)
    }

    /// Accepts a connection. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{TcpListener, TcpStream};
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let _client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (_stream, _peer) = std::future::poll_fn(|cx| listener.poll_accept(cx)).await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        ready!(self.backoff.poll(cx));
        let accepted = self
            .io
            .poll_io(cx, Side::Read, |listener, _| sys::accept(listener));
        accepted.map(|result| self.finish(result))
    }

    fn finish(
        &self,
        result: io::Result<(std::net::TcpStream, SocketAddr)>,
    ) -> io::Result<(TcpStream, SocketAddr)> {
        let reactor = self.io.reactor();
        if self.backoff.note(&result) {
            reactor.count_accept_backoff();
        }
        let (stream, peer) = result?;
        Ok((TcpStream::new(stream, Arc::clone(reactor), false), peer))
    }

    /// The address at which this listens.
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
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// assert!(listener.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
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
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// assert!(listener.ttl()? > 0);
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
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// listener.set_ttl(7)?;
    /// assert_eq!(listener.ttl()?, 7);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }
}

shape::identity!(tcp_listener, TcpListener, std::net::TcpListener, "listener");
