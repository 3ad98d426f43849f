//! Waiting for tasks that nobody joins.
//!
//! A [`TaskTracker`] counts: the number of those who hold a token of it, and whether it is closed. Unlike a [`JoinSet`](super::JoinSet) it keeps no output and no handle, so what
//! it costs does not grow with the tasks that have ended.
//!
//! # The protocol
//!
//! One word, the *count*: twice the number of tokens, plus one if the tracker is closed. It is *idle* when that is 1: closed, and nobody left.
//!
//! ```text
//!              1 close                       2 last token gone
//!   0 ──────────────────► 1 = idle ◄────────────────────────────── 3
//!   │ 3 enter             │ 4 reopen, 3 enter                      ▲
//!   ▼                     ▼                                        │
//!   2, 4 …  ──────────────────────────── 1 close ──────────────────┘
//! ```
//!
//! 1. Who makes it idle, by `close` or by the last `leave`, then takes the lock, adds one to the *epoch*, takes the wakers, lets go of the lock and wakes them.
//! 2. Who waits remembers at the beginning whether the tracker was idle, and then the epoch. A poll is ready if it was or is idle, or if the epoch is another one; else it leaves its waker, under the lock.
//! 3. A waiter that sees the old epoch under the lock has left its waker before the change of the epoch, and is woken. So nothing is lost, and a tracker that was idle for a moment
//!    ends the wait although it has been opened again.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::{JoinHandle, LocalSet, spawn_local};
use crate::handle::{self, Handle};
use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicUsize, Ordering::*};
use crate::unwind;

/// Counts tasks, and lets one wait until all have ended.
///
/// Used for a graceful shutdown: [`close`](Self::close) the tracker, tell the tasks to end, and [`wait`](Self::wait). Cheap to clone; clones are the same tracker.
///
/// # Examples
///
/// ```
/// use runtime_core::task::TaskTracker;
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// rt.block_on(async {
///     let tracker = TaskTracker::new();
///     for _ in 0..10 {
///         tracker.spawn(runtime_core::task::yield_now());
///     }
///     tracker.close();
///     tracker.wait().await;
///     assert!(tracker.is_empty());
/// });
/// ```
#[derive(Clone)]
pub struct TaskTracker {
    shared: Arc<Shared>,
}

struct Shared {
    count: AtomicUsize,
    // No user code runs under this lock: wakers are cloned before, and woken or dropped after.
    waiting: Mutex<Waiting>,
}

struct Waiting {
    epoch: usize,
    next: usize,
    wakers: BTreeMap<usize, Waker>,
}

const CLOSED: usize = 1;
const ONE: usize = 2;

impl Shared {
    fn enter(&self) {
        // Relaxed: the caller can be reached from the tracker, and what the token says is said when it leaves.
        self.count.fetch_add(ONE, Relaxed);
    }

    /// AcqRel: what the tasks did is seen by who sees the tracker idle; pairs with the others' and with `is_idle`.
    fn leave(&self) {
        if self.count.fetch_sub(ONE, AcqRel) == ONE | CLOSED {
            self.became_idle();
        }
    }

    /// True: it was open.
    fn close(&self) -> bool {
        let before = self.count.fetch_or(CLOSED, AcqRel);
        if before == 0 {
            self.became_idle();
        }
        before & CLOSED == 0
    }

    /// True: it was closed.
    fn reopen(&self) -> bool {
        self.count.fetch_and(!CLOSED, AcqRel) & CLOSED != 0
    }

    /// Acquire pairs with the release of `leave`.
    fn is_idle(&self) -> bool {
        self.count.load(Acquire) == CLOSED
    }

    fn is_closed(&self) -> bool {
        self.count.load(Acquire) & CLOSED != 0
    }

    fn len(&self) -> usize {
        self.count.load(Acquire) / ONE
    }

    #[cold]
    fn became_idle(&self) {
        let mut waiting = self.waiting.lock();
        waiting.epoch = waiting.epoch.wrapping_add(1);
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        for waker in wakers.into_values() {
            // A waker that panics must not keep the others from being woken.
            unwind::swallow(|| waker.wake());
        }
    }

