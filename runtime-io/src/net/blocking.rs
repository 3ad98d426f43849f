//! The check for sockets from outside that would block the thread.

use std::os::fd::AsFd;

/// Panics in debug builds if the descriptor is in blocking mode: each operation on it would hold up a thread of the runtime.
#[track_caller]
pub(super) fn check(fd: &impl AsFd) {
    if !cfg!(debug_assertions) {
        return;
    }
    if let Ok(flags) = rustix::fs::fcntl_getfl(fd) {
        assert!(
            flags.contains(rustix::fs::OFlags::NONBLOCK),
            "Registering a blocking socket is not supported: call `set_nonblocking(true)` on it before handing it to the runtime"
        );
    }
}
