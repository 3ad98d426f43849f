//! What sockets have in common because of what they are, and each has to have as methods and impls of its own: written once, as macros.
//!
//! A macro stands where a trait could not: these are inherent methods, as users of other runtimes know them. Each type has a field
//! `io: Evented<…>`, and the documentation is that of the type it appears on.
//!
//! | macro | for | what it gives |
//! |---|---|---|
//! | [`identity`] | every socket | from and into the type of std, the descriptor, `Debug` |
//! | [`readiness`] | what reads and writes | `ready`, `readable`, `writable`, `try_io`, `async_io`, `take_error` |
//! | [`byte_stream`] | connections | reading and writing bytes, shared by the connection and its halves |

/// `from_std`, `into_std`, `TryFrom`, `AsFd`, `AsRawFd`, `Debug`, for a socket made of the type `$std` of the standard library.
///
/// `$Socket` has a function `new(std, reactor, lent)`; `$noun` is what the documentation calls it.
macro_rules! identity {
    ($setup:ident, $Socket:ident, $std:ty, $noun:literal) => {
        impl $Socket {
            #[doc = concat!("Takes over a ", $noun, " of the standard library. It must be in non-blocking mode.")]
            ///
            /// # Errors
            ///
            /// None at present; the signature leaves room for them.
            ///
            /// # Panics
            ///
            /// There is no runtime on this thread, or it was built without I/O. In debug builds also if it is in blocking mode.
            ///
            #[doc = $crate::net::doc::example!($setup, concat!("let std = ours.into_std()?;\nlet again = ", stringify!($Socket), "::from_std(std)?;\n# drop(again);"))]
            #[track_caller]
            pub fn from_std(std: $std) -> std::io::Result<Self> {
                let reactor = $crate::reactor::Reactor::current();
                $crate::net::blocking::check(&std);
                Ok(Self::new(std, reactor, true))
            }

            #[doc = concat!("Turns this into a ", $noun, " of the standard library, still in non-blocking mode.")]
            ///
            /// # Errors
            ///
            /// None at present; the signature leaves room for them.
            ///
            #[doc = $crate::net::doc::example!($setup, concat!("let std = ours.into_std()?;\nlet again = ", stringify!($Socket), "::from_std(std)?;\n# drop(again);"))]
            pub fn into_std(self) -> std::io::Result<$std> {
                Ok(self.io.into_inner())
            }
        }

        impl TryFrom<$std> for $Socket {
            type Error = std::io::Error;

            #[doc = concat!("As [`", stringify!($Socket), "::from_std`], with its panics.")]
            fn try_from(std: $std) -> std::io::Result<Self> {
                Self::from_std(std)
            }
        }

        $crate::net::shape::descriptor!($Socket);
    };
}

/// `AsFd`, `AsRawFd`, `Debug`. Whoever is given the number may make a duplicate.
macro_rules! descriptor {
    ($Socket:ident) => {
        impl std::os::fd::AsFd for $Socket {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                std::os::fd::AsFd::as_fd(self.io.lend())
            }
        }

        impl std::os::fd::AsRawFd for $Socket {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(self.io.lend())
            }
        }

        impl std::fmt::Debug for $Socket {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.io, f)
            }
        }
    };
}