    fn epoch(&self) -> usize {
        self.waiting.lock().epoch
    }
}

impl TaskTracker {
    /// Makes a tracker that is open and counts nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    ///
    /// let tracker = TaskTracker::new();
    /// assert!(tracker.is_empty() && !tracker.is_closed());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let waiting = Waiting {
            epoch: 0,
            next: 0,
            wakers: BTreeMap::new(),
        };
        let shared = Shared {
            count: AtomicUsize::new(0),
            waiting: Mutex::new(waiting),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Waits until the tracker is closed and all its tasks have ended.
    ///
    /// The wait ends also if that was so for a moment only.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// tracker.spawn(async {});
    /// tracker.close();
    /// tracker.wait().await;
    /// assert!(tracker.is_empty());
    /// # });
    /// ```
    pub fn wait(&self) -> TaskTrackerWaitFuture<'_> {
        TaskTrackerWaitFuture {
            tracker: self,
            was_idle: self.shared.is_idle(),
            epoch: self.shared.epoch(),
            place: None,
        }
    }

    /// Closes the tracker, so that [`wait`](Self::wait) may end. Returns false if it was closed already.
    ///
    /// Tasks can be added all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// assert!(tracker.close());
    /// assert!(!tracker.close());
    /// ```
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Opens the tracker again. Returns false if it was open.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// tracker.close();
    /// assert!(tracker.reopen() && !tracker.is_closed());
    /// ```
    pub fn reopen(&self) -> bool {
        self.shared.reopen()
    }

    /// Returns true if the tracker is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    ///
    /// let tracker = TaskTracker::new();
    /// assert!(!tracker.is_closed());
    /// tracker.close();
    /// assert!(tracker.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Returns how many tasks have not ended, and how many other tokens there are.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// let task = tracker.spawn(std::future::pending::<()>());
    /// assert_eq!(tracker.len(), 1);
    /// task.abort();
    /// _ = task.await;
    /// assert_eq!(tracker.len(), 0);
    /// # });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Returns true if all tasks have ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let tracker = TaskTracker::new();
    /// let task = tracker.spawn(async {});
    /// assert!(!tracker.is_empty());
    /// task.await.unwrap();
    /// assert!(tracker.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Spawns a task on the current runtime, as [`spawn`](crate::spawn) does, and counts it.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// let task = tracker.spawn(async { 1 });
    /// assert_eq!(task.await.unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle::spawn(self.track_future(task))
    }

    /// Spawns a task on a runtime, as [`Handle::spawn`] does, and counts it.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// let task = tracker.spawn_on(async { 1 }, rt.handle());
    /// assert_eq!(rt.block_on(task).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&self, task: F, handle: &Handle) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle.spawn(self.track_future(task))
    }

    /// Spawns a task that stays on this thread, as [`spawn_local`] does, and counts it.
    ///
    /// # Panics
    ///
    /// Panics where [`spawn_local`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// rt.block_on(async {
    ///     let word = Rc::new("local");
    ///     let tracker = TaskTracker::new();
    ///     let task = tracker.spawn_local(async move { *word });
    ///     assert_eq!(tracker.len(), 1);
    ///     assert_eq!(task.await.unwrap(), "local");
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawn_local(self.track_future(task))
    }

    /// Spawns a task on a local set and counts it.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{LocalSet, TaskTracker};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let set = LocalSet::new();
    /// let tracker = TaskTracker::new();
    /// let task = tracker.spawn_local_on(async { 1 }, &set);
    /// assert_eq!(tracker.len(), 1);
    /// assert_eq!(set.block_on(&rt, task).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&self, task: F, local_set: &LocalSet) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        local_set.spawn_local(self.track_future(task))
    }

    /// Runs a closure that blocks on the pool of the current runtime, as [`spawn_blocking`](crate::spawn_blocking) does, and counts it.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// let job = tracker.spawn_blocking(|| 1);
    /// assert_eq!(job.await.unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, task: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let token = self.token();
        handle::spawn_blocking(move || {
            let _token = token;
            task()
        })
    }

    /// Runs a closure that blocks on the pool of a runtime, as [`Handle::spawn_blocking`] does, and counts it.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let tracker = TaskTracker::new();
    /// let job = tracker.spawn_blocking_on(|| 1, rt.handle());
    /// assert_eq!(rt.block_on(job).unwrap(), 1);
    /// tracker.close();
    /// rt.block_on(tracker.wait());
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(&self, task: F, handle: &Handle) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let token = self.token();
        handle.spawn_blocking(move || {
            let _token = token;
            task()
        })
    }

    /// Counts a future until it is dropped, wherever it runs.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// let future = tracker.track_future(async {});
    /// assert_eq!(tracker.len(), 1);
    /// drop(future);
    /// assert_eq!(tracker.len(), 0);
    /// ```
    pub fn track_future<F: Future>(&self, future: F) -> TrackedFuture<F> {
        TrackedFuture {
            future,
            token: self.token(),
        }
    }

    /// Returns a token that is counted like a task until it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = runtime_core::task::TaskTracker::new();
    /// let token = tracker.token();
    /// assert_eq!(tracker.len(), 1);
    /// drop(token);
    /// assert!(tracker.is_empty());
    /// ```
    pub fn token(&self) -> TaskTrackerToken {
        self.shared.enter();
        TaskTrackerToken {
            tracker: self.clone(),
        }
    }

    /// Returns true if the two are clones of one tracker.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    ///
    /// let tracker = TaskTracker::new();
    /// assert!(TaskTracker::ptr_eq(&tracker, &tracker.clone()));
    /// ```
    #[must_use]
    pub fn ptr_eq(left: &Self, right: &Self) -> bool {
        Arc::ptr_eq(&left.shared, &right.shared)
    }
}

