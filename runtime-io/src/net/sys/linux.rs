//! Linux: the flags of a new descriptor are set by the call that makes it.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::net::{SendFlags, SocketFlags, acceptfrom_with};
use rustix::pipe::{PipeFlags, pipe_with};
use socket2::{Domain, Socket, Type};

pub(in crate::net) const SEND: SendFlags = SendFlags::NOSIGNAL;

pub(in crate::net) fn stream_socket(domain: Domain) -> io::Result<Socket> {
    // Close-on-exec is what socket2 always asks for.
    Socket::new(domain, Type::STREAM.nonblocking(), None)
}

pub(in crate::net) fn datagram_socket(domain: Domain) -> io::Result<Socket> {
    Socket::new(domain, Type::DGRAM.nonblocking(), None)
}

pub(in crate::net) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?)
}

pub(in crate::net) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let (fd, peer) = rustix::io::retry_on_intr(|| acceptfrom_with(listener, flags))?;
    let stream = TcpStream::from(fd);
    let peer = match peer.map(SocketAddr::try_from) {
        Some(Ok(peer)) => peer,
        _ => stream.peer_addr()?,
    };
    Ok((stream, peer))
}
