//! Readers and writers for blocking code.

use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};

use runtime_core::Handle;

use crate::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
    AsyncWriteExt,
};

/// A reader or writer of this crate as one of the standard library, which blocks its thread.
///
/// For code that knows nothing but [`Read`] and [`Write`], on a thread that may block: in a closure given to `spawn_blocking`, or on a
/// thread of one's own. On a current-thread runtime another thread has to be in `block_on` meanwhile, or nothing comes in.
///
/// # Panics
/// Each operation panics on a thread that is driving tasks: it would block them.
///
/// # Examples
/// ```
/// use std::io::Read;
///
/// use runtime_io::io::util::SyncIoBridge;
///
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// let reader = &b"hello"[..];
/// let mut blocking = SyncIoBridge::new(reader);
/// let text = runtime_core::spawn_blocking(move || std::io::read_to_string(&mut blocking)).await?;
/// assert_eq!(text?, "hello");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SyncIoBridge<T> {
    io: T,
    runtime: Handle,
}

impl<T: Unpin> SyncIoBridge<T> {
    /// Wraps a reader or writer, with the runtime of this thread.
    ///
    /// # Panics
    /// There is no runtime on this thread.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::SyncIoBridge;
    ///
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// let blocking = SyncIoBridge::new(runtime_io::io::empty());
    /// # let _ = blocking;
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn new(src: T) -> Self {
        Self::new_with_handle(src, Handle::current())
    }

    /// Wraps a reader or writer, with a runtime that is named.
    ///
    /// # Examples
    /// ```
    /// use std::io::Read;
    ///
    /// use runtime_io::io::util::SyncIoBridge;
    ///
    /// let runtime = runtime_core::Builder::new_current_thread().build()?;
    /// let mut blocking = SyncIoBridge::new_with_handle(&b"hello"[..], runtime.handle().clone());
    /// let mut text = String::new();
    /// blocking.read_to_string(&mut text)?;
    /// assert_eq!(text, "hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new_with_handle(src: T, rt: Handle) -> Self {
        Self {
            io: src,
            runtime: rt,
        }
    }

    /// Takes out the reader or writer.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::SyncIoBridge;
    ///
    /// let runtime = runtime_core::Builder::new_current_thread().build()?;
    /// let blocking = SyncIoBridge::new_with_handle(&b"hello"[..], runtime.handle().clone());
    /// assert_eq!(blocking.into_inner(), b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> T {
        self.io
    }
}

impl<T: AsyncWrite> SyncIoBridge<T> {
    /// Whether the writer has vectored writes of its own.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::SyncIoBridge;
    ///
    /// let runtime = runtime_core::Builder::new_current_thread().build()?;
    /// let blocking = SyncIoBridge::new_with_handle(Vec::new(), runtime.handle().clone());
    /// assert!(blocking.is_write_vectored());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

impl<T: AsyncWrite + Unpin> SyncIoBridge<T> {
    /// Shuts the writer down: [`AsyncWriteExt::shutdown`].
    ///
    /// # Errors
    /// What the writer reports.
    ///
    /// # Panics
    /// On a thread that is driving tasks.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::util::SyncIoBridge;
    ///
    /// let runtime = runtime_core::Builder::new_current_thread().build()?;
    /// let mut blocking = SyncIoBridge::new_with_handle(Vec::new(), runtime.handle().clone());
    /// blocking.shutdown()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.runtime.block_on(self.io.shutdown())
    }
}

impl<T: AsyncRead + Unpin> Read for SyncIoBridge<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.runtime.block_on(AsyncReadExt::read(&mut self.io, buf))
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let future = AsyncReadExt::read_to_end(&mut self.io, buf);
        self.runtime.block_on(future)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        let future = AsyncReadExt::read_to_string(&mut self.io, buf);
        self.runtime.block_on(future)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let future = AsyncReadExt::read_exact(&mut self.io, buf);
        self.runtime.block_on(future).map(drop)
    }
}

impl<T: AsyncBufRead + Unpin> BufRead for SyncIoBridge<T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.runtime
            .block_on(AsyncBufReadExt::fill_buf(&mut self.io))
    }

    fn consume(&mut self, amount: usize) {
        AsyncBufReadExt::consume(&mut self.io, amount);
    }

    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        let future = AsyncBufReadExt::read_until(&mut self.io, byte, buf);
        self.runtime.block_on(future)
    }

    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        let future = AsyncBufReadExt::read_line(&mut self.io, buf);
        self.runtime.block_on(future)
    }
}

impl<T: AsyncWrite + Unpin> Write for SyncIoBridge<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.runtime.block_on(self.io.write(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.runtime.block_on(self.io.flush())
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        self.runtime.block_on(self.io.write_all(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.runtime.block_on(self.io.write_vectored(bufs))
    }
}

impl<T: AsyncSeek + Unpin> Seek for SyncIoBridge<T> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.runtime.block_on(self.io.seek(position))
    }
}

impl<T> AsRef<T> for SyncIoBridge<T> {
    fn as_ref(&self) -> &T {
        &self.io
    }
}

impl<T> AsMut<T> for SyncIoBridge<T> {
    fn as_mut(&mut self) -> &mut T {
        &mut self.io
    }
}
