//! A set of tasks that are joined as they end.
//!
//! # The rule
//!
//! The set owns the join handles, each at a *place* with a number. Each handle's join waker is a [`Bell`]: rung when the task ends, it appends the number of its place to the
//! queue of those that have ended and wakes whoever waits for the set. So a task that ends costs one push, joining one costs one pop, and outputs come in the order of
//! completion, whatever the number of tasks.
//!
//! A bell is rung once: the runner wakes a join waker once, and where the task has ended before the waker could be left, the set rings the bell itself. Numbers are given out again only
//! after they were popped, or together with a new queue ([`JoinSet::detach_all`]), so a late bell never names somebody else's place.
//!
//! # Designs rejected
//!
//! * Polling each handle at each wake-up: joining n tasks costs n² polls.
//! * An intrusive list through the cells: no allocation for the bell, but a second owner of the cells' links, and `unsafe`, where a push does.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};

use super::{AbortHandle, Id, JoinError, JoinHandle, LocalSet, spawn_local};
use crate::coop;
use crate::handle::{self, Handle};
use crate::primitive::Mutex;

pub use self::builder::Builder;

mod builder;

/// Tasks that are joined as they end.
///
/// All tasks of a set have the same output type `T`. Outputs are returned in the order in which the tasks end. When the set is dropped, its tasks are
/// [aborted](AbortHandle::abort).
///
/// # Examples
///
/// ```
/// use runtime_core::task::JoinSet;
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// rt.block_on(async {
///     let mut set = JoinSet::new();
///     for n in 0..10 {
///         set.spawn(async move { n });
///     }
///     let mut sum = 0;
///     while let Some(ended) = set.join_next().await {
///         sum += ended.unwrap();
///     }
///     assert_eq!(sum, 45);
/// });
/// ```
#[must_use = "dropping the set aborts its tasks"]
pub struct JoinSet<T> {
    tasks: Places<JoinHandle<T>>,
    ended: Arc<Ended>,
}

impl<T> JoinSet<T> {
    /// Makes an empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = runtime_core::task::JoinSet::<()>::new();
    /// assert!(set.is_empty());
    /// ```
    pub fn new() -> Self {
        Self {
            tasks: Places::new(),
            ended: Arc::new(Ended::new()),
        }
    }

