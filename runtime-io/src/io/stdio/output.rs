//! Standard output and standard error.

use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use runtime_core::Handle;
use runtime_core::task::JoinHandle;

use crate::io::AsyncWrite;
use crate::io::budget::poll_spend;

/// The most bytes of one write.
const MOST: usize = 2 * 1024 * 1024;

/// Bytes on their way out, one job at a time.
#[derive(Debug)]
struct Behind {
    /// Writes the bytes to the stream and flushes it.
    out: fn(&[u8]) -> io::Result<()>,
    /// Kept for the next write.
    buffer: Vec<u8>,
    writing: Option<JoinHandle<(io::Result<()>, Vec<u8>)>>,
}

impl Behind {
    fn new(out: fn(&[u8]) -> io::Result<()>) -> Self {
        Self {
            out,
            buffer: Vec::new(),
            writing: None,
        }
    }

    /// Waits for the job under way, if there is one, and tells its error.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writing) = &mut self.writing else {
            return Poll::Ready(Ok(()));
        };
        let done = ready!(Pin::new(writing).poll(cx));
        self.writing = None;
        let (result, buffer) = done.map_err(io::Error::from)?;
        self.buffer = buffer;
        Poll::Ready(result)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_idle(cx))?;
        ready!(poll_spend(cx));
        let count = bytes.len().min(MOST);
        if count == 0 {
            return Poll::Ready(Ok(0));
        }
        let (out, mut buffer) = (self.out, std::mem::take(&mut self.buffer));
        buffer.clear();
        buffer.extend_from_slice(&bytes[..count]);
        self.writing = Some(Handle::current().spawn_mandatory(move || {
            let result = out(&buffer);
            (result, buffer)
        }));
        Poll::Ready(Ok(count))
    }
}

fn write_out(mut stream: impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

macro_rules! output {
    ($Stream:ident, $function:ident, $name:literal) => {
        #[doc = concat!("The standard ", $name, " of the process; made by [`", stringify!($function), "`].")]
        #[derive(Debug)]
        pub struct $Stream {
            std: io::$Stream,
            behind: Behind,
        }

        #[doc = concat!("The standard ", $name, " of the process.")]
        ///
        /// A write is done when its bytes are in a buffer. They are written by the blocking pool, also while the runtime shuts down; an error
        /// is told by the next call, and a flush waits until everything is out.
        ///
        /// # Examples
        ///
        /// ```
        /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
        /// # let mut builder = runtime_core::Builder::new_current_thread();
        /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
        #[doc = concat!("use runtime_io::io::{AsyncWriteExt, ", stringify!($function), "};")]
        ///
        #[doc = concat!("let mut out = ", stringify!($function), "();")]
        /// out.write_all(b"hello\n").await?;
        /// out.flush().await?;
        /// # Ok::<(), std::io::Error>(())
        /// # })?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        #[must_use]
        pub fn $function() -> $Stream {
            $Stream {
                std: io::$function(),
                behind: Behind::new(|bytes| write_out(io::$function().lock(), bytes)),
            }
        }

        impl AsyncWrite for $Stream {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.behind.poll_write(cx, buf)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.behind.poll_idle(cx)
            }

            /// The same as a flush: the stream is the process's, and stays open.
            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                self.behind.poll_idle(cx)
            }
        }

        impl AsFd for $Stream {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.std.as_fd()
            }
        }

        impl AsRawFd for $Stream {
            fn as_raw_fd(&self) -> RawFd {
                self.std.as_raw_fd()
            }
        }
    };
}

output!(Stdout, stdout, "output");
output!(Stderr, stderr, "error stream");
