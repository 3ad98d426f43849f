//! What differs between systems: the contract is that of the functions of [`imp`].
//!
//! * `stream_socket(domain)`: a stream socket, non-blocking and close-on-exec.
//! * `accept(listener)`: a connection, likewise, and its peer.
//! * `SEND`: flags for sending, such that a closed connection is an error and not a signal.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod imp;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "unix.rs"]
mod imp;

pub(super) use imp::{SEND, accept, stream_socket};
