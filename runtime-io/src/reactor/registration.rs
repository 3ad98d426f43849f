//! What an I/O object holds of its reactor: the handle, and the source once there is one.
//!
//! The kernel is told of a file descriptor when an operation on it first finds that it would block, and not before: a connection
//! that is served with what has already arrived costs no `epoll_ctl` at all. Connecting is no exception: a peer on the same machine has answered
//! by the time the kernel says that the connection is in progress, so the peer is asked for before the kernel is told to report it, which
//! saves the trip through the driver. Until then the descriptor is taken to be ready for everything,
//! with a snapshot in which no event has been seen. That snapshot is also what the new source starts with, so the clear that follows the
//! registration is like every other one: it applies unless an event came between, and the registration itself makes one if the
//! descriptor has become ready since the failed attempt.
//!
//! # Patience
//!
//! The peer's bytes are often on their way when a read finds nothing: a request behind its connection, an answer behind the request, the end
//! behind the answer. Where enough tasks wait for this thread, a socket that the kernel has not been told of therefore lets them pass first, a few times
//! in its life ([`Registration::has_patience`]): its task goes to the end of the queue, and tries again when its turn comes. A short connection under
//! load then costs neither `epoll_ctl` nor an event, for some failed reads more. Where hardly anybody waits the kernel is told at once, so no thread spins.
//!
//! On `heist-bench net churn/64`, where both ends are in one process, two such turns beside any number of others made a connection a tenth cheaper, four beside eight others
//! (the turns last longer) an eighth to a sixth; eight turns were no better.
//!
//! # Leaving
//!
//! When the object goes away its source is taken out of the registry, and from then on an event under its key means nothing. Telling
//! the kernel (`EPOLL_CTL_DEL`) is a system call per connection that the following `close` makes superfluous, provided that it closes
//! the last descriptor of the open file: a duplicate, in this process or another, keeps the entry alive in the kernel, and every event
//! of the duplicate would wake the runtime for nothing, for ever. A duplicate can only be made by somebody who was given the number. So
//! the registration remembers whether the descriptor came from outside or was ever lent out ([`Registration::lend`]), and asks the kernel
//! to forget it only then. (Children inherit descriptors too, but all of ours are close-on-exec. A child that never calls `exec` keeps
//! entries alive; their events are ignored.) Elsewhere than on Linux a closed descriptor leaves the poller by itself.

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use runtime_core::context;
use runtime_core::util::lines::written;

use super::readiness::{Side, Snapshot};
use super::source::Source;
use super::{Interest, Reactor, Ready, error};

/// The part of an I/O object that the reactor knows. Declared before the descriptor in its owner, hence dropped before it is closed.
pub(crate) struct Registration {
    reactor: Arc<Reactor>,
    /// Set once, by the first operation that would block.
    registered: OnceLock<Registered>,
    /// Held by the one task that registers. No user code runs under it.
    registering: Mutex<()>,
    interest: Interest,
    /// Somebody else may have a duplicate of the descriptor.
    lent: AtomicBool,
    /// How often it has let others pass.
    waited: AtomicU8,
}

struct Registered {
    source: Arc<Source>,
    fd: RawFd,
}

/// How often in its life a socket lets others pass.
const PATIENCE: u8 = 4;

/// Fewer tasks are through too soon for anything to have come.
const ENOUGH_OTHERS: usize = 8;

/// What a descriptor is taken for until its first failed attempt.
const UNTRIED: Snapshot = Snapshot::unseen(Ready::READABLE.with(Ready::WRITABLE));

impl Registration {
    /// For a descriptor that we have made ourselves; the kernel is told of it when an operation would block.
    pub(crate) fn new(reactor: Arc<Reactor>, interest: Interest) -> Self {
        // The reference that this keeps, and the one that it gives back.
        written(&*reactor);
        Self {
            reactor,
            registered: OnceLock::new(),
            registering: Mutex::new(()),
            interest,
            lent: AtomicBool::new(false),
            waited: AtomicU8::new(0),
        }
    }

    /// A read would block: whether the task is to let others pass and try again, before the kernel is told.
    pub(crate) fn has_patience(&self) -> bool {
        // Relaxed: one reader as a rule, and a count that is off by one costs an attempt.
        let waited = self.waited.load(Ordering::Relaxed);
        let has = waited < PATIENCE
            && self.registered.get().is_none()
            && self.interest.is_readable()
            && self.interest.is_writable()
            && context::queued() >= ENOUGH_OTHERS;
        if has {
            self.waited.store(waited + 1, Ordering::Relaxed);
        }
        has
    }

