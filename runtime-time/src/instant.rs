//! A point in time as the runtime's clock sees it.

use crate::moment::{self, FAR, Moment};
use crate::{clock, timers};
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

/// A measurement of the runtime's clock.
///
/// It is [`std::time::Instant`] except that, while the clock of the current runtime is paused for a test,
/// [`now`](Self::now) stands still with it.
///
/// # Examples
///
/// ```
/// use runtime_time::Instant;
/// use std::time::Duration;
///
/// let start = Instant::now();
/// let deadline = start + Duration::from_secs(1);
/// assert_eq!(deadline.duration_since(start), Duration::from_secs(1));
/// assert_eq!(start.duration_since(deadline), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// Returns the present instant.
    ///
    /// # Examples
    ///
    /// ```
    /// let now = runtime_time::Instant::now();
    /// assert!(runtime_time::Instant::now() >= now);
    /// ```
    #[must_use]
    pub fn now() -> Self {
        if clock::ever_frozen() {
            Self::from_clock()
        } else {
            Self(std::time::Instant::now())
        }
    }

    /// The present instant by the clock of the current runtime, if there is one with timers.
    #[cold]
    fn from_clock() -> Self {
        match timers::try_with_current(|timers| timers.clock().now()) {
            Ok(Some(now)) => Self::from_moment(now),
            _ => Self(std::time::Instant::now()),
        }
    }

    pub(crate) fn from_moment(moment: Moment) -> Self {
        Self(moment::to_std(moment))
    }

    pub(crate) fn to_moment(self) -> Moment {
        moment::from_std(self.0)
    }

    /// An instant about 30 years from now, for what lies beyond what an instant can say.
    pub(crate) fn far_future() -> Self {
        Self::now() + FAR
    }

    /// So far from now; a time that cannot be told is as good as never.
    pub(crate) fn after(duration: Duration) -> Self {
        Self::now()
            .checked_add(duration)
            .unwrap_or_else(Self::far_future)
    }

    /// Makes one from the standard library's.
    ///
    /// # Examples
    ///
    /// ```
    /// let std = std::time::Instant::now();
    /// assert_eq!(runtime_time::Instant::from_std(std).into_std(), std);
    /// ```
    #[must_use]
    pub fn from_std(std: std::time::Instant) -> Self {
        Self(std)
    }

    /// Converts it into the standard library's.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let later = now + Duration::from_secs(1);
    /// assert_eq!(later.into_std() - now.into_std(), Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn into_std(self) -> std::time::Instant {
        self.0
    }

    /// Returns the time from `earlier` until this instant, zero if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// let start = Instant::now();
    /// let later = start + Duration::from_secs(2);
    /// assert_eq!(later.duration_since(start), Duration::from_secs(2));
    /// assert_eq!(start.duration_since(later), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// Returns the time from `earlier` until this instant, `None` if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let later = now + Duration::from_secs(1);
    /// assert_eq!(later.checked_duration_since(now), Some(Duration::from_secs(1)));
    /// assert_eq!(now.checked_duration_since(later), None);
    /// ```
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// Returns the time from `earlier` until this instant, zero if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let later = now + Duration::from_secs(1);
    /// assert_eq!(later.saturating_duration_since(now), Duration::from_secs(1));
    /// assert_eq!(now.saturating_duration_since(later), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// Returns the time from this instant until now, zero if it lies ahead.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// let start = Instant::now();
    /// assert!(start.elapsed() < Duration::from_secs(3600));
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// Returns the instant that lies `duration` after this one, `None` if it cannot be represented.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// assert!(Instant::now().checked_add(Duration::MAX).is_none());
    /// ```
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// Returns the instant that lies `duration` before this one, `None` if it cannot be represented.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let later = now + Duration::from_secs(1);
    /// assert_eq!(later.checked_sub(Duration::from_secs(1)), Some(now));
    /// assert_eq!(now.checked_sub(Duration::MAX), None);
    /// ```
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<std::time::Instant> for Instant {
    fn from(std: std::time::Instant) -> Self {
        Self(std)
    }
}

impl From<Instant> for std::time::Instant {
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0 - duration)
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        self.0 -= duration;
    }
}
