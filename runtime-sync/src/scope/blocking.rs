//! Blocking closures that can be asked to end.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc as StdArc;
use std::task::Poll;

use runtime_core::Handle;
use runtime_core::task::JoinHandle;

use super::ambient;
use super::handle::ScopeHandle;
use super::node::Node;
use super::reason::{CancelReason, Cancelled};
use crate::primitive::Arc;

/// What a blocking closure knows of its cancellation. All of [`ScopeHandle`] is there; within the closure
/// [`is_cancelled`](super::is_cancelled) and [`current`](super::current()) find it too.
///
/// # Examples
///
/// See [`spawn_blocking_with`].
pub struct BlockingScope {
    handle: ScopeHandle,
}

impl BlockingScope {
    /// Runs a future on this thread, until it is ready or the closure is asked to end.
    ///
    /// # Errors
    ///
    /// Returns [`Cancelled`] if the closure is asked to end first; the future is dropped. It is not polled at all if that
    /// was so before.
    ///
    /// # Panics
    ///
    /// Panics outside of a runtime and inside asynchronous code; a blocking closure is neither.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{oneshot, scope};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let (sender, receiver) = oneshot::channel();
    /// let job = rt.block_on(async {
    ///     let job = scope::spawn_blocking_with(|scope| scope.block_on(receiver));
    ///     sender.send(5).unwrap();
    ///     job.await.unwrap()
    /// });
    /// assert_eq!(job, Ok(Ok(5)));
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Cancelled> {
        Handle::current().block_on(async {
            let (mut future, mut cancelled) = (pin!(future), pin!(self.handle.cancelled()));
            poll_fn(|cx| {
                if let Poll::Ready(reason) = cancelled.as_mut().poll(cx) {
                    return Poll::Ready(Err(Cancelled { reason }));
                }
                future.as_mut().poll(cx).map(Ok)
            })
            .await
        })
    }
}

impl Deref for BlockingScope {
    type Target = ScopeHandle;

    fn deref(&self) -> &ScopeHandle {
        &self.handle
    }
}

impl fmt::Debug for BlockingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingScope")
            .field("handle", &self.handle)
            .finish()
    }
}

/// Runs a closure that blocks on the blocking pool, and lets it know when it should end.
///
/// To abort the returned handle prevents the start, as ever, and if the closure runs, cancels its scope: the closure sees
/// it when it looks, and [`BlockingScope::block_on`] returns. A thread cannot be stopped from outside, so the
/// handle resolves when the closure has really ended, with what it returned; to drop the handle lets it go on unseen.
///
/// If the calling code is in a [`CancelScope`](super::CancelScope), the closure is not: it ends when it likes. Cancel what should
/// end by aborting its handle, or spawn it in a [`TaskGroup`](super::TaskGroup).
///
/// # Panics
///
/// Panics if there is no current runtime.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let (started, wait) = std::sync::mpsc::channel();
/// let job = {
///     let _entered = rt.handle().enter();
///     scope::spawn_blocking_with(move |scope| {
///         started.send(()).unwrap();
///         while !scope.is_cancelled() {
///             std::thread::yield_now();
///         }
///         "ended in its own way"
///     })
/// };
/// wait.recv().unwrap();
/// job.abort();
/// assert_eq!(rt.block_on(job).unwrap(), "ended in its own way");
/// ```
#[track_caller]
pub fn spawn_blocking_with<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce(&BlockingScope) -> R + Send + 'static,
    R: Send + 'static,
{
    spawn_in(Node::of_task(), f)
}

/// Runs a closure as the scope `node`, which the closure leaves.
#[track_caller]
pub(super) fn spawn_in<F, R>(node: Arc<Node>, f: F) -> JoinHandle<R>
where
    F: FnOnce(&BlockingScope) -> R + Send + 'static,
    R: Send + 'static,
{
    let told = Arc::clone(&node);
    let on_abort = move || Node::abort(&told, &CancelReason::new("its handle was aborted"));
    let leave = Leave(node);
    let job = move || {
        let leave = leave;
        let scope = BlockingScope {
            handle: ScopeHandle(Arc::clone(&leave.0)),
        };
        let _scope = ambient::enter(&leave.0);
        f(&scope)
    };
    Handle::current().spawn_blocking_told(job, StdArc::new(on_abort))
}

/// The scope is over when the closure is gone, run or not.
struct Leave(Arc<Node>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.leave();
    }
}