/// Waiting for both directions, and operations of the caller's. `$in` and `$out` say what there is to read, and room for what.
macro_rules! readiness {
    ($setup:ident, $Socket:ident, $noun:literal, $in:literal, $out:literal) => {
        impl $Socket {
            #[doc = concat!("Takes the error that is pending on the ", $noun, ", if there is one (`SO_ERROR`).")]
            ///
            /// # Errors
            ///
            /// The system cannot say.
            ///
            #[doc = $crate::net::doc::example!($setup, "assert!(ours.take_error()?.is_none());")]
            pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
                self.io.io().take_error()
            }

            #[doc = concat!("Waits until the ", $noun, " is ready for anything in `interest`, and says for what.")]
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
            #[doc = $crate::net::doc::example!($setup, "let ready = ours.ready(Interest::WRITABLE).await?;\nassert!(ready.is_writable());")]
            pub async fn ready(
                &self,
                interest: $crate::io::Interest,
            ) -> std::io::Result<$crate::io::Ready> {
                let seen = self.io.ready(interest).await?;
                Ok(seen.ready() & interest.mask())
            }

            #[doc = concat!("Waits until there is ", $in, ". Like [`ready`](Self::ready) for [`Interest::READABLE`](crate::io::Interest::READABLE).")]
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "// The other end sends something.\n# rustix::io::write(&theirs, b\"hello\")?;\nours.readable().await?;")]
            pub async fn readable(&self) -> std::io::Result<()> {
                self.ready($crate::io::Interest::READABLE).await.map(drop)
            }

            #[doc = concat!("Waits until there is room ", $out, ". Like [`ready`](Self::ready) for [`Interest::WRITABLE`](crate::io::Interest::WRITABLE).")]
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "ours.writable().await?;")]
            pub async fn writable(&self) -> std::io::Result<()> {
                self.ready($crate::io::Interest::WRITABLE).await.map(drop)
            }

            #[doc = concat!("Runs an operation of the caller's on the ", $noun, ", without waiting.")]
            ///
            #[doc = concat!(
                "`f` is not run, and the result is [`WouldBlock`](std::io::ErrorKind::WouldBlock), if the ", $noun,
                " is not known to be ready for `interest`. If `f` finds that it would block, it must say so; the ", $noun,
                " then counts as not ready for `interest`."
            )]
            ///
            /// # Errors
            ///
            /// Those of `f`, or the runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "ours.writable().await?;\nlet count = ours.try_io(Interest::WRITABLE, || Ok(rustix::io::write(&ours, b\"hello\")?))?;\nassert_eq!(count, 5);")]
            pub fn try_io<R>(
                &self,
                interest: $crate::io::Interest,
                f: impl FnOnce() -> std::io::Result<R>,
            ) -> std::io::Result<R> {
                self.io.try_io(interest, |_| f())
            }

            #[doc = concat!("Runs an operation of the caller's on the ", $noun, ", waiting as long as it finds that it would block.")]
            ///
            /// # Errors
            ///
            /// Those of `f` except [`WouldBlock`](std::io::ErrorKind::WouldBlock), or the runtime is gone.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe as far as `f` is: it is not running while the future waits.
            ///
            #[doc = $crate::net::doc::example!($setup, "let count = ours.async_io(Interest::WRITABLE, || Ok(rustix::io::write(&ours, b\"hello\")?)).await?;\nassert_eq!(count, 5);")]
            pub async fn async_io<R>(
                &self,
                interest: $crate::io::Interest,
                mut f: impl FnMut() -> std::io::Result<R>,
            ) -> std::io::Result<R> {
                self.io.async_io(interest, |_| f()).await
            }
        }
    };
}

