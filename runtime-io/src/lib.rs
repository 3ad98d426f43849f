//! Reactor, sockets and I/O traits of heist.
//!
//! * [`reactor`] waits for file descriptors and wakes the tasks that use them. It alone names `polling`.
//! * [`io`] has the traits [`AsyncRead`](io::AsyncRead) and [`AsyncWrite`](io::AsyncWrite), and what is built on them.
//! * `codec`, behind the feature `stream`, makes streams and sinks of frames of them; `compat`, behind the feature
//!   `futures-io`, translates between these traits and those of that crate.
//! * [`net`] has the sockets.
//! * [`fs`] has files and directories.
//! * [`process`] runs programs as children.
//! * [`signal`] waits for signals of the operating system.
//! * [`either`] is one of two readers, writers or futures.
//! * [`async_fd`] makes any other file descriptor awaitable.
//!
//! An operation of a socket is tried at once; only if it would block the task waits, and only then the reactor is told of the
//! socket. The essay of [`reactor`] says why no wake-up is lost on that way.

pub mod async_fd;
#[cfg(feature = "stream")]
pub mod codec;
#[cfg(feature = "futures-io")]
pub mod compat;
pub mod either;
pub mod fs;
pub mod io;
pub mod net;
mod on_ready;
pub mod process;
pub mod reactor;
pub mod signal;

mod primitive;

pub use reactor::is_rt_shutdown_err;
