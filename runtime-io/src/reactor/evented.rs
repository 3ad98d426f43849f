//! A file descriptor and its registration: what every socket is made of.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::readiness::{Side, Snapshot};
use super::registration::Registration;
use super::source::Source;
use super::{Interest, Reactor, Ready, error};

/// A non-blocking descriptor of type `E` and its registration.
pub(crate) struct Evented<E: AsFd> {
    /// Before `io`, so that the source is gone when the descriptor is closed.
    registration: Registration,
    io: E,
}

/// What is never taken back.
const CLOSED: Ready = Ready::READ_CLOSED.with(Ready::WRITE_CLOSED);

impl<E: AsFd> Evented<E> {
    /// For a descriptor nobody else knows.
    pub(crate) fn new(io: E, reactor: Arc<Reactor>, interest: Interest) -> Self {
        Self {
            registration: Registration::new(reactor, interest),
            io,
        }
    }

    /// For a descriptor that comes from outside, where a duplicate of it may exist.
    pub(crate) fn from_outside(io: E, reactor: Arc<Reactor>, interest: Interest) -> Self {
        let evented = Self::new(io, reactor, interest);
        evented.registration.lend();
        evented
    }

    pub(crate) fn reactor(&self) -> &Arc<Reactor> {
        self.registration.reactor()
    }

    /// The descriptor, for a use that makes no duplicate of it.
    pub(crate) fn io(&self) -> &E {
        &self.io
    }

    /// The descriptor, for whatever the user does with it.
    pub(crate) fn lend(&self) -> &E {
        self.registration.lend();
        &self.io
    }

    /// Takes the two apart; the reactor forgets the descriptor.
    pub(crate) fn into_inner(self) -> E {
        self.registration.lend();
        drop(self.registration);
        self.io
    }

    /// Tells the kernel at once; the descriptor is not taken to be ready for anything.
    pub(crate) fn register(&self) -> io::Result<()> {
        self.registration.register(self.io.as_fd(), Ready::EMPTY)?;
        Ok(())
    }

    /// The source, which there is once this is registered.
    pub(super) fn source(&self) -> Option<&Source> {
        self.registration.source()
    }

    /// Waits until a direction is ready, at the price of one unit of the budget. One task per direction: the last caller wins.
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>, side: Side) -> Poll<io::Result<()>> {
        let unit = ready!(coop::poll_proceed(cx));
        let seen = ready!(self.registration.poll_ready(cx, side));
        unit.made_progress();
        Poll::Ready(seen.map(drop))
    }

    /// Repeats `attempt` until it does something else than to find that it would block. One task per direction: the last caller wins.
    ///
    /// `attempt` is also told the snapshot it may hand to [`drained`](Self::drained).
    #[inline]
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        side: Side,
        mut attempt: impl FnMut(&E, Snapshot) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let unit = ready!(coop::poll_proceed(cx));
        let result = loop {
            let seen = match ready!(self.registration.poll_ready(cx, side)) {
                Ok(seen) => seen,
                Err(error) => break Err(error),
            };
            match attempt(&self.io, seen) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if side == Side::Read && self.registration.has_patience() {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    if let Err(error) = self.would_block(seen, side.mask()) {
                        break Err(error);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        unit.made_progress();
        Poll::Ready(result)
    }

    /// See [`Registration::drained`].
    #[inline]
    pub(crate) fn drained(&self, seen: Snapshot, side: Side) {
        self.registration.drained(seen, side);
    }

    /// Waits for any of the states of `interest`, beside any number of other tasks.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Snapshot> {
        let waiting = self.registration.ready(self.io.as_fd(), interest);
        coop::cooperative(waiting).await
    }

    /// Repeats `attempt` until it does something else than to find that it would block, beside any number of other tasks.
    pub(crate) async fn async_io<R>(
        &self,
        interest: Interest,
        mut attempt: impl FnMut(&E) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let seen = self.ready(interest).await?;
            match attempt(&self.io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.would_block(seen, interest.mask())?;
                }
                result => return result,
            }
        }
    }

    /// Makes one attempt, if the readiness says that it may succeed.
    pub(crate) fn try_io<R>(
        &self,
        interest: Interest,
        attempt: impl FnOnce(&E) -> io::Result<R>,
    ) -> io::Result<R> {
        let seen = self.registration.snapshot()?;
        if !seen.ends(interest.mask()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = attempt(&self.io);
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.clear(seen, interest.mask())?;
        }
        result
    }

    /// An attempt made after `seen` found that it would block, and is to be repeated.
    ///
    /// If what it waits for was closed before the attempt, nothing will change any more, and since closed states stay, the next attempt
    /// would come at once, and the next. Streams find their end there instead; a datagram socket that was shut down for reading does
    /// not, as the kernel has it.
    fn would_block(&self, seen: Snapshot, ready: Ready) -> io::Result<()> {
        if seen.ready().meets(ready & CLOSED) {
            return Err(error::shut_down_for_good());
        }
        self.clear(seen, ready)
    }

    /// An attempt made after `seen` found that it would block.
    pub(crate) fn clear(&self, seen: Snapshot, ready: Ready) -> io::Result<()> {
        self.registration.clear(self.io.as_fd(), seen, ready)
    }
}

impl<E: AsFd + fmt::Debug> fmt::Debug for Evented<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}