/// Reading and writing bytes, waiting and not. `$short` says what a short read means ([`Short`](super::byte_stream::Short)).
macro_rules! byte_stream {
    ($setup:ident, $Stream:ident, $short:expr) => {
        impl $Stream {
            /// Waits until there is something to read. Only the last task to call this, or to read, is woken.
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "// The other end sends something.\n# rustix::io::write(&theirs, b\"hello\")?;\npoll_fn(|cx| ours.poll_read_ready(cx)).await?;")]
            pub fn poll_read_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io.poll_ready(cx, $crate::reactor::Side::Read)
            }

            /// Waits until there is room to write. Only the last task to call this, or to write, is woken.
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "poll_fn(|cx| ours.poll_write_ready(cx)).await?;")]
            pub fn poll_write_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io.poll_ready(cx, $crate::reactor::Side::Write)
            }

            /// Reads what there is, without waiting. `Ok(0)` is the end, if `buf` has room.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is nothing; the connection is broken, or the runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nours.readable().await?;\nassert_eq!(ours.try_read(&mut [0; 8])?, 5);")]
            pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.io
                    .try_io($crate::io::Interest::READABLE, |mut stream| {
                        std::io::Read::read(&mut stream, buf)
                    })
            }

            /// As [`try_read`](Self::try_read), into several buffers.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nours.readable().await?;\nlet (mut first, mut second) = ([0; 2], [0; 8]);\nlet mut slices = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];\nassert_eq!(ours.try_read_vectored(&mut slices)?, 5);")]
            pub fn try_read_vectored(
                &self,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                self.io
                    .try_io($crate::io::Interest::READABLE, |mut stream| {
                        std::io::Read::read_vectored(&mut stream, bufs)
                    })
            }

            /// As [`try_read`](Self::try_read), into the unused room of a buffer, which is advanced.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nours.readable().await?;\nlet mut buf = Vec::with_capacity(8);\nours.try_read_buf(&mut buf)?;\nassert_eq!(buf, b\"hello\");")]
            pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                $crate::net::byte_stream::try_read_buf(&self.io, buf)
            }

            /// Writes as much as there is room for, without waiting.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is no room; the connection is broken, or the runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "ours.writable().await?;\nassert_eq!(ours.try_write(b\"hello\")?, 5);")]
            pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
                $crate::net::byte_stream::try_write(&self.io, buf)
            }

            /// As [`try_write`](Self::try_write), from several buffers.
            ///
            /// # Errors
            ///
            /// As [`try_write`](Self::try_write).
            ///
            #[doc = $crate::net::doc::example!($setup, "ours.writable().await?;\nlet slices = [IoSlice::new(b\"he\"), IoSlice::new(b\"llo\")];\nassert_eq!(ours.try_write_vectored(&slices)?, 5);")]
            pub fn try_write_vectored(
                &self,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::io::Result<usize> {
                $crate::net::byte_stream::try_write_vectored(&self.io, bufs)
            }

            /// Borrows the connection as a half for reading and a half for writing, to be used at the same time.
            ///
            #[doc = $crate::net::doc::example!($setup, "let (mut read, mut write) = ours.split();\nwrite.write_all(b\"hello\").await?;\ntheirs.write_all(b\"hi\").await?;\nassert_eq!(read.read_u8().await?, b'h');")]
            pub fn split<'a>(&'a mut self) -> (super::ReadHalf<'a>, super::WriteHalf<'a>) {
                super::split::split(self)
            }

            /// Divides the connection into a half for reading and a half for writing, which may go to different tasks.
            ///
            /// Dropping the half for writing shuts down the writing side;
            /// [`OwnedWriteHalf::forget`](super::OwnedWriteHalf::forget) avoids that.
            ///
            #[doc = $crate::net::doc::example!($setup, "let (mut read, mut write) = ours.into_split();\nlet writing = runtime_core::spawn(async move { write.write_all(b\"hello\").await });\ntheirs.write_all(b\"hi\").await?;\nassert_eq!(read.read_u8().await?, b'h');\nwriting.await??;")]
            #[must_use]
            pub fn into_split(self) -> (super::OwnedReadHalf, super::OwnedWriteHalf) {
                super::split_owned::split(self)
            }

            pub(super) fn shutdown_write(&self) -> std::io::Result<()> {
                let result = self.io.io().shutdown(std::net::Shutdown::Write);
                $crate::net::byte_stream::shut_down(result)
            }

            pub(super) fn poll_read_shared(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &mut $crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                $crate::net::byte_stream::poll_read(&self.io, cx, buf, $short)
            }

            pub(super) fn poll_write_shared(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                $crate::net::byte_stream::poll_write(&self.io, cx, buf, $short)
            }

            pub(super) fn poll_write_vectored_shared(
                &self,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                $crate::net::byte_stream::poll_write_vectored(&self.io, cx, bufs)
            }
        }

        $crate::net::shape::async_read!($Stream, |this| this);
        $crate::net::shape::async_write!($Stream, |this| this, |this| this.shutdown_write());

        impl AsRef<Self> for $Stream {
            fn as_ref(&self) -> &Self {
                self
            }
        }
    };
}

/// `AsyncRead` for `$Type`, which reads from the stream `$stream`.
macro_rules! async_read {
    ($Type:ty, |$this:ident| $stream:expr) => {
        impl $crate::io::AsyncRead for $Type {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut $crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let $this = self.get_mut();
                $stream.poll_read_shared(cx, buf)
            }
        }
    };
}

/// `AsyncWrite` for `$Type`, which writes to the stream `$stream`, and is shut down as `$shut_down` says.
macro_rules! async_write {
    ($Type:ty, |$this:ident| $stream:expr, |$that:ident| $shut_down:expr) => {
        impl $crate::io::AsyncWrite for $Type {
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = self.get_mut();
                $stream.poll_write_shared(cx, buf)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = self.get_mut();
                $stream.poll_write_vectored_shared(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                // What was written is with the system already.
                std::task::Poll::Ready(Ok(()))
            }

            fn poll_shutdown(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let $that = self.get_mut();
                std::task::Poll::Ready($shut_down)
            }
        }
    };
}

pub(super) use {async_read, async_write, byte_stream, descriptor, identity, readiness};
