//! One end of a pipe to or from a child.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll, ready};

use rustix::io::ioctl_fionbio;

use crate::io::ReadBuf;
use crate::reactor::{Evented, Interest, Reactor, Side};

/// The system takes no more slices in one call.
const MOST_SLICES: usize = 1024;

/// One end of a pipe, in non-blocking mode. The other end is the child's, and its mode is its own.
#[derive(Debug)]
pub(super) struct Pipe(Evented<OwnedFd>);

impl Pipe {
    /// Takes over a descriptor, of whatever kind the standard library has made for the child.
    #[track_caller]
    pub(super) fn new(fd: OwnedFd, interest: Interest) -> io::Result<Self> {
        let reactor = Reactor::current();
        ioctl_fionbio(&fd, true)?;
        Ok(Self(Evented::from_outside(fd, reactor, interest)))
    }

    /// Gives the descriptor back, in blocking mode.
    pub(super) fn into_fd(self) -> io::Result<OwnedFd> {
        let fd = self.0.into_inner();
        ioctl_fionbio(&fd, false)?;
        Ok(fd)
    }

    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buf.initialize_unfilled();
        let count = ready!(self.0.poll_io(cx, Side::Read, |fd, _| Ok(rustix::io::read(
            fd, &mut *room
        )?)))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.0
            .poll_io(cx, Side::Write, |fd, _| Ok(rustix::io::write(fd, buf)?))
    }

    pub(super) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bufs = &bufs[..bufs.len().min(MOST_SLICES)];
        self.0
            .poll_io(cx, Side::Write, |fd, _| Ok(rustix::io::writev(fd, bufs)?))
    }
}

impl AsFd for Pipe {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.lend().as_fd()
    }
}

impl AsRawFd for Pipe {
    fn as_raw_fd(&self) -> RawFd {
        self.0.lend().as_raw_fd()
    }
}
