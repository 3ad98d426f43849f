//! Tasks that succeed or fail together.
//!
//! # The rule
//!
//! 1. A group is a scope ([`super::node`]) and a count of tasks. Each task is spawned with a scope of its own, which lies in the group's.
//! 2. A task that fails, by an error or a panic, is noted and cancels the group's scope, hence the others. So does the body of [`TaskGroup::run`].
//! 3. [`TaskGroup::join`] waits until the count is zero, whatever happened, and then closes the group. Until then tasks may be added,
//!    by the tasks too.
//! 4. As long as the count is not zero the group *holds* the scopes around it: a scope that is aborted waits for the tasks of the groups in it.
//! 5. A group that is dropped cannot wait. It abandons its tasks: each is dropped at its next wait, shielded or not, soon but not within the drop.
//!
//! # How a task ends
//!
//! ```text
//!   Child::poll ── ready, cut, or a panic ──► the future is dropped ──► End::tell ──► noted, counted off
//!        (1)                                          (2)                   ▲  (3)          (4)
//!   dropped by its runtime ───────────────────────────────────────── End::drop
//! ```
//!
//! A panic of a task is the group's, which tells its owner: `on_unhandled_panic` does not hear of it.
//!
//! The order is what makes "never outlives" true: when the count says zero, each future is gone, so whatever the tasks borrowed from the world by ownership is free.
//!
//! # Designs rejected
//!
//! * **A `JoinSet` inside**: it acts on a failure when somebody polls it, and the owner of a group may be busy elsewhere. Here the task that fails cancels the others.
//! * **To abort the tasks through their join handles**: that cuts shields and skips the request, and what a task's own scopes and groups do at their end.
//! * **Scoped tasks that borrow**: a future can be leaked, and then nothing would wait for them.
//! * **To wait in the drop**: it would block a worker, perhaps the one the tasks need.

mod child;
mod error;
#[cfg(all(test, loom))]
mod model;
mod shared;
mod start;

use std::fmt;
use std::future::Future;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use runtime_time::Instant;

pub use error::{FailureCause, GroupError, StartError, TaskFailure};
pub use start::Started;

use super::ambient;
use super::blocking::{self, BlockingScope};
use super::cancel_scope::is_inside_parent;
use super::frame::{Cut, Frame};
use super::handle::ScopeHandle;
use super::node::Node;
use super::reason::CancelReason;
use crate::primitive::Arc;
use child::{BlockingChild, Child, End};
use shared::Shared;
use start::Start;

/// Tasks that succeed or fail together: the first that fails cancels the others, and nothing goes on before all have ended.
///
/// Tasks are [spawned](GroupHandle::spawn) and then [joined](Self::join); or [`run`](Self::run) does both around a body. What can be done with a group from afar and
/// from within its tasks is on its [`GroupHandle`], to which the group dereferences.
///
/// The group lies in the scope around the code that makes it: a [`CancelScope`](super::CancelScope) that is cancelled cancels the groups in it, and returns when their tasks have
/// ended.
///
/// # When the group is dropped
///
/// A group that is dropped and not joined aborts its tasks, shields or not. It does not wait: a task that is being polled at this moment goes on to its next
/// wait. Within a [`CancelScope`](super::CancelScope) that is cut, the scope waits for them.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::TaskGroup;
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// let result = rt.block_on(async {
///     let group = TaskGroup::new();
///     for part in ["a", "b", "c"] {
///         group.spawn(async move {
///             if part == "b" { Err(format!("{part} is broken")) } else { Ok(()) }
///         });
///     }
///     group.join().await
/// });
/// assert_eq!(result.unwrap_err().failures()[0].error().unwrap(), "b is broken");
/// ```
#[must_use = "a group that is dropped aborts its tasks"]
pub struct TaskGroup<E> {
    handle: GroupHandle<E>,
}

