//! Sockets.
//!
//! A socket is a non-blocking file descriptor and its registration with the [reactor](crate::reactor) of the runtime it was made on.
//! Operations are tried first and wait only if they would block. The `poll_*` methods keep one waiting task per direction, the last
//! caller; the `async` ones serve any number.
//!
//! * [`TcpListener`] and [`TcpStream`], and [`TcpSocket`] to set options before either exists.
//! * [`UdpSocket`].
//! * [`UnixListener`], [`UnixStream`] and [`UnixDatagram`], and [`UnixSocket`] to bind what becomes one of them; pipes are in
//!   [`unix::pipe`].
//! * [`send_file()`], a file to a connection without a copy in this process.
//! * [`serve()`], a server loop with limits, deadlines and a graceful stop.
//! * [`connect_happy`], a connection to whichever address answers first.
//! * [`ToSocketAddrs`] and [`lookup_host`]: numeric addresses are read in place, names are resolved on the blocking pool.

mod addr;
mod backoff;
mod blocking;
mod byte_stream;
mod datagram;
mod doc;
mod halves;
mod happy;
mod receive;
mod send_file;
mod serve;
mod shape;
mod sys;
pub mod tcp;
mod udp;
pub mod unix;

pub use addr::{ToSocketAddrs, lookup_host};
pub use happy::connect_happy;
pub use send_file::send_file;
pub use serve::{ServeListener, ServeOptions, ServeReport, serve};
pub use tcp::{TcpListener, TcpSocket, TcpStream};
pub use udp::UdpSocket;
pub use unix::{UnixDatagram, UnixListener, UnixSocket, UnixStream};
