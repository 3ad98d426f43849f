//! Datagrams as frames.

use std::borrow::Borrow;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use futures_core::Stream;
use futures_sink::Sink;

use super::{CAPACITY, Decoder, Encoder};
use crate::io::util::poll_read_buf;
use crate::io::{AsyncRead, ReadBuf};
use crate::net::UdpSocket;

/// A UDP socket as a `Stream` and a `Sink` of frames, each with the address it is from or for.
///
/// A datagram is decoded by itself, with [`decode_eof`](Decoder::decode_eof), and may hold several frames; no frame goes
/// beyond its datagram. Each frame that is sent is a datagram.
///
/// A datagram that the system refuses, as too long for example, is given up: the error is the result of the flush, and the next
/// frame can be sent.
///
/// An error does not end the stream: the next poll goes on with the rest of the datagram, or if the decoder has taken nothing of
/// it, with the next one.
///
/// # Cancel safety
/// Dropping the future of the next frame loses nothing. A frame that is being sent is in the buffer, and sent with the
/// next flush.
///
/// # Examples
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use futures_util::{SinkExt, StreamExt};
/// use runtime_io::codec::{LinesCodec, UdpFramed};
/// use runtime_io::net::UdpSocket;
///
/// let here = UdpSocket::bind("127.0.0.1:0").await?;
/// let there = UdpSocket::bind("127.0.0.1:0").await?;
/// let (from, to) = (here.local_addr()?, there.local_addr()?);
///
/// let mut here = UdpFramed::new(here, LinesCodec::new());
/// let mut there = UdpFramed::new(there, LinesCodec::new());
/// here.send(("one\ntwo", to)).await.unwrap();
/// assert_eq!(there.next().await.unwrap().unwrap(), ("one".to_owned(), from));
/// assert_eq!(there.next().await.unwrap().unwrap(), ("two".to_owned(), from));
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "streams and sinks do nothing unless polled"]
pub struct UdpFramed<C, T = UdpSocket> {
    socket: T,
    codec: C,
    /// What is left of the datagram that was received last.
    received: BytesMut,
    /// Where that is from, for as long as it may hold a frame.
    sender: Option<SocketAddr>,
    /// The frame that is to be sent.
    encoded: BytesMut,
    /// Where it is for; `None` when it has been sent.
    receiver: Option<SocketAddr>,
}

impl<C, T> Unpin for UdpFramed<C, T> {}

impl<C, T: Borrow<UdpSocket>> UdpFramed<C, T> {
    /// Puts a codec around a socket, or around something that has one, such as an `Arc`.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// use std::sync::Arc;
    ///
    /// use runtime_io::codec::{BytesCodec, UdpFramed};
    /// use runtime_io::net::UdpSocket;
    ///
    /// // One to receive from in one task, and one to send with in another.
    /// let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
    /// let incoming = UdpFramed::new(Arc::clone(&socket), BytesCodec::new());
    /// let outgoing = UdpFramed::new(socket, BytesCodec::new());
    /// # let _ = (incoming, outgoing);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(socket: T, codec: C) -> Self {
        Self {
            socket,
            codec,
            received: BytesMut::with_capacity(DATAGRAM),
            sender: None,
            encoded: BytesMut::with_capacity(CAPACITY),
            receiver: None,
        }
    }

    /// The socket.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{BytesCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let frames = UdpFramed::new(UdpSocket::bind("127.0.0.1:0").await?, BytesCodec::new());
    /// assert!(frames.get_ref().local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.socket
    }

    /// The socket, to be changed. What is received from it directly is not seen here.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{BytesCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let mut frames = UdpFramed::new(UdpSocket::bind("127.0.0.1:0").await?, BytesCodec::new());
    /// frames.get_mut().set_ttl(1)?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.socket
    }

    /// The codec.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{BytesCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let frames = UdpFramed::new(UdpSocket::bind("127.0.0.1:0").await?, BytesCodec::new());
    /// assert_eq!(*frames.codec(), BytesCodec::new());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn codec(&self) -> &C {
        &self.codec
    }

    /// The codec, to be changed.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{LengthDelimitedCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// let mut frames = UdpFramed::new(socket, LengthDelimitedCodec::new());
    /// frames.codec_mut().set_max_frame_length(100);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn codec_mut(&mut self) -> &mut C {
        &mut self.codec
    }

    /// What is left of the datagram that was received last.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{BytesCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let frames = UdpFramed::new(UdpSocket::bind("127.0.0.1:0").await?, BytesCodec::new());
    /// assert!(frames.read_buffer().is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_buffer(&self) -> &BytesMut {
        &self.received
    }

    /// What is left of the datagram that was received last, to be changed.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{BytesCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let mut frames = UdpFramed::new(UdpSocket::bind("127.0.0.1:0").await?, BytesCodec::new());
    /// frames.read_buffer_mut().clear();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.received
    }

    /// Takes out the socket. What is left of a datagram is lost, and a frame that is not sent yet.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::codec::{BytesCodec, UdpFramed};
    /// # use runtime_io::net::UdpSocket;
    /// let frames = UdpFramed::new(UdpSocket::bind("127.0.0.1:0").await?, BytesCodec::new());
    /// let socket = frames.into_inner();
    /// assert!(socket.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> T {
        self.socket
    }
}

