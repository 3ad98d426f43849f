//! Who borrows.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use runtime_core::task;

/// Whoever borrows a token of a [`CapacityLimiter`](super::CapacityLimiter): a task, or something with a name of its
/// own.
///
/// # Examples
///
/// ```
/// use runtime_sync::{Borrower, CapacityLimiter};
///
/// let limiter = CapacityLimiter::new(2);
/// let (one, two) = (Borrower::new(), Borrower::new());
/// let _token = limiter.try_acquire_on_behalf_of(one).unwrap();
/// assert!(limiter.try_acquire_on_behalf_of(one).is_err());
/// assert!(limiter.try_acquire_on_behalf_of(two).is_ok());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Borrower(Name);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Name {
    Task(task::Id),
    Number(u64),
}

impl Borrower {
    /// Makes a borrower that differs from every other one. Its copies are the same borrower.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Borrower;
    /// assert_ne!(Borrower::new(), Borrower::new());
    /// ```
    #[expect(
        clippy::new_without_default,
        reason = "each is another one: there is no default borrower"
    )]
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Relaxed: only that the numbers differ matters.
        Self(Name::Number(NEXT.fetch_add(1, Relaxed)))
    }

    /// Returns the task that runs on this thread; outside a task, a new borrower.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Borrower;
    /// assert_ne!(Borrower::current(), Borrower::current());
    /// ```
    #[must_use]
    pub fn current() -> Self {
        task::try_id().map_or_else(Self::new, Self::from)
    }
}

impl From<task::Id> for Borrower {
    fn from(id: task::Id) -> Self {
        Self(Name::Task(id))
    }
}

impl fmt::Debug for Borrower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Name::Task(id) => f.debug_tuple("Borrower").field(&id).finish(),
            Name::Number(number) => f.debug_tuple("Borrower").field(&number).finish(),
        }
    }
}
