//! What a task holds while a descriptor is ready.

use std::fmt;
use std::io;
use std::os::fd::AsRawFd;

use super::{AsyncFd, TryIoError};
use crate::reactor::{Ready, Snapshot};

/// The readiness of a descriptor that is shared.
///
/// The descriptor stays ready until it is told otherwise. So after an operation that found that it would block, call
/// [`clear_ready`](Self::clear_ready), or let [`try_io`](Self::try_io) do it; after every other one do nothing, which
/// [`retain_ready`](Self::retain_ready) says in words.
#[must_use = "say whether the readiness is used up, by one of the methods of the guard"]
pub struct AsyncFdReadyGuard<'a, T: AsRawFd> {
    fd: &'a AsyncFd<T>,
    seen: Snapshot,
    /// What is left of what was seen.
    ready: Ready,
}

impl<'a, T: AsRawFd> AsyncFdReadyGuard<'a, T> {
    pub(super) fn new(fd: &'a AsyncFd<T>, seen: Snapshot, mask: Ready) -> Self {
        Self {
            fd,
            seen,
            ready: seen.ready() & mask,
        }
    }

    /// The descriptor is no longer ready for what this guard was made for, unless an event has come since.
    ///
    /// To be called only after an operation, made while this guard was there, found that it would block. Called without such a
    /// reason, it may make a task wait for ever.
    pub fn clear_ready(&mut self) {
        self.clear_ready_matching(Ready::ALL);
    }

    /// As [`clear_ready`](Self::clear_ready), for some states only. Closed states stay in any case.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.source().clear(self.seen, self.ready & ready);
        self.ready = self.ready - ready;
    }

    /// The descriptor stays ready. Does nothing, and says so.
    pub fn retain_ready(&mut self) {}

    /// What the descriptor is ready for, of what was waited for and has not been cleared.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// Runs an operation on the descriptor, and clears the readiness if it found that it would block.
    ///
    /// # Errors
    ///
    /// The operation would block. Its other errors are in the inner result.
    pub fn try_io<R>(
        &mut self,
        f: impl FnOnce(&'a AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match f(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            result => Ok(result),
        }
    }

    /// The registered descriptor.
    #[must_use]
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    /// The object that owns the descriptor.
    #[must_use]
    pub fn get_inner(&self) -> &'a T {
        self.fd.get_ref()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFdReadyGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyGuard")
            .field("async_fd", &self.fd)
            .field("ready", &self.ready)
            .finish()
    }
}

/// The readiness of a descriptor that is borrowed alone.
///
/// The descriptor stays ready until it is told otherwise. So after an operation that found that it would block, call
/// [`clear_ready`](Self::clear_ready), or let [`try_io`](Self::try_io) do it; after every other one do nothing, which
/// [`retain_ready`](Self::retain_ready) says in words.
#[must_use = "say whether the readiness is used up, by one of the methods of the guard"]
pub struct AsyncFdReadyMutGuard<'a, T: AsRawFd> {
    fd: &'a mut AsyncFd<T>,
    seen: Snapshot,
    /// What is left of what was seen.
    ready: Ready,
}

impl<'a, T: AsRawFd> AsyncFdReadyMutGuard<'a, T> {
    pub(super) fn new(fd: &'a mut AsyncFd<T>, seen: Snapshot, mask: Ready) -> Self {
        Self {
            fd,
            seen,
            ready: seen.ready() & mask,
        }
    }

    /// The descriptor is no longer ready for what this guard was made for, unless an event has come since.
    ///
    /// To be called only after an operation, made while this guard was there, found that it would block. Called without such a
    /// reason, it may make a task wait for ever.
    pub fn clear_ready(&mut self) {
        self.clear_ready_matching(Ready::ALL);
    }

    /// As [`clear_ready`](Self::clear_ready), for some states only. Closed states stay in any case.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.source().clear(self.seen, self.ready & ready);
        self.ready = self.ready - ready;
    }

    /// The descriptor stays ready. Does nothing, and says so.
    pub fn retain_ready(&mut self) {}

    /// What the descriptor is ready for, of what was waited for and has not been cleared.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// Runs an operation on the descriptor, and clears the readiness if it found that it would block.
    ///
    /// # Errors
    ///
    /// The operation would block. Its other errors are in the inner result.
    pub fn try_io<R>(
        &mut self,
        f: impl FnOnce(&mut AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match f(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            result => Ok(result),
        }
    }

    /// The registered descriptor.
    #[must_use]
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.fd
    }

    /// The registered descriptor.
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.fd
    }

    /// The object that owns the descriptor.
    #[must_use]
    pub fn get_inner(&self) -> &T {
        self.fd.get_ref()
    }

    /// The object that owns the descriptor.
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.fd.get_mut()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFdReadyMutGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyMutGuard")
            .field("async_fd", &self.fd)
            .field("ready", &self.ready)
            .finish()
    }
}
