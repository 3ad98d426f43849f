//! Stopping and moving the clock of a runtime, for tests.

use crate::home::Home;
use crate::timers::{self, Timers};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Stops the clock of the current runtime.
///
/// From now on [`Instant::now`](crate::Instant::now) stands still, and timers fire when the clock is moved: by
/// [`advance`], or by the runtime itself, which moves it to the next deadline whenever no task can run, no blocking job
/// runs, and nobody [`hold`]s it. Deadlines are rounded up to whole milliseconds. The clock of the standard library
/// goes on. This works on every kind of runtime, also with many workers.
///
/// # Panics
///
/// Panics if the clock is stopped already, if there is no current runtime, or if its timers are not enabled.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, Instant, Timer, pause, sleep};
/// use std::sync::Arc;
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     pause();
///     let start = Instant::now();
///     sleep(Duration::from_secs(86_400)).await; // takes no time at all
///     assert_eq!(start.elapsed(), Duration::from_secs(86_400));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn pause() {
    let home = timers::with_current(|timers| Arc::clone(timers.home()));
    assert!(
        home.clock.freeze(),
        "the clock is paused already: time is already frozen"
    );
    home.driver.unpark();
}

/// Lets the clock of the current runtime go on from where it stands.
///
/// # Panics
///
/// Panics if the clock is not stopped, if there is no current runtime, or if its timers are not enabled.
///
/// # Examples
///
/// ```
/// use runtime_time::{Duration, Instant, pause, resume, sleep};
///
/// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
/// # let timers = timer.timers().clone();
/// # let runtime = runtime_core::Builder::new_current_thread()
/// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
/// # runtime.block_on(async {
/// pause();
/// let frozen = Instant::now();
/// assert_eq!(Instant::now(), frozen);
/// resume();
/// sleep(Duration::from_millis(1)).await;
/// assert!(Instant::now() > frozen);
/// # });
/// ```
#[track_caller]
pub fn resume() {
    let home = timers::with_current(|timers| Arc::clone(timers.home()));
    assert!(home.clock.resume(), "{NOT_FROZEN}");
    home.driver.unpark();
}

/// Moves the stopped clock of the current runtime.
///
/// The clock jumps once by `duration`, so timers passed over become ready together; then the task yields once, to let what
/// became ready run.
///
/// # Panics
///
/// Panics if the clock is not stopped, if there is no current runtime, or if its timers are not enabled.
///
/// # Cancel safety
///
/// The clock is moved at the first poll; after that there is nothing to lose.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, Instant, Timer, advance, pause, sleep};
/// use std::sync::Arc;
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     pause();
///     let start = Instant::now();
///     advance(Duration::from_millis(1_500)).await;
///     assert_eq!(start.elapsed(), Duration::from_millis(1_500));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn advance(duration: Duration) {
    let timers = timers::with_current(Arc::clone);
    assert!(timers.clock().advance(duration), "{NOT_FROZEN}");
    timers.fire_due();
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Keeps the stopped clock of the current runtime from moving by itself while the guard lives.
///
/// For a test that waits for something outside the runtime, which looks idle meanwhile. [`advance`] still moves the clock.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Timer, hold, pause};
/// use std::sync::Arc;
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// let _context = runtime.enter();
/// pause();
/// let held = hold();
/// // … wait for another thread, say …
/// drop(held);
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn hold() -> ClockHold {
    let home = timers::with_current(|timers| Arc::clone(timers.home()));
    home.clock.hold();
    ClockHold { home }
}

/// While this lives, the clock does not move by itself; made by [`hold`].
#[derive(Debug)]
#[must_use = "the clock is held while this lives"]
pub struct ClockHold {
    home: Arc<Home>,
}

impl Drop for ClockHold {
    fn drop(&mut self) {
        self.home.clock.release();
        self.home.driver.unpark();
    }
}

impl Timers {
    /// Stops the clock before the runtime starts, as [`pause`] does later.
    ///
    /// Stopping it twice is no mistake here.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, ThreadDriver};
    /// use runtime_time::{Duration, Instant, Timer, advance};
    /// use std::sync::Arc;
    ///
    /// let timer = Timer::new(ThreadDriver::new(), 1);
    /// let timers = Arc::clone(timer.timers());
    /// timers.start_paused();
    /// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
    /// runtime.block_on(async {
    ///     let start = Instant::now();
    ///     advance(Duration::from_secs(60)).await;
    ///     assert_eq!(start.elapsed(), Duration::from_secs(60));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_paused(&self) {
        self.clock().freeze();
    }
}

const NOT_FROZEN: &str = "the clock runs, call `pause` first: time is not frozen";
