//! What a child reads and writes, from this side.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll};

use super::pipe::Pipe;
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::reactor::Interest;

/// The pipe to the standard input of a child. Dropping it is the end of the input.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::io::AsyncWriteExt;
/// use runtime_io::process::Command;
/// use std::process::Stdio;
///
/// let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// let mut stdin = child.stdin.take().expect("it is piped");
/// stdin.write_all(b"steal this").await?;
/// drop(stdin);
/// assert_eq!(child.wait_with_output().await?.stdout, b"steal this");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ChildStdin {
    pipe: Pipe,
}

/// The pipe from the standard output of a child.
///
/// # Examples
///
/// The output of one child as the input of another:
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::process::Command;
/// use std::process::Stdio;
///
/// let mut echo = Command::new("echo").arg("some words").stdout(Stdio::piped()).spawn()?;
/// let words: Stdio = echo.stdout.take().expect("it is piped").try_into()?;
/// let counted = Command::new("wc").arg("-w").stdin(words).output().await?;
/// assert_eq!(counted.stdout.trim_ascii(), b"2");
/// echo.wait().await?;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ChildStdout {
    pipe: Pipe,
}

/// The pipe from the standard error of a child.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::io::AsyncReadExt;
/// use runtime_io::process::Command;
/// use std::process::Stdio;
///
/// let mut child = Command::new("sh").args(["-c", "echo oh >&2"]).stderr(Stdio::piped()).spawn()?;
/// let mut complaints = String::new();
/// child.stderr.take().expect("it is piped").read_to_string(&mut complaints).await?;
/// assert_eq!(complaints, "oh\n");
/// child.wait().await?;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ChildStderr {
    pipe: Pipe,
}

/// What the three have in common.
macro_rules! pipe_end {
    ($name:ident, $field:literal, $interest:expr) => {
        impl $name {
            /// Takes over a pipe of the standard library.
            ///
            /// # Errors
            ///
            /// The system refuses to put it into non-blocking mode.
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
            /// use std::process::{Command, Stdio};
            ///
            #[doc = concat!("use runtime_io::process::", stringify!($name), ";")]
            ///
            #[doc = concat!("let mut child = Command::new(\"true\").", $field, "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("let pipe = child.", $field, ".take().expect(\"it is piped\");")]
            #[doc = concat!("let pipe = ", stringify!($name), "::from_std(pipe)?;")]
            /// # drop(pipe);
            /// # child.wait()?;
            /// # Ok::<(), std::io::Error>(())
            /// # })?;
            /// # Ok::<(), std::io::Error>(())
            /// ```
            #[track_caller]
            pub fn from_std(inner: process::$name) -> io::Result<Self> {
                Ok(Self {
                    pipe: Pipe::new(inner.into(), $interest)?,
                })
            }

            /// Turns this into a descriptor, in blocking mode.
            ///
            /// # Errors
            ///
            /// The system refuses to put it into blocking mode; then the pipe is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
            /// # let mut builder = runtime_core::Builder::new_current_thread();
            /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
            /// use std::process::{Command, Stdio};
            ///
            #[doc = concat!("use runtime_io::process::", stringify!($name), ";")]
            ///
            #[doc = concat!("let mut child = Command::new(\"true\").", $field, "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("let pipe = child.", $field, ".take().expect(\"it is piped\");")]
            #[doc = concat!("let pipe = ", stringify!($name), "::from_std(pipe)?;")]
            /// let pipe: std::os::fd::OwnedFd = pipe.into_owned_fd()?;
            /// # drop(pipe);
            /// # child.wait()?;
            /// # Ok::<(), std::io::Error>(())
            /// # })?;
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                self.pipe.into_fd()
            }
        }

        impl TryFrom<$name> for Stdio {
            type Error = io::Error;

            fn try_from(end: $name) -> io::Result<Self> {
                Ok(end.into_owned_fd()?.into())
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.pipe.as_fd()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.pipe.as_raw_fd()
            }
        }
    };
}

pipe_end!(ChildStdin, "stdin", Interest::WRITABLE);
pipe_end!(ChildStdout, "stdout", Interest::READABLE);
pipe_end!(ChildStderr, "stderr", Interest::READABLE);

/// The two that are read.
macro_rules! readable_end {
    ($name:ident) => {
        impl AsyncRead for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                self.pipe.poll_read(cx, buf)
            }
        }
    };
}

readable_end!(ChildStdout);
readable_end!(ChildStderr);

impl AsyncWrite for ChildStdin {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Does nothing: what ends the input is dropping this.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
