//! Ticks at a fixed distance.

use crate::alarm::Alarm;
use crate::instant::Instant;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A tick that is not more than this late was not missed.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Makes ticks, the first at once and then one every `period`.
///
/// # Panics
///
/// Panics if `period` is zero, if there is no current runtime, or if its timers are not enabled.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::{Duration, Timer, interval};
/// use std::sync::Arc;
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     let mut interval = interval(Duration::from_millis(1));
///     let first = interval.tick().await;
///     let second = interval.tick().await;
///     assert_eq!(second - first, Duration::from_millis(1));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Makes ticks, the first at `start` and then one every `period`.
///
/// # Panics
///
/// Panics if `period` is zero, if there is no current runtime, or if its timers are not enabled.
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
/// use runtime_time::{Duration, Instant, interval_at};
///
/// let start = Instant::now() + Duration::from_millis(1);
/// let mut ticks = interval_at(start, Duration::from_millis(2));
/// assert_eq!(ticks.tick().await, start);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(period > Duration::ZERO, "`period` must be non-zero.");
    Interval {
        alarm: Alarm::at(start),
        period,
        missed_tick_behavior: MissedTickBehavior::default(),
    }
}

/// What an [`Interval`] does after a tick that was more than 5 ms late.
///
/// # Examples
///
/// Ticks every 50 ms, of which the second one is late by 120 ms:
///
/// ```text
/// scheduled   0     50     100     150     200     250     300
/// Burst       0             170,170,170    200     250     300      as many as there should be
/// Delay       0             170     220     270     320             as far apart as they should be
/// Skip        0             170            200     250     300      where they should be
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissedTickBehavior {
    /// The missed ticks come one after another without a pause.
    #[default]
    Burst,
    /// The next tick comes a period after the late one, and all later ones are shifted by as much.
    Delay,
    /// The missed ticks are left out; the next comes at the next multiple of the period.
    Skip,
}

impl MissedTickBehavior {
    /// When the next tick is due after one that was due at `scheduled` and came at `now`.
    fn next(self, scheduled: Instant, now: Instant, period: Duration) -> Option<Instant> {
        match self {
            Self::Burst => scheduled.checked_add(period),
            Self::Delay => now.checked_add(period),
            Self::Skip => {
                let late = (now - scheduled).as_nanos();
                let into_period = late % period.as_nanos();
                // Less than the period, hence not more than the type can hold.
                let seconds = (into_period / 1_000_000_000) as u64;
                let nanoseconds = (into_period % 1_000_000_000) as u32;
                now.checked_add(period - Duration::new(seconds, nanoseconds))
            }
        }
    }
}

/// Ticks at a fixed distance; made by [`interval`] and [`interval_at`].
///
/// It may be polled in any runtime, and ticks by the clock of the one in whose context it was made.
#[derive(Debug)]
pub struct Interval {
    alarm: Alarm,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

impl Interval {
    /// Waits for the next tick and returns the instant at which it was due.
    ///
    /// # Panics
    ///
    /// Panics if the interval's runtime went away.
    ///
    /// # Cancel safety
    ///
    /// A tick that was not returned is not lost.
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
    /// use runtime_time::{Duration, interval};
    ///
    /// let mut ticks = interval(Duration::from_millis(1));
    /// for _ in 0..3 {
    ///     ticks.tick().await;
    /// }
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// Waits for the next tick as [`tick`](Self::tick) does, as a poll.
    ///
    /// # Panics
    ///
    /// Panics if the interval's runtime went away.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant, interval_at};
    /// use std::future::poll_fn;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let start = Instant::now();
    /// let mut ticks = interval_at(start, Duration::from_millis(1));
    /// assert_eq!(poll_fn(|cx| ticks.poll_tick(cx)).await, start);
    /// # });
    /// ```
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        if let Err(gone) = ready!(self.alarm.poll_with_budget(cx)) {
            panic!("{gone}");
        }
        let scheduled = self.alarm.deadline();
        let now = Instant::now();
        let next = if now.saturating_duration_since(scheduled) > TOLERANCE {
            self.missed_tick_behavior.next(scheduled, now, self.period)
        } else {
            scheduled.checked_add(self.period)
        };
        self.alarm.reset(next.unwrap_or_else(Instant::far_future));
        Poll::Ready(scheduled)
    }

    /// Lets the next tick come a period from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::Interval;
    ///
    /// // Something happened: a keep-alive message is not needed before a whole period has passed.
    /// fn traffic(keep_alive: &mut Interval) {
    ///     keep_alive.reset();
    /// }
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Lets the next tick come at once.
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
    /// use runtime_time::{Duration, interval};
    ///
    /// let mut ticks = interval(Duration::from_secs(3600));
    /// ticks.tick().await;
    /// ticks.reset_immediately();
    /// ticks.tick().await;
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_immediately(&mut self) {
        self.alarm.reset(Instant::now());
    }

    /// Lets the next tick come `after` from now; the ones after it at the usual distance.
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
    /// use runtime_time::{Duration, interval};
    ///
    /// let mut ticks = interval(Duration::from_secs(3600));
    /// ticks.tick().await;
    /// ticks.reset_after(Duration::from_millis(1));
    /// ticks.tick().await;
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_after(&mut self, after: Duration) {
        self.alarm.reset(Instant::after(after));
    }

    /// Lets the next tick come at `deadline`; the ones after it at the usual distance.
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
    /// use runtime_time::{Duration, Instant, interval};
    ///
    /// let mut ticks = interval(Duration::from_secs(3600));
    /// ticks.tick().await;
    /// let next = Instant::now() + Duration::from_millis(1);
    /// ticks.reset_at(next);
    /// assert_eq!(ticks.tick().await, next);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        self.alarm.reset(deadline);
    }

    /// Returns what happens after a missed tick.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, MissedTickBehavior, interval};
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let mut ticks = interval(Duration::from_secs(1));
    /// assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Burst);
    /// ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Skip);
    /// # });
    /// ```
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Sets what happens after a missed tick.
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
    /// use runtime_time::{Duration, MissedTickBehavior, interval};
    ///
    /// let mut ticks = interval(Duration::from_millis(1));
    /// assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Burst);
    /// ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Skip);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }

    /// Returns the distance of the ticks.
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
    /// use runtime_time::{Duration, interval};
    ///
    /// assert_eq!(interval(Duration::from_secs(1)).period(), Duration::from_secs(1));
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// When the next tick of a period of 50 ms is due, in milliseconds after the late one was.
    fn next(behavior: MissedTickBehavior, late: u32) -> u128 {
        let scheduled = Instant::now();
        let next = behavior.next(scheduled, scheduled + late * MS, 50 * MS);
        (next.expect("it is near") - scheduled).as_millis()
    }

    #[test]
    fn each_behavior_after_a_missed_tick() {
        for late in [6, 49, 50, 51, 99, 100, 120] {
            assert_eq!(next(MissedTickBehavior::Burst, late), 50);
            assert_eq!(next(MissedTickBehavior::Delay, late), u128::from(late) + 50);
            assert_eq!(
                next(MissedTickBehavior::Skip, late),
                u128::from(late / 50 * 50 + 50)
            );
        }
    }

    #[test]
    fn time_04_skip_divides_the_longest_periods() {
        let scheduled = Instant::now();
        for period in [Duration::MAX, Duration::from_nanos(u64::MAX), MS] {
            let next = MissedTickBehavior::Skip.next(scheduled, scheduled + 7 * MS, period);
            assert!(next.is_none_or(|next| next > scheduled + 7 * MS));
        }
    }
}
