//! What byte streams have in common, whatever they are made of.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use rustix::net::{RecvFlags, SendAncillaryBuffer};

use super::receive::{receive, receive_buf};
use super::sys;
use crate::io::ReadBuf;
use crate::reactor::{Evented, Interest, Side};

/// Does an answer that is shorter than what was asked for mean that there is nothing more now?
///
/// On TCP it does, urgent data aside, which [`Evented::drained`] knows of. A Unix socket also stops at each message that passes
/// descriptors or credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Short {
    /// Nothing more now.
    Drained,
    /// It says nothing.
    Unknown,
}

/// The system takes no more slices in one call.
pub(super) const MOST_SLICES: usize = 1024;

/// The system writes no more than this at once, whatever it is given.
const MOST_BYTES: usize = 0x7fff_f000;

/// Reads what there is into the unfilled part of `buf`, waiting for something.
#[inline]
pub(super) fn poll_read<E: AsFd>(
    io: &Evented<E>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    short: Short,
) -> Poll<io::Result<()>> {
    let room = buf.remaining();
    let count = ready!(io.poll_io(cx, Side::Read, |stream, seen| {
        let count = receive(stream, buf, RecvFlags::empty())?;
        if short == Short::Drained && 0 < count && count < room {
            io.drained(seen, Side::Read);
        }
        Ok(count)
    }))?;
    buf.advance(count);
    Poll::Ready(Ok(()))
}

/// Copies what there is into the unfilled part of `buf`, waiting for something, and leaves it there to be read.
pub(super) fn poll_peek<E: AsFd>(
    io: &Evented<E>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<usize>> {
    let count = ready!(io.poll_io(cx, Side::Read, |stream, _| {
        receive(stream, buf, RecvFlags::PEEK)
    }))?;
    buf.advance(count);
    Poll::Ready(Ok(count))
}

/// Writes what there is room for, waiting for some.
#[inline]
pub(super) fn poll_write<E: AsFd>(
    io: &Evented<E>,
    cx: &mut Context<'_>,
    buf: &[u8],
    short: Short,
) -> Poll<io::Result<usize>> {
    io.poll_io(cx, Side::Write, |stream, seen| {
        let count = rustix::net::send(stream, buf, sys::SEND)?;
        if short == Short::Drained && 0 < count && count < buf.len().min(MOST_BYTES) {
            io.drained(seen, Side::Write);
        }
        Ok(count)
    })
}

/// Writes what there is room for from several buffers, waiting for some.
pub(super) fn poll_write_vectored<E: AsFd>(
    io: &Evented<E>,
    cx: &mut Context<'_>,
    bufs: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    io.poll_io(cx, Side::Write, |stream, _| send_vectored(stream, bufs))
}

/// Reads into the unused room of a buffer without waiting, and advances it.
pub(super) fn try_read_buf<E: AsFd, B: BufMut>(io: &Evented<E>, buf: &mut B) -> io::Result<usize> {
    io.try_io(Interest::READABLE, |stream| receive_buf(stream, buf))
}

pub(super) fn try_write<E: AsFd>(io: &Evented<E>, buf: &[u8]) -> io::Result<usize> {
    io.try_io(Interest::WRITABLE, |stream| {
        Ok(rustix::net::send(stream, buf, sys::SEND)?)
    })
}

pub(super) fn try_write_vectored<E: AsFd>(
    io: &Evented<E>,
    bufs: &[IoSlice<'_>],
) -> io::Result<usize> {
    io.try_io(Interest::WRITABLE, |stream| send_vectored(stream, bufs))
}

/// No more slices than the system takes.
pub(super) fn few<'a, 'b>(bufs: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
    &bufs[..bufs.len().min(MOST_SLICES)]
}

fn send_vectored(stream: &impl AsFd, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    let bufs = few(bufs);
    let mut nothing = SendAncillaryBuffer::default();
    Ok(rustix::net::sendmsg(stream, bufs, &mut nothing, sys::SEND)?)
}

/// Shutting down a side of a connection that is gone is a success: the peer was faster.
pub(super) fn shut_down(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        result => result,
    }
}
