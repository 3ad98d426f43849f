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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable().await?;
    /// while socket.get_ref().read(&mut [0; 8]).is_ok() {}
    /// guard.clear_ready();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_ready(&mut self) {
        self.clear_ready_matching(Ready::ALL);
    }

    /// As [`clear_ready`](Self::clear_ready), for some states only. Closed states stay in any case.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::Ready;
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable().await?;
    /// guard.clear_ready_matching(Ready::READABLE);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.source().clear(self.seen, self.ready & ready);
        self.ready = self.ready - ready;
    }

    /// The descriptor stays ready. Does nothing, and says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable().await?;
    /// // It is as ready as before.
    /// guard.retain_ready();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn retain_ready(&mut self) {}

    /// What the descriptor is ready for, of what was waited for and has not been cleared.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let guard = socket.readable().await?;
    /// assert!(guard.ready().is_readable());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// Runs an operation on the descriptor, and clears the readiness if it found that it would block.
    ///
    /// # Errors
    ///
    /// The operation would block. Its other errors are in the inner result.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable().await?;
    /// match guard.try_io(|socket| socket.get_ref().read(&mut [0; 8])) {
    ///     Ok(result) => assert_eq!(result?, 1),
    ///     Err(_would_block) => println!("wait again"),
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let guard = socket.readable().await?;
    /// assert_eq!(guard.get_ref().get_ref().read(&mut [0; 8])?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    /// The object that owns the descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let guard = socket.readable().await?;
    /// assert_eq!(guard.get_inner().read(&mut [0; 8])?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable_mut().await?;
    /// while guard.get_inner_mut().read(&mut [0; 8]).is_ok() {}
    /// guard.clear_ready();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_ready(&mut self) {
        self.clear_ready_matching(Ready::ALL);
    }

    /// As [`clear_ready`](Self::clear_ready), for some states only. Closed states stay in any case.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::io::Ready;
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable_mut().await?;
    /// guard.clear_ready_matching(Ready::READABLE);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.source().clear(self.seen, self.ready & ready);
        self.ready = self.ready - ready;
    }

    /// The descriptor stays ready. Does nothing, and says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable_mut().await?;
    /// // It is as ready as before.
    /// guard.retain_ready();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn retain_ready(&mut self) {}

    /// What the descriptor is ready for, of what was waited for and has not been cleared.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let guard = socket.readable_mut().await?;
    /// assert!(guard.ready().is_readable());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// Runs an operation on the descriptor, and clears the readiness if it found that it would block.
    ///
    /// # Errors
    ///
    /// The operation would block. Its other errors are in the inner result.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable_mut().await?;
    /// match guard.try_io(|socket| socket.get_mut().read(&mut [0; 8])) {
    ///     Ok(result) => assert_eq!(result?, 1),
    ///     Err(_would_block) => println!("wait again"),
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let guard = socket.readable_mut().await?;
    /// assert_eq!(guard.get_ref().get_ref().read(&mut [0; 8])?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.fd
    }

    /// The registered descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable_mut().await?;
    /// assert_eq!(guard.get_mut().get_mut().read(&mut [0; 8])?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.fd
    }

    /// The object that owns the descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let guard = socket.readable_mut().await?;
    /// assert_eq!(guard.get_inner().read(&mut [0; 8])?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn get_inner(&self) -> &T {
        self.fd.get_ref()
    }

    /// The object that owns the descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// # // SAFETY: the socket keeps its descriptor until it is dropped.
    /// # let mut socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let mut guard = socket.readable_mut().await?;
    /// assert_eq!(guard.get_inner_mut().read(&mut [0; 8])?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
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
