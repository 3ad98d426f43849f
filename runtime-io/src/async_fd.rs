//! Any file descriptor as something to wait for.
//!
//! [`AsyncFd`] registers a descriptor with the reactor of the current runtime and says when it is ready. What is done with it then is
//! the caller's business; the guards ([`AsyncFdReadyGuard`], [`AsyncFdReadyMutGuard`]) tell the runtime when an operation found that it
//! would block after all.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use runtime_core::coop;
use rustix::io::Errno;

use crate::reactor::{Interest, Reactor, Ready, Registration, Side, Snapshot, Source, alive};

mod error;
mod guard;
mod watched;

pub use error::{AsyncFdRegisterError, TryIoError};
pub use guard::{AsyncFdReadyGuard, AsyncFdReadyMutGuard};
pub(crate) use watched::Watched;

/// A file descriptor that tasks can wait for.
///
/// The descriptor must be in non-blocking mode and of a kind that can be waited for: a socket, pipe, terminal, timer or the like, and not a
/// regular file. It is registered when this is made, and forgotten when this is dropped, before the inner object is.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::async_fd::AsyncFd;
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
///
/// let (ours, mut theirs) = UnixStream::pair()?;
/// ours.set_nonblocking(true)?;
/// // SAFETY: the stream owns its descriptor and keeps it open until it is dropped.
/// let ours = unsafe { AsyncFd::register(ours)? };
///
/// theirs.write_all(b"ping")?;
/// let mut buf = [0; 8];
/// let count = loop {
///     let mut guard = ours.readable().await?;
///     match guard.try_io(|fd| fd.get_ref().read(&mut buf)) {
///         Ok(result) => break result?,
///         Err(_would_block) => continue,
///     }
/// };
/// assert_eq!(&buf[..count], b"ping");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct AsyncFd<T: AsRawFd> {
    /// Before `inner`, so that the source is gone when the descriptor is closed.
    registration: Registration,
    inner: T,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers a descriptor for reading and writing.
    ///
    /// # Safety
    ///
    /// The descriptor of `inner` must be open, and must stay open and the same until this is dropped or taken apart.
    ///
    /// # Errors
    ///
    /// The system cannot wait for descriptors of this kind, or refuses one more. The error gives `inner` back.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
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
    /// // SAFETY: the socket keeps its descriptor until it is dropped.
    /// let socket = unsafe { AsyncFd::register(ours) }?;
    /// theirs.write_all(b"x")?;
    /// let _guard = socket.readable().await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::start(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Registers a descriptor for `interest`.
    ///
    /// # Safety
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// As for [`register`](Self::register).
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
    /// // SAFETY: the socket keeps its descriptor until it is dropped.
    /// let socket = unsafe { AsyncFd::register_with_interest(ours, Interest::READABLE) }?;
    /// theirs.write_all(b"x")?;
    /// let _guard = socket.readable().await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub unsafe fn register_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::start(inner, interest)
    }

    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register), without giving `inner` back.
    ///
    /// # Panics
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # #[allow(deprecated)] {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// let socket = AsyncFd::new(ours)?;
    /// socket.writable().await?.retain_ready();
    /// # drop(theirs);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    #[deprecated = "a descriptor that is closed too early may belong to somebody else by then; use `register`, which is unsafe and says so"]
    pub fn new(inner: T) -> io::Result<Self> {
        Ok(Self::start(inner, Interest::READABLE | Interest::WRITABLE)?)
    }

    /// Registers a descriptor for `interest`.
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register), without giving `inner` back.
    ///
    /// # Panics
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # #[allow(deprecated)] {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// let socket = AsyncFd::with_interest(ours, Interest::WRITABLE)?;
    /// socket.writable().await?.retain_ready();
    /// # drop(theirs);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    #[deprecated = "a descriptor that is closed too early may belong to somebody else by then; use `register_with_interest`, which is unsafe and says so"]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        Ok(Self::start(inner, interest)?)
    }

    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # #[allow(deprecated)] {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// let socket = AsyncFd::try_new(ours)?;
    /// socket.writable().await?.retain_ready();
    /// # drop(theirs);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    #[deprecated = "a descriptor that is closed too early may belong to somebody else by then; use `register`, which is unsafe and says so"]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::start(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Registers a descriptor for `interest`.
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// As for [`register`](Self::register).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # #[allow(deprecated)] {
    /// # use std::io::{Read, Write};
    /// # use std::os::unix::net::UnixStream;
    /// # use runtime_io::async_fd::AsyncFd;
    /// # use runtime_io::io::Interest;
    /// # let (ours, mut theirs) = UnixStream::pair()?;
    /// # ours.set_nonblocking(true)?;
    /// let socket = AsyncFd::try_with_interest(ours, Interest::WRITABLE)?;
    /// socket.writable().await?.retain_ready();
    /// # drop(theirs);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    #[deprecated = "a descriptor that is closed too early may belong to somebody else by then; use `register_with_interest`, which is unsafe and says so"]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::start(inner, interest)
    }

    #[track_caller]
    fn start(inner: T, interest: Interest) -> Result<Self, AsyncFdRegisterError<T>> {
        let registration = Registration::new(Reactor::current(), interest);
        // A duplicate may exist, and the number is known to the owner of `inner` in any case.
        registration.lend();
        let fd = inner.as_raw_fd();
        if fd < 0 {
            let cause = Errno::BADF.into();
            return Err(AsyncFdRegisterError { inner, cause });
        }
        // SAFETY: it is a possible number; that it is open is what the caller promises, and the system refuses it otherwise.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        match registration.register(fd, Ready::EMPTY) {
            Ok(_) => Ok(Self {
                registration,
                inner,
            }),
            Err(cause) => Err(AsyncFdRegisterError { inner, cause }),
        }
    }

    /// The inner object.
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
    /// assert!(socket.get_ref().peer_addr()?.is_unnamed());
    /// # drop(theirs);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// The inner object. Its descriptor must stay the same.
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
    /// socket.get_mut().write_all(b"x")?;
    /// # drop(theirs);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Takes the inner object back; the runtime forgets the descriptor.
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
    /// let ours: UnixStream = socket.into_inner();
    /// # drop((ours, theirs));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> T {
        drop(self.registration);
        self.inner
    }

    /// Waits until there is something to read. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
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
    /// let guard = std::future::poll_fn(|cx| socket.poll_read_ready(cx)).await?;
    /// assert!(guard.ready().is_readable());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_read_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.poll_ready(cx, Side::Read))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen, Side::Read.mask())))
    }

    /// Waits until there is something to read. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
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
    /// use std::task::{Poll, ready};
    ///
    /// let mut buf = [0; 8];
    /// let count = std::future::poll_fn(|cx| loop {
    ///     let mut guard = ready!(socket.poll_read_ready_mut(cx))?;
    ///     if let Ok(count) = guard.try_io(|socket| socket.get_mut().read(&mut buf)) {
    ///         return Poll::Ready(count);
    ///     }
    /// });
    /// assert_eq!(count.await?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.poll_ready(cx, Side::Read))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen, Side::Read.mask())))
    }

    /// Waits until there is room to write. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
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
    /// let guard = std::future::poll_fn(|cx| socket.poll_write_ready(cx)).await?;
    /// assert!(guard.ready().is_writable());
    /// # drop(theirs);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_write_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.poll_ready(cx, Side::Write))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen, Side::Write.mask())))
    }

    /// Waits until there is room to write. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
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
    /// use std::task::{Poll, ready};
    ///
    /// let count = std::future::poll_fn(|cx| loop {
    ///     let mut guard = ready!(socket.poll_write_ready_mut(cx))?;
    ///     if let Ok(count) = guard.try_io(|socket| socket.get_mut().write(b"x")) {
    ///         return Poll::Ready(count);
    ///     }
    /// });
    /// assert_eq!(count.await?, 1);
    /// # drop(theirs);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.poll_ready(cx, Side::Write))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(
            self,
            seen,
            Side::Write.mask(),
        )))
    }

    /// Waits until the descriptor is ready for anything in `interest`. Any number of tasks may wait at once.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
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
    /// let guard = socket.ready(Interest::READABLE).await?;
    /// assert!(guard.ready().is_readable());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let mask = interest.mask();
        let seen = alive(coop::cooperative(self.source().wait(mask)).await)?;
        Ok(AsyncFdReadyGuard::new(self, seen, mask))
    }

    /// Waits until the descriptor is ready for anything in `interest`.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
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
    /// let guard = socket.ready_mut(Interest::READABLE).await?;
    /// assert!(guard.ready().is_readable());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let mask = interest.mask();
        let seen = alive(coop::cooperative(self.source().wait(mask)).await)?;
        Ok(AsyncFdReadyMutGuard::new(self, seen, mask))
    }

    /// Waits until there is something to read. Any number of tasks may wait at once.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
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
    /// let count = guard.try_io(|socket| socket.get_ref().read(&mut [0; 8])).unwrap()?;
    /// assert_eq!(count, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until there is something to read.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
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
    /// let count = guard.try_io(|socket| socket.get_mut().read(&mut [0; 8])).unwrap()?;
    /// assert_eq!(count, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits until there is room to write. Any number of tasks may wait at once.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
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
    /// let mut guard = socket.writable().await?;
    /// let count = guard.try_io(|socket| socket.get_ref().write(b"x")).unwrap()?;
    /// assert_eq!(count, 1);
    /// # drop(theirs);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// Waits until there is room to write.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the readiness stays.
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
    /// let mut guard = socket.writable_mut().await?;
    /// let count = guard.try_io(|socket| socket.get_mut().write(b"x")).unwrap()?;
    /// assert_eq!(count, 1);
    /// # drop(theirs);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Runs an operation on the descriptor, waiting as long as it finds that it would block.
    ///
    /// # Errors
    ///
    /// Those of `f` except [`WouldBlock`](io::ErrorKind::WouldBlock), or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe as far as `f` is: it is not running while the future waits.
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
    /// let count = socket.async_io(Interest::READABLE, |mut socket| socket.read(&mut [0; 8])).await?;
    /// assert_eq!(count, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut f: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let mut guard = self.ready(interest).await?;
            match f(guard.get_inner()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => guard.clear_ready(),
                result => return result,
            }
        }
    }

    /// Runs an operation on the descriptor, waiting as long as it finds that it would block.
    ///
    /// # Errors
    ///
    /// Those of `f` except [`WouldBlock`](io::ErrorKind::WouldBlock), or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe as far as `f` is: it is not running while the future waits.
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
    /// let count = socket.async_io_mut(Interest::READABLE, |socket| socket.read(&mut [0; 8])).await?;
    /// assert_eq!(count, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut f: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let mut guard = self.ready_mut(interest).await?;
            match f(guard.get_inner_mut()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => guard.clear_ready(),
                result => return result,
            }
        }
    }

    /// Runs an operation on the descriptor without waiting, if it is known to be ready for `interest`.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if it is not ready, or if `f` says so; the other errors of `f`; or the runtime is gone.
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
    /// socket.readable().await?.retain_ready();
    /// let count = socket.try_io(Interest::READABLE, |mut socket| socket.read(&mut [0; 8]))?;
    /// assert_eq!(count, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_io<R>(
        &self,
        interest: Interest,
        f: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let mask = interest.mask();
        let seen = alive(self.source().snapshot())?;
        if !seen.ends(mask) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = f(&self.inner);
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.source().clear(seen, mask);
        }
        result
    }

    /// Runs an operation on the descriptor without waiting, if it is known to be ready for `interest`.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if it is not ready, or if `f` says so; the other errors of `f`; or the runtime is gone.
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
    /// socket.readable().await?.retain_ready();
    /// let count = socket.try_io_mut(Interest::READABLE, |socket| socket.read(&mut [0; 8]))?;
    /// assert_eq!(count, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        f: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let mask = interest.mask();
        let seen = alive(self.source().snapshot())?;
        if !seen.ends(mask) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = f(&mut self.inner);
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.source().clear(seen, mask);
        }
        result
    }

    fn poll_ready(&self, cx: &mut Context<'_>, side: Side) -> Poll<io::Result<Snapshot>> {
        let unit = ready!(coop::poll_proceed(cx));
        let seen = ready!(self.source().poll_ready(cx, side));
        unit.made_progress();
        Poll::Ready(alive(seen))
    }

    fn source(&self) -> &Source {
        self.registration
            .source()
            .expect("it was registered when it was made")
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl<T: AsRawFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is open as long as this lives, as whoever made this has promised.
        unsafe { BorrowedFd::borrow_raw(self.inner.as_raw_fd()) }
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
