//! What differs between systems: the contract is that of the functions of [`imp`].
//!
//! * `stream_socket(domain)`: a stream socket, non-blocking and close-on-exec.
//! * `datagram_socket(domain)`: a socket for datagrams, likewise.
//! * `pipe()`: both ends of a pipe, that for reading first, likewise.
//! * `accept(listener)`: a connection, likewise, and its peer.
//! * `SEND`: flags for sending, such that a closed connection is an error and not a signal.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod imp;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "unix.rs"]
mod imp;

pub(super) use imp::{SEND, accept, datagram_socket, pipe, stream_socket};
