//! TCP and UDP.

use std::fmt::Debug;
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;
use heist::io::{self, AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use heist::net::tcp::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
use heist::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, UdpSocket, lookup_host};

methods! { TcpListener =>
    async fn bind [A: ToSocketAddrs] (addr: A) -> io::Result<TcpListener>;
    async fn accept [] (this: &TcpListener) -> io::Result<(TcpStream, SocketAddr)>;
    fn poll_accept [] (this: &TcpListener, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>>;
    fn from_std [] (listener: std::net::TcpListener) -> io::Result<TcpListener>;
    fn into_std [] (this: TcpListener) -> io::Result<std::net::TcpListener>;
    fn local_addr [] (this: &TcpListener) -> io::Result<SocketAddr>;
    fn ttl [] (this: &TcpListener) -> io::Result<u32>;
    fn set_ttl [] (this: &TcpListener, ttl: u32) -> io::Result<()>;
}

methods! { TcpSocket =>
    fn new_v4 [] () -> io::Result<TcpSocket>;
    fn new_v6 [] () -> io::Result<TcpSocket>;
    fn set_keepalive [] (this: &TcpSocket, keepalive: bool) -> io::Result<()>;
    fn keepalive [] (this: &TcpSocket) -> io::Result<bool>;
    fn set_reuseaddr [] (this: &TcpSocket, reuseaddr: bool) -> io::Result<()>;
    fn reuseaddr [] (this: &TcpSocket) -> io::Result<bool>;
    fn set_reuseport [] (this: &TcpSocket, reuseport: bool) -> io::Result<()>;
    fn reuseport [] (this: &TcpSocket) -> io::Result<bool>;
    fn set_send_buffer_size [] (this: &TcpSocket, size: u32) -> io::Result<()>;
    fn send_buffer_size [] (this: &TcpSocket) -> io::Result<u32>;
    fn set_recv_buffer_size [] (this: &TcpSocket, size: u32) -> io::Result<()>;
    fn recv_buffer_size [] (this: &TcpSocket) -> io::Result<u32>;
    fn set_linger [] (this: &TcpSocket, dur: Option<Duration>) -> io::Result<()>;
    fn set_zero_linger [] (this: &TcpSocket) -> io::Result<()>;
    fn linger [] (this: &TcpSocket) -> io::Result<Option<Duration>>;
    fn set_nodelay [] (this: &TcpSocket, nodelay: bool) -> io::Result<()>;
    fn nodelay [] (this: &TcpSocket) -> io::Result<bool>;
    fn tclass_v6 [] (this: &TcpSocket) -> io::Result<u32>;
    fn set_tclass_v6 [] (this: &TcpSocket, tclass: u32) -> io::Result<()>;
    fn tos_v4 [] (this: &TcpSocket) -> io::Result<u32>;
    fn tos [] (this: &TcpSocket) -> io::Result<u32>;
    fn set_tos_v4 [] (this: &TcpSocket, tos: u32) -> io::Result<()>;
    fn set_tos [] (this: &TcpSocket, tos: u32) -> io::Result<()>;
    fn device [] (this: &TcpSocket) -> io::Result<Option<Vec<u8>>>;
    fn bind_device [] (this: &TcpSocket, interface: Option<&[u8]>) -> io::Result<()>;
    fn local_addr [] (this: &TcpSocket) -> io::Result<SocketAddr>;
    fn take_error [] (this: &TcpSocket) -> io::Result<Option<io::Error>>;
    fn bind [] (this: &TcpSocket, addr: SocketAddr) -> io::Result<()>;
    async fn connect [] (this: TcpSocket, addr: SocketAddr) -> io::Result<TcpStream>;
    fn listen [] (this: TcpSocket, backlog: u32) -> io::Result<TcpListener>;
    fn from_std_stream [] (std_stream: std::net::TcpStream) -> TcpSocket;
}

methods! { ReadHalf<'_> =>
    fn poll_peek [] (this: &mut ReadHalf<'_>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>>;
    async fn peek [] (this: &mut ReadHalf<'_>, buf: &mut [u8]) -> io::Result<usize>;
    async fn ready [] (this: &ReadHalf<'_>, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &ReadHalf<'_>) -> io::Result<()>;
    fn try_read [] (this: &ReadHalf<'_>, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_vectored [] (this: &ReadHalf<'_>, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn try_read_buf [B: BufMut] (this: &ReadHalf<'_>, buf: &mut B) -> io::Result<usize>;
    fn peer_addr [] (this: &ReadHalf<'_>) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &ReadHalf<'_>) -> io::Result<SocketAddr>;
}

methods! { WriteHalf<'_> =>
    async fn ready [] (this: &WriteHalf<'_>, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &WriteHalf<'_>) -> io::Result<()>;
    fn try_write [] (this: &WriteHalf<'_>, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &WriteHalf<'_>, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
    fn peer_addr [] (this: &WriteHalf<'_>) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &WriteHalf<'_>) -> io::Result<SocketAddr>;
}

methods! { OwnedReadHalf =>
    fn reunite [] (this: OwnedReadHalf, other: OwnedWriteHalf) -> Result<TcpStream, ReuniteError>;
    fn poll_peek [] (this: &mut OwnedReadHalf, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>>;
    async fn peek [] (this: &mut OwnedReadHalf, buf: &mut [u8]) -> io::Result<usize>;
    async fn ready [] (this: &OwnedReadHalf, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &OwnedReadHalf) -> io::Result<()>;
    fn try_read [] (this: &OwnedReadHalf, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_vectored [] (this: &OwnedReadHalf, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn try_read_buf [B: BufMut] (this: &OwnedReadHalf, buf: &mut B) -> io::Result<usize>;
    fn peer_addr [] (this: &OwnedReadHalf) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &OwnedReadHalf) -> io::Result<SocketAddr>;
}

methods! { OwnedWriteHalf =>
    fn reunite [] (this: OwnedWriteHalf, other: OwnedReadHalf) -> Result<TcpStream, ReuniteError>;
    fn forget [] (this: OwnedWriteHalf) -> ();
    async fn ready [] (this: &OwnedWriteHalf, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &OwnedWriteHalf) -> io::Result<()>;
    fn try_write [] (this: &OwnedWriteHalf, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &OwnedWriteHalf, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
    fn peer_addr [] (this: &OwnedWriteHalf) -> io::Result<SocketAddr>;
    fn local_addr [] (this: &OwnedWriteHalf) -> io::Result<SocketAddr>;
}

methods! { TcpStream =>
    async fn connect [A: ToSocketAddrs] (addr: A) -> io::Result<TcpStream>;
    fn from_std [] (stream: std::net::TcpStream) -> io::Result<TcpStream>;
    fn into_std [] (this: TcpStream) -> io::Result<std::net::TcpStream>;
    fn local_addr [] (this: &TcpStream) -> io::Result<SocketAddr>;
    fn take_error [] (this: &TcpStream) -> io::Result<Option<io::Error>>;
    fn peer_addr [] (this: &TcpStream) -> io::Result<SocketAddr>;
    fn poll_peek [] (this: &TcpStream, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>>;
    async fn ready [] (this: &TcpStream, interest: Interest) -> io::Result<Ready>;
    async fn readable [] (this: &TcpStream) -> io::Result<()>;
    fn poll_read_ready [] (this: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_read [] (this: &TcpStream, buf: &mut [u8]) -> io::Result<usize>;
    fn try_read_vectored [] (this: &TcpStream, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn try_read_buf [B: BufMut] (this: &TcpStream, buf: &mut B) -> io::Result<usize>;
    async fn writable [] (this: &TcpStream) -> io::Result<()>;
    fn poll_write_ready [] (this: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_write [] (this: &TcpStream, buf: &[u8]) -> io::Result<usize>;
    fn try_write_vectored [] (this: &TcpStream, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
    fn try_io [R] (this: &TcpStream, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    async fn async_io [R] (this: &TcpStream, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R>;
    async fn peek [] (this: &TcpStream, buf: &mut [u8]) -> io::Result<usize>;
    fn nodelay [] (this: &TcpStream) -> io::Result<bool>;
    fn set_nodelay [] (this: &TcpStream, nodelay: bool) -> io::Result<()>;
    fn quickack [] (this: &TcpStream) -> io::Result<bool>;
    fn set_quickack [] (this: &TcpStream, quickack: bool) -> io::Result<()>;
    fn linger [] (this: &TcpStream) -> io::Result<Option<Duration>>;
    fn set_linger [] (this: &TcpStream, dur: Option<Duration>) -> io::Result<()>;
    fn set_zero_linger [] (this: &TcpStream) -> io::Result<()>;
    fn ttl [] (this: &TcpStream) -> io::Result<u32>;
    fn set_ttl [] (this: &TcpStream, ttl: u32) -> io::Result<()>;
    fn split ['a] (this: &'a mut TcpStream) -> (ReadHalf<'a>, WriteHalf<'a>);
    fn into_split [] (this: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf);
}

methods! { UdpSocket =>
    async fn bind [A: ToSocketAddrs] (addr: A) -> io::Result<UdpSocket>;
    fn from_std [] (socket: std::net::UdpSocket) -> io::Result<UdpSocket>;
    fn into_std [] (this: UdpSocket) -> io::Result<std::net::UdpSocket>;
    fn local_addr [] (this: &UdpSocket) -> io::Result<SocketAddr>;
    fn peer_addr [] (this: &UdpSocket) -> io::Result<SocketAddr>;
    async fn connect [A: ToSocketAddrs] (this: &UdpSocket, addr: A) -> io::Result<()>;
    async fn ready [] (this: &UdpSocket, interest: Interest) -> io::Result<Ready>;
    async fn writable [] (this: &UdpSocket) -> io::Result<()>;
    fn poll_send_ready [] (this: &UdpSocket, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    async fn send [] (this: &UdpSocket, buf: &[u8]) -> io::Result<usize>;
    fn poll_send [] (this: &UdpSocket, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>;
    fn try_send [] (this: &UdpSocket, buf: &[u8]) -> io::Result<usize>;
    async fn readable [] (this: &UdpSocket) -> io::Result<()>;
    fn poll_recv_ready [] (this: &UdpSocket, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    async fn recv [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<usize>;
    fn poll_recv [] (this: &UdpSocket, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>>;
    fn try_recv [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<usize>;
    fn try_recv_buf [B: BufMut] (this: &UdpSocket, buf: &mut B) -> io::Result<usize>;
    async fn recv_buf [B: BufMut] (this: &UdpSocket, buf: &mut B) -> io::Result<usize>;
    fn try_recv_buf_from [B: BufMut] (this: &UdpSocket, buf: &mut B) -> io::Result<(usize, SocketAddr)>;
    async fn recv_buf_from [B: BufMut] (this: &UdpSocket, buf: &mut B) -> io::Result<(usize, SocketAddr)>;
    async fn send_to [A: ToSocketAddrs] (this: &UdpSocket, buf: &[u8], addr: A) -> io::Result<usize>;
    fn poll_send_to [] (this: &UdpSocket, cx: &mut Context<'_>, buf: &[u8], target: SocketAddr) -> Poll<io::Result<usize>>;
    fn try_send_to [] (this: &UdpSocket, buf: &[u8], target: SocketAddr) -> io::Result<usize>;
    async fn recv_from [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn poll_recv_from [] (this: &UdpSocket, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>>;
    fn try_recv_from [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn try_io [R] (this: &UdpSocket, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    async fn async_io [R] (this: &UdpSocket, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R>;
    async fn peek [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<usize>;
    fn poll_peek [] (this: &UdpSocket, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>>;
    fn try_peek [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<usize>;
    async fn peek_from [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn poll_peek_from [] (this: &UdpSocket, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>>;
    fn try_peek_from [] (this: &UdpSocket, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    async fn peek_sender [] (this: &UdpSocket) -> io::Result<SocketAddr>;
    fn poll_peek_sender [] (this: &UdpSocket, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>>;
    fn try_peek_sender [] (this: &UdpSocket) -> io::Result<SocketAddr>;
    fn broadcast [] (this: &UdpSocket) -> io::Result<bool>;
    fn set_broadcast [] (this: &UdpSocket, on: bool) -> io::Result<()>;
    fn multicast_loop_v4 [] (this: &UdpSocket) -> io::Result<bool>;
    fn set_multicast_loop_v4 [] (this: &UdpSocket, on: bool) -> io::Result<()>;
    fn multicast_ttl_v4 [] (this: &UdpSocket) -> io::Result<u32>;
    fn set_multicast_ttl_v4 [] (this: &UdpSocket, ttl: u32) -> io::Result<()>;
    fn multicast_loop_v6 [] (this: &UdpSocket) -> io::Result<bool>;
    fn set_multicast_loop_v6 [] (this: &UdpSocket, on: bool) -> io::Result<()>;
    fn tclass_v6 [] (this: &UdpSocket) -> io::Result<u32>;
    fn set_tclass_v6 [] (this: &UdpSocket, tclass: u32) -> io::Result<()>;
    fn ttl [] (this: &UdpSocket) -> io::Result<u32>;
    fn set_ttl [] (this: &UdpSocket, ttl: u32) -> io::Result<()>;
    fn tos_v4 [] (this: &UdpSocket) -> io::Result<u32>;
    fn tos [] (this: &UdpSocket) -> io::Result<u32>;
    fn set_tos_v4 [] (this: &UdpSocket, tos: u32) -> io::Result<()>;
    fn set_tos [] (this: &UdpSocket, tos: u32) -> io::Result<()>;
    fn device [] (this: &UdpSocket) -> io::Result<Option<Vec<u8>>>;
    fn bind_device [] (this: &UdpSocket, interface: Option<&[u8]>) -> io::Result<()>;
    fn join_multicast_v4 [] (this: &UdpSocket, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()>;
    fn join_multicast_v6 [] (this: &UdpSocket, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()>;
    fn leave_multicast_v4 [] (this: &UdpSocket, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()>;
    fn leave_multicast_v6 [] (this: &UdpSocket, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()>;
    fn take_error [] (this: &UdpSocket) -> io::Result<Option<io::Error>>;
}

functions! {
    async fn lookup_host [T: ToSocketAddrs] (host: T) -> io::Result<impl Iterator<Item = SocketAddr>>;
}

implements! {
    [T: ToSocketAddrs + ?Sized] &T: (ToSocketAddrs);
    [] SocketAddr: (ToSocketAddrs);
    [] SocketAddrV4: (ToSocketAddrs);
    [] SocketAddrV6: (ToSocketAddrs);
    [] (IpAddr, u16): (ToSocketAddrs);
    [] (Ipv4Addr, u16): (ToSocketAddrs);
    [] (Ipv6Addr, u16): (ToSocketAddrs);
    [] &[SocketAddr]: (ToSocketAddrs);
    [] &str: (ToSocketAddrs);
    [] (&str, u16): (ToSocketAddrs);
    [] (String, u16): (ToSocketAddrs);
    [] String: (ToSocketAddrs);
    [] TcpListener: (TryFrom<std::net::TcpListener, Error = io::Error> + Debug + AsRawFd + AsFd);
    [] TcpSocket: (Debug + AsRawFd + AsFd + FromRawFd + IntoRawFd);
    [] TcpStream: (TryFrom<std::net::TcpStream, Error = io::Error> + AsyncRead + AsyncWrite + Debug + AsRawFd + AsFd + AsRef<TcpStream>);
    [] UdpSocket: (TryFrom<std::net::UdpSocket, Error = io::Error> + Debug + AsRawFd + AsFd);
    [] ReadHalf<'_>: (AsyncRead + AsRef<TcpStream> + Debug);
    [] WriteHalf<'_>: (AsyncWrite + AsRef<TcpStream> + Debug);
    [] OwnedReadHalf: (AsyncRead + AsRef<TcpStream> + Debug);
    [] OwnedWriteHalf: (AsyncWrite + AsRef<TcpStream> + Debug);
    [] ReuniteError: (std::error::Error);
}

const _: fn(ReuniteError) -> (OwnedReadHalf, OwnedWriteHalf) = |error| (error.0, error.1);