    /// Remembers that somebody may keep a duplicate of the descriptor.
    pub(crate) fn lend(&self) {
        // Relaxed: read only when the owner is dropped, which comes after every use of it.
        self.lent.store(true, Ordering::Relaxed);
    }

    pub(crate) fn reactor(&self) -> &Arc<Reactor> {
        &self.reactor
    }

    /// The source, if there is one yet.
    pub(crate) fn source(&self) -> Option<&Source> {
        self.registered.get().map(|registered| &*registered.source)
    }

    /// Tells the kernel of the descriptor now, which is taken to be ready for `initial`.
    pub(crate) fn register(&self, fd: BorrowedFd<'_>, initial: Ready) -> io::Result<&Source> {
        let _first = self.registering.lock();
        if let Some(registered) = self.registered.get() {
            return Ok(&registered.source);
        }
        let source = self.reactor.add(fd, self.interest, initial)?;
        let registered = self.registered.get_or_init(|| Registered {
            source,
            fd: fd.as_raw_fd(),
        });
        Ok(&registered.source)
    }

    /// What is known now.
    #[inline]
    pub(crate) fn snapshot(&self) -> io::Result<Snapshot> {
        match self.registered.get() {
            Some(registered) => alive(registered.source.snapshot()),
            None => self.untried(),
        }
    }

    /// Waits until a direction is ready. One task per direction: the last caller wins.
    #[inline]
    pub(crate) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        side: Side,
    ) -> Poll<io::Result<Snapshot>> {
        match self.registered.get() {
            Some(registered) => {
                let seen = ready!(registered.source.poll_ready(cx, side));
                Poll::Ready(alive(seen))
            }
            None => Poll::Ready(self.untried()),
        }
    }

    /// Waits for any of the states of `interest`, beside any number of other tasks.
    pub(crate) async fn ready(
        &self,
        fd: BorrowedFd<'_>,
        interest: Interest,
    ) -> io::Result<Snapshot> {
        let mask = interest.mask();
        let source = match self.registered.get() {
            Some(registered) => &registered.source,
            None => {
                let untried = self.untried()?;
                if untried.ends(mask) {
                    return Ok(untried);
                }
                self.register(fd, UNTRIED.ready())?
            }
        };
        alive(source.wait(mask).await)
    }

    /// An attempt made after `seen` found that it would block: takes back what `seen` showed of `ready`, unless an event came since.
    pub(crate) fn clear(&self, fd: BorrowedFd<'_>, seen: Snapshot, ready: Ready) -> io::Result<()> {
        let source: &Source = match self.registered.get() {
            Some(registered) => &registered.source,
            None => self.register(fd, UNTRIED.ready())?,
        };
        source.clear(seen, ready);
        Ok(())
    }

    /// A stream gave fewer bytes than there was room for, or took fewer than offered: there is nothing more now, so the attempt that would
    /// find this out is saved.
    ///
    /// True only where the end of the peer's data is an event of its own: else data and end come as one event, this clears it, and
    /// nobody ever learns of the end. And not while urgent data are about: a read stops before them, short of what follows.
    #[inline]
    pub(crate) fn drained(&self, seen: Snapshot, side: Side) {
        let Some(registered) = self.registered.get() else {
            return;
        };
        if self.reactor.sees_half_close() && !seen.ready().is_priority() {
            registered.source.clear(seen, side.mask());
        }
    }

    #[cold]
    fn untried(&self) -> io::Result<Snapshot> {
        if self.reactor.is_shut_down() {
            return Err(error::shut_down());
        }
        Ok(UNTRIED)
    }
}

/// A source of a reactor that is gone is an error to whoever waits for it.
#[inline]
pub(crate) fn alive(seen: Snapshot) -> io::Result<Snapshot> {
    if seen.is_shut_down() {
        return Err(error::shut_down());
    }
    Ok(seen)
}

impl Drop for Registration {
    fn drop(&mut self) {
        written(&*self.reactor);
        if let Some(registered) = self.registered.take() {
            // SAFETY: the owner declares its descriptor after the registration, or keeps it until the registration is dropped, so it
            // is still open. If it was closed behind our back, the kernel refuses the number, which does no harm.
            let fd = unsafe { BorrowedFd::borrow_raw(registered.fd) };
            let fd = self.lent.get_mut().then_some(fd);
            self.reactor.remove(&registered.source, fd);
        }
    }
}

// No user code runs in the middle of a change, so a panic leaves nothing half done.
impl UnwindSafe for Registration {}
impl RefUnwindSafe for Registration {}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("interest", &self.interest)
            .field("registered", &self.registered.get().is_some())
            .finish_non_exhaustive()
    }
}
