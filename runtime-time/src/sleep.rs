//! Waiting for a point in time.

use crate::alarm::Alarm;
use crate::error::Error;
use crate::instant::Instant;
use pin_project_lite::pin_project;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Waits until `duration` has passed.
///
/// The time counts from the call, not from the first poll. A duration too long to represent becomes about 30 years. On
/// a running clock nothing is rounded: the sleep ends at its nanosecond or as soon after it as the system wakes
/// the runtime, never before.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Cancel safety
///
/// Dropping the sleep cancels it; nothing is lost.
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
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     let start = Instant::now();
///     sleep(Duration::from_millis(2)).await;
///     assert!(start.elapsed() >= Duration::from_millis(2));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::new(Alarm::after(duration))
}

/// Waits until `deadline` has passed. A deadline in the past is ready at the first poll.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Cancel safety
///
/// Dropping the sleep cancels it; nothing is lost.
///
/// # Examples
///
/// ```
/// # use runtime_core::{Builder, ThreadDriver};
/// # use runtime_time::Timer;
/// # let timer = Timer::new(ThreadDriver::new(), 1);
/// # let timers = timer.timers().clone();
/// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
/// # runtime.block_on(async {
/// use runtime_time::{Duration, Instant, sleep_until};
///
/// let end = Instant::now() + Duration::from_millis(1);
/// sleep_until(end).await;
/// assert!(Instant::now() >= end);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(Alarm::at(deadline))
}

pin_project! {
    /// The future of [`sleep`] and [`sleep_until`].
    ///
    /// It belongs to the runtime in whose context it was made, whoever polls it. It enters its wheel at the first poll that
    /// has to wait and leaves it when it is dropped. A sleep that was polled after its end is ready again.
    ///
    /// # Panics
    ///
    /// To poll it panics if its runtime went away before the deadline: its output cannot say so.
    /// [`poll_elapsed`](Sleep::poll_elapsed) returns an error instead.
    ///
    /// # Examples
    ///
    /// One sleep as the idle timeout of a connection, moved on after each message:
    ///
    /// ```
    /// use runtime_time::{Duration, Instant, Sleep};
    /// use std::pin::Pin;
    ///
    /// fn message_arrived(idle: Pin<&mut Sleep>) {
    ///     idle.reset(Instant::now() + Duration::from_secs(30));
    /// }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        alarm: Alarm,
        // Not to be moved once polled: leaves open how a later version waits.
        #[pin]
        _pinned: PhantomPinned,
    }
}

impl Sleep {
    fn new(alarm: Alarm) -> Self {
        Self {
            alarm,
            _pinned: PhantomPinned,
        }
    }

    /// Returns the instant at which the sleep ends.
    ///
    /// # Examples
    ///
    /// ```
    /// # use runtime_core::{Builder, ThreadDriver};
    /// # use runtime_time::Timer;
    /// # let timer = Timer::new(ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
    /// # runtime.block_on(async {
    /// use runtime_time::{Duration, Instant, sleep_until};
    ///
    /// let end = Instant::now() + Duration::from_secs(1);
    /// assert_eq!(sleep_until(end).deadline(), end);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.alarm.deadline()
    }

    /// Returns true if the time has come.
    ///
    /// A sleep that was never polled has not elapsed, whatever its deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// # use runtime_core::{Builder, ThreadDriver};
    /// # use runtime_time::Timer;
    /// # let timer = Timer::new(ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
    /// # runtime.block_on(async {
    /// use runtime_time::{Duration, sleep};
    ///
    /// let mut pause = std::pin::pin!(sleep(Duration::from_millis(1)));
    /// assert!(!pause.is_elapsed());
    /// pause.as_mut().await;
    /// assert!(pause.is_elapsed());
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        self.alarm.is_elapsed()
    }

    /// Moves the deadline, before or after the sleep has ended.
    ///
    /// A task that waits for the sleep is woken at the new deadline, without another poll. To move it to a later time costs
    /// next to nothing, so an idle timeout may be moved after each message.
    ///
    /// # Examples
    ///
    /// ```
    /// # use runtime_core::{Builder, ThreadDriver};
    /// # use runtime_time::Timer;
    /// # let timer = Timer::new(ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
    /// # runtime.block_on(async {
    /// use runtime_time::{Duration, Instant, sleep};
    ///
    /// let mut pause = std::pin::pin!(sleep(Duration::from_secs(3600)));
    /// pause.as_mut().reset(Instant::now() + Duration::from_millis(1));
    /// pause.await;
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().alarm.reset(deadline);
    }

    /// Waits for the deadline as the future does, but says so if its runtime went away.
    ///
    /// # Errors
    ///
    /// Returns an error whose [`is_shutdown`](Error::is_shutdown) is true if the runtime went away before the deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, sleep};
    /// use std::future::poll_fn;
    /// use std::pin::pin;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let mut sleep = pin!(sleep(Duration::from_millis(1)));
    /// assert_eq!(poll_fn(|cx| sleep.as_mut().poll_elapsed(cx)).await, Ok(()));
    /// # });
    /// ```
    pub fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.project().alarm.poll_with_budget(cx)
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(self.poll_elapsed(cx)) {
            Ok(()) => Poll::Ready(()),
            Err(gone) => panic!("{gone}"),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_takes_twenty_four_bytes() {
        assert!(size_of::<Sleep>() <= 24, "{}", size_of::<Sleep>());
    }
}
