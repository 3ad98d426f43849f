//! Unix sockets: listeners, streams and their halves, datagrams; and pipes.

mod addr;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod cred;
mod datagram;
mod listener;
pub mod pipe;
mod socket;
mod split;
mod split_owned;
mod stream;

pub use addr::SocketAddr;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use cred::UCred;
pub use datagram::UnixDatagram;
pub use listener::UnixListener;
pub use socket::UnixSocket;
pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
pub use stream::UnixStream;

/// The number of a user.
#[allow(non_camel_case_types, reason = "the name it has everywhere")]
pub type uid_t = u32;

/// The number of a group.
#[allow(non_camel_case_types, reason = "the name it has everywhere")]
pub type gid_t = u32;

/// The number of a process.
#[allow(non_camel_case_types, reason = "the name it has everywhere")]
pub type pid_t = i32;
