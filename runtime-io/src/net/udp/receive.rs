//! Receiving datagrams.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use rustix::net::{RecvFlags, SocketAddrAny};

use super::UdpSocket;
use crate::io::ReadBuf;
use crate::net::byte_stream::{receive, receive_buf};
use crate::reactor::{Interest, Side};

impl UdpSocket {
    /// Receives a datagram; what does not fit into `buf` is lost. Returns its length.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a datagram is received or stays.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.recv(buf))
            .await
    }

    /// Receives a datagram; what does not fit into `buf` is lost. Advances `buf`. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = ready!(self.io.poll_io(cx, Side::Read, |socket, _| receive(
            socket,
            buf,
            RecvFlags::empty()
        )))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }

    /// Receives a datagram; what does not fit into `buf` is lost. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |socket| socket.recv(buf))
    }

    /// Receives a datagram; what does not fit into `buf` is lost. Returns its length and its sender.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a datagram is received or stays.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.recv_from(buf))
            .await
    }

    /// Receives a datagram; what does not fit into `buf` is lost. Advances `buf` and returns the sender. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let (count, sender) = ready!(self.io.poll_io(cx, Side::Read, |socket, _| receive_from(
            socket,
            buf,
            RecvFlags::empty()
        )))?;
        buf.advance(count);
        Poll::Ready(Ok(sender))
    }

    /// Receives a datagram; what does not fit into `buf` is lost. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .try_io(Interest::READABLE, |socket| socket.recv_from(buf))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Returns its length.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram stays.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.peek(buf))
            .await
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Advances `buf`. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = ready!(self.io.poll_io(cx, Side::Read, |socket, _| receive(
            socket,
            buf,
            RecvFlags::PEEK
        )))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`peek`](Self::peek), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |socket| socket.peek(buf))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Returns its length and its sender.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram stays.
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.peek_from(buf))
            .await
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Advances `buf` and returns the sender. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let (count, sender) = ready!(self.io.poll_io(cx, Side::Read, |socket, _| receive_from(
            socket,
            buf,
            RecvFlags::PEEK
        )))?;
        buf.advance(count);
        Poll::Ready(Ok(sender))
    }

    /// Copies a datagram, as far as it fits into `buf`, and leaves it to be received. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`peek_from`](Self::peek_from), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .try_io(Interest::READABLE, |socket| socket.peek_from(buf))
    }

    /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a datagram is received or stays.
    pub async fn recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        let count = self
            .io
            .async_io(Interest::READABLE, |socket| receive_buf(socket, buf))
            .await?;
        // SAFETY: that many bytes of this chunk have been received just now.
        unsafe { buf.advance_mut(count) };
        Ok(count)
    }

    /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`recv_buf`](Self::recv_buf), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        let count = self
            .io
            .try_io(Interest::READABLE, |socket| receive_buf(socket, buf))?;
        // SAFETY: that many bytes of this chunk have been received just now.
        unsafe { buf.advance_mut(count) };
        Ok(count)
    }

    /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length and its sender.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a datagram is received or stays.
    pub async fn recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self
            .io
            .async_io(Interest::READABLE, |socket| receive_buf_from(socket, buf))
            .await?;
        // SAFETY: that many bytes of this chunk have been received just now.
        unsafe { buf.advance_mut(count) };
        Ok((count, sender))
    }

    /// Receives a datagram into the unused room of `buf`, which is advanced; what does not fit is lost. Returns its length and its sender. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`recv_buf_from`](Self::recv_buf_from), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self
            .io
            .try_io(Interest::READABLE, |socket| receive_buf_from(socket, buf))?;
        // SAFETY: that many bytes of this chunk have been received just now.
        unsafe { buf.advance_mut(count) };
        Ok((count, sender))
    }

    /// Who sent the next datagram, which stays.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the datagram stays.
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.async_io(Interest::READABLE, peek_sender).await
    }

    /// Who sent the next datagram, which stays. Of several tasks that call this, only the last one is woken.
    ///
    /// # Errors
    ///
    /// An error came back for an earlier datagram, or the runtime is gone.
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io
            .poll_io(cx, Side::Read, |socket, _| peek_sender(socket))
    }

    /// Who sent the next datagram, which stays. Does not wait.
    ///
    /// # Errors
    ///
    /// As [`peek_sender`](Self::peek_sender), and [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none.
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.try_io(Interest::READABLE, peek_sender)
    }
}

/// Receives into the unfilled part of `buf`, without advancing it.
fn receive_from(
    socket: &std::net::UdpSocket,
    buf: &mut ReadBuf<'_>,
    flags: RecvFlags,
) -> io::Result<(usize, SocketAddr)> {
    // SAFETY: what is received there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.unfilled_mut() };
    let ((filled, _), _, sender) = rustix::net::recvfrom(socket, room, flags)?;
    let count = filled.len();
    // SAFETY: that many bytes have been received just now.
    unsafe { buf.assume_init(count) };
    Ok((count, inet(sender)?))
}

/// Receives into the unused room of `buf`, without advancing it.
fn receive_buf_from<B: BufMut>(
    socket: &std::net::UdpSocket,
    buf: &mut B,
) -> io::Result<(usize, SocketAddr)> {
    // SAFETY: what is received there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let ((filled, _), _, sender) = rustix::net::recvfrom(socket, room, RecvFlags::empty())?;
    Ok((filled.len(), inet(sender)?))
}

fn peek_sender(socket: &std::net::UdpSocket) -> io::Result<SocketAddr> {
    let (_, _, sender) = rustix::net::recvfrom(socket, &mut [0_u8; 0][..], RecvFlags::PEEK)?;
    inet(sender)
}

/// The sender of a datagram, which on an internet socket has an internet address.
fn inet(sender: Option<SocketAddrAny>) -> io::Result<SocketAddr> {
    sender
        .and_then(|sender| sender.try_into().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}
