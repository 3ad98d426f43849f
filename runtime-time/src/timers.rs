//! All timers of a runtime: a wheel per slot.

use crate::clock::Clock;
use crate::home::Home;
use crate::instant::Instant;
use crate::moment::{Moment, NEVER};
use crate::pool;
use crate::shard::Lease;
use runtime_core::context::{self, TryCurrentError};
use runtime_core::{Driver, messages};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The timers of a runtime, as found in its context.
///
/// [`Timer::new`](crate::Timer::new) makes them. The builder of a runtime gets them as an extension, so that
/// [`sleep`](crate::sleep()) and its like find them; without that, timers are disabled.
pub struct Timers {
    home: Arc<Home>,
    /// One for each slot.
    leases: Box<[Lease]>,
}

impl Timers {
    /// Wheels for so many slots, whose earlier deadlines unpark `driver`.
    pub(crate) fn new(driver: Arc<dyn Driver>, slots: usize) -> Self {
        let home = Arc::new(Home::new(driver));
        let leases = pool::lease(slots.max(1), &home);
        Self { home, leases }
    }

    /// Returns the number of timers that are armed.
    ///
    /// Visits the lock of each wheel: for reports, not for hot paths.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::ThreadDriver;
    /// use runtime_time::Timer;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 2);
    /// assert_eq!(timer.timers().timers_armed(), 0);
    /// ```
    #[must_use]
    pub fn timers_armed(&self) -> usize {
        self.leases.iter().map(|lease| lease.shard.armed()).sum()
    }

    /// Returns the instant at which the next timer is due, or an earlier one; `None` if no timer is armed.
    ///
    /// For a host that waits in a loop of its own: to wait until then and to let the runtime take a turn makes progress.
    /// An instant that has passed means that something is due now.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, ThreadDriver};
    /// use runtime_time::{Duration, Instant, Timer, sleep};
    /// use std::sync::Arc;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// let timers = Arc::clone(timer.timers());
    /// let for_runtime = Arc::clone(&timers);
    /// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(for_runtime).build()?;
    /// assert_eq!(timers.next_deadline(), None);
    /// runtime.spawn(async { sleep(Duration::from_secs(60)).await });
    /// runtime.block_on(runtime_core::task::yield_now());
    /// assert!(timers.next_deadline().unwrap() <= Instant::now() + Duration::from_secs(60));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.next() {
            NEVER => None,
            next => Some(Instant::from_moment(next)),
        }
    }

    /// Makes timers that are due together fire in the order of their deadlines; without it they fire in this order only up to 16 µs. For loops of one thread, where the
    /// order is promised.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::ThreadDriver;
    /// use runtime_time::Timer;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// timer.timers().fire_in_order();
    /// ```
    pub fn fire_in_order(&self) {
        for lease in &self.leases {
            lease.shard.fire_in_order();
        }
    }

    /// The least published deadline.
    pub(crate) fn next(&self) -> Moment {
        let published = self.leases.iter().map(|lease| lease.shard.next());
        published.min().unwrap_or(NEVER)
    }

    /// The deadline of the timer that is due next.
    pub(crate) fn next_exact(&self) -> Moment {
        let exact = self.leases.iter().map(|lease| lease.shard.next_exact());
        exact.min().unwrap_or(NEVER)
    }

    /// Wakes whatever is due in any wheel, and says how many timers that were. Any thread may call it at any time.
    pub(crate) fn fire_due(&self) -> usize {
        if self.next() == NEVER {
            return 0;
        }
        let now = self.home.clock.now();
        let due = self.leases.iter().filter(|lease| lease.shard.next() <= now);
        due.map(|lease| lease.shard.fire(now)).sum()
    }

    /// Ends all waits. Later ones are refused.
    pub(crate) fn shutdown(&self) {
        for lease in &self.leases {
            lease.shard.close();
        }
    }

    pub(crate) fn home(&self) -> &Arc<Home> {
        &self.home
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.home.clock
    }

    /// The wheel for this thread: that of its slot, or one chosen by the thread.
    #[inline]
    pub(crate) fn lease(&self) -> Lease {
        let index = context::slot().unwrap_or_else(thread_number);
        match self.leases.get(index) {
            Some(lease) => *lease,
            None => self.leases[index % self.leases.len()],
        }
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        pool::give_back(&self.leases);
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("wheels", &self.leases.len())
            .field("next_deadline", &self.next_deadline())
            .finish_non_exhaustive()
    }
}

/// Runs `f` with the timers of the current runtime.
///
/// # Panics
///
/// Panics if there is no current runtime, or it has no timers.
#[track_caller]
#[inline]
pub(crate) fn with_current<R>(f: impl FnOnce(&Arc<Timers>) -> R) -> R {
    match try_with_current(f) {
        Ok(Some(value)) => value,
        Ok(None) => panic!("{}", messages::TIMERS_DISABLED),
        Err(missing) => panic!("{missing}"),
    }
}

/// Runs `f` with the timers of the current runtime, if it has any.
#[inline]
pub(crate) fn try_with_current<R>(
    f: impl FnOnce(&Arc<Timers>) -> R,
) -> Result<Option<R>, TryCurrentError> {
    context::with_extension(|timers| timers.map(f))
}

/// A number for each thread, in the order in which they asked for one.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.get().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        NUMBER.set(Some(number));
        number
    })
}