    /// Returns how many tasks are in the set: those that run, and those that have ended and were not joined.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// set.spawn(async { 1 });
    /// set.spawn(async { 2 });
    /// assert_eq!(set.len(), 2);
    /// # });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Returns true if there is no task in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = JoinSet::new();
    /// assert!(set.is_empty());
    /// set.spawn(async { 1 });
    /// assert!(!set.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: 'static> JoinSet<T> {
    /// Spawns a task on the current runtime, as [`spawn`](crate::spawn) does, and adds it to the set.
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
    /// let mut set = runtime_core::task::JoinSet::new();
    /// let task = set.spawn(async { 1 });
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
    /// assert!(task.is_finished());
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle::spawn(task))
    }

    /// Spawns a task on a runtime, as [`Handle::spawn`] does, and adds it to the set.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let mut set = runtime_core::task::JoinSet::new();
    /// set.spawn_on(async { 1 }, rt.handle());
    /// assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn(task))
    }

    /// Spawns a task that stays on this thread, as [`spawn_local`] does, and adds it to the set.
    ///
    /// # Panics
    ///
    /// Panics where [`spawn_local`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// use std::rc::Rc;
    /// use runtime_core::task::{JoinSet, LocalSet};
    ///
    /// LocalSet::new().run_until(async {
    ///     let mut set = JoinSet::new();
    ///     set.spawn_local(async { Rc::new(1) });
    ///     assert_eq!(*set.join_next().await.unwrap().unwrap(), 1);
    /// }).await;
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(spawn_local(task))
    }

    /// Spawns a task on a local set and adds it to this one. It runs when the local set is polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{JoinSet, LocalSet};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let local = LocalSet::new();
    /// let mut set = JoinSet::new();
    /// set.spawn_local_on(async { 1 }, &local);
    /// assert_eq!(local.block_on(&rt, set.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local(task))
    }

    /// Runs a closure that blocks on the pool of the current runtime, as [`spawn_blocking`](crate::spawn_blocking) does, and adds it to the set.
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
    /// let mut set = runtime_core::task::JoinSet::new();
    /// for n in 0..3 {
    ///     set.spawn_blocking(move || n * n);
    /// }
    /// let mut squares = set.join_all().await;
    /// squares.sort();
    /// assert_eq!(squares, [0, 1, 4]);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle::spawn_blocking(f))
    }

    /// Runs a closure that blocks on the pool of a runtime, as [`Handle::spawn_blocking`] does, and adds it to the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut set = JoinSet::new();
    /// set.spawn_blocking_on(|| 1, rt.handle());
    /// assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking(f))
    }

    /// Returns a builder that spawns a task with a name into the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// let task = set.build_task().name("counter").spawn(async { 1 })?;
    /// assert_eq!(task.name(), Some("counter"));
    /// # set.join_all().await;
    /// # Ok::<_, std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(self)
    }

    pub(super) fn insert(&mut self, task: JoinHandle<T>) -> AbortHandle {
        let (_, abort) = self.insert_at(task);
        abort
    }

    /// Adds a task, leaves it a bell, and says at which place it is.
    pub(super) fn insert_at(&mut self, task: JoinHandle<T>) -> (usize, AbortHandle) {
        let abort = task.abort_handle();
        let place = self.tasks.next();
        let bell = Arc::new(Bell {
            place,
            ended: self.ended.clone(),
        });
        let waker = Waker::from(bell.clone());
        if !task.watch(&waker) {
            bell.wake();
        }
        self.tasks.put(place, task);
        (place, abort)
    }

    /// Waits until a task ends, removes it from the set, and returns its output; `None` if the set is empty.
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
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// set.spawn(async { "done" });
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), "done");
    /// assert!(set.join_next().await.is_none());
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
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// let task = set.spawn(async { 1 });
    /// let (id, output) = set.join_next_with_id().await.unwrap().unwrap();
    /// assert_eq!((id, output), (task.id(), 1));
    /// # });
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Removes a task that has ended and returns its output; `None` if there is none now.
    ///
    /// # Errors
    ///
    /// Returns the task's error if it panicked or was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// set.spawn(async { 1 });
    /// assert!(set.try_join_next().is_none());
    /// runtime_core::task::yield_now().await;
    /// assert_eq!(set.try_join_next().unwrap().unwrap(), 1);
    /// # });
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let (_, output) = self.ended.pop().map(|place| self.take(place))?;
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
    /// use runtime_core::task::JoinSet;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = JoinSet::new();
    /// let task = set.spawn(async { 1 });
    /// assert!(set.try_join_next_with_id().is_none());
    /// runtime_core::task::yield_now().await;
    /// assert_eq!(set.try_join_next_with_id().unwrap().unwrap(), (task.id(), 1));
    /// # });
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        let (id, output) = self.ended.pop().map(|place| self.take(place))?;
        Some(output.map(|output| (id, output)))
    }

    /// Polls for a task that has ended: `Ready(None)` if the set is empty.
    ///
    /// Only the waker of the last call is woken. While the task's budget is used up, the answer is `Pending` and the waker is woken at once.
    ///
    /// # Errors
    ///
    /// Returns the task's error if it panicked or was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    /// use std::future::poll_fn;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = JoinSet::new();
    /// set.spawn(async { 1 });
    /// assert_eq!(poll_fn(|cx| set.poll_join_next(cx)).await.unwrap().unwrap(), 1);
    /// assert!(poll_fn(|cx| set.poll_join_next(cx)).await.is_none());
    /// # });
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        let ended = ready!(self.poll_ended(cx));
        Poll::Ready(ended.map(|(_, output)| output))
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
    /// use runtime_core::task::JoinSet;
    /// use std::future::poll_fn;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = JoinSet::new();
    /// let task = set.spawn(async { 1 });
    /// let joined = poll_fn(|cx| set.poll_join_next_with_id(cx)).await;
    /// assert_eq!(joined.unwrap().unwrap(), (task.id(), 1));
    /// # });
    /// ```
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        let ended = ready!(self.poll_ended(cx));
        Poll::Ready(ended.map(|(id, output)| output.map(|output| (id, output))))
    }

    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Id, Result<T, JoinError>)>> {
        let place = ready!(self.poll_place(cx));
        Poll::Ready(place.map(|place| self.take(place)))
    }

    /// [`poll_join_next`](Self::poll_join_next) that also says at which place the task was.
    pub(super) fn poll_join_next_at(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(usize, Result<T, JoinError>)>> {
        let place = ready!(self.poll_place(cx));
        Poll::Ready(place.map(|place| (place, self.take(place).1)))
    }

    /// [`try_join_next`](Self::try_join_next) that also says at which place the task was.
    pub(super) fn try_join_next_at(&mut self) -> Option<(usize, Result<T, JoinError>)> {
        let place = self.ended.pop()?;
        Some((place, self.take(place).1))
    }

    /// The place of a task that has ended.
    fn poll_place(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        let budget = ready!(coop::poll_proceed(cx));
        let place = ready!(self.ended.poll_pop(cx.waker()));
        budget.made_progress();
        Poll::Ready(Some(place))
    }

    /// Removes the task at a place whose bell was rung.
    fn take(&mut self, place: usize) -> (Id, Result<T, JoinError>) {
        let task = self.tasks.take(place);
        (task.id(), task.take_output())
    }

    /// Aborts all tasks and waits until they have ended, whatever their outputs.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it has aborted all tasks, and those that were not waited for are still in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// set.shutdown().await;
    /// assert!(set.is_empty());
    /// # });
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits until all tasks have ended and returns their outputs in the order in which they ended.
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
    /// # let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// for n in 0..3 {
    ///     set.spawn(async move { n });
    /// }
    /// let mut outputs = set.join_all().await;
    /// outputs.sort();
    /// assert_eq!(outputs, [0, 1, 2]);
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

    /// Aborts all tasks. They stay in the set until they are joined, with an error that [`is_cancelled`](JoinError::is_cancelled) unless they end first.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// set.abort_all();
    /// assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort_all(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }

    /// Removes all tasks from the set without aborting them.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = runtime_core::task::JoinSet::new();
    /// let task = set.spawn(runtime_core::task::yield_now());
    /// set.detach_all();
    /// assert!(set.is_empty() && set.join_next().await.is_none());
    /// while !task.is_finished() {
    ///     runtime_core::task::yield_now().await;
    /// }
    /// # });
    /// ```
    pub fn detach_all(&mut self) {
        // The bells of those that leave ring in the old queue.
        self.ended = Arc::new(Ended::new());
        drop(mem::replace(&mut self.tasks, Places::new()));
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

/// Spawns each future on the current runtime.
///
/// # Examples
///
/// ```
/// use runtime_core::task::JoinSet;
///
/// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// # rt.block_on(async {
/// let set: JoinSet<_> = (1..4).map(|n| async move { n }).collect();
/// assert_eq!(set.join_all().await.iter().sum::<i32>(), 6);
/// # });
/// ```
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut set = Self::new();
        set.extend(futures);
        set
    }
}

