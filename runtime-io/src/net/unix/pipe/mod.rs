//! Pipes: bytes in one direction, between tasks, processes, or the two ends of a file in the file system (a FIFO).
//!
//! [`pipe`] makes both ends of an anonymous one, [`OpenOptions`] opens one end of a FIFO, and each end is also made of a file or a
//! descriptor that somebody else has opened.
//!
//! An end of a FIFO is opened without waiting for the other one. A [`Receiver`] without any sender reads the end of the data, and goes
//! on when a sender comes; a [`Sender`] cannot be opened before there is a receiver.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};

mod receiver;
mod sender;

pub use receiver::Receiver;
pub use sender::Sender;

/// Makes an anonymous pipe: what is written to the sender is read from the receiver.
///
/// # Errors
///
/// The system refuses the pipe.
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
/// use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
/// use runtime_io::net::unix::pipe;
///
/// let (mut sender, mut receiver) = pipe::pipe()?;
/// sender.write_all(b"through").await?;
/// drop(sender);
/// let mut text = String::new();
/// receiver.read_to_string(&mut text).await?;
/// assert_eq!(text, "through");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let (reader, writer) = crate::net::sys::pipe()?;
    Ok((Sender::own(writer), Receiver::own(reader)))
}

/// How an end of a FIFO is opened.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::net::unix::pipe;
///
/// let no_pipe = pipe::OpenOptions::new().open_receiver("Cargo.toml");
/// assert_eq!(no_pipe.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    read_write: bool,
    unchecked: bool,
}

impl OpenOptions {
    /// Neither of the options.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("fifo");
    /// # assert!(runtime_io::process::Command::new("mkfifo").arg(&path).status().await?.success());
    /// use runtime_io::net::unix::pipe;
    ///
    /// let receiver = pipe::OpenOptions::new().open_receiver(&path)?;
    /// let sender = pipe::OpenOptions::new().open_sender(&path)?;
    /// # drop((receiver, sender));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the FIFO for both directions, although only one is used: then there is always a sender and a receiver, so that a sender can be
    /// opened first, and a receiver never reads the end of the data. Only Linux promises that this works.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("fifo");
    /// # assert!(runtime_io::process::Command::new("mkfifo").arg(&path).status().await?.success());
    /// use runtime_io::net::unix::pipe;
    ///
    /// // There is no receiver yet.
    /// let sender = pipe::OpenOptions::new().read_write(true).open_sender(&path)?;
    /// # drop(sender);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.read_write = value;
        self
    }

    /// Does not ask whether what was opened is a FIFO.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("fifo");
    /// # assert!(runtime_io::process::Command::new("mkfifo").arg(&path).status().await?.success());
    /// use runtime_io::net::unix::pipe;
    ///
    /// let receiver = pipe::OpenOptions::new().unchecked(true).open_receiver(&path)?;
    /// # drop(receiver);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.unchecked = value;
        self
    }

    /// Opens the end of a FIFO that is read from.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or is no FIFO ([`InvalidInput`](io::ErrorKind::InvalidInput)).
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
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("fifo");
    /// # assert!(runtime_io::process::Command::new("mkfifo").arg(&path).status().await?.success());
    /// use runtime_io::net::unix::pipe;
    ///
    /// let receiver = pipe::OpenOptions::new().open_receiver(&path)?;
    /// # drop(receiver);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        Receiver::from_file_unchecked(self.open(path.as_ref(), OFlags::RDONLY)?)
    }

    /// Opens the end of a FIFO that is written to.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or is no FIFO ([`InvalidInput`](io::ErrorKind::InvalidInput)), or nobody has opened it for reading
    /// (`ENXIO`).
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
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("fifo");
    /// # assert!(runtime_io::process::Command::new("mkfifo").arg(&path).status().await?.success());
    /// use runtime_io::net::unix::pipe;
    ///
    /// // Nobody would read it.
    /// assert!(pipe::OpenOptions::new().open_sender(&path).is_err());
    /// let _receiver = pipe::OpenOptions::new().open_receiver(&path)?;
    /// let sender = pipe::OpenOptions::new().open_sender(&path)?;
    /// # drop(sender);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        Sender::from_file_unchecked(self.open(path.as_ref(), OFlags::WRONLY)?)
    }

    fn open(&self, path: &Path, direction: OFlags) -> io::Result<File> {
        let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
        let file = File::options()
            .read(self.read_write || direction == OFlags::RDONLY)
            .write(self.read_write || direction == OFlags::WRONLY)
            .custom_flags(nonblocking)
            .open(path)?;
        if !self.unchecked {
            must_be_pipe(&file)?;
        }
        Ok(file)
    }
}

fn must_be_pipe(fd: &impl AsFd) -> io::Result<()> {
    if FileType::from_raw_mode(fstat(fd)?.st_mode) == FileType::Fifo {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a pipe"))
    }
}

/// Asks whether this is a pipe opened for `direction`, and puts it into non-blocking mode.
fn prepare(fd: &OwnedFd, direction: OFlags) -> io::Result<()> {
    must_be_pipe(fd)?;
    let flags = fcntl_getfl(fd)?;
    let access = flags & OFlags::ACCMODE;
    if access != direction && access != OFlags::RDWR {
        let needed = if direction == OFlags::RDONLY {
            "not in O_RDONLY or O_RDWR access mode"
        } else {
            "not in O_WRONLY or O_RDWR access mode"
        };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, needed));
    }
    Ok(fcntl_setfl(fd, flags | OFlags::NONBLOCK)?)
}

fn set_blocking(fd: &OwnedFd) -> io::Result<()> {
    Ok(fcntl_setfl(fd, fcntl_getfl(fd)? - OFlags::NONBLOCK)?)
}

