//! A scope as its user makes it, and the future that runs in it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use runtime_time::Instant;

use super::ambient;
use super::frame::Frame;
use super::handle::ScopeHandle;
use super::node::Node;
use super::reason::{CancelKind, CancelReason, Cancelled};

/// Something that is to be cancelled as a whole: by hand, by a deadline, or with what is around it.
///
/// It is made, [run](Self::run) once, and meanwhile cancelled through its [handles](Self::handle). Scopes nest by where they
/// run: a scope that runs in another one is cancelled with it, unless it has a [shield](Self::shield).
///
/// Cancelling has two stages. A *request* has a reason and is seen by what runs in the scope, which may end in its own
/// way. The *abort* comes when the [grace](Self::grace) is over, at once if there is none: what runs is dropped where
/// it waits. From then on it does not go further: whatever it would wait for next, it is dropped there.
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
/// let scope = CancelScope::new().grace(Duration::from_secs(5));
/// let handle = scope.handle();
/// let work = scope.run(async {
///     handle.cancel("enough");
///     cancelled().await;
///     "ended in its own way"
/// });
/// assert_eq!(work.await, Ok("ended in its own way"));
///
/// let late = CancelScope::new().timeout(Duration::from_millis(1));
/// assert!(late.run(std::future::pending::<()>()).await.is_err());
/// # });
/// ```
#[must_use = "a scope does something when it is run"]
pub struct CancelScope {
    handle: ScopeHandle,
}

impl CancelScope {
    /// Makes a scope without deadline, shield and grace.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// assert_eq!(CancelScope::new().run(async { 1 }).await, Ok(1));
    /// # });
    /// ```
    pub fn new() -> Self {
        Self {
            handle: ScopeHandle(Node::new()),
        }
    }

    /// Cancels the scope when the time has come. [`ScopeHandle::set_deadline`] moves it later on.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{CancelKind, CancelScope};
    /// use runtime_time::Instant;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let scope = CancelScope::new().deadline(Instant::now());
    /// let cancelled = scope.run(std::future::pending::<()>()).await.unwrap_err();
    /// assert_eq!(cancelled.reason().kind(), CancelKind::Deadline);
    /// # });
    /// ```
    pub fn deadline(self, deadline: Instant) -> Self {
        self.handle.set_deadline(Some(deadline));
        self
    }

    /// Cancels the scope when this much time has passed, counted from this call. So much that it cannot be represented
    /// is no deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    /// use std::time::Duration;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let scope = CancelScope::new().timeout(Duration::from_secs(60));
    /// assert_eq!(scope.run(async { "in time" }).await, Ok("in time"));
    /// # });
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        self.handle
            .set_deadline(Instant::now().checked_add(timeout));
        self
    }

    /// Keeps the cancellation of the scopes around it away from what runs in this one: neither is it requested here, nor
    /// are they aborted before this one has ended. The scope's own cancellation works as ever.
    ///
    /// For what must not be left half done, like the last message of a protocol; give it a deadline. It protects from
    /// cancelled scopes of the same task, not from the task's own abort or from being dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let outer = CancelScope::new();
    /// let handle = outer.handle();
    /// let mut said_goodbye = false;
    /// let cut = outer.run(async {
    ///     CancelScope::new().shield().run(async {
    ///         handle.cancel("hurry");
    ///         runtime_core::task::yield_now().await;
    ///         said_goodbye = true;
    ///     }).await.unwrap();
    ///     std::future::pending::<()>().await
    /// });
    /// assert!(cut.await.is_err());
    /// assert!(said_goodbye);
    /// # });
    /// ```
    pub fn shield(self) -> Self {
        self.handle.0.set_shield();
        self
    }

    /// How long after the request the scope is aborted; nothing, if this is not called.
    ///
    /// The grace of a scope counts for the cancellation of this scope: with a scope around it that is cancelled, the grace
    /// of that one counts.
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
    /// let scope = CancelScope::new().grace(Duration::from_secs(60));
    /// scope.handle().cancel("closing time");
    /// let work = scope.run(async {
    ///     let reason = cancelled().await;
    ///     format!("cleaned up: {reason}")
    /// });
    /// assert_eq!(work.await.unwrap(), "cleaned up: closing time");
    /// # });
    /// ```
    pub fn grace(self, grace: Duration) -> Self {
        self.handle.0.set_grace(grace);
        self
    }

    /// Returns a handle to cancel the scope with, and to look at it.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// let scope = CancelScope::new();
    /// let handle = scope.handle();
    /// assert_eq!(scope.run(async { 1 }).await, Ok(1));
    /// assert!(handle.is_finished());
    /// # });
    /// ```
    #[must_use]
    pub fn handle(&self) -> ScopeHandle {
        self.handle.clone()
    }

    /// Runs a future in the scope: returns its output, or that it was cut off.
    ///
    /// The scope lies within the innermost one around the first poll. If that one is aborted, the future of this method
    /// drops what it runs and does not become ready: it is dropped by the one around it, as all that it contains.
    ///
    /// A future that is ready before it is cut was not cancelled, whatever was requested.
    ///
    /// # Errors
    ///
    /// Returns [`Cancelled`] if the scope was cancelled and the future dropped for it.
    ///
    /// # Panics
    ///
    /// The future panics where a deadline or a grace is to be waited for and there is no runtime with timers.
    ///
    /// # Cancel safety
    ///
    /// To drop it drops the future in the scope.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// let scope = CancelScope::new();
    /// let handle = scope.handle();
    /// let work = scope.run(async {
    ///     handle.cancel("seen enough");
    ///     std::future::pending::<()>().await
    /// });
    /// assert_eq!(work.await.unwrap_err().reason().message(), Some("seen enough"));
    /// assert!(handle.cancelled_caught());
    /// # });
    /// ```
    pub fn run<F: Future>(self, future: F) -> Scoped<F> {
        Scoped {
            frame: Frame::new(self.handle.0, future),
            is_over: false,
        }
    }
}

impl Default for CancelScope {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancelScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelScope")
            .field("handle", &self.handle)
            .finish()
    }
}

pin_project! {
    /// The future of [`CancelScope::run`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Scoped<F> {
        #[pin]
        frame: Frame<F>,
        // Cut by a scope around it, which is to drop this.
        is_over: bool,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if *this.is_over {
            return Poll::Pending;
        }
        match this.frame.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(output)) => Poll::Ready(Ok(output)),
            Poll::Ready(Err(cut)) => {
                let node = this.frame.node();
                if !cut.here && is_inside_parent(node) {
                    *this.is_over = true;
                    return Poll::Pending;
                }
                Poll::Ready(Err(Cancelled {
                    reason: reason_of(node),
                }))
            }
        }
    }
}

/// Whether this poll is within that of the scope that the node lies in, which then drops what it runs. It is not if a
/// future was polled in one scope and moved to another.
pub(super) fn is_inside_parent(node: &Node) -> bool {
    ambient::get().is_some_and(|current| node.is_child_of(&current))
}

pub(super) fn reason_of(node: &Node) -> CancelReason {
    let reason = node.reason();
    reason.unwrap_or_else(|| CancelReason::of(CancelKind::Requested))
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}
