//! Datagrams.
//!
//! Sending and receiving is that of all sockets for datagrams ([`datagram`]). An error that came back for an earlier datagram (its port is closed, say) is the result of the next call.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use socket2::SockRef;

use super::{ToSocketAddrs, addr, datagram, shape};
use crate::reactor::{Evented, Interest, Reactor};

mod peek;
mod send;

/// A UDP socket.
///
/// It is bound to an address of this machine. It sends to and receives from any address, or, once connected, one of them. All methods take
/// a shared reference, so it can be used by several tasks at once.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::net::UdpSocket;
///
/// let server = UdpSocket::bind("127.0.0.1:0").await?;
/// let client = UdpSocket::bind("127.0.0.1:0").await?;
/// client.send_to(b"hello", server.local_addr()?).await?;
///
/// let mut buf = [0; 64];
/// let (count, peer) = server.recv_from(&mut buf).await?;
/// assert_eq!(&buf[..count], b"hello");
/// assert_eq!(peer, client.local_addr()?);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UdpSocket {
    io: Evented<std::net::UdpSocket>,
}

/// Both directions.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

impl UdpSocket {
    /// For a bound socket. `lent`: somebody may have a duplicate of the descriptor.
    fn new(socket: std::net::UdpSocket, reactor: Arc<Reactor>, lent: bool) -> Self {
        let io = if lent {
            Evented::from_outside(socket, reactor, INTEREST)
        } else {
            Evented::new(socket, reactor, INTEREST)
        };
        Self { io }
    }

    /// Binds a socket to an address. If it stands for several, the first one that can be used is taken. Port 0 lets the system choose.
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let mut last = None;
        for addr in addr::resolve(addr).await? {
            match Self::bind_one(addr) {
                Ok(socket) => return Ok(socket),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(addr::none))
    }

    fn bind_one(addr: SocketAddr) -> io::Result<Self> {
        let reactor = Reactor::current();
        let socket = std::net::UdpSocket::bind(addr)?;
        socket.set_nonblocking(true)?;
        Ok(Self::new(socket, reactor, false))
    }

