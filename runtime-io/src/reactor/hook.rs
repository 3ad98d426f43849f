//! What the thread in the seat does itself when a descriptor becomes ready, where a task would be woken otherwise.
//!
//! A hook is for work that belongs to no task and takes a microsecond: handing a signal to those who wait for it, reaping a child that
//! nobody waits for. It is a waker that polls in its own wake-up. The sides of a source cannot carry such a waker, for a side is taken while
//! its waker runs; a place in the crowd can, because it has been given up by then and no lock is held.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::task::{Poll, Waker, ready};

use super::registration::alive;
use super::source::Ticket;
use super::{Evented, Interest};

/// A descriptor, and the place of the one waker that works inside its own wake-up.
pub(crate) struct Hook<E: AsFd> {
    io: Evented<E>,
    interest: Interest,
    place: Option<Ticket>,
}

impl<E: AsFd> Hook<E> {
    pub(crate) fn new(io: Evented<E>, interest: Interest) -> Self {
        Self {
            io,
            interest,
            place: None,
        }
    }

    /// Repeats `attempt` until it does something else than to find that it would block. After [`Pending`](Poll::Pending), `waker` is woken by
    /// the next event, on the thread of that turn, and may call this again at once.
    pub(crate) fn poll<R>(
        &mut self,
        waker: &Waker,
        mut attempt: impl FnMut(&E) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        if self.io.source().is_none() {
            self.io.register()?;
        }
        let source = self.io.source().expect("it has been registered just now");
        let mask = self.interest.mask();
        loop {
            let seen = alive(ready!(source.poll_place(&mut self.place, mask, waker)))?;
            match attempt(self.io.io()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => source.clear(seen, mask),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

impl<E: AsFd + fmt::Debug> fmt::Debug for Hook<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}
