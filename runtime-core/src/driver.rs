//! The seam to sockets and timers: core names neither.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use crate::scheduler::park::Parker;

/// What an idle thread waits in: the reactor, the timers around it, or a plain parker.
///
/// A runtime owns one driver. The scheduler guarantees that at most one thread at a time is inside [`park`](Driver::park): the holder of the seat.
pub trait Driver: Send + Sync + 'static {
    /// Waits until something was dispatched, [`unpark`](Driver::unpark) was called, or `timeout` has passed; `None` waits without limit, zero only
    /// looks. It may return early at any time, and the caller takes nothing from the fact that it returned.
    ///
    /// Wakers are woken inside this call, on this thread, after the driver's own locks are released. The scheduler takes all wake-ups of one call as
    /// one batch.
    fn park(&self, timeout: Option<Duration>);

    /// Makes the current or the next [`park`](Driver::park) return at once.
    ///
    /// May be called from any thread at any time, also after [`shutdown`](Driver::shutdown). What the caller wrote before is visible to the thread
    /// that returns from `park`.
    fn unpark(&self);

    /// How many deadlines it waits for, for the metrics. May take its time.
    fn armed(&self) -> usize {
        0
    }

    /// The runtime is going away: pending waits end with an error, later ones fail, and no waker is kept.
    ///
    /// Called once, when no slot is driven any more and nobody is inside [`park`](Driver::park).
    fn shutdown(&self);

    /// A descriptor that is readable while a [`park`](Driver::park) would find something or has been unparked, for a host that watches it instead of waiting in here. `None` if
    /// the driver has none.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// How long a host may wait at most before the next [`park`](Driver::park), beside watching the descriptor. `None`: without limit. What makes the wait shorter afterwards
    /// unparks, until that call. For the holder of the seat.
    fn next_timeout(&self) -> Option<Duration> {
        None
    }
}

impl<D: Driver + ?Sized> Driver for Arc<D> {
    fn park(&self, timeout: Option<Duration>) {
        (**self).park(timeout);
    }
    fn unpark(&self) {
        (**self).unpark();
    }
    fn armed(&self) -> usize {
        (**self).armed()
    }
    fn shutdown(&self) {
        (**self).shutdown();
    }
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        (**self).fd()
    }
    fn next_timeout(&self) -> Option<Duration> {
        (**self).next_timeout()
    }
}

/// A driver without sockets: parks the thread. For runtimes built without I/O.
///
/// # Examples
///
/// ```
/// use runtime_core::{Driver, ThreadDriver};
///
/// let driver = ThreadDriver::new();
/// driver.unpark();
/// driver.park(None); // returns at once: `unpark` is sticky
/// ```
#[derive(Debug)]
pub struct ThreadDriver {
    parker: Parker,
}

impl ThreadDriver {
    /// Makes a driver.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Driver, ThreadDriver};
    /// use std::time::Duration;
    ///
    /// let driver = ThreadDriver::new();
    /// driver.unpark();
    /// driver.park(Some(Duration::from_secs(3600))); // returns at once
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            parker: Parker::new(),
        }
    }
}

impl Default for ThreadDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl Driver for ThreadDriver {
    fn park(&self, timeout: Option<Duration>) {
        self.parker.park(timeout);
    }
    fn unpark(&self) {
        self.parker.unpark(|| {});
    }
    fn shutdown(&self) {}
}