impl Default for TaskTracker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TaskTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTracker")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// Counted by a [`TaskTracker`] until it is dropped.
#[derive(Debug)]
#[must_use = "a token that is dropped is not counted any more"]
pub struct TaskTrackerToken {
    tracker: TaskTracker,
}

impl TaskTrackerToken {
    /// Returns the tracker that counts it.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskTracker;
    ///
    /// let tracker = TaskTracker::new();
    /// let token = tracker.token();
    /// assert_eq!(token.task_tracker().len(), 1);
    /// ```
    #[must_use]
    pub fn task_tracker(&self) -> &TaskTracker {
        &self.tracker
    }
}

impl Clone for TaskTrackerToken {
    fn clone(&self) -> Self {
        self.tracker.token()
    }
}

impl Drop for TaskTrackerToken {
    fn drop(&mut self) {
        self.tracker.shared.leave();
    }
}

pin_project! {
    /// A future that is counted until it is dropped; made by [`TaskTracker::track_future`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct TrackedFuture<F> {
        // Dropped in this order: the future is gone when the count goes down.
        #[pin]
        future: F,
        token: TaskTrackerToken,
    }
}

impl<F: Future> Future for TrackedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

/// Waits for a [`TaskTracker`]; made by [`TaskTracker::wait`].
#[must_use = "futures do nothing unless polled"]
pub struct TaskTrackerWaitFuture<'a> {
    tracker: &'a TaskTracker,
    /// When the wait began.
    was_idle: bool,
    epoch: usize,
    /// Where its waker is.
    place: Option<usize>,
}

impl Future for TaskTrackerWaitFuture<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = &self.tracker.shared;
        if self.was_idle || shared.is_idle() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut waiting = shared.waiting.lock();
        if waiting.epoch != self.epoch {
            drop(waiting);
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or_else(|| {
            waiting.next += 1;
            waiting.next
        });
        let before = waiting.wakers.insert(place, waker);
        drop(waiting);
        drop(before);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for TaskTrackerWaitFuture<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let mut waiting = self.tracker.shared.waiting.lock();
            let waker = waiting.wakers.remove(&place);
            drop(waiting);
            drop(waker);
        }
    }
}

impl fmt::Debug for TaskTrackerWaitFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTrackerWaitFuture")
            .field("tracker", &self.tracker)
            .finish_non_exhaustive()
    }
}