impl<E> TaskGroup<E> {
    /// Makes an empty group, in the scope around the code that runs.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// # futures_executor::block_on(async {
    /// let group = TaskGroup::<()>::new();
    /// assert!(group.join().await.is_ok());
    /// # });
    /// ```
    pub fn new() -> Self {
        let node = Node::new();
        Node::enter(&node, ambient::get());
        Self {
            handle: GroupHandle {
                shared: Shared::new(node),
            },
        }
    }

    /// Cancels the group when the time has come. [`ScopeHandle::set_deadline`] moves it later on.
    ///
    /// The deadline is kept from the first spawn on. One that is only set later, through the handle, is kept by `join` and `run`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{CancelKind, TaskGroup};
    /// use runtime_time::Instant;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let group = TaskGroup::<()>::new().deadline(Instant::now());
    /// group.spawn(std::future::pending());
    /// let error = group.join().await.unwrap_err();
    /// assert_eq!(error.reason().unwrap().kind(), CancelKind::Deadline);
    /// # });
    /// ```
    pub fn deadline(self, deadline: Instant) -> Self {
        self.shared.node.set_deadline(Some(deadline));
        self
    }

    /// Cancels the group when this much time has passed, counted from this call. So much that it cannot be represented is no deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    /// use std::time::Duration;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let group = TaskGroup::<()>::new().timeout(Duration::from_millis(1));
    /// group.spawn(std::future::pending());
    /// assert!(group.join().await.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        let deadline = Instant::now().checked_add(timeout);
        self.shared.node.set_deadline(deadline);
        self
    }

    /// How long after a request, the one of a failing task included, the others are aborted; nothing, if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{TaskGroup, cancelled};
    /// use std::time::Duration;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let group = TaskGroup::<()>::new().grace(Duration::from_secs(5));
    /// group.spawn(async {
    ///     cancelled().await;
    ///     Ok(())
    /// });
    /// group.scope().cancel("done");
    /// // It has ended in its own way, so nothing was cut off.
    /// assert!(group.join().await.is_ok());
    /// # });
    /// ```
    pub fn grace(self, grace: Duration) -> Self {
        self.shared.node.set_grace(grace);
        self
    }

    /// Returns a handle, which tasks may take along.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     let handle = group.handle();
    ///     let task = handle.spawn(async { Ok(()) });
    ///     assert_eq!(handle.running(), 1);
    ///     assert!(group.join().await.is_ok());
    ///     assert!(task.is_finished());
    /// });
    /// ```
    #[must_use]
    pub fn handle(&self) -> GroupHandle<E> {
        self.handle.clone()
    }

    /// Waits until all tasks have ended, those included that are added meanwhile.
    ///
    /// If a scope around the group is aborted, the future waits for the tasks and does not become ready then: it is dropped by that scope.
    ///
    /// # Errors
    ///
    /// `Ok` means that every task has returned `Ok`, or was cancelled by its own handle. Else returns what failed, and whether the group was cancelled.
    ///
    /// # Panics
    ///
    /// The future panics where a deadline or a grace is to be waited for and there is no runtime with timers.
    ///
    /// # Cancel safety
    ///
    /// To drop it drops the group, which aborts the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let group = TaskGroup::<std::io::Error>::new();
    ///     let handle = group.handle();
    ///     group.spawn(async move {
    ///         handle.spawn(async { Ok(()) });
    ///         Ok(())
    ///     });
    ///     group.join().await.unwrap();
    /// });
    /// ```
    pub async fn join(self) -> Result<(), GroupError<E>> {
        let cut = if self.shared.take_keeping() {
            let node = Arc::clone(&self.shared.node);
            Frame::of_another(node, self.shared.drain()).await.err()
        } else {
            None
        };
        self.end(cut).await
    }

    /// Runs a body in the group, and then waits for the tasks: [`join`](Self::join) around it.
    ///
    /// A body that fails cancels the tasks; a task that fails cuts off the body.
    ///
    /// # Errors
    ///
    /// Returns what failed, the body included, or that the group was cancelled and something cut off.
    ///
    /// # Panics
    ///
    /// The future panics with the body's own panic, and where a deadline or a grace is to be waited for and there is no runtime with timers.
    ///
    /// # Cancel safety
    ///
    /// To drop it drops the group, which aborts the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let sum = rt.block_on(TaskGroup::<String>::new().run(|group| async move {
    ///     let port = group.start(async |started| {
    ///         started.set(8080);
    ///         Ok(())
    ///     }).await.unwrap();
    ///     Ok(port + 1)
    /// }));
    /// assert_eq!(sum.unwrap(), 8081);
    /// ```
    #[track_caller]
    pub fn run<T, F, B>(self, body: B) -> impl Future<Output = Result<T, GroupError<E>>>
    where
        B: FnOnce(GroupHandle<E>) -> F,
        F: Future<Output = Result<T, E>>,
    {
        let location = Location::caller();
        async move {
            self.shared.take_keeping();
            let mut output = None;
            let node = Arc::clone(&self.shared.node);
            let all = async {
                match body(self.handle()).await {
                    Ok(value) => output = Some(value),
                    Err(error) => {
                        let id = runtime_core::task::try_id();
                        self.shared.fail(TaskFailure {
                            id,
                            name: None,
                            location,
                            cause: FailureCause::Error(error),
                        });
                    }
                }
                self.shared.drain().await;
            };
            let cut = Frame::of_another(node, all).await.err();
            if output.is_none() {
                self.shared.note_cut();
            }
            self.end(cut).await?;
            // Without an output there was an error.
            match output {
                Some(value) => Ok(value),
                None => std::future::pending().await,
            }
        }
    }

    /// Waits for what is left, and tells how it went.
    async fn end(self, cut: Option<Cut>) -> Result<(), GroupError<E>> {
        self.shared.drain().await;
        let node = &self.shared.node;
        let by_another = cut.is_some_and(|cut| !cut.here) || is_cut_from_above(node);
        if by_another && is_inside_parent(node) {
            std::future::pending::<()>().await;
        }
        self.shared.result()
    }
}