/// What both ends have in common: where they come from, and what becomes of them.
macro_rules! end {
    ($setup:ident, $End:ident, $interest:expr, $direction:expr) => {
        impl $End {
            /// For a non-blocking descriptor that nobody else knows.
            #[track_caller]
            pub(super) fn own(fd: std::os::fd::OwnedFd) -> Self {
                let reactor = $crate::reactor::Reactor::current();
                Self {
                    io: $crate::reactor::Evented::new(fd, reactor, $interest),
                }
            }

            /// Takes over a file, which must be a pipe, and puts it into non-blocking mode.
            ///
            /// # Errors
            ///
            /// It is no pipe, or is open for the other direction only ([`InvalidInput`](std::io::ErrorKind::InvalidInput)).
            ///
            /// # Panics
            ///
            /// There is no runtime on this thread, or it was built without I/O.
            ///
            #[doc = $crate::net::doc::example!($setup, concat!("let end = ", stringify!($End), "::from_file(std::fs::File::from(fd))?;\n# drop(end);"))]
            #[track_caller]
            pub fn from_file(file: std::fs::File) -> std::io::Result<Self> {
                Self::from_owned_fd(file.into())
            }

            /// Takes over a descriptor, which must be that of a pipe, and puts it into non-blocking mode.
            ///
            /// # Errors
            ///
            /// It is no pipe, or is open for the other direction only ([`InvalidInput`](std::io::ErrorKind::InvalidInput)).
            ///
            /// # Panics
            ///
            /// There is no runtime on this thread, or it was built without I/O.
            ///
            #[doc = $crate::net::doc::example!($setup, concat!("let end = ", stringify!($End), "::from_owned_fd(fd)?;\n# drop(end);"))]
            #[track_caller]
            pub fn from_owned_fd(fd: std::os::fd::OwnedFd) -> std::io::Result<Self> {
                super::prepare(&fd, $direction)?;
                Self::from_owned_fd_unchecked(fd)
            }

            /// Takes over a file without asking what it is. It must be in non-blocking mode, or an operation blocks the thread.
            ///
            /// # Errors
            ///
            /// None at present; the signature leaves room for them.
            ///
            /// # Panics
            ///
            /// There is no runtime on this thread, or it was built without I/O.
            ///
            #[doc = $crate::net::doc::example!($setup, concat!("let end = ", stringify!($End), "::from_file_unchecked(std::fs::File::from(fd))?;\n# drop(end);"))]
            #[track_caller]
            pub fn from_file_unchecked(file: std::fs::File) -> std::io::Result<Self> {
                Self::from_owned_fd_unchecked(file.into())
            }

            /// Takes over a descriptor without asking what it is. It must be in non-blocking mode, or an operation blocks the thread.
            ///
            /// # Errors
            ///
            /// None at present; the signature leaves room for them.
            ///
            /// # Panics
            ///
            /// There is no runtime on this thread, or it was built without I/O.
            ///
            #[doc = $crate::net::doc::example!($setup, concat!("let end = ", stringify!($End), "::from_owned_fd_unchecked(fd)?;\n# drop(end);"))]
            #[track_caller]
            pub fn from_owned_fd_unchecked(fd: std::os::fd::OwnedFd) -> std::io::Result<Self> {
                let reactor = $crate::reactor::Reactor::current();
                Ok(Self {
                    io: $crate::reactor::Evented::from_outside(fd, reactor, $interest),
                })
            }

            /// Turns this into a descriptor in blocking mode.
            ///
            /// # Errors
            ///
            /// The system refuses the mode.
            ///
            #[doc = $crate::net::doc::example!($setup, "let fd: std::os::fd::OwnedFd = ours.into_blocking_fd()?;\n# drop((fd, theirs));")]
            pub fn into_blocking_fd(self) -> std::io::Result<std::os::fd::OwnedFd> {
                let fd = self.into_nonblocking_fd()?;
                super::set_blocking(&fd)?;
                Ok(fd)
            }

            /// Turns this into a descriptor, still in non-blocking mode.
            ///
            /// # Errors
            ///
            /// None at present; the signature leaves room for them.
            ///
            #[doc = $crate::net::doc::example!($setup, "let fd: std::os::fd::OwnedFd = ours.into_nonblocking_fd()?;\n# drop((fd, theirs));")]
            pub fn into_nonblocking_fd(self) -> std::io::Result<std::os::fd::OwnedFd> {
                Ok(self.io.into_inner())
            }

            /// Waits until this end is ready for anything in `interest`, and says for what.
            ///
            /// The answer may be wrong: the operation itself decides. It stays ready until an operation finds that it would block.
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "let interest = Interest::READABLE | Interest::WRITABLE;\n// The other end is gone, which is something to learn.\ndrop(theirs);\nlet ready = ours.ready(interest).await?;\nassert!(!ready.is_empty());")]
            pub async fn ready(
                &self,
                interest: $crate::io::Interest,
            ) -> std::io::Result<$crate::io::Ready> {
                let seen = self.io.ready(interest).await?;
                Ok(seen.ready() & interest.mask())
            }

            /// Runs an operation of the caller's on this end, without waiting.
            ///
            /// `f` is not run, and the result is [`WouldBlock`](std::io::ErrorKind::WouldBlock), if this end is not known to be ready. If
            /// `f` finds that it would block, it must say so; this end then counts as not ready.
            ///
            /// # Errors
            ///
            /// Those of `f`, or the runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "// Nothing is known of this end until somebody has waited for it.\nlet result = ours.try_io(|| Ok(\"tried\"));\nassert!(result.is_ok() || result.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));\n# drop(theirs);")]
            pub fn try_io<R>(&self, f: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> {
                self.io.try_io($interest, |_| f())
            }
        }

        $crate::net::shape::descriptor!($End);
    };
}

use end;