impl<C: Decoder, T: Borrow<UdpSocket>> Stream for UdpFramed<C, T> {
    type Item = Result<(C::Item, SocketAddr), C::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = self.get_mut();
        loop {
            if let Some(sender) = me.sender {
                let before = me.received.len();
                match me.codec.decode_eof(&mut me.received) {
                    Ok(Some(frame)) => return Poll::Ready(Some(Ok((frame, sender)))),
                    Ok(None) => me.sender = None,
                    Err(error) => {
                        // It would come again for ever.
                        if me.received.len() == before {
                            me.sender = None;
                        }
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
            me.received.clear();
            me.received.reserve(DATAGRAM);
            let mut datagram = Datagram {
                socket: me.socket.borrow(),
                sender: None,
            };
            ready!(poll_read_buf(Pin::new(&mut datagram), cx, &mut me.received))?;
            me.sender = datagram.sender;
        }
    }
}

impl<I, C: Encoder<I>, T: Borrow<UdpSocket>> Sink<(I, SocketAddr)> for UdpFramed<C, T> {
    type Error = C::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.get_mut().poll_send(cx).map_err(C::Error::from)
    }

    fn start_send(self: Pin<&mut Self>, item: (I, SocketAddr)) -> Result<(), C::Error> {
        let me = self.get_mut();
        let (frame, receiver) = item;
        me.codec.encode(frame, &mut me.encoded)?;
        me.receiver = Some(receiver);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.get_mut().poll_send(cx).map_err(C::Error::from)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.get_mut().poll_send(cx).map_err(C::Error::from)
    }
}

impl<C, T: Borrow<UdpSocket>> UdpFramed<C, T> {
    /// Ready when there is nothing to be sent.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(receiver) = self.receiver else {
            return Poll::Ready(Ok(()));
        };
        let socket = self.socket.borrow();
        let sent = ready!(socket.poll_send_to(cx, &self.encoded, receiver));
        let length = self.encoded.len();
        self.encoded.clear();
        self.receiver = None;
        Poll::Ready(match sent {
            Ok(sent) if sent == length => Ok(()),
            Ok(_) => Err(io::Error::other(
                "failed to write entire datagram to socket",
            )),
            Err(error) => Err(error),
        })
    }
}

/// A socket from which one datagram is read.
struct Datagram<'a> {
    socket: &'a UdpSocket,
    sender: Option<SocketAddr>,
}

impl AsyncRead for Datagram<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let sender = ready!(self.socket.poll_recv_from(cx, buf))?;
        self.sender = Some(sender);
        Poll::Ready(Ok(()))
    }
}

/// No datagram is longer.
const DATAGRAM: usize = 64 * 1024;
