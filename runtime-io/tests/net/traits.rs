//! Auto traits of what users hold.

use std::panic::{RefUnwindSafe, UnwindSafe};

use runtime_io::async_fd::{AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard};
use runtime_io::net::tcp::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
use runtime_io::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixSocket,
    UnixStream, unix,
};
use runtime_io::reactor::{Interest, Reactor, Ready};

fn all<T: Send + Sync + Unpin>() {}
fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
fn future<T: Send>(_: T) {}

#[test]
fn auto_traits() {
    all::<TcpListener>();
    all::<TcpStream>();
    all::<TcpSocket>();
    all::<ReadHalf<'_>>();
    all::<WriteHalf<'_>>();
    all::<OwnedReadHalf>();
    all::<OwnedWriteHalf>();
    all::<ReuniteError>();
    all::<UdpSocket>();
    all::<UnixListener>();
    all::<UnixDatagram>();
    all::<UnixSocket>();
    all::<unix::pipe::Sender>();
    all::<unix::pipe::Receiver>();
    all::<unix::pipe::OpenOptions>();
    all::<unix::OwnedReadHalf>();
    all::<unix::OwnedWriteHalf>();
    all::<unix::SocketAddr>();
    all::<Interest>();
    all::<Ready>();
    all::<Reactor>();
    all::<AsyncFd<UnixStream>>();
    all::<AsyncFdReadyGuard<'_, UnixStream>>();
    all::<AsyncFdReadyMutGuard<'_, UnixStream>>();
    unwind_safe::<TcpListener>();
    unwind_safe::<TcpStream>();
    unwind_safe::<TcpSocket>();
    unwind_safe::<UdpSocket>();
    unwind_safe::<UnixListener>();
    unwind_safe::<UnixDatagram>();
    unwind_safe::<UnixSocket>();
    unwind_safe::<unix::pipe::Sender>();
    unwind_safe::<unix::pipe::Receiver>();
    unwind_safe::<UnixStream>();
    unwind_safe::<AsyncFd<UnixStream>>();
}

#[test]
fn futures_are_send_and_stay_small() {
    future(TcpListener::bind("127.0.0.1:0"));
    future(TcpStream::connect(("localhost", 80)));
    assert!(size_of::<TcpStream>() <= 48, "{}", size_of::<TcpStream>());
}