/// Whether the group is cut and not by a cancellation of its own.
fn is_cut_from_above(node: &Node) -> bool {
    let view = node.view();
    view.is_cut() && !view.here
}

impl<E> Default for TaskGroup<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> std::ops::Deref for TaskGroup<E> {
    type Target = GroupHandle<E>;

    fn deref(&self) -> &GroupHandle<E> {
        &self.handle
    }
}

impl<E> Drop for TaskGroup<E> {
    fn drop(&mut self) {
        let shared = &self.handle.shared;
        shared.close();
        if shared.running() > 0 {
            Node::abandon(&shared.node);
        }
        shared.node.leave();
        shared.tell();
    }
}

impl<E> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_group("TaskGroup", &self.shared, f)
    }
}

fn fmt_group<E>(name: &str, shared: &Shared<E>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct(name)
        .field("running", &shared.running())
        .field("scope", &shared.node)
        .finish()
}

/// A handle to a [`TaskGroup`]: adds tasks to it, from anywhere, the tasks included.
///
/// Handles do not keep the group open. What is spawned after it was closed is dropped, and its handle says cancelled.
pub struct GroupHandle<E> {
    shared: Arc<Shared<E>>,
}

impl<E> UnwindSafe for GroupHandle<E> {}
impl<E> RefUnwindSafe for GroupHandle<E> {}

impl<E> GroupHandle<E> {
    /// Spawns a task in the group, on the current runtime.
    ///
    /// The task runs in a scope of its own, of which a handle is returned: to cancel that one ends this task, and is no failure of the group. To drop it does
    /// nothing.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     let task = group.spawn(std::future::pending());
    ///     task.cancel("not needed");
    ///     group.join().await.unwrap();
    ///     assert!(task.is_finished());
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> ScopeHandle
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Send + 'static,
    {
        let (node, end) = self.prepare(Location::caller());
        if let Some(end) = end {
            if let Some(keeper) = self.keeper() {
                runtime_core::spawn(keeper);
            }
            runtime_core::spawn(Child::new(Arc::clone(&node), future, end));
        }
        ScopeHandle(node)
    }

