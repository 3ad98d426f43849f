//! What a server is told.

use std::time::Duration;

use runtime_sync::CancellationToken;

/// What [`serve`](super::serve()) is told: limits, deadlines, and when to stop.
///
/// # Examples
///
/// ```
/// use runtime_io::net::ServeOptions;
/// use std::time::Duration;
///
/// let options = ServeOptions::new().max_connections(1000).deadline(Duration::from_secs(30));
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until they are given to `serve`"]
pub struct ServeOptions {
    pub(super) max_connections: usize,
    pub(super) deadline: Option<Duration>,
    pub(super) grace: Duration,
    pub(super) stop: CancellationToken,
}

/// Long enough for a request that is under way.
const GRACE: Duration = Duration::from_secs(30);

impl ServeOptions {
    /// No limit, no deadline, no stop; 30 s of grace.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::net::ServeOptions;
    ///
    /// let options = ServeOptions::new();
    /// # let _ = options;
    /// ```
    pub fn new() -> Self {
        Self {
            max_connections: usize::MAX,
            deadline: None,
            grace: GRACE,
            stop: CancellationToken::new(),
        }
    }

    /// Sets how many connections may be open at once. At the limit no more are accepted; they wait in the queue of the system. Default: no limit.
    ///
    /// # Panics
    ///
    /// Panics if `count` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::net::ServeOptions;
    ///
    /// let options = ServeOptions::new().max_connections(1000);
    /// # let _ = options;
    /// ```
    #[track_caller]
    pub fn max_connections(mut self, count: usize) -> Self {
        assert!(count > 0, "`max_connections` must be greater than 0");
        self.max_connections = count;
        self
    }

    /// Sets how long a connection may take from beginning to end; then its handler is dropped. Needs timers. Default: as long as it likes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use runtime_io::net::ServeOptions;
    ///
    /// let options = ServeOptions::new().deadline(Duration::from_secs(30));
    /// # let _ = options;
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets how long connections may go on after the stop. Needs timers. Default: 30 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use runtime_io::net::ServeOptions;
    ///
    /// let options = ServeOptions::new().grace(Duration::from_secs(5));
    /// # let _ = options;
    /// ```
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the token whose cancellation is the stop. Default: none.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::net::ServeOptions;
    /// use runtime_sync::CancellationToken;
    ///
    /// let stop = CancellationToken::new();
    /// let options = ServeOptions::new().stop(stop.clone());
    /// // Later, from anywhere:
    /// stop.cancel();
    /// # let _ = options;
    /// ```
    pub fn stop(mut self, stop: CancellationToken) -> Self {
        self.stop = stop;
        self
    }

    /// The token whose cancellation is the stop: the one that was set, or one that nobody else has.
    ///
    /// For a handler that should know of the stop, as a protocol must to say goodbye.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::net::ServeOptions;
    /// use runtime_sync::CancellationToken;
    ///
    /// let stop = CancellationToken::new();
    /// let options = ServeOptions::new().stop(stop.clone());
    /// stop.cancel();
    /// assert!(options.stop_token().is_cancelled());
    /// ```
    #[must_use]
    pub fn stop_token(&self) -> &CancellationToken {
        &self.stop
    }
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self::new()
    }
}