/// Spawns each future on the current runtime.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        for future in futures {
            self.spawn(future);
        }
    }
}

/// The places whose tasks have ended, and who waits for the next one.
struct Ended {
    // No user code runs under this lock: wakers are cloned before, and woken or dropped after.
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    places: VecDeque<usize>,
    waker: Option<Waker>,
}

impl Ended {
    fn new() -> Self {
        Self {
            queue: Mutex::new(Queue::default()),
        }
    }

    fn pop(&self) -> Option<usize> {
        self.queue.lock().places.pop_front()
    }

    /// The next place, or the waker is left to be woken when there is one.
    fn poll_pop(&self, waker: &Waker) -> Poll<usize> {
        let mut queue = self.queue.lock();
        if let Some(place) = queue.places.pop_front() {
            return Poll::Ready(place);
        }
        if queue.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            return Poll::Pending;
        }
        drop(queue);
        let mut waker = Some(waker.clone());
        let mut queue = self.queue.lock();
        let place = queue.places.pop_front();
        if place.is_none() {
            mem::swap(&mut queue.waker, &mut waker);
        }
        drop(queue);
        drop(waker);
        place.map_or(Poll::Pending, Poll::Ready)
    }
}

/// The join waker of one task of the set.
struct Bell {
    place: usize,
    ended: Arc<Ended>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let mut queue = self.ended.queue.lock();
        queue.places.push_back(self.place);
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Values by number; the numbers of those that have gone are given out again.
struct Places<V> {
    places: Vec<Place<V>>,
    /// Head of the list of vacant places; the length of `places` at its end.
    vacant: usize,
    taken: usize,
}

enum Place<V> {
    Taken(V),
    Vacant { next: usize },
}

impl<V> Places<V> {
    const fn new() -> Self {
        Self {
            places: Vec::new(),
            vacant: 0,
            taken: 0,
        }
    }

    fn len(&self) -> usize {
        self.taken
    }

    /// The number that the next [`put`](Self::put) is for.
    fn next(&self) -> usize {
        self.vacant
    }

    fn put(&mut self, number: usize, value: V) {
        debug_assert_eq!(number, self.vacant);
        self.taken += 1;
        match self.places.get_mut(number) {
            None => {
                self.places.push(Place::Taken(value));
                self.vacant = self.places.len();
            }
            Some(place) => {
                if let Place::Vacant { next } = mem::replace(place, Place::Taken(value)) {
                    self.vacant = next;
                }
            }
        }
    }

    fn take(&mut self, number: usize) -> V {
        let vacant = Place::Vacant { next: self.vacant };
        let Place::Taken(value) = mem::replace(&mut self.places[number], vacant) else {
            unreachable!("a place is taken until its bell was heard")
        };
        self.vacant = number;
        self.taken -= 1;
        if self.taken == 0 && self.places.capacity() > KEEP_CAPACITY {
            // A burst is over: give its memory back.
            *self = Self::new();
        }
        value
    }

    fn iter(&self) -> impl Iterator<Item = &V> {
        self.places.iter().filter_map(|place| match place {
            Place::Taken(value) => Some(value),
            Place::Vacant { .. } => None,
        })
    }
}

/// Places whose memory is kept for the next tasks when the last one leaves.
const KEEP_CAPACITY: usize = 1024;