    /// [`spawn`](Self::spawn), with a name for the task.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::new();
    ///     group.spawn_named("reader", async { Err("end of file") });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.failures()[0].name(), Some("reader"));
    /// ```
    #[track_caller]
    pub fn spawn_named<F>(&self, name: &str, future: F) -> ScopeHandle
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Send + 'static,
    {
        let (node, end) = self.prepare(Location::caller());
        if let Some(mut end) = end {
            end.name = Some(name.into());
            if let Some(keeper) = self.keeper() {
                runtime_core::spawn(keeper);
            }
            let child = Child::new(Arc::clone(&node), future, end);
            // An error would come with the drop of the task, which tells the group.
            drop(runtime_core::task::Builder::new().name(name).spawn(child));
        }
        ScopeHandle(node)
    }

    /// Spawns a task in the group that stays on this thread, on the current [`LocalSet`](runtime_core::task::LocalSet).
    ///
    /// # Panics
    ///
    /// Panics outside of a local set.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::LocalSet;
    /// use runtime_sync::scope::TaskGroup;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// LocalSet::new().block_on(&rt, async {
    ///     let shared = Rc::new(1);
    ///     let group = TaskGroup::<()>::new();
    ///     let copy = shared.clone();
    ///     group.spawn_local(async move {
    ///         assert_eq!(*copy, 1);
    ///         Ok(())
    ///     });
    ///     group.join().await.unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> ScopeHandle
    where
        F: Future<Output = Result<(), E>> + 'static,
        E: 'static,
    {
        let (node, end) = self.prepare(Location::caller());
        if let Some(end) = end {
            if let Some(keeper) = self.keeper() {
                runtime_core::task::spawn_local(keeper);
            }
            runtime_core::task::spawn_local(Child::new(Arc::clone(&node), future, end));
        }
        ScopeHandle(node)
    }

    /// Runs a closure that blocks in the group, on the blocking pool of the current runtime.
    ///
    /// It sees by its argument, or by [`is_cancelled`](super::is_cancelled), when it should end. A thread cannot be stopped from outside: the group waits until the closure has
    /// returned. Only a group that is dropped does not.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::new();
    ///     group.spawn_blocking(|scope| {
    ///         while !scope.is_cancelled() {
    ///             std::thread::yield_now();
    ///         }
    ///         Ok(())
    ///     });
    ///     group.spawn(async { Err("the other one failed") });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.failures().len(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&self, f: F) -> ScopeHandle
    where
        F: FnOnce(&BlockingScope) -> Result<(), E> + Send + 'static,
        E: Send + 'static,
    {
        let (node, end) = self.prepare(Location::caller());
        if let Some(end) = end {
            if let Some(keeper) = self.keeper() {
                runtime_core::spawn(keeper);
            }
            let job = blocking::spawn_in(Arc::clone(&node), f);
            let node = Arc::clone(&node);
            runtime_core::spawn(BlockingChild {
                node,
                job,
                end,
                aborted: None,
            });
        }
        ScopeHandle(node)
    }

