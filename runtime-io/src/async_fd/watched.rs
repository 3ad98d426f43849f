//! A descriptor that one callback waits for.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::AsyncFd;
use crate::reactor::{Interest, Reactor, Ready, Snapshot, Ticket, alive};

/// An [`AsyncFd`] with the place of its only waiter.
pub(crate) struct Watched<T: AsRawFd> {
    place: Option<Ticket>,
    /// What ends the wait: closed states that the waiter has seen and drained do so no more, since they never go away.
    mask: Ready,
    /// `None` only while it is taken apart.
    fd: Option<AsyncFd<T>>,
    /// `None` only while it is taken apart.
    claim: Option<Claim>,
}

/// The right to be the only one who watches a descriptor.
struct Claim {
    reactor: Arc<Reactor>,
    fd: RawFd,
}

impl Claim {
    #[track_caller]
    fn new(fd: RawFd) -> io::Result<Self> {
        let reactor = Reactor::current();
        if reactor.begin_watch(fd) {
            Ok(Self { reactor, fd })
        } else {
            Err(io::ErrorKind::AlreadyExists.into())
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.reactor.end_watch(self.fd);
    }
}

impl<T: AsRawFd> AsyncFd<T> {
    #[track_caller]
    pub(crate) fn watch(inner: T, interest: Interest) -> io::Result<Watched<T>> {
        // Not left to the system: registering a number twice is how one is taken over that a closed descriptor left behind.
        let claim = Claim::new(inner.as_raw_fd())?;
        Ok(Watched {
            place: None,
            mask: interest.mask(),
            fd: Some(Self::start(inner, interest)?),
            claim: Some(claim),
        })
    }
}

impl<T: AsRawFd> Watched<T> {
    pub(crate) fn get_ref(&self) -> &T {
        &self.fd().inner
    }

    pub(crate) fn into_inner(mut self) -> T {
        self.leave();
        match self.fd.take() {
            Some(fd) => fd.into_inner(),
            None => unreachable!("{FD_IS_THERE}"),
        }
    }

    fn fd(&self) -> &AsyncFd<T> {
        self.fd.as_ref().expect(FD_IS_THERE)
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Snapshot>> {
        let unit = ready!(coop::poll_proceed(cx));
        let source = self.fd.as_ref().expect(FD_IS_THERE).source();
        let seen = ready!(source.poll_place(&mut self.place, self.mask, cx.waker()));
        unit.made_progress();
        Poll::Ready(alive(seen))
    }

    /// What is ready, of what was asked for.
    pub(crate) fn ready(&self, seen: Snapshot) -> Ready {
        seen.ready() & self.mask
    }

    /// Everything that was seen has been taken.
    pub(crate) fn clear(&mut self, seen: Snapshot) {
        let ready = self.ready(seen);
        self.fd().source().clear(seen, ready);
        self.mask = self.mask - (ready & CLOSED);
    }

    fn leave(&mut self) {
        if let (Some(place), Some(fd)) = (self.place.take(), &self.fd) {
            fd.source().leave(&place);
        }
    }
}

impl<T: AsRawFd> Drop for Watched<T> {
    fn drop(&mut self) {
        self.leave();
        let inner = self.fd.take().map(AsyncFd::into_inner);
        // Before the descriptor is closed, whose number may be somebody else's at once.
        self.claim = None;
        drop(inner);
    }
}

const FD_IS_THERE: &str = "the descriptor is there until it is given back";

const CLOSED: Ready = Ready::READ_CLOSED.with(Ready::WRITE_CLOSED);
