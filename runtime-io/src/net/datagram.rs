//! What sockets for datagrams have in common, written once: sending and receiving as the `async` methods, `poll_*` and `try_*` know it.
//!
//! One call sends or receives one datagram, whole or not at all; a buffer that is too small loses the rest of it. `Ok(0)` is an empty
//! datagram and no end.

/// `$Socket` has the field `io: Evented<$std>`. `$address` makes an address of what the system reports as the sender. What else may go
/// wrong differs: `$trouble` when receiving, `$refusal` when sending.
macro_rules! methods {
    ($setup:ident, $Socket:ident, $SocketAddr:ty, $address:path, $trouble:literal, $refusal:literal) => {
        impl $Socket {
            /// Waits until there is a datagram. Only the last task to call this, or to receive, is woken.
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "// The other end sends something.\n# rustix::io::write(&theirs, b\"hello\")?;\npoll_fn(|cx| ours.poll_recv_ready(cx)).await?;")]
            pub fn poll_recv_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io.poll_ready(cx, $crate::reactor::Side::Read)
            }

            /// Waits until there is room for a datagram. Only the last task to call this, or to send, is woken.
            ///
            /// # Errors
            ///
            /// The runtime is gone.
            ///
            #[doc = $crate::net::doc::example!($setup, "poll_fn(|cx| ours.poll_send_ready(cx)).await?;")]
            pub fn poll_send_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io.poll_ready(cx, $crate::reactor::Side::Write)
            }

            /// Sends a datagram to the address the socket is connected to.
            ///
            /// # Errors
            ///
            #[doc = concat!("The socket is not connected, the datagram is too long, ", $refusal, ", or the runtime is gone.")]
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: the datagram is sent or not.
            ///
            #[doc = $crate::net::doc::example!($setup, "assert_eq!(ours.send(b\"hello\").await?, 5);")]
            pub async fn send(&self, buf: &[u8]) -> std::io::Result<usize> {
                self.io
                    .async_io($crate::io::Interest::WRITABLE, |socket| socket.send(buf))
                    .await
            }

            /// Sends a datagram to the address the socket is connected to. Of several tasks that call this, only the last one is woken.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            ///
            #[doc = $crate::net::doc::example!($setup, "let count = poll_fn(|cx| ours.poll_send(cx, b\"hello\")).await?;\nassert_eq!(count, 5);")]
            pub fn poll_send(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.io
                    .poll_io(cx, $crate::reactor::Side::Write, |socket, _| socket.send(buf))
            }

            /// Sends a datagram to the address the socket is connected to, without waiting.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send), and [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is no room.
            ///
            #[doc = $crate::net::doc::example!($setup, "ours.writable().await?;\nassert_eq!(ours.try_send(b\"hello\")?, 5);")]
            pub fn try_send(&self, buf: &[u8]) -> std::io::Result<usize> {
                self.io
                    .try_io($crate::io::Interest::WRITABLE, |socket| socket.send(buf))
            }

            /// Receives a datagram; what does not fit into `buf` is lost. Returns its length.
            ///
            /// # Errors
            ///
            #[doc = $trouble]
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: a datagram is received or stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nassert_eq!(ours.recv(&mut [0; 8]).await?, 5);")]
            pub async fn recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.io
                    .async_io($crate::io::Interest::READABLE, |socket| socket.recv(buf))
                    .await
            }

            /// Receives a datagram; what does not fit into `buf` is lost. Advances `buf`. Of several tasks that call this, only the last
            /// one is woken.
            ///
            /// # Errors
            ///
            #[doc = $trouble]
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nlet mut buf = [0; 8];\nlet mut buf = ReadBuf::new(&mut buf);\npoll_fn(|cx| ours.poll_recv(cx, &mut buf)).await?;\nassert_eq!(buf.filled(), b\"hello\");")]
            pub fn poll_recv(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &mut $crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let received = self.io.poll_io(cx, $crate::reactor::Side::Read, |socket, _| {
                    $crate::net::receive::receive(socket, buf, rustix::net::RecvFlags::empty())
                });
                received.map_ok(|count| buf.advance(count))
            }

            /// Receives a datagram; what does not fit into `buf` is lost. Does not wait.
            ///
            /// # Errors
            ///
            /// As [`recv`](Self::recv), and [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is none.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nours.readable().await?;\nassert_eq!(ours.try_recv(&mut [0; 8])?, 5);")]
            pub fn try_recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.io
                    .try_io($crate::io::Interest::READABLE, |socket| socket.recv(buf))
            }

            /// Receives a datagram; what does not fit into `buf` is lost. Returns its length and its sender.
            ///
            /// # Errors
            ///
            #[doc = $trouble]
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: a datagram is received or stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nlet (count, _sender) = ours.recv_from(&mut [0; 8]).await?;\nassert_eq!(count, 5);")]
            pub async fn recv_from(
                &self,
                buf: &mut [u8],
            ) -> std::io::Result<(usize, $SocketAddr)> {
                let received = self
                    .io
                    .async_io($crate::io::Interest::READABLE, |socket| socket.recv_from(buf))
                    .await;
                received.map(|(count, sender)| (count, sender.into()))
            }

            /// Receives a datagram; what does not fit into `buf` is lost. Advances `buf` and returns the sender. Of several tasks that call
            /// this, only the last one is woken.
            ///
            /// # Errors
            ///
            #[doc = $trouble]
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nlet mut buf = [0; 8];\nlet mut buf = ReadBuf::new(&mut buf);\nlet _sender = poll_fn(|cx| ours.poll_recv_from(cx, &mut buf)).await?;\nassert_eq!(buf.filled(), b\"hello\");")]
            pub fn poll_recv_from(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &mut $crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<$SocketAddr>> {
                let received = self.io.poll_io(cx, $crate::reactor::Side::Read, |socket, _| {
                    $crate::net::receive::receive_from(socket, buf, rustix::net::RecvFlags::empty())
                });
                let (count, sender) = std::task::ready!(received)?;
                buf.advance(count);
                std::task::Poll::Ready($address(sender))
            }

            /// Receives a datagram; what does not fit into `buf` is lost. Does not wait.
            ///
            /// # Errors
            ///
            /// As [`recv_from`](Self::recv_from), and [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is none.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nours.readable().await?;\nassert_eq!(ours.try_recv_from(&mut [0; 8])?.0, 5);")]
            pub fn try_recv_from(
                &self,
                buf: &mut [u8],
            ) -> std::io::Result<(usize, $SocketAddr)> {
                let received = self
                    .io
                    .try_io($crate::io::Interest::READABLE, |socket| socket.recv_from(buf));
                received.map(|(count, sender)| (count, sender.into()))
            }

            /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length.
            ///
            /// # Errors
            ///
            #[doc = $trouble]
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: a datagram is received or stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nlet mut buf = Vec::with_capacity(8);\nours.recv_buf(&mut buf).await?;\nassert_eq!(buf, b\"hello\");")]
            pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                self.io
                    .async_io($crate::io::Interest::READABLE, |socket| {
                        $crate::net::receive::receive_buf(socket, buf)
                    })
                    .await
            }

            /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length. Does not
            /// wait.
            ///
            /// # Errors
            ///
            /// As [`recv_buf`](Self::recv_buf), and [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is none.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nours.readable().await?;\nlet mut buf = Vec::with_capacity(8);\nours.try_recv_buf(&mut buf)?;\nassert_eq!(buf, b\"hello\");")]
            pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                self.io.try_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::receive::receive_buf(socket, buf)
                })
            }

            /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length and its
            /// sender.
            ///
            /// # Errors
            ///
            #[doc = $trouble]
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: a datagram is received or stays.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nlet mut buf = Vec::with_capacity(8);\nlet (count, _sender) = ours.recv_buf_from(&mut buf).await?;\nassert_eq!((count, &buf[..]), (5, &b\"hello\"[..]));")]
            pub async fn recv_buf_from<B: bytes::BufMut>(
                &self,
                buf: &mut B,
            ) -> std::io::Result<(usize, $SocketAddr)> {
                let received = self
                    .io
                    .async_io($crate::io::Interest::READABLE, |socket| {
                        $crate::net::receive::receive_buf_from(socket, buf)
                    })
                    .await;
                let (count, sender) = received?;
                Ok((count, $address(sender)?))
            }

            /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length and its
            /// sender. Does not wait.
            ///
            /// # Errors
            ///
            /// As [`recv_buf_from`](Self::recv_buf_from), and [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is none.
            ///
            #[doc = $crate::net::doc::example!($setup, "theirs.send(b\"hello\").await?;\nours.readable().await?;\nlet mut buf = Vec::with_capacity(8);\nassert_eq!(ours.try_recv_buf_from(&mut buf)?.0, 5);")]
            pub fn try_recv_buf_from<B: bytes::BufMut>(
                &self,
                buf: &mut B,
            ) -> std::io::Result<(usize, $SocketAddr)> {
                let received = self.io.try_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::receive::receive_buf_from(socket, buf)
                });
                let (count, sender) = received?;
                Ok((count, $address(sender)?))
            }
        }
    };
}

pub(super) use methods;
