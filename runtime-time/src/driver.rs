//! Timers around another driver: the next deadline limits the wait, and what is due fires after it.
//!
//! On a running clock a park is: sit down and read the published deadlines ([`crate::seat`]), wait in the inner driver
//! until the earliest at the longest, rise, fire what is due. I/O comes first, also when a timer is overdue.
//!
//! # While the clock is frozen
//!
//! No wait is limited by a deadline; instead the clock moves to the next deadline when nothing else can happen:
//!
//! 1. If the runtime is quiet and a timer is armed: look at the inner driver without waiting. If the runtime is still
//!    quiet, move the clock and fire. Return in any case, since the look may have woken tasks that only the caller can run.
//! 2. Otherwise ask to be unparked when the runtime may have become quiet. If it is quiet by now, go to 1.
//! 3. Wait in the inner driver.
//!
//! Who waits until the runtime is idle ([`crate::idle`]) comes before the clock: then 1 wakes those who wait, whatever the clock does, and moves nothing.
//!
//! The request in 2 comes before the second look at quietness, so the last one to become idle either is seen by that
//! look or sees the request.

use crate::moment;
use crate::timers::Timers;
use runtime_core::{Driver, Handle};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

/// A driver with timers around a driver without.
///
/// # Examples
///
/// A runtime with timers and without sockets:
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, Timer, sleep};
/// use std::sync::Arc;
///
/// let mut builder = Builder::new_current_thread();
/// let timer = Timer::new(ThreadDriver::new(), builder.slot_count());
/// let timers = Arc::clone(timer.timers());
/// let runtime = builder.driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async { sleep(Duration::from_millis(1)).await });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Timer<D> {
    driver: Arc<D>,
    timers: Arc<Timers>,
}

impl<D: Driver> Timer<D> {
    /// Puts timers for so many slots around `driver`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::ThreadDriver;
    /// use runtime_time::Timer;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// assert_eq!(timer.timers().next_deadline(), None);
    /// ```
    #[must_use]
    pub fn new(driver: D, slots: usize) -> Self {
        let driver = Arc::new(driver);
        let timers = Arc::new(Timers::new(driver.clone(), slots));
        Self { driver, timers }
    }

    /// Returns the timers, to be put into the context of the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, ThreadDriver};
    /// use runtime_time::{Duration, Timer, sleep};
    /// use std::sync::Arc;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// let timers = Arc::clone(timer.timers());
    /// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
    /// runtime.block_on(async {
    ///     sleep(Duration::from_millis(1)).await;
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn timers(&self) -> &Arc<Timers> {
        &self.timers
    }

    /// Returns the driver inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Driver, ThreadDriver};
    /// use runtime_time::{Duration, Timer};
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// timer.get_ref().unpark();
    /// timer.get_ref().park(Some(Duration::from_secs(3600))); // does not wait: it was unparked
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &D {
        &self.driver
    }

    fn park_running(&self, limit: Option<Duration>) {
        let home = self.timers.home();
        home.seat.sit();
        let until = self.timers.next();
        home.seat.wait_until(until);
        let timeout = match until {
            moment::NEVER => limit,
            until => {
                let left = moment::between(home.clock.now(), until);
                Some(limit.map_or(left, |limit| limit.min(left)))
            }
        };
        self.driver.park(timeout);
        home.seat.rise();
    }

    /// Waits under a frozen clock, or while somebody waits until the runtime is idle.
    fn park_watching(&self, limit: Option<Duration>) {
        let Ok(handle) = Handle::try_current() else {
            // Whoever drives without a context cannot know whether the runtime is quiet.
            return self.driver.park(limit);
        };
        if self.when_quiet(&handle) {
            return;
        }
        handle.watch_quiet(true);
        if !self.when_quiet(&handle) {
            if self.timers.clock().is_frozen() {
                self.park_frozen(limit);
            } else {
                self.park_running(limit);
            }
        }
        handle.watch_quiet(false);
    }

    fn park_frozen(&self, limit: Option<Duration>) {
        // An earlier deadline from another thread is news, too.
        self.timers.home().seat.sit();
        self.driver.park(limit);
        self.timers.home().seat.rise();
    }

    /// Does what waits for the runtime to be quiet, if it is. True if the park has to return.
    fn when_quiet(&self, handle: &Handle) -> bool {
        if !self.timers.home().idle.is_anybody() {
            return self.timers.clock().is_frozen() && self.auto_advance(handle);
        }
        if !handle.is_quiet() {
            return false;
        }
        // Events are work, too. Return in any case, since the look may have woken tasks that only the caller can run.
        self.driver.park(Some(Duration::ZERO));
        if handle.is_quiet() {
            self.timers.home().idle.end_round();
        }
        true
    }

    /// Moves the clock to the next deadline if nothing else can happen. True if the park has to return.
    fn auto_advance(&self, handle: &Handle) -> bool {
        let clock = self.timers.clock();
        if clock.is_held() || !handle.is_quiet() || self.timers.next_exact() == moment::NEVER {
            return false;
        }
        self.driver.park(Some(Duration::ZERO));
        if handle.is_quiet() {
            let next = self.timers.next_exact();
            if next != moment::NEVER {
                clock.jump_to(next);
            }
        }
        true
    }
}

impl<D: Driver> Driver for Timer<D> {
    fn park(&self, timeout: Option<Duration>) {
        if timeout == Some(Duration::ZERO) {
            self.timers.home().seat.rise_from_outside();
            self.driver.park(timeout);
        } else if self.timers.clock().is_frozen() || self.timers.home().idle.is_anybody() {
            self.park_watching(timeout);
        } else {
            self.park_running(timeout);
        }
        self.timers.fire_due();
    }

    fn unpark(&self) {
        self.driver.unpark();
    }

    fn armed(&self) -> usize {
        self.timers.timers_armed()
    }

    fn shutdown(&self) {
        self.timers.shutdown();
        self.driver.shutdown();
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.driver.fd()
    }

    fn next_timeout(&self) -> Option<Duration> {
        let inner = self.driver.next_timeout();
        // The host sits down: from here on an earlier deadline of another thread unparks it.
        let home = self.timers.home();
        home.seat.sit();
        let next = self.timers.next();
        home.seat.wait_until(next);
        let next = match next {
            moment::NEVER => return inner,
            next => moment::between(home.clock.now(), next),
        };
        Some(inner.map_or(next, |inner| inner.min(next)))
    }
}
