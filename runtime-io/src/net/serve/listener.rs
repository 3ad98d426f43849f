//! What can be served.

use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll, Waker};

use runtime_core::coop;

use crate::net::tcp::{TcpListener, TcpStream};
use crate::net::unix::{SocketAddr, UnixListener, UnixStream};

/// A listener that [`serve`](super::serve()) can serve: [`TcpListener`] and [`UnixListener`]. The trait is sealed.
pub trait ServeListener: Sealed {}

/// What is asked of a listener.
pub trait Sealed: AsFd {
    /// A connection.
    type Stream;
    /// Who is at its other end.
    type Addr: Clone;

    /// Accepts a connection.
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Stream, Self::Addr)>>;

    /// Accepts a connection that is there already.
    fn accept_waiting(&self) -> Option<(Self::Stream, Self::Addr)> {
        let mut cx = Context::from_waker(Waker::noop());
        match coop::without_budget(|| self.poll_accept(&mut cx)) {
            Poll::Ready(Ok(connection)) => Some(connection),
            Poll::Ready(Err(_)) | Poll::Pending => None,
        }
    }
}

impl ServeListener for TcpListener {}

impl Sealed for TcpListener {
    type Stream = TcpStream;
    type Addr = std::net::SocketAddr;

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Self::Addr)>> {
        Self::poll_accept(self, cx)
    }
}

impl ServeListener for UnixListener {}

impl Sealed for UnixListener {
    type Stream = UnixStream;
    type Addr = SocketAddr;

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, Self::Addr)>> {
        Self::poll_accept(self, cx)
    }
}
