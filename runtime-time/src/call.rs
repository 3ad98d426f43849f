//! Closures that are run once, when their time has come.
//!
//! A callable of core waits for a [`Due`], which is an [`Alarm`] that always goes through its wheel: a deadline that has passed already comes with the next look at the timers, after
//! what is queued by then, as any other does. So the cell holds closure and alarm, the wheel one entry with the cell's waker, and an abort unlinks the entry when it drops the
//! closure.

use crate::alarm::Alarm;
use crate::instant::Instant;
use runtime_core::Handle;
use runtime_core::task::AbortHandle;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Schedules a closure to be run once by the current runtime, when `delay` has passed.
///
/// Never early. From then on it is scheduled as [`call_soon`](runtime_core::task::call_soon) does it. The handle aborts it before it starts, which takes its timer away; dropping the
/// handle does nothing.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, Timer, call_later, sleep};
/// use std::sync::Arc;
///
/// # let timer = Timer::new(ThreadDriver::new(), 1);
/// # let timers = Arc::clone(timer.timers());
/// # let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     let (send, receive) = std::sync::mpsc::channel();
///     let aborted = send.clone();
///     call_later(Duration::from_millis(2), move || send.send("called").unwrap());
///     call_later(Duration::from_millis(1), move || aborted.send("aborted").unwrap()).abort();
///     sleep(Duration::from_millis(3)).await;
///     assert_eq!(receive.try_iter().collect::<Vec<_>>(), ["called"]);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn call_later<F>(delay: Duration, f: F) -> AbortHandle
where
    F: FnOnce() + Send + 'static,
{
    let due = Due::after(delay);
    Handle::current().call_when(due, f)
}

/// Schedules a closure to be run once by the current runtime, at `deadline` or as soon after it as may be: see [`call_later`].
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Examples
///
/// ```
/// use runtime_time::{Duration, Instant, call_at, sleep};
///
/// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
/// # let timers = timer.timers().clone();
/// # let runtime = runtime_core::Builder::new_current_thread()
/// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
/// # runtime.block_on(async {
/// let (send, receive) = std::sync::mpsc::channel();
/// let soon = Instant::now() + Duration::from_millis(1);
/// call_at(soon, move || send.send("called").unwrap());
/// while receive.try_recv().is_err() {
///     sleep(Duration::from_millis(1)).await;
/// }
/// assert!(Instant::now() >= soon);
/// # });
/// ```
#[track_caller]
pub fn call_at<F>(deadline: Instant, f: F) -> AbortHandle
where
    F: FnOnce() + Send + 'static,
{
    let due = Due::at(deadline);
    Handle::current().call_when(due, f)
}

/// [`call_later`] and [`call_at`] for any thread that has a [`Handle`].
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, HandleExt, Timer};
/// use std::sync::Arc;
///
/// # let timer = Timer::new(ThreadDriver::new(), 1);
/// # let timers = Arc::clone(timer.timers());
/// # let runtime = Builder::new_multi_thread().worker_threads(1).driver(Arc::new(timer)).extension(timers).build()?;
/// let (send, receive) = std::sync::mpsc::channel();
/// runtime.handle().call_later(Duration::from_millis(1), move || send.send("called").unwrap());
/// assert_eq!(receive.recv(), Ok("called"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait HandleExt {
    /// [`call_later`] on this runtime.
    ///
    /// # Panics
    ///
    /// Panics if the timers of the runtime are not enabled.
    #[track_caller]
    fn call_later<F>(&self, delay: Duration, f: F) -> AbortHandle
    where
        F: FnOnce() + Send + 'static;

    /// [`call_at`] on this runtime.
    ///
    /// # Panics
    ///
    /// Panics if the timers of the runtime are not enabled.
    #[track_caller]
    fn call_at<F>(&self, deadline: Instant, f: F) -> AbortHandle
    where
        F: FnOnce() + Send + 'static;
}

impl HandleExt for Handle {
    #[track_caller]
    fn call_later<F>(&self, delay: Duration, f: F) -> AbortHandle
    where
        F: FnOnce() + Send + 'static,
    {
        let due = {
            let _entered = self.enter();
            Due::after(delay)
        };
        self.call_when(due, f)
    }

    #[track_caller]
    fn call_at<F>(&self, deadline: Instant, f: F) -> AbortHandle
    where
        F: FnOnce() + Send + 'static,
    {
        let due = {
            let _entered = self.enter();
            Due::at(deadline)
        };
        self.call_when(due, f)
    }
}

/// Ready with `true` when its time has come, with `false` if its runtime went away first: what a callable waits for. For the facade.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Due, Duration, Timer};
/// use std::sync::Arc;
///
/// # let timer = Timer::new(ThreadDriver::new(), 1);
/// # let timers = Arc::clone(timer.timers());
/// # let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// assert!(runtime.block_on(async { Due::after(Duration::from_millis(1)).await }));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing waits for it"]
pub struct Due {
    alarm: Alarm,
    armed: bool,
}

impl Due {
    /// `delay` from now, on the current runtime.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime, or if its timers are not enabled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Due, Duration, Instant};
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let start = Instant::now();
    /// assert!(Due::after(Duration::from_millis(2)).await);
    /// assert!(start.elapsed() >= Duration::from_millis(2));
    /// # });
    /// ```
    #[track_caller]
    pub fn after(delay: Duration) -> Self {
        Self::new(Alarm::after(delay))
    }

    /// At `deadline`, on the current runtime.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime, or if its timers are not enabled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Due, Instant};
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// assert!(Due::at(Instant::now()).await);
    /// # });
    /// ```
    #[track_caller]
    pub fn at(deadline: Instant) -> Self {
        Self::new(Alarm::at(deadline))
    }

    fn new(alarm: Alarm) -> Self {
        Self {
            alarm,
            armed: false,
        }
    }
}

impl Future for Due {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        if !std::mem::replace(&mut self.armed, true) {
            return match self.alarm.arm(cx.waker()) {
                Ok(()) => Poll::Pending,
                Err(_) => Poll::Ready(false),
            };
        }
        self.alarm.poll(cx).map(|result| result.is_ok())
    }
}
