//! Unix sockets: listeners, streams and their halves.

mod addr;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod cred;
mod listener;
mod split;
mod split_owned;
mod stream;

pub use addr::SocketAddr;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use cred::UCred;
pub use listener::UnixListener;
pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
pub use stream::UnixStream;
