//! Tasks that are joined in the order in which they were spawned.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{AbortHandle, AbortOnDropHandle, Id, JoinError, JoinHandle, spawn_local};
use crate::handle::{self, Handle};

/// Tasks that are joined in the order in which they were spawned.
///
/// They run side by side, as those of a [`JoinSet`](super::JoinSet) do; only their outputs wait for each other. When the queue is dropped, its tasks are
/// [aborted](AbortHandle::abort).
///
/// # Examples
///
/// ```
/// use runtime_core::task::JoinQueue;
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// rt.block_on(async {
///     let mut queue = JoinQueue::new();
///     for n in 0..10 {
///         queue.spawn(async move { n });
///     }
///     for expected in 0..10 {
///         assert_eq!(queue.join_next().await.unwrap().unwrap(), expected);
///     }
///     assert!(queue.join_next().await.is_none());
/// });
/// ```
#[must_use = "dropping the queue aborts its tasks"]
pub struct JoinQueue<T> {
    tasks: VecDeque<AbortOnDropHandle<T>>,
}

impl<T> JoinQueue<T> {
    /// Makes an empty queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    /// assert!(JoinQueue::<()>::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self {
            tasks: VecDeque::new(),
        }
    }

    /// Makes an empty queue with memory for so many tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    /// assert_eq!(JoinQueue::<()>::with_capacity(10).len(), 0);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            tasks: VecDeque::with_capacity(capacity),
        }
    }

    /// Returns how many tasks are in the queue, whether they have ended or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// queue.spawn(async { 1 });
    /// queue.spawn(async { 2 });
    /// assert_eq!(queue.len(), 2);
    /// # });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Returns true if there is no task in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// assert!(queue.is_empty());
    /// queue.spawn(async { 1 });
    /// assert!(!queue.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Spawns a task on the current runtime, as [`spawn`](crate::spawn) does, and puts it at the end of the queue.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// let task = queue.spawn(async { 1 });
    /// assert_eq!(queue.join_next().await.unwrap().unwrap(), 1);
    /// assert!(task.is_finished());
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        self.push(handle::spawn(task))
    }

    /// Spawns a task on a runtime, as [`Handle::spawn`] does, and puts it at the end of the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut queue = JoinQueue::new();
    /// queue.spawn_on(async { 1 }, rt.handle());
    /// assert_eq!(rt.block_on(queue.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        self.push(handle.spawn(task))
    }

    /// Spawns a task that stays on this thread, as [`spawn_local`] does, and puts it at the end of the queue.
    ///
    /// # Panics
    ///
    /// Panics where [`spawn_local`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// rt.block_on(async {
    ///     let word = Rc::new("local");
    ///     let mut queue = JoinQueue::new();
    ///     queue.spawn_local(async move { *word });
    ///     assert_eq!(queue.join_next().await.unwrap().unwrap(), "local");
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
        T: 'static,
    {
        self.push(spawn_local(task))
    }

    /// Runs a closure that blocks on the pool of the current runtime, as [`spawn_blocking`](crate::spawn_blocking) does, and puts it at the end of the queue.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// queue.spawn_blocking(|| 1);
    /// assert_eq!(queue.join_next().await.unwrap().unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.push(handle::spawn_blocking(f))
    }

    /// Runs a closure that blocks on the pool of a runtime, as [`Handle::spawn_blocking`] does, and puts it at the end of the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut queue = JoinQueue::new();
    /// queue.spawn_blocking_on(|| 1, rt.handle());
    /// assert_eq!(rt.block_on(queue.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.push(handle.spawn_blocking(f))
    }

    fn push(&mut self, task: JoinHandle<T>) -> AbortHandle {
        let abort = task.abort_handle();
        self.tasks.push_back(AbortOnDropHandle::new(task));
        abort
    }

    /// Waits until the oldest task ends, removes it from the queue, and returns its output; `None` if the queue is empty.
    ///
    /// # Errors
    ///
    /// Returns the task's error if it panicked or was cancelled.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no task is removed unless its output is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{JoinQueue, yield_now};
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// queue.spawn(async {
    ///     yield_now().await;
    ///     "slow"
    /// });
    /// queue.spawn(async { "fast" });
    /// assert_eq!(queue.join_next().await.unwrap().unwrap(), "slow");
    /// # });
    /// ```
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// [`join_next`](Self::join_next) that also returns the id of the task.
    ///
    /// # Errors
    ///
    /// Returns the task's error, which knows the id, if it panicked or was cancelled.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no task is removed unless its output is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// let task = queue.spawn(async { 1 });
    /// assert_eq!(queue.join_next_with_id().await.unwrap().unwrap(), (task.id(), 1));
    /// # });
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Removes the oldest task if it has ended and returns its output; `None` if it has not, or if there is none.
    ///
    /// # Errors
    ///
    /// Returns the task's error if it panicked or was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{JoinQueue, yield_now};
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// queue.spawn(async { 1 });
    /// assert!(queue.try_join_next().is_none());
    /// yield_now().await;
    /// assert_eq!(queue.try_join_next().unwrap().unwrap(), 1);
    /// # });
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let (_, output) = self.try_join()?;
        Some(output)
    }

    /// [`try_join_next`](Self::try_join_next) that also returns the id of the task.
    ///
    /// # Errors
    ///
    /// Returns the task's error, which knows the id, if it panicked or was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// let task = queue.spawn(async { 1 });
    /// assert!(queue.try_join_next_with_id().is_none());
    /// runtime_core::task::yield_now().await;
    /// assert_eq!(queue.try_join_next_with_id().unwrap().unwrap(), (task.id(), 1));
    /// # });
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        let (id, output) = self.try_join()?;
        Some(output.map(|output| (id, output)))
    }

    fn try_join(&mut self) -> Option<(Id, Result<T, JoinError>)> {
        if !self.tasks.front()?.is_finished() {
            return None;
        }
        let task = self.tasks.pop_front()?.detach();
        Some((task.id(), task.take_output()))
    }

    /// Polls for the output of the oldest task: `Ready(None)` if the queue is empty.
    ///
    /// Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// Returns the task's error if it panicked or was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    /// use std::future::poll_fn;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// queue.spawn(async { 1 });
    /// assert_eq!(poll_fn(|cx| queue.poll_join_next(cx)).await.unwrap().unwrap(), 1);
    /// assert!(poll_fn(|cx| queue.poll_join_next(cx)).await.is_none());
    /// # });
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        let joined = ready!(self.poll_join(cx));
        Poll::Ready(joined.map(|(_, output)| output))
    }

    /// [`poll_join_next`](Self::poll_join_next) that also returns the id of the task.
    ///
    /// # Errors
    ///
    /// Returns the task's error, which knows the id, if it panicked or was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    /// use std::future::poll_fn;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// let task = queue.spawn(async { 1 });
    /// let joined = poll_fn(|cx| queue.poll_join_next_with_id(cx)).await;
    /// assert_eq!(joined.unwrap().unwrap(), (task.id(), 1));
    /// # });
    /// ```
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        let joined = ready!(self.poll_join(cx));
        Poll::Ready(joined.map(|(id, output)| output.map(|output| (id, output))))
    }

    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Id, Result<T, JoinError>)>> {
        let Some(oldest) = self.tasks.front_mut() else {
            return Poll::Ready(None);
        };
        let id = oldest.as_ref().id();
        let output = ready!(Pin::new(oldest).poll(cx));
        // It has ended: there is nothing to abort.
        drop(self.tasks.pop_front().map(AbortOnDropHandle::detach));
        Poll::Ready(Some((id, output)))
    }

    /// Aborts all tasks and waits until they have ended, whatever their outputs.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it has aborted all tasks, and those that were not waited for are still in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// let task = queue.spawn(std::future::pending::<()>());
    /// queue.shutdown().await;
    /// assert!(queue.is_empty() && task.is_finished());
    /// # });
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits until all tasks have ended and returns their outputs in the order in which the tasks were spawned.
    ///
    /// # Panics
    ///
    /// Panics with a task's panic if one panicked, and if one was cancelled; the others are aborted then.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped before it is ready, it aborts the tasks and drops the outputs so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    /// # rt.block_on(async {
    /// let queue: JoinQueue<_> = (1..4).map(|n| async move { n * n }).collect();
    /// assert_eq!(queue.join_all().await, [1, 4, 9]);
    /// # });
    /// ```
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(ended) = self.join_next().await {
            match ended.map_err(JoinError::try_into_panic) {
                Ok(output) => outputs.push(output),
                Err(Ok(payload)) => panic::resume_unwind(payload),
                Err(Err(cancelled)) => panic!("{cancelled}"),
            }
        }
        outputs
    }

    /// Aborts all tasks. They stay in the queue until they are joined.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut queue = JoinQueue::new();
    /// queue.spawn(std::future::pending::<()>());
    /// queue.abort_all();
    /// assert!(queue.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort_all(&mut self) {
        self.tasks.iter().for_each(AbortOnDropHandle::abort);
    }

    /// Removes all tasks from the queue without aborting them.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinQueue;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut queue = JoinQueue::new();
    /// queue.spawn_on(std::future::pending::<()>(), rt.handle());
    /// queue.detach_all();
    /// assert!(queue.is_empty());
    /// assert_eq!(rt.metrics().num_alive_tasks(), 1);
    /// ```
    pub fn detach_all(&mut self) {
        for task in self.tasks.drain(..) {
            drop(task.detach());
        }
    }
}

impl<T> Default for JoinQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.tasks.iter().map(|task| task.as_ref().id());
        f.debug_list().entries(ids).finish()
    }
}

/// Spawns each future on the current runtime.
impl<T, F> FromIterator<F> for JoinQueue<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut queue = Self::new();
        for future in futures {
            queue.spawn(future);
        }
        queue
    }
}
