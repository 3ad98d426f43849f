//! Unix sockets and pipes.

use std::fmt::Debug;
use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::path::Path;
use std::task::{Context, Poll};

use bytes::BufMut;
use heist::io::{self, AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use heist::net::unix::pipe::{self, OpenOptions, Receiver, Sender};
use heist::net::unix::{
    OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, SocketAddr, UCred, WriteHalf,
};
use heist::net::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

methods! { UnixDatagram =>
    async fn ready [] (this: &UnixDatagram, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &UnixDatagram) -> io::Result<()>;
    fn poll_send_ready [] (this: &UnixDatagram, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    async fn readable [] (this: &UnixDatagram) -> io::Result<()>;
    fn poll_recv_ready [] (this: &UnixDatagram, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn bind [P: AsRef<Path>] (path: P) -> io::Result<UnixDatagram>;
    fn pair [] () -> io::Result<(UnixDatagram, UnixDatagram)>;
    fn from_std [] (datagram: std::os::unix::net::UnixDatagram) -> io::Result<UnixDatagram>;
    fn into_std [] (this: UnixDatagram) -> io::Result<std::os::unix::net::UnixDatagram>;
    fn unbound [] () -> io::Result<UnixDatagram>;
    fn connect [P: AsRef<Path>] (this: &UnixDatagram, path: P) -> io::Result<()>;
    async fn send [] (this: &UnixDatagram, buf: &[u8]) -> io::Result<usize>;
    fn try_send [] (this: &UnixDatagram, buf: &[u8]) -> io::Result<usize>;
    fn try_send_to [P: AsRef<Path>] (this: &UnixDatagram, buf: &[u8], target: P) -> io::Result<usize>;
    async fn recv [] (this: &UnixDatagram, buf: &mut [u8]) -> io::Result<usize>;
    fn try_recv [] (this: &UnixDatagram, buf: &mut [u8]) -> io::Result<usize>;
    fn try_recv_buf_from [B: BufMut] (this: &UnixDatagram, buf: &mut B) -> io::Result<(usize, SocketAddr)>;
    async fn recv_buf_from [B: BufMut] (this: &UnixDatagram, buf: &mut B) -> io::Result<(usize, SocketAddr)>;
    fn try_recv_buf [B: BufMut] (this: &UnixDatagram, buf: &mut B) -> io::Result<usize>;
    async fn recv_buf [B: BufMut] (this: &UnixDatagram, buf: &mut B) -> io::Result<usize>;
    async fn send_to [P: AsRef<Path>] (this: &UnixDatagram, buf: &[u8], target: P) -> io::Result<usize>;
    async fn recv_from [] (this: &UnixDatagram, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn poll_recv_from [] (this: &UnixDatagram, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>>;
    fn poll_send_to [P: AsRef<Path>] (this: &UnixDatagram, cx: &mut Context<'_>, buf: &[u8], target: P) -> Poll<io::Result<usize>>;
    fn poll_send [] (this: &UnixDatagram, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>;
    fn poll_recv [] (this: &UnixDatagram, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>>;
    fn try_recv_from [] (this: &UnixDatagram, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn try_io [R] (this: &UnixDatagram, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    async fn async_io [R] (this: &UnixDatagram, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R>;
    fn local_addr [] (this: &UnixDatagram) -> io::Result<SocketAddr>;
    fn peer_addr [] (this: &UnixDatagram) -> io::Result<SocketAddr>;
    fn take_error [] (this: &UnixDatagram) -> io::Result<Option<io::Error>>;
    fn shutdown [] (this: &UnixDatagram, how: Shutdown) -> io::Result<()>;
}

methods! { UnixListener =>
    fn bind [P: AsRef<Path>] (path: P) -> io::Result<UnixListener>;
    fn bind_addr [] (socket_addr: &SocketAddr) -> io::Result<UnixListener>;
    fn from_std [] (listener: std::os::unix::net::UnixListener) -> io::Result<UnixListener>;
    fn into_std [] (this: UnixListener) -> io::Result<std::os::unix::net::UnixListener>;
    fn local_addr [] (this: &UnixListener) -> io::Result<SocketAddr>;
    fn take_error [] (this: &UnixListener) -> io::Result<Option<io::Error>>;
    async fn accept [] (this: &UnixListener) -> io::Result<(UnixStream, SocketAddr)>;
    fn poll_accept [] (this: &UnixListener, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>>;
}

methods! { OpenOptions =>
    fn new [] () -> OpenOptions;
    fn read_write [] (this: &mut OpenOptions, value: bool) -> &mut OpenOptions;
    fn unchecked [] (this: &mut OpenOptions, value: bool) -> &mut OpenOptions;
    fn open_receiver [P: AsRef<Path>] (this: &OpenOptions, path: P) -> io::Result<Receiver>;
    fn open_sender [P: AsRef<Path>] (this: &OpenOptions, path: P) -> io::Result<Sender>;
}

methods! { Sender =>
    fn from_file [] (file: File) -> io::Result<Sender>;
    fn from_owned_fd [] (owned_fd: OwnedFd) -> io::Result<Sender>;
    fn from_file_unchecked [] (file: File) -> io::Result<Sender>;
    fn from_owned_fd_unchecked [] (owned_fd: OwnedFd) -> io::Result<Sender>;
    async fn ready [] (this: &Sender, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &Sender) -> io::Result<()>;
    fn poll_write_ready [] (this: &Sender, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_write [] (this: &Sender, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &Sender, buf: &[IoSlice<'_>]) -> io::Result<usize>;
    fn try_io [R] (this: &Sender, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    fn into_blocking_fd [] (this: Sender) -> io::Result<OwnedFd>;
    fn into_nonblocking_fd [] (this: Sender) -> io::Result<OwnedFd>;
}

methods! { Receiver =>
    fn from_file [] (file: File) -> io::Result<Receiver>;
    fn from_owned_fd [] (owned_fd: OwnedFd) -> io::Result<Receiver>;
    fn from_file_unchecked [] (file: File) -> io::Result<Receiver>;
    fn from_owned_fd_unchecked [] (owned_fd: OwnedFd) -> io::Result<Receiver>;
    async fn ready [] (this: &Receiver, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &Receiver) -> io::Result<()>;
    fn poll_read_ready [] (this: &Receiver, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_read [] (this: &Receiver, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_vectored [] (this: &Receiver, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn try_io [R] (this: &Receiver, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    fn try_read_buf [B: BufMut] (this: &Receiver, buf: &mut B) -> io::Result<usize>;
    fn into_blocking_fd [] (this: Receiver) -> io::Result<OwnedFd>;
    fn into_nonblocking_fd [] (this: Receiver) -> io::Result<OwnedFd>;
}

methods! { UnixSocket =>
    fn new_datagram [] () -> io::Result<UnixSocket>;
    fn new_stream [] () -> io::Result<UnixSocket>;
    fn bind [] (this: &UnixSocket, path: impl AsRef<Path>) -> io::Result<()>;
    fn listen [] (this: UnixSocket, backlog: u32) -> io::Result<UnixListener>;
    async fn connect [] (this: UnixSocket, path: impl AsRef<Path>) -> io::Result<UnixStream>;
    fn datagram [] (this: UnixSocket) -> io::Result<UnixDatagram>;
}

methods! { SocketAddr =>
    fn is_unnamed [] (this: &SocketAddr) -> bool;
    fn as_pathname [] (this: &SocketAddr) -> Option<&Path>;
    fn as_abstract_name [] (this: &SocketAddr) -> Option<&[u8]>;
}

methods! { ReadHalf<'_> =>
    async fn ready [] (this: &ReadHalf<'_>, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &ReadHalf<'_>) -> io::Result<()>;
    fn try_read [] (this: &ReadHalf<'_>, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_buf [B: BufMut] (this: &ReadHalf<'_>, buf: &mut B) -> io::Result<usize>;
    fn try_read_vectored [] (this: &ReadHalf<'_>, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn peer_addr [] (this: &ReadHalf<'_>) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &ReadHalf<'_>) -> io::Result<SocketAddr>;
}

methods! { WriteHalf<'_> =>
    async fn ready [] (this: &WriteHalf<'_>, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &WriteHalf<'_>) -> io::Result<()>;
    fn try_write [] (this: &WriteHalf<'_>, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &WriteHalf<'_>, buf: &[IoSlice<'_>]) -> io::Result<usize>;
    fn peer_addr [] (this: &WriteHalf<'_>) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &WriteHalf<'_>) -> io::Result<SocketAddr>;
}

methods! { OwnedReadHalf =>
    fn reunite [] (this: OwnedReadHalf, other: OwnedWriteHalf) -> Result<UnixStream, ReuniteError>;
    async fn ready [] (this: &OwnedReadHalf, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &OwnedReadHalf) -> io::Result<()>;
    fn try_read [] (this: &OwnedReadHalf, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_buf [B: BufMut] (this: &OwnedReadHalf, buf: &mut B) -> io::Result<usize>;
    fn try_read_vectored [] (this: &OwnedReadHalf, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn peer_addr [] (this: &OwnedReadHalf) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &OwnedReadHalf) -> io::Result<SocketAddr>;
}

methods! { OwnedWriteHalf =>
    fn reunite [] (this: OwnedWriteHalf, other: OwnedReadHalf) -> Result<UnixStream, ReuniteError>;
    fn forget [] (this: OwnedWriteHalf) -> ();
    async fn ready [] (this: &OwnedWriteHalf, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &OwnedWriteHalf) -> io::Result<()>;
    fn try_write [] (this: &OwnedWriteHalf, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &OwnedWriteHalf, buf: &[IoSlice<'_>]) -> io::Result<usize>;
    fn peer_addr [] (this: &OwnedWriteHalf) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &OwnedWriteHalf) -> io::Result<SocketAddr>;
}

methods! { UnixStream =>
    async fn connect [P: AsRef<Path>] (path: P) -> io::Result<UnixStream>;
    async fn connect_addr [] (socket_addr: &SocketAddr) -> io::Result<UnixStream>;
    async fn ready [] (this: &UnixStream, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &UnixStream) -> io::Result<()>;
    fn poll_read_ready [] (this: &UnixStream, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_read [] (this: &UnixStream, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_vectored [] (this: &UnixStream, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn try_read_buf [B: BufMut] (this: &UnixStream, buf: &mut B) -> io::Result<usize>;
    async fn writable [] (this: &UnixStream) -> io::Result<()>;
    fn poll_write_ready [] (this: &UnixStream, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_write [] (this: &UnixStream, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &UnixStream, buf: &[IoSlice<'_>]) -> io::Result<usize>;
    fn try_io [R] (this: &UnixStream, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    async fn async_io [R] (this: &UnixStream, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R>;
    fn from_std [] (stream: std::os::unix::net::UnixStream) -> io::Result<UnixStream>;
    fn into_std [] (this: UnixStream) -> io::Result<std::os::unix::net::UnixStream>;
    fn pair [] () -> io::Result<(UnixStream, UnixStream)>;
    fn local_addr [] (this: &UnixStream) -> io::Result<SocketAddr>;
    fn peer_addr [] (this: &UnixStream) -> io::Result<SocketAddr>;
    fn peer_cred [] (this: &UnixStream) -> io::Result<UCred>;
    fn take_error [] (this: &UnixStream) -> io::Result<Option<io::Error>>;
    fn split ['a] (this: &'a mut UnixStream) -> (ReadHalf<'a>, WriteHalf<'a>);
    fn into_split [] (this: UnixStream) -> (OwnedReadHalf, OwnedWriteHalf);
}

methods! { UCred =>
    fn uid [] (this: &UCred) -> heist::net::unix::uid_t;
    fn gid [] (this: &UCred) -> heist::net::unix::gid_t;
    fn pid [] (this: &UCred) -> Option<heist::net::unix::pid_t>;
}

functions! {
    fn pipe::pipe [] () -> io::Result<(Sender, Receiver)>;
}

implements! {
    [] UnixDatagram: (TryFrom<std::os::unix::net::UnixDatagram, Error = io::Error> + Debug + AsRawFd + AsFd);
    [] UnixListener: (TryFrom<std::os::unix::net::UnixListener, Error = io::Error> + Debug + AsRawFd + AsFd);
    [] UnixStream: (TryFrom<std::os::unix::net::UnixStream, Error = io::Error> + AsyncRead + AsyncWrite + Debug + AsRawFd + AsFd + AsRef<UnixStream>);
    [] UnixSocket: (Debug + AsRawFd + AsFd + FromRawFd + IntoRawFd);
    [] SocketAddr: (Debug + Clone + From<std::os::unix::net::SocketAddr>);
    [] std::os::unix::net::SocketAddr: (From<SocketAddr>);
    [] UCred: (Copy + Eq + std::hash::Hash + Debug);
    [] ReadHalf<'_>: (AsyncRead + AsRef<UnixStream> + Debug);
    [] WriteHalf<'_>: (AsyncWrite + AsRef<UnixStream> + Debug);
    [] OwnedReadHalf: (AsyncRead + AsRef<UnixStream> + Debug);
    [] OwnedWriteHalf: (AsyncWrite + AsRef<UnixStream> + Debug);
    [] ReuniteError: (std::error::Error);
    [] OpenOptions: (Default + Clone + Debug);
    [] Sender: (AsyncWrite + AsRawFd + AsFd + Debug);
    [] Receiver: (AsyncRead + AsRawFd + AsFd + Debug);
}

const _: fn(ReuniteError) -> (OwnedReadHalf, OwnedWriteHalf) = |error| (error.0, error.1);
