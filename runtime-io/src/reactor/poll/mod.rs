//! The wait itself: what asks the kernel which file descriptors are ready.
//!
//! There are two ways, with one contract ([`Wait`]):
//!
//! * `epoll` (Linux): one `epoll_wait` or `epoll_pwait2` per turn on the descriptor of `polling`'s poller, with a wake-up of our own.
//! * [`portable`](mod@portable) (everywhere): `polling::Poller::wait`, which on Linux costs five system calls instead of one, and cannot
//!   see a half-closed connection.
//!
//! Linux has both, the second for tests, so that what other systems run is tested here too: a test chooses it by
//! [`Backend::Portable`](super::Backend::Portable), and `--cfg heist_portable_poll` makes it the only one, for a whole suite. No other module of heist names
//! `polling`.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::{Interest, Key, Ready};

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_poll)
))]
pub(super) mod epoll;
pub(super) mod portable;

#[cfg(all(test, not(loom)))]
mod tests;

/// Events handed over at once.
pub(super) const BATCH: usize = 32;

/// A source has become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) key: Key,
    pub(super) ready: Ready,
}

impl Event {
    /// A place to be filled: nobody's key.
    const NONE: Self = Self {
        key: Key::WAKE,
        ready: Ready::EMPTY,
    };
}

/// How many events a wait takes at most: at least one, and when it is busy not more than otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacity {
    waiting: NonZeroUsize,
    busy: NonZeroUsize,
}

impl Capacity {
    pub(super) fn new(waiting: usize, busy: usize) -> Self {
        let waiting = NonZeroUsize::new(waiting).unwrap_or(NonZeroUsize::MIN);
        let busy = NonZeroUsize::new(busy).unwrap_or(NonZeroUsize::MIN);
        Self {
            waiting,
            busy: busy.min(waiting),
        }
    }

    /// Whether the thread that waits so has other work.
    fn is_busy(timeout: Option<Duration>) -> bool {
        timeout == Some(Duration::ZERO)
    }

    fn of(self, timeout: Option<Duration>) -> NonZeroUsize {
        if Self::is_busy(timeout) {
            self.busy
        } else {
            self.waiting
        }
    }
}

/// A way to wait. Sources are registered once and edge-triggered: each change is told once.
pub(super) trait Wait: Send + Sync {
    /// Waits for events, for [`unpark`](Self::unpark), or for `timeout`, and hands the events to `dispatch`, at most [`BATCH`] at a time.
    ///
    /// May return early, after a signal for instance. `dispatch` runs wakers, so nothing is locked meanwhile. It does not panic: what the
    /// kernel has told is not told again, so every batch must be handed over.
    fn wait(&self, timeout: Option<Duration>, dispatch: &mut dyn FnMut(&[Event]));

    /// Ends the current or the next [`wait`](Self::wait). What the caller did before is visible after it.
    fn unpark(&self);

    /// Tells the kernel to report `fd` under `key`.
    fn add(&self, fd: BorrowedFd<'_>, key: Key, interest: Interest) -> io::Result<()>;

    /// Tells the kernel to forget `fd`. Fails harmlessly if it has already.
    fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()>;

    /// The descriptor that is readable while a wait would find something, or has been unparked.
    fn fd(&self) -> Option<BorrowedFd<'_>>;

    /// Is the end of a peer's data reported apart from the data? Only then may a short read of a stream be taken as "nothing more now".
    fn sees_half_close(&self) -> bool;
}

/// The best way of this system.
#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_poll)
))]
pub(super) fn native(capacity: Capacity) -> io::Result<Box<dyn Wait>> {
    Ok(Box::new(epoll::Epoll::new(capacity)?))
}

/// The best way of this system.
#[cfg(any(
    not(any(target_os = "linux", target_os = "android")),
    heist_portable_poll
))]
pub(super) fn native(capacity: Capacity) -> io::Result<Box<dyn Wait>> {
    portable(capacity)
}

/// The way that every system has.
pub(super) fn portable(capacity: Capacity) -> io::Result<Box<dyn Wait>> {
    Ok(Box::new(portable::Portable::new(capacity)?))
}
