//! The halves of connections, borrowed and owned, written once for every kind of connection.
//!
//! The macros stand where the types do, so that these are types of the module of their connection, and name it in their documentation.
//! What not every kind of connection can do ([`peeking`]) is a macro of its own.

/// What a half that reads does: the methods of the connection `$Stream` that read. The connection is in the first field.
macro_rules! reading {
    ($setup:ident, $Half:ty, $Stream:ident, $SocketAddr:ty) => {
        impl $Half {
            #[doc = concat!("See [`", stringify!($Stream), "::ready`]. Of interest here are [`Interest::READABLE`](crate::io::Interest::READABLE) and what belongs to reading.")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nlet ready = read.ready(Interest::READABLE).await?;\nassert!(ready.is_readable());")]
            pub async fn ready(
                &self,
                interest: $crate::io::Interest,
            ) -> std::io::Result<$crate::io::Ready> {
                self.0.ready(interest).await
            }

            #[doc = concat!("See [`", stringify!($Stream), "::readable`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nread.readable().await?;")]
            pub async fn readable(&self) -> std::io::Result<()> {
                self.0.readable().await
            }

            #[doc = concat!("See [`", stringify!($Stream), "::try_read`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nread.readable().await?;\nassert_eq!(read.try_read(&mut [0; 8])?, 5);")]
            pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.0.try_read(buf)
            }

            #[doc = concat!("See [`", stringify!($Stream), "::try_read_vectored`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nread.readable().await?;\nlet mut buf = [0; 8];\nassert_eq!(read.try_read_vectored(&mut [IoSliceMut::new(&mut buf)])?, 5);")]
            pub fn try_read_vectored(
                &self,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                self.0.try_read_vectored(bufs)
            }

            #[doc = concat!("See [`", stringify!($Stream), "::try_read_buf`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nread.readable().await?;\nlet mut buf = Vec::with_capacity(8);\nassert_eq!(read.try_read_buf(&mut buf)?, 5);")]
            pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                self.0.try_read_buf(buf)
            }
        }

        $crate::net::halves::addresses!($setup, $Half, $Stream, $SocketAddr);
        $crate::net::shape::async_read!($Half, |this| this.0);
    };
}

/// Reading without taking the data out, where the connection can do it.
macro_rules! peeking {
    ($setup:ident, $Half:ty, $Stream:ident) => {
        impl $Half {
            #[doc = concat!("See [`", stringify!($Stream), "::poll_peek`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nlet mut buf = [0; 8];\nlet count = poll_fn(|cx| read.poll_peek(cx, &mut ReadBuf::new(&mut buf))).await?;\nassert_eq!(count, 5);")]
            pub fn poll_peek(
                &mut self,
                cx: &mut std::task::Context<'_>,
                buf: &mut $crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.0.poll_peek(cx, buf)
            }

            #[doc = concat!("See [`", stringify!($Stream), "::peek`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: nothing is taken out.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.write_all(b\"hello\").await?;\nassert_eq!(read.peek(&mut [0; 8]).await?, 5);\n// It is still there.\nassert_eq!(read.read(&mut [0; 8]).await?, 5);")]
            pub async fn peek(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                let mut buf = $crate::io::ReadBuf::new(buf);
                std::future::poll_fn(|cx| self.0.poll_peek(cx, &mut buf)).await
            }
        }
    };
}

/// What a half that writes does: the methods of the connection `$Stream` that write. The connection is in the first field.
macro_rules! writing {
    ($setup:ident, $Half:ty, $Stream:ident, $SocketAddr:ty, |$this:ident| $shut_down:expr) => {
        impl $Half {
            #[doc = concat!("See [`", stringify!($Stream), "::ready`]. Of interest here is [`Interest::WRITABLE`](crate::io::Interest::WRITABLE).")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "let ready = write.ready(Interest::WRITABLE).await?;\nassert!(ready.is_writable());")]
            pub async fn ready(
                &self,
                interest: $crate::io::Interest,
            ) -> std::io::Result<$crate::io::Ready> {
                self.0.ready(interest).await
            }

            #[doc = concat!("See [`", stringify!($Stream), "::writable`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the readiness stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "write.writable().await?;")]
            pub async fn writable(&self) -> std::io::Result<()> {
                self.0.writable().await
            }

            #[doc = concat!("See [`", stringify!($Stream), "::try_write`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            #[doc = $crate::net::doc::example!($setup, "write.writable().await?;\nassert_eq!(write.try_write(b\"hello\")?, 5);")]
            pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
                self.0.try_write(buf)
            }

            #[doc = concat!("See [`", stringify!($Stream), "::try_write_vectored`].")]
            ///
            /// # Errors
            ///
            /// As there.
            ///
            #[doc = $crate::net::doc::example!($setup, "write.writable().await?;\nlet slices = [IoSlice::new(b\"he\"), IoSlice::new(b\"llo\")];\nassert_eq!(write.try_write_vectored(&slices)?, 5);")]
            pub fn try_write_vectored(
                &self,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::io::Result<usize> {
                self.0.try_write_vectored(bufs)
            }
        }

        $crate::net::halves::addresses!($setup, $Half, $Stream, $SocketAddr);
        $crate::net::shape::async_write!($Half, |this| this.0, |$this| $shut_down);
    };
}

