//! A limit to how long a future may take.

use crate::alarm::Alarm;
use crate::error::Elapsed;
use crate::instant::Instant;
use pin_project_lite::pin_project;
use runtime_core::coop;
use std::future::{Future, IntoFuture};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Gives a future at most `duration` to complete.
///
/// The time counts from the call. The future is polled first: if it is ready it wins, even with a duration of zero, and no
/// timer is touched. When the time is up, the future is not polled any more; it is dropped with the [`Timeout`], or can be
/// taken out of it.
///
/// # Errors
///
/// The output is an error if the future did not complete in time, or if the runtime went away meanwhile.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Cancel safety
///
/// Dropping it drops the future inside; that one's rules hold.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, Timer, timeout};
/// use std::sync::Arc;
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     assert_eq!(timeout(Duration::ZERO, async { 7 }).await, Ok(7));
///     assert!(timeout(Duration::from_millis(1), std::future::pending::<()>()).await.is_err());
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(future.into_future(), Alarm::after(duration))
}

/// Gives a future until `deadline` to complete; otherwise as [`timeout`].
///
/// # Errors
///
/// The output is an error if the future did not complete in time, or if the runtime went away meanwhile.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Cancel safety
///
/// Dropping it drops the future inside; that one's rules hold.
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
/// use runtime_time::{Duration, Instant, timeout_at};
///
/// let end = Instant::now() + Duration::from_millis(1);
/// assert!(timeout_at(end, std::future::pending::<()>()).await.is_err());
/// assert_eq!(timeout_at(end, async { 7 }).await, Ok(7));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(future.into_future(), Alarm::at(deadline))
}

pin_project! {
    /// The future of [`timeout`] and [`timeout_at`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Timeout<F> {
        #[pin]
        value: F,
        alarm: Alarm,
        // As that of a sleep.
        #[pin]
        _pinned: PhantomPinned,
    }
}

impl<F> Timeout<F> {
    fn new(value: F, alarm: Alarm) -> Self {
        Self {
            value,
            alarm,
            _pinned: PhantomPinned,
        }
    }

    /// Returns the future inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, timeout};
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let limited = timeout(Duration::from_secs(1), std::future::ready(7));
    /// assert_eq!(limited.get_ref().clone().await, 7);
    /// # });
    /// ```
    pub fn get_ref(&self) -> &F {
        &self.value
    }

    /// Returns the future inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, timeout};
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let mut limited = timeout(Duration::from_secs(1), std::future::ready(7));
    /// *limited.get_mut() = std::future::ready(8);
    /// assert_eq!(limited.await, Ok(8));
    /// # });
    /// ```
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.value
    }

    /// Returns the future inside and gives up the limit.
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
    /// use runtime_time::{Duration, timeout};
    ///
    /// let limited = timeout(Duration::from_millis(1), async { 7 });
    /// assert_eq!(limited.into_inner().await, 7);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> F {
        self.value
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.project();
        let had_budget = coop::has_budget_remaining();
        if let Poll::Ready(value) = me.value.poll(cx) {
            return Poll::Ready(Ok(value));
        }
        // A future that is always ready uses up the budget again and again: its limit must not need what it has eaten.
        let result = if had_budget && !coop::has_budget_remaining() {
            ready!(me.alarm.poll(cx))
        } else {
            ready!(me.alarm.poll_with_budget(cx))
        };
        Poll::Ready(Err(match result {
            Ok(()) => Elapsed::TIME,
            Err(_gone) => Elapsed::SHUTDOWN,
        }))
    }
}
