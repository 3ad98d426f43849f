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
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |socket| socket.send_to(buf, target))
    }
}