/// The addresses of the connection, and the connection itself.
macro_rules! addresses {
    ($setup:ident, $Half:ty, $Stream:ident, $SocketAddr:ty) => {
        impl $Half {
            /// The address of the other end.
            ///
            /// # Errors
            ///
            /// The connection is gone, or the system cannot say.
            ///
            #[doc = $crate::net::doc::example!($setup, "println!(\"from {:?}\", read.peer_addr()?);\nprintln!(\"to {:?}\", write.peer_addr()?);")]
            pub fn peer_addr(&self) -> std::io::Result<$SocketAddr> {
                self.0.peer_addr()
            }

            /// The address of this end.
            ///
            /// # Errors
            ///
            /// The system cannot say.
            ///
            #[doc = $crate::net::doc::example!($setup, "println!(\"at {:?}\", read.local_addr()?);\nprintln!(\"at {:?}\", write.local_addr()?);")]
            pub fn local_addr(&self) -> std::io::Result<$SocketAddr> {
                self.0.local_addr()
            }
        }

        impl AsRef<$Stream> for $Half {
            fn as_ref(&self) -> &$Stream {
                &self.0
            }
        }
    };
}

/// `ReadHalf` and `WriteHalf`, which borrow the connection.
macro_rules! borrowed {
    ($setup:ident, $Stream:ident, $SocketAddr:ty) => {
        #[doc = concat!("The half of a borrowed connection that reads; made by [`", stringify!($Stream), "::split`].")]
        #[derive(Debug)]
        pub struct ReadHalf<'a>(&'a $Stream);

        #[doc = concat!("The half of a borrowed connection that writes; made by [`", stringify!($Stream), "::split`].")]
        ///
        /// Dropping it does nothing. Shutting it down ([`AsyncWrite::poll_shutdown`](crate::io::AsyncWrite::poll_shutdown)) shuts down
        /// the writing side of the connection.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(&'a $Stream);

        pub(super) fn split(stream: &mut $Stream) -> (ReadHalf<'_>, WriteHalf<'_>) {
            (ReadHalf(stream), WriteHalf(stream))
        }

        $crate::net::halves::reading!($setup, ReadHalf<'_>, $Stream, $SocketAddr);
        $crate::net::halves::writing!($setup, WriteHalf<'_>, $Stream, $SocketAddr, |this| this
            .0
            .shutdown_write());
    };
}

/// `OwnedReadHalf` and `OwnedWriteHalf`, which share the connection, and `ReuniteError`.
macro_rules! owned {
    ($setup:ident, $Stream:ident, $SocketAddr:ty) => {
        #[doc = concat!("The half of a connection that reads; made by [`", stringify!($Stream), "::into_split`].")]
        ///
        /// Dropping it does nothing as long as the other half lives.
        #[derive(Debug)]
        pub struct OwnedReadHalf(std::sync::Arc<$Stream>);

        #[doc = concat!("The half of a connection that writes; made by [`", stringify!($Stream), "::into_split`].")]
        ///
        /// Dropping it shuts down the writing side of the connection, unless that has been done already. [`forget`](Self::forget) drops it
        /// without.
        #[derive(Debug)]
        pub struct OwnedWriteHalf(
            std::sync::Arc<$Stream>,
            /// The drop is to shut down the writing side.
            bool,
        );

        /// The halves given to `reunite` are not those of one connection; they come back in it.
        #[derive(Debug)]
        pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

        pub(super) fn split(stream: $Stream) -> (OwnedReadHalf, OwnedWriteHalf) {
            let stream = std::sync::Arc::new(stream);
            let read = OwnedReadHalf(std::sync::Arc::clone(&stream));
            (read, OwnedWriteHalf(stream, true))
        }

        fn reunite(read: OwnedReadHalf, write: OwnedWriteHalf) -> Result<$Stream, ReuniteError> {
            if !std::sync::Arc::ptr_eq(&read.0, &write.0) {
                return Err(ReuniteError(read, write));
            }
            write.forget();
            let whole = std::sync::Arc::into_inner(read.0);
            Ok(whole.expect("a connection has two halves, and the other one is gone"))
        }

        impl std::fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("tried to reunite halves that are not from the same socket")
            }
        }

        impl std::error::Error for ReuniteError {}

        impl OwnedReadHalf {
            /// Puts the two halves together again.
            ///
            /// # Errors
            ///
            /// They are not those of one connection.
            ///
            #[doc = $crate::net::doc::example!($setup, "let whole = read.reunite(write).expect(\"they belong together\");\n# drop(whole);")]
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<$Stream, ReuniteError> {
                reunite(self, other)
            }
        }

        impl OwnedWriteHalf {
            /// Puts the two halves together again.
            ///
            /// # Errors
            ///
            /// They are not those of one connection.
            ///
            #[doc = $crate::net::doc::example!($setup, "let whole = write.reunite(read).expect(\"they belong together\");\n# drop(whole);")]
            pub fn reunite(self, other: OwnedReadHalf) -> Result<$Stream, ReuniteError> {
                reunite(other, self)
            }

            /// Drops this half without shutting down the writing side. It is shut down when the other half is dropped too.
            ///
            #[doc = $crate::net::doc::example!($setup, "// The other end does not see the end of what is sent.\nwrite.forget();\n# drop(read);")]
            pub fn forget(mut self) {
                self.1 = false;
            }

            fn shut_down(&mut self) -> std::io::Result<()> {
                let result = self.0.shutdown_write();
                if result.is_ok() {
                    self.1 = false;
                }
                result
            }
        }

        impl Drop for OwnedWriteHalf {
            fn drop(&mut self) {
                if self.1 {
                    // Nobody is left to hear of an error.
                    let _ = self.0.shutdown_write();
                }
            }
        }

        $crate::net::halves::reading!($setup, OwnedReadHalf, $Stream, $SocketAddr);
        $crate::net::halves::writing!($setup, OwnedWriteHalf, $Stream, $SocketAddr, |this| this
            .shut_down());
    };
}

pub(super) use {addresses, borrowed, owned, peeking, reading, writing};
