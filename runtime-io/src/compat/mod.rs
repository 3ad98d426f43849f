//! Readers and writers of `futures-io` as ours, and ours as theirs. Behind the feature `futures-io`.
//!
//! The two crates' traits say the same in different words: theirs read into an initialised slice, call shutting down *closing*, and
//! seek in one step. [`Compat`] goes around a reader or writer of either kind and is one of the other.
//!
//! | from | to | by |
//! |---|---|---|
//! | ours | `futures_io::AsyncRead`, `AsyncBufRead`, `AsyncSeek` | [`AsyncReadCompatExt::compat`] |
//! | ours | `futures_io::AsyncWrite` | [`AsyncWriteCompatExt::compat_write`] |
//! | `futures_io::AsyncRead`, `AsyncBufRead`, `AsyncSeek` | ours | [`FuturesAsyncReadCompatExt::compat`] |
//! | `futures_io::AsyncWrite` | ours | [`FuturesAsyncWriteCompatExt::compat_write`] |
//!
//! Something that reads and writes needs only one of the two methods: what comes out does both.
//!
//! In `tokio-util` the first two traits are called `TokioAsyncReadCompatExt` and `TokioAsyncWriteCompatExt`. Here they have no
//! runtime in their name; methods and types are named alike.
//!
//! The sockets of this crate do not implement the traits of `futures-io` directly: a type with both would make every
//! `stream.read(…)` ambiguous in a module that imports both extension traits, and turning on a feature anywhere in a program must not
//! break code elsewhere in it.
//!
//! # Examples
//! ```
//! use futures_util::io::{AsyncReadExt, AsyncWriteExt};
//! use runtime_io::compat::AsyncReadCompatExt;
//!
//! # futures_executor::block_on(async {
//! let (here, there) = runtime_io::io::duplex(64);
//! let (mut here, mut there) = (here.compat(), there.compat());
//! here.write_all(b"hello").await?;
//! here.close().await?;
//! let mut text = String::new();
//! there.read_to_string(&mut text).await?;
//! assert_eq!(text, "hello");
//! # std::io::Result::Ok(()) }).unwrap();
//! ```

mod ours;
mod theirs;

use std::io::SeekFrom;

use pin_project_lite::pin_project;

use crate::io;

pin_project! {
    /// A reader or writer of the one kind, as one of the other: see [the module](self).
    #[derive(Clone, Copy, Debug)]
    pub struct Compat<T> {
        #[pin]
        inner: T,
        // The seek that is under way.
        seek: Option<SeekFrom>,
    }
}

impl<T> Compat<T> {
    fn new(inner: T) -> Self {
        Self { inner, seek: None }
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::compat::AsyncReadCompatExt;
    ///
    /// assert_eq!(*AsyncReadCompatExt::compat(&b"hello"[..]).get_ref(), b"hello");
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// What is inside, to be changed.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::compat::AsyncReadCompatExt;
    ///
    /// assert_eq!(*AsyncReadCompatExt::compat(&b"hello"[..]).get_mut(), b"hello");
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Takes out what is inside.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::compat::AsyncReadCompatExt;
    ///
    /// assert_eq!(AsyncReadCompatExt::compat(&b"hello"[..]).into_inner(), b"hello");
    /// ```
    pub fn into_inner(self) -> T {
        self.inner
    }
}

/// Readers of this crate, for code that asks for those of `futures-io`.
pub trait AsyncReadCompatExt: io::AsyncRead {
    /// Wraps the reader; what it can do besides (write, seek, lend its buffer) is there too.
    ///
    /// # Examples
    /// ```
    /// use futures_util::io::AsyncReadExt;
    /// use runtime_io::compat::AsyncReadCompatExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut reader = AsyncReadCompatExt::compat(&b"hello"[..]);
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text).await?;
    /// assert_eq!(text, "hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn compat(self) -> Compat<Self>
    where
        Self: Sized,
    {
        Compat::new(self)
    }
}

impl<T: io::AsyncRead> AsyncReadCompatExt for T {}

/// Writers of this crate, for code that asks for those of `futures-io`.
pub trait AsyncWriteCompatExt: io::AsyncWrite {
    /// Wraps the writer; what it can do besides (read, seek) is there too.
    ///
    /// # Examples
    /// ```
    /// use futures_util::io::AsyncWriteExt;
    /// use runtime_io::compat::AsyncWriteCompatExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut writer = AsyncWriteCompatExt::compat_write(Vec::new());
    /// writer.write_all(b"hello").await?;
    /// assert_eq!(writer.into_inner(), b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn compat_write(self) -> Compat<Self>
    where
        Self: Sized,
    {
        Compat::new(self)
    }
}

impl<T: io::AsyncWrite> AsyncWriteCompatExt for T {}

/// Readers of `futures-io`, for code that asks for those of this crate.
pub trait FuturesAsyncReadCompatExt: futures_io::AsyncRead {
    /// Wraps the reader; what it can do besides (write, seek, lend its buffer) is there too.
    ///
    /// # Examples
    /// ```
    /// use futures_util::io::Cursor;
    /// use runtime_io::compat::FuturesAsyncReadCompatExt;
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut reader = Cursor::new("hello").compat();
    /// assert_eq!(reader.read_u8().await?, b'h');
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn compat(self) -> Compat<Self>
    where
        Self: Sized,
    {
        Compat::new(self)
    }
}

impl<T: futures_io::AsyncRead> FuturesAsyncReadCompatExt for T {}

/// Writers of `futures-io`, for code that asks for those of this crate.
pub trait FuturesAsyncWriteCompatExt: futures_io::AsyncWrite {
    /// Wraps the writer; what it can do besides (read, seek) is there too.
    ///
    /// # Examples
    /// ```
    /// use futures_util::io::Cursor;
    /// use runtime_io::compat::FuturesAsyncWriteCompatExt;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut writer = Cursor::new(Vec::new()).compat_write();
    /// writer.write_u16(258).await?;
    /// assert_eq!(writer.into_inner().into_inner(), [1, 2]);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn compat_write(self) -> Compat<Self>
    where
        Self: Sized,
    {
        Compat::new(self)
    }
}

impl<T: futures_io::AsyncWrite> FuturesAsyncWriteCompatExt for T {}

#[cfg(unix)]
impl<T: std::os::fd::AsFd> std::os::fd::AsFd for Compat<T> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

#[cfg(unix)]
impl<T: std::os::fd::AsRawFd> std::os::fd::AsRawFd for Compat<T> {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.inner.as_raw_fd()
    }
}