    /// Spawns a task and waits until it reports that others can rely on it: that it listens, that it is connected.
    ///
    /// The task gets a [`Started`] to report with. Until then it is the caller's: its failure is returned here and does not cancel the group, and to drop the future of this
    /// method cuts the task off. From then on it is the group's like any other.
    ///
    /// The task is spawned at once, not at the first poll.
    ///
    /// # Errors
    ///
    /// Returns how the task ended if it did not report.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before the report, the task is cut off.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{StartError, TaskGroup};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let group = TaskGroup::<&str>::new();
    ///     let address = group.start(async |started| {
    ///         started.set("127.0.0.1:80");
    ///         Ok(())
    ///     });
    ///     assert_eq!(address.await.unwrap(), "127.0.0.1:80");
    ///
    ///     let refused = group.start::<(), _, _>(async |_| Err("address in use")).await;
    ///     assert!(matches!(refused, Err(StartError::Failed(failure)) if failure.error() == Some(&"address in use")));
    ///     group.join().await.unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn start<T, F, B>(
        &self,
        task: B,
    ) -> impl Future<Output = Result<T, StartError<E>>> + use<T, F, B, E>
    where
        B: FnOnce(Started<T, E>) -> F,
        F: Future<Output = Result<(), E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let Start {
            started,
            starter,
            answer,
        } = Start::new();
        let (node, end) = self.prepare(Location::caller());
        match end {
            Some(mut end) => {
                end.starter = Some(starter);
                if let Some(keeper) = self.keeper() {
                    runtime_core::spawn(keeper);
                }
                runtime_core::spawn(Child::new(Arc::clone(&node), task(started), end));
            }
            None => {
                let reason = super::cancel_scope::reason_of(&node);
                let closed = StartError::Cancelled(super::Cancelled { reason });
                drop(starter.failed(closed));
            }
        }
        start::wait(start::Abandon(Some(node)), answer)
    }

    /// Returns a handle to the group's scope: cancels the group, and says whether and why it is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(std::future::pending());
    ///     group.scope().cancel("closing time");
    ///     group.join().await.unwrap_err()
    /// });
    /// assert!(error.is_cancelled());
    /// assert_eq!(error.reason().unwrap().message(), Some("closing time"));
    /// ```
    #[must_use]
    pub fn scope(&self) -> ScopeHandle {
        ScopeHandle(Arc::clone(&self.shared.node))
    }

    /// Cancels the group: [`ScopeHandle::cancel`] of its [scope](Self::scope).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(std::future::pending());
    ///     group.cancel("closing time");
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.reason().unwrap().message(), Some("closing time"));
    /// ```
    pub fn cancel(&self, reason: impl Into<CancelReason>) {
        Node::cancel(&self.shared.node, &reason.into());
    }

    /// Returns how many tasks have not ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(async { Ok(()) });
    ///     group.spawn(async { Ok(()) });
    ///     assert_eq!(group.running(), 2);
    ///     let handle = group.handle();
    ///     group.join().await.unwrap();
    ///     assert_eq!(handle.running(), 0);
    /// });
    /// ```
    #[must_use]
    pub fn running(&self) -> usize {
        self.shared.running()
    }

    /// The scope of a new task, and what counts it; `None` if the group takes no more.
    fn prepare(&self, location: &'static Location<'static>) -> (Arc<Node>, Option<End<E>>) {
        let node = Node::of_task();
        if !self.shared.admit() {
            Node::abandon(&node);
            node.leave();
            return (node, None);
        }
        Node::enter(&node, Some(Arc::clone(&self.shared.node)));
        let end = End::new(Arc::clone(&self.shared), Arc::clone(&node), location);
        (node, Some(end))
    }
}

impl<E> GroupHandle<E> {
    /// What keeps the group's times while nobody joins, as a task: only for groups that have any, and once.
    fn keeper(&self) -> Option<impl Future<Output = ()> + use<E>> {
        let node = &self.shared.node;
        let has_times = node.view().deadline.is_some() || !node.grace().is_zero();
        let needed = has_times && self.shared.take_keeping();
        needed.then(|| {
            let shared = Arc::clone(&self.shared);
            let ended = async move { shared.ended().await };
            let keep = Frame::of_another(Arc::clone(node), ended);
            async move { drop(keep.await) }
        })
    }
}

impl<E> Clone for GroupHandle<E> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<E> fmt::Debug for GroupHandle<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_group("GroupHandle", &self.shared, f)
    }
}
