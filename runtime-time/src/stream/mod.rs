//! Streams and time: limits and distances for the items of a stream, and several streams as one. Behind the feature `stream`.
//!
//! Combinators that have nothing to do with time are those of `futures-util`.

mod chunks_timeout;
mod map;
mod throttle;
mod timeout;
mod timeout_repeating;

pub use chunks_timeout::ChunksTimeout;
pub use map::StreamMap;
pub use throttle::Throttle;
pub use timeout::Timeout;
pub use timeout_repeating::TimeoutRepeating;

use futures_core::Stream;

use crate::interval::Interval;
use std::time::Duration;

/// Time for any stream.
///
/// # Examples
///
/// ```
/// # use runtime_core::{Builder, ThreadDriver};
/// # use runtime_time::Timer;
/// use futures_util::{StreamExt as _, stream};
/// use runtime_time::Duration;
/// use runtime_time::stream::StreamExt;
///
/// # let timer = Timer::new(ThreadDriver::new(), 1);
/// # let timers = timer.timers().clone();
/// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
/// # runtime.block_on(async {
/// let slow = stream::iter([1, 2]).chain(stream::pending());
/// let mut slow = slow.timeout(Duration::from_millis(1));
/// assert_eq!(slow.next().await, Some(Ok(1)));
/// assert_eq!(slow.next().await, Some(Ok(2)));
/// assert!(slow.next().await.unwrap().is_err());
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait StreamExt: Stream {
    /// Gives each item at most `duration`, counted from the item before, the first one from now.
    ///
    /// If an item is late, an error comes in its place, once; then the stream waits for the item without a limit. [`timeout_repeating`](Self::timeout_repeating) goes on to say so.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime, or if its timers are not enabled.
    #[track_caller]
    fn timeout(self, duration: Duration) -> Timeout<Self>
    where
        Self: Sized,
    {
        Timeout::new(self, duration)
    }

    /// Puts an error into the stream at each tick of an interval that an item does not come before. Each item begins the interval anew.
    ///
    /// An interval made by [`interval`](crate::interval()) ticks at once, so the first item is late unless it is there already.
    ///
    /// # Panics
    ///
    /// The stream panics when it is polled if the interval's runtime went away.
    fn timeout_repeating(self, interval: Interval) -> TimeoutRepeating<Self>
    where
        Self: Sized,
    {
        TimeoutRepeating::new(self, interval)
    }

    /// Lets at least `duration` pass between two items.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime, or if its timers are not enabled.
    ///
    /// # Examples
    ///
    /// ```
    /// # use runtime_core::{Builder, ThreadDriver};
    /// # use runtime_time::Timer;
    /// use futures_util::{StreamExt as _, stream};
    /// use runtime_time::stream::StreamExt;
    /// use runtime_time::{Duration, Instant};
    ///
    /// # let timer = Timer::new(ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
    /// # runtime.block_on(async {
    /// let start = Instant::now();
    /// let items = stream::iter([1, 2, 3]).throttle(Duration::from_millis(2));
    /// assert_eq!(items.collect::<Vec<_>>().await, [1, 2, 3]);
    /// assert!(start.elapsed() >= Duration::from_millis(4));
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    fn throttle(self, duration: Duration) -> Throttle<Self>
    where
        Self: Sized,
    {
        Throttle::new(self, duration)
    }

    /// Joins items to batches of at most `max_size`. A batch that is not full comes when `duration` has passed since its first item, or when the stream ends; none is empty.
    ///
    /// # Panics
    ///
    /// Panics if `max_size` is 0. The stream panics when it is polled if there is no current runtime, or if its timers are not enabled.
    ///
    /// # Examples
    ///
    /// ```
    /// # use runtime_core::{Builder, ThreadDriver};
    /// # use runtime_time::Timer;
    /// use futures_util::{StreamExt as _, stream};
    /// use runtime_time::Duration;
    /// use runtime_time::stream::StreamExt;
    ///
    /// # let timer = Timer::new(ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = Builder::new_current_thread().driver(std::sync::Arc::new(timer)).extension(timers).build()?;
    /// # runtime.block_on(async {
    /// let batches = stream::iter([1, 2, 3]).chunks_timeout(2, Duration::from_secs(1));
    /// assert_eq!(batches.collect::<Vec<_>>().await, [vec![1, 2], vec![3]]);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    fn chunks_timeout(self, max_size: usize, duration: Duration) -> ChunksTimeout<Self>
    where
        Self: Sized,
    {
        ChunksTimeout::new(self, max_size, duration)
    }
}

impl<S: Stream + ?Sized> StreamExt for S {}