    /// Connects the socket: it sends to this address, and receives from no other one.
    ///
    /// # Errors
    ///
    /// The address cannot be reached from here, or cannot be resolved.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the socket stays as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// here.connect(there.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        let mut last = None;
        for addr in addr::resolve(addr).await? {
            match self.io.io().connect(addr) {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(addr::none))
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.peer_addr().is_err());
    /// socket.connect("127.0.0.1:9").await?;
    /// assert_eq!(socket.peer_addr()?.port(), 9);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr()
    }

    /// May datagrams go to a whole network?
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(!socket.broadcast()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn broadcast(&self) -> io::Result<bool> {
        self.io.io().broadcast()
    }

    /// Allows datagrams to go to a whole network (`SO_BROADCAST`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_broadcast(true)?;
    /// assert_eq!(socket.broadcast()?, true);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.io.io().set_broadcast(on)
    }

    /// Do datagrams to a group come back to this machine?
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.multicast_loop_v4()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.io.io().multicast_loop_v4()
    }

    /// Lets datagrams to a group come back to this machine (`IP_MULTICAST_LOOP`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_multicast_loop_v4(false)?;
    /// assert_eq!(socket.multicast_loop_v4()?, false);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        self.io.io().set_multicast_loop_v4(on)
    }

    /// Through how many routers datagrams to a group may go.
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.multicast_ttl_v4()?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.io.io().multicast_ttl_v4()
    }

    /// Sets through how many routers datagrams to a group may go (`IP_MULTICAST_TTL`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_multicast_ttl_v4(7)?;
    /// assert_eq!(socket.multicast_ttl_v4()?, 7);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_multicast_ttl_v4(ttl)
    }

    /// Do datagrams to a group come back to this machine?
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("[::1]:0").await?;
    /// assert!(socket.multicast_loop_v6()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.io.io().multicast_loop_v6()
    }

    /// Lets datagrams to a group come back to this machine (`IPV6_MULTICAST_LOOP`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("[::1]:0").await?;
    /// socket.set_multicast_loop_v6(false)?;
    /// assert_eq!(socket.multicast_loop_v6()?, false);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        self.io.io().set_multicast_loop_v6(on)
    }

    /// Through how many routers datagrams may go.
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.ttl()? > 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets through how many routers datagrams may go (`IP_TTL`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_ttl(7)?;
    /// assert_eq!(socket.ttl()?, 7);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }

    /// The traffic class of datagrams sent over IPv6.
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("[::1]:0").await?;
    /// assert_eq!(socket.tclass_v6()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn tclass_v6(&self) -> io::Result<u32> {
        self.options().tclass_v6()
    }

    /// Sets the traffic class of datagrams sent over IPv6 (`IPV6_TCLASS`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("[::1]:0").await?;
    /// socket.set_tclass_v6(8)?;
    /// assert_eq!(socket.tclass_v6()?, 8);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
        self.options().set_tclass_v6(tclass)
    }

    /// The type of service of datagrams sent over IPv4.
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.tos_v4()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn tos_v4(&self) -> io::Result<u32> {
        self.options().tos_v4()
    }

    /// Sets the type of service of datagrams sent over IPv4 (`IP_TOS`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_tos_v4(8)?;
    /// assert_eq!(socket.tos_v4()?, 8);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
        self.options().set_tos_v4(tos)
    }

    /// The same as [`tos_v4`](Self::tos_v4).
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
    /// # use runtime_io::net::UdpSocket;
    /// # #[allow(deprecated)] {
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.tos()?, socket.tos_v4()?);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn tos(&self) -> io::Result<u32> {
        self.tos_v4()
    }

    /// The same as [`set_tos_v4`](Self::set_tos_v4).
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
    /// # use runtime_io::net::UdpSocket;
    /// # #[allow(deprecated)] {
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_tos(8)?;
    /// assert_eq!(socket.tos()?, 8);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_tos(&self, tos: u32) -> io::Result<()> {
        self.set_tos_v4(tos)
    }

    /// Joins a group, on the interface with the given address.
    ///
    /// # Errors
    ///
    /// The system refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// use std::net::Ipv4Addr;
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:0").await?;
    /// // A machine without a network has no interface for it.
    /// let _ = socket.join_multicast_v4(Ipv4Addr::new(224, 0, 0, 123), Ipv4Addr::LOCALHOST);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.io().join_multicast_v4(&group, &interface)
    }

    /// Joins a group, on the interface with the given index.
    ///
    /// # Errors
    ///
    /// The system refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("[::]:0").await?;
    /// // A machine without a network has no interface for it.
    /// let _ = socket.join_multicast_v6(&"ff02::123".parse().unwrap(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.io().join_multicast_v6(group, interface)
    }

    /// Leaves a group, on the interface with the given address.
    ///
    /// # Errors
    ///
    /// The system refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// use std::net::Ipv4Addr;
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:0").await?;
    /// let group = Ipv4Addr::new(224, 0, 0, 123);
    /// if socket.join_multicast_v4(group, Ipv4Addr::LOCALHOST).is_ok() {
    ///     socket.leave_multicast_v4(group, Ipv4Addr::LOCALHOST)?;
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.io().leave_multicast_v4(&group, &interface)
    }

    /// Leaves a group, on the interface with the given index.
    ///
    /// # Errors
    ///
    /// The system refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("[::]:0").await?;
    /// let group = "ff02::123".parse().unwrap();
    /// if socket.join_multicast_v6(&group, 0).is_ok() {
    ///     socket.leave_multicast_v6(&group, 0)?;
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.io().leave_multicast_v6(group, interface)
    }

    /// The network interface the socket is bound to (`SO_BINDTODEVICE`).
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
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.device()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        self.options().device()
    }

    /// Binds the socket to a network interface, or to none in particular (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// There is no such interface, or the system refuses the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// // Only a privileged process may.
    /// if socket.bind_device(Some(b"lo")).is_ok() {
    ///     assert_eq!(socket.device()?.as_deref(), Some(&b"lo"[..]));
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        self.options().bind_device(interface)
    }

    fn options(&self) -> SockRef<'_> {
        SockRef::from(self.io.io())
    }
}

shape::identity!(udp, UdpSocket, std::net::UdpSocket, "socket");
shape::readiness!(udp, UdpSocket, "socket", "a datagram", "for a datagram");
datagram::methods!(
    udp,
    UdpSocket,
    SocketAddr,
    peek::inet,
    "An error came back for an earlier datagram, or the runtime is gone.",
    "an error came back for an earlier one"
);
