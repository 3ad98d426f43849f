//! Seeing a scope from within and from afar.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use runtime_time::Instant;

use super::ambient;
use super::node::Node;
use super::reason::CancelReason;
use crate::primitive::Arc;

/// A handle to a scope: of a [`CancelScope`](super::CancelScope), a task of a [`TaskGroup`](super::TaskGroup), the group itself, or a blocking closure.
///
/// Clones are handles to the same scope. Handles do nothing when they are dropped.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::CancelScope;
///
/// let scope = CancelScope::new();
/// let handle = scope.handle();
/// assert!(!handle.is_cancelled());
/// handle.cancel("closing time");
/// assert_eq!(handle.reason().unwrap().to_string(), "closing time");
/// ```
#[derive(Clone)]
pub struct ScopeHandle(pub(super) Arc<Node>);

impl UnwindSafe for ScopeHandle {}
impl RefUnwindSafe for ScopeHandle {}

impl ScopeHandle {
    /// Requests the end of what runs in the scope, and aborts it when the scope's grace is over, at once if it has none.
    ///
    /// The first reason stays. A scope that is not run yet is cut before it begins; one that has ended does not care.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// let handle = CancelScope::new().handle();
    /// handle.cancel("first");
    /// handle.cancel(format!("second {}", 2));
    /// assert_eq!(handle.reason().unwrap().message(), Some("first"));
    /// ```
    pub fn cancel(&self, reason: impl Into<CancelReason>) {
        Node::cancel(&self.0, &reason.into());
    }

    /// Requests the end and does not wait for the grace.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    /// use std::time::Duration;
    ///
    /// # futures_executor::block_on(async {
    /// let scope = CancelScope::new().grace(Duration::from_secs(3600));
    /// scope.handle().abort("now");
    /// assert!(scope.run(std::future::pending::<()>()).await.is_err());
    /// # });
    /// ```
    pub fn abort(&self, reason: impl Into<CancelReason>) {
        Node::abort(&self.0, &reason.into());
    }

    /// Returns true if the end of the scope, or of one around it without a shield between, was requested.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// let handle = CancelScope::new().handle();
    /// assert!(!handle.is_cancelled());
    /// handle.cancel("enough");
    /// assert!(handle.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns why, if the scope is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{CancelReason, CancelScope};
    ///
    /// let handle = CancelScope::new().handle();
    /// assert_eq!(handle.reason(), None);
    /// handle.cancel("enough");
    /// assert_eq!(handle.reason(), Some(CancelReason::new("enough")));
    /// ```
    #[must_use]
    pub fn reason(&self) -> Option<CancelReason> {
        self.0.reason()
    }

    /// Waits until the scope is cancelled, and returns why. Ready at once if it is; pending for ever if it never is.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// let handle = CancelScope::new().handle();
    /// handle.cancel("now");
    /// assert_eq!(handle.cancelled().await.message(), Some("now"));
    /// # });
    /// ```
    pub async fn cancelled(&self) -> CancelReason {
        self.0.requested().await;
        super::cancel_scope::reason_of(&self.0)
    }

    /// Returns the deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    /// use runtime_time::Instant;
    ///
    /// let soon = Instant::now();
    /// let handle = CancelScope::new().deadline(soon).handle();
    /// assert_eq!(handle.deadline(), Some(soon));
    /// handle.set_deadline(None);
    /// assert_eq!(handle.deadline(), None);
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.0.view().deadline
    }

    /// Moves the deadline, or takes it away. Once the scope is cancelled it makes no difference.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    /// use runtime_time::{Duration, Instant};
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let scope = CancelScope::new().timeout(Duration::from_millis(1));
    /// scope.handle().set_deadline(None);
    /// let work = scope.run(runtime_time::sleep(Duration::from_millis(5)));
    /// assert!(work.await.is_ok());
    /// # });
    /// ```
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        self.0.set_deadline(deadline);
    }

    /// Returns true if what ran was cut off because of this scope's own cancellation, not of one around it.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// let (inner, outer) = (CancelScope::new(), CancelScope::new());
    /// let (inner_handle, outer_handle) = (inner.handle(), outer.handle());
    /// outer_handle.cancel("all of it");
    /// let both = outer.run(inner.run(std::future::pending::<()>()));
    /// assert!(both.await.is_err());
    /// assert!(outer_handle.cancelled_caught());
    /// assert!(!inner_handle.cancelled_caught());
    /// # });
    /// ```
    #[must_use]
    pub fn cancelled_caught(&self) -> bool {
        self.0.has_caught()
    }

    /// Returns true if what ran in the scope has ended, in whichever way.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// let scope = CancelScope::new();
    /// let handle = scope.handle();
    /// scope.run(async { assert!(!handle.is_finished()) }).await.unwrap();
    /// assert!(handle.is_finished());
    /// # });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.has_ended()
    }
}

impl fmt::Debug for ScopeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopeHandle").field(&self.0).finish()
    }
}

/// Returns a handle to the innermost scope around the code that runs.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::{self, CancelScope};
///
/// # futures_executor::block_on(async {
/// assert!(scope::current().is_none());
/// let inside = CancelScope::new().run(async { scope::current().is_some() });
/// assert_eq!(inside.await, Ok(true));
/// # });
/// ```
#[must_use]
pub fn current() -> Option<ScopeHandle> {
    ambient::get().map(ScopeHandle)
}

/// Returns true if the code that runs is asked to end: its scope, or one around it, is cancelled. Outside of every scope,
/// false.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::{self, CancelScope};
///
/// # futures_executor::block_on(async {
/// assert!(!scope::is_cancelled());
/// let work = CancelScope::new();
/// let handle = work.handle();
/// let told = work.run(async {
///     handle.cancel("enough");
///     scope::is_cancelled()
/// });
/// assert_eq!(told.await, Ok(true));
/// # });
/// ```
#[must_use]
pub fn is_cancelled() -> bool {
    ambient::get().is_some_and(|node| node.is_cancelled())
}

/// Returns why the code that runs is asked to end, if it is.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::{self, CancelScope};
///
/// # futures_executor::block_on(async {
/// let work = CancelScope::new();
/// let handle = work.handle();
/// let told = work.run(async {
///     handle.cancel("enough");
///     scope::reason()
/// });
/// assert_eq!(told.await.unwrap().unwrap().message(), Some("enough"));
/// # });
/// ```
#[must_use]
pub fn reason() -> Option<CancelReason> {
    ambient::get()?.reason()
}

/// Waits until the code that runs is asked to end, and returns why. Outside of every scope, for ever.
///
/// # Cancel safety
///
/// Dropping the future loses nothing.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::{CancelScope, cancelled};
/// use std::time::Duration;
///
/// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
/// # let timers = timer.timers().clone();
/// # let runtime = runtime_core::Builder::new_current_thread()
/// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
/// # runtime.block_on(async {
/// let scope = CancelScope::new().grace(Duration::from_secs(1)).timeout(Duration::from_millis(1));
/// let reason = scope.run(cancelled()).await.unwrap();
/// assert_eq!(reason.to_string(), "its deadline has passed");
/// # });
/// ```
pub async fn cancelled() -> CancelReason {
    match current() {
        Some(scope) => scope.cancelled().await,
        None => std::future::pending().await,
    }
}
