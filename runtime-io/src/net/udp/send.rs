//! Sending datagrams.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use super::UdpSocket;
use crate::net::{ToSocketAddrs, addr};
use crate::reactor::{Interest, Side};

impl UdpSocket {
    /// Sends a datagram to an address; if it stands for several, to the first one.
    ///
    /// # Errors
    ///
    /// The datagram is too long, an error came back for an earlier one, or the runtime is gone. Or the address cannot be resolved.
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
    /// # use runtime_io::net::UdpSocket;
    /// let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(here.send_to(b"hello", there.local_addr()?).await?, 5);
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let target = addr::resolve(addr).await?.next().ok_or_else(addr::none)?;
        self.io
            .async_io(Interest::WRITABLE, |socket| socket.send_to(buf, target))
            .await
    }

    /// Sends a datagram to an address. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The datagram is too long, an error came back for an earlier one, or the runtime is gone.
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
    /// let address = there.local_addr()?;
    /// std::future::poll_fn(|cx| here.poll_send_to(cx, b"hello", address)).await?;
    /// assert_eq!(there.recv(&mut [0; 8]).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.io
            .poll_io(cx, Side::Write, |socket, _| socket.send_to(buf, target))
    }

    /// Sends a datagram to an address, without waiting.
    ///
    /// # Errors
    ///
    /// The datagram is too long, an error came back for an earlier one, or the runtime is gone. Or [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room.
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
    /// here.writable().await?;
    /// assert_eq!(here.try_send_to(b"hello", there.local_addr()?)?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |socket| socket.send_to(buf, target))
    }
}
