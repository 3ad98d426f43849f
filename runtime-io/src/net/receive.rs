//! Receiving into memory that is perhaps not initialised. The one place in `net/` that does so.

use std::io;
use std::os::fd::AsFd;

use bytes::BufMut;
use rustix::net::{RecvFlags, SocketAddrAny};

use crate::io::ReadBuf;

/// Receives into the unfilled part of `buf`, without advancing it.
pub(super) fn receive(
    socket: &impl AsFd,
    buf: &mut ReadBuf<'_>,
    flags: RecvFlags,
) -> io::Result<usize> {
    // SAFETY: what is received there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.unfilled_mut() };
    let ((filled, _), _) = rustix::net::recv(socket, room, flags)?;
    let count = filled.len();
    // SAFETY: that many bytes have been received just now.
    unsafe { buf.assume_init(count) };
    Ok(count)
}

/// The same, with the address of the sender.
pub(super) fn receive_from(
    socket: &impl AsFd,
    buf: &mut ReadBuf<'_>,
    flags: RecvFlags,
) -> io::Result<(usize, Option<SocketAddrAny>)> {
    // SAFETY: what is received there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.unfilled_mut() };
    let ((filled, _), _, sender) = rustix::net::recvfrom(socket, room, flags)?;
    let count = filled.len();
    // SAFETY: that many bytes have been received just now.
    unsafe { buf.assume_init(count) };
    Ok((count, sender))
}

/// Receives into the unused room of `buf`, and advances it.
pub(super) fn receive_buf<B: BufMut>(socket: &impl AsFd, buf: &mut B) -> io::Result<usize> {
    // SAFETY: what is received there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let ((filled, _), _) = rustix::net::recv(socket, room, RecvFlags::empty())?;
    let count = filled.len();
    // SAFETY: that many bytes of this chunk have been received just now.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}

/// The same, with the address of the sender.
pub(super) fn receive_buf_from<B: BufMut>(
    socket: &impl AsFd,
    buf: &mut B,
) -> io::Result<(usize, Option<SocketAddrAny>)> {
    // SAFETY: what is received there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let ((filled, _), _, sender) = rustix::net::recvfrom(socket, room, RecvFlags::empty())?;
    let count = filled.len();
    // SAFETY: that many bytes of this chunk have been received just now.
    unsafe { buf.advance_mut(count) };
    Ok((count, sender))
}

/// Reads from a pipe into the unused room of `buf`, and advances it.
pub(super) fn read_buf<B: BufMut>(pipe: &impl AsFd, buf: &mut B) -> io::Result<usize> {
    // SAFETY: what is read there is initialised memory, and nothing is made uninitialised.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let (filled, _) = rustix::io::read(pipe, room)?;
    let count = filled.len();
    // SAFETY: that many bytes of this chunk have been read just now.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}
