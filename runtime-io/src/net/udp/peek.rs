//! Looking at datagrams before they are received.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, SocketAddrAny};

use super::UdpSocket;
use crate::io::ReadBuf;
use crate::net::receive::{receive, receive_from};
use crate::reactor::{Interest, Side};

impl UdpSocket {
    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Returns its length.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let mut buf = [0; 8];
    /// assert_eq!(there.peek(&mut buf).await?, 5);
    /// // It is still there.
    /// assert_eq!(there.recv(&mut buf).await?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.peek(buf))
            .await
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Advances `buf`. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::ReadBuf;
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let mut buf = [0; 8];
    /// let mut buf = ReadBuf::new(&mut buf);
    /// std::future::poll_fn(|cx| there.poll_peek(cx, &mut buf)).await?;
    /// assert_eq!(buf.filled(), b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = ready!(self.io.poll_io(cx, Side::Read, |socket, _| receive(
            socket,
            buf,
            RecvFlags::PEEK
        )))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`peek`](Self::peek), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let mut buf = [0; 8];
    /// there.readable().await?;
    /// assert_eq!(there.try_peek(&mut buf)?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |socket| socket.peek(buf))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Returns its length and its sender.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let mut buf = [0; 8];
    /// let (count, sender) = there.peek_from(&mut buf).await?;
    /// assert_eq!((count, sender), (5, here.local_addr()?));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.peek_from(buf))
            .await
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Advances `buf` and returns the sender. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::ReadBuf;
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let mut buf = [0; 8];
    /// let mut buf = ReadBuf::new(&mut buf);
    /// let sender = std::future::poll_fn(|cx| there.poll_peek_from(cx, &mut buf)).await?;
    /// assert_eq!(sender, here.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let (count, sender) = ready!(self.io.poll_io(cx, Side::Read, |socket, _| receive_from(
            socket,
            buf,
            RecvFlags::PEEK
        )))?;
        buf.advance(count);
        Poll::Ready(inet(sender))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`peek_from`](Self::peek_from), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let mut buf = [0; 8];
    /// there.readable().await?;
    /// assert_eq!(there.try_peek_from(&mut buf)?, (5, here.local_addr()?));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .try_io(Interest::READABLE, |socket| socket.peek_from(buf))
    }

    /// Who sent the next datagram, which stays.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// assert_eq!(there.peek_sender().await?, here.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.async_io(Interest::READABLE, peek_sender).await
    }

    /// Who sent the next datagram, which stays. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// let sender = std::future::poll_fn(|cx| there.poll_peek_sender(cx)).await?;
    /// assert_eq!(sender, here.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io
            .poll_io(cx, Side::Read, |socket, _| peek_sender(socket))
    }

    /// Who sent the next datagram, which stays. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`peek_sender`](Self::peek_sender), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UdpSocket;
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// # let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// # here.connect(there.local_addr()?).await?;
    /// # there.connect(here.local_addr()?).await?;
    /// here.send(b"hello").await?;
    /// there.readable().await?;
    /// assert_eq!(there.try_peek_sender()?, here.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.try_io(Interest::READABLE, peek_sender)
    }
}

fn peek_sender(socket: &std::net::UdpSocket) -> io::Result<SocketAddr> {
    let (_, _, sender) = rustix::net::recvfrom(socket, &mut [0_u8; 0][..], RecvFlags::PEEK)?;
    inet(sender)
}

/// The sender of a datagram, which on an internet socket has an internet address.
pub(super) fn inet(sender: Option<SocketAddrAny>) -> io::Result<SocketAddr> {
    sender
        .and_then(|sender| sender.try_into().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}
