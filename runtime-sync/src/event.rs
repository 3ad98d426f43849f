//! A flag to wait for.

use std::fmt;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use crate::notify::Notify;
use crate::primitive::AtomicBool;

/// A flag that is set or not; tasks wait until it is set.
///
/// Unlike the permit of a [`Notify`] the flag stays set, so any number of tasks pass until it is cleared. For a flag
/// that is never cleared and comes with a value there is [`SetOnce`](crate::SetOnce), for one that is handed down a tree
/// of tasks [`CancellationToken`](crate::CancellationToken).
///
/// # Examples
///
/// ```
/// use runtime_sync::Event;
/// use std::sync::Arc;
///
/// # futures_executor::block_on(async {
/// let ready = Arc::new(Event::new());
/// let setter = Arc::clone(&ready);
/// let thread = std::thread::spawn(move || setter.set());
/// ready.wait().await;
/// assert!(ready.is_set());
/// thread.join().unwrap();
/// # });
/// ```
pub struct Event {
    set: AtomicBool,
    /// Called each time the flag goes up.
    raised: Notify,
}

impl Event {
    /// Creates an event that is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!runtime_sync::Event::new().is_set());
    /// ```
    pub fn new() -> Self {
        Self {
            set: AtomicBool::new(false),
            raised: Notify::new(),
        }
    }

    /// Creates an event in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Event;
    /// static STARTED: Event = Event::const_new();
    /// STARTED.set();
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new() -> Self {
        Self {
            set: AtomicBool::new(false),
            raised: Notify::const_new(),
        }
    }

    /// Sets the flag and wakes all who wait.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let event = runtime_sync::Event::new();
    /// event.set();
    /// event.wait().await;
    /// event.wait().await;
    /// # });
    /// ```
    pub fn set(&self) {
        // Release: pairs with `is_set`. If the flag was up already, whoever raised it wakes.
        if !self.set.swap(true, AcqRel) {
            self.raised.notify_waiters();
        }
    }

    /// Takes the flag down: from now on tasks wait until the next [`set`](Self::set).
    ///
    /// Those that were woken by the last one go on all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = runtime_sync::Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    pub fn clear(&self) {
        // A read-modify-write as in `set`, so that what was written before an earlier `set` is seen after a later one.
        self.set.swap(false, AcqRel);
    }

    /// Returns whether the flag is set.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = runtime_sync::Event::new();
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    pub fn is_set(&self) -> bool {
        // Acquire: pairs with `set`, so that what was done before it is seen.
        self.set.load(Acquire)
    }

    /// Waits until the flag is set; ready at once if it is.
    ///
    /// A [`set`](Self::set) after the first poll is enough, even if [`clear`](Self::clear) follows at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let event = runtime_sync::Event::new();
    /// futures_util::join!(event.wait(), async { event.set() });
    /// # });
    /// ```
    pub async fn wait(&self) {
        // Made before the look, so that a `set` after it wakes.
        let raised = self.raised.notified();
        if !self.is_set() {
            raised.await;
        }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("is_set", &self.is_set())
            .finish_non_exhaustive()
    }
}
