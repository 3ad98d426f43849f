//! Tasks that stay on one thread.
//!
//! A [`LocalSet`] is a small scheduler inside one future: it has a queue and a registry of its own, and runs its tasks when it is polled. Their futures are
//! polled and dropped on the set's thread only; wakers and handles may be anywhere.
//!
//! The queue lies under one lock. A turn swaps it for an empty one and runs at most [`TURN`] tasks of what it took, so the lock is visited once per batch and a set of
//! busy tasks leaves the thread to others in between. A push from outside wakes whatever polls the set; one from within a turn does not, since the turn looks at
//! the queue again at its end.
//!
//! Shutdown of the runtime does not reach into a set: dropping the set ends its tasks, here, in its context.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::name::{Label, Named};
use super::registry::{Home, Registry};
use super::{JoinHandle, Runnable, Schedule, new_local_task};
use crate::context::{self, Entered};
use crate::handle::{Handle, Id};
use crate::hooks::TaskMeta;
use crate::messages;
use crate::observe::tasks::TaskList;
use crate::primitive::Mutex;
use crate::runtime::Runtime;

/// Runs tasks whose futures are not `Send`, on the thread that polls it.
///
/// As a future it is ready when all its tasks have ended. [`run_until`](Self::run_until) and [`block_on`](Self::block_on) run them beside a future of the caller.
/// Dropping the set drops its tasks.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use runtime_core::{Builder, task};
///
/// let rt = Builder::new_current_thread().build().unwrap();
/// let set = task::LocalSet::new();
/// let shared = Rc::new(5);
/// let sum = set.block_on(&rt, async move {
///     let copy = shared.clone();
///     *shared + task::spawn_local(async move { *copy }).await.unwrap()
/// });
/// assert_eq!(sum, 10);
/// ```
pub struct LocalSet {
    shared: Arc<Shared>,
    /// Taken from the queue and not run yet.
    batch: RefCell<VecDeque<Runnable>>,
    _not_send: PhantomData<*const ()>,
}

/// What wakers of the set's tasks may touch.
pub(super) struct Shared {
    registry: Registry<()>,
    /// Tasks that have not ended.
    alive: AtomicUsize,
    // No user code runs under this lock: tasks and wakers leave it first.
    queue: Mutex<Queue>,
}

struct Queue {
    tasks: VecDeque<Runnable>,
    /// What polls the set now.
    waker: Option<Waker>,
    /// A turn is running and will look at the queue again.
    in_turn: bool,
    closed: bool,
}

thread_local! {
    /// The set whose context this thread is in.
    static CURRENT: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

impl LocalSet {
    /// Makes an empty set, bound to this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::LocalSet;
    ///
    /// let set = LocalSet::new();
    /// set.spawn_local(async {});
    /// assert_eq!(set.tasks().len(), 1);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Shared::new(),
            batch: RefCell::new(VecDeque::new()),
            _not_send: PhantomData,
        }
    }

    /// Makes the set the one that [`spawn_local`] spawns on, until the guard is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// use runtime_core::task::{LocalSet, spawn_local};
    ///
    /// let set = LocalSet::new();
    /// let task = {
    ///     let _guard = set.enter();
    ///     spawn_local(async { 1 })
    /// };
    /// assert_eq!(set.run_until(task).await.unwrap(), 1);
    /// # });
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard {
            _context: InSet::enter(&self.shared),
            _not_send: PhantomData,
        }
    }

    /// Spawns a task on the set; it runs when the set is polled.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// use std::rc::Rc;
    ///
    /// let set = runtime_core::task::LocalSet::new();
    /// let task = set.spawn_local(async { Rc::new(1) });
    /// assert_eq!(*set.run_until(task).await.unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.shared.spawn(future, Location::caller())
    }

    /// [`spawn_local`](Self::spawn_local) with a name.
    pub(super) fn spawn_named<F>(
        &self,
        future: F,
        label: Label,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.shared.spawn_named(future, label, location)
    }

    /// Runs a future to its end on this thread, and the set's tasks beside it.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, and with the future's own panic.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let set = runtime_core::task::LocalSet::new();
    /// let seen = set.block_on(&rt, async {
    ///     runtime_core::task::spawn_local(async { 1 }).await.unwrap()
    /// });
    /// assert_eq!(seen, 1);
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, rt: &Runtime, future: F) -> F::Output {
        rt.block_on(self.run_until(future))
    }

    /// Runs a future to its end, and the set's tasks beside it.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future. The set's tasks stay and go on when the set is polled again.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// use runtime_core::task::{LocalSet, spawn_local};
    ///
    /// let set = LocalSet::new();
    /// let seen = set.run_until(async { spawn_local(async { 1 }).await }).await;
    /// assert_eq!(seen.unwrap(), 1);
    /// # });
    /// ```
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| self.turn(cx, |cx| future.as_mut().poll(cx))).await
    }

    /// Returns a list of the set's tasks that have not ended, see [`Handle::tasks`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::LocalSet;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let set = LocalSet::new();
    /// let task = set.spawn_local(async {});
    /// assert_eq!(set.tasks().iter().next().unwrap().id(), task.id());
    /// set.block_on(&rt, task).unwrap();
    /// assert!(set.tasks().is_empty());
    /// ```
    #[must_use]
    pub fn tasks(&self) -> TaskList {
        self.shared.tasks()
    }

    /// Returns an id that is unique among the runtimes and local sets alive at one moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::LocalSet;
    ///
    /// let (one, two) = (LocalSet::new(), LocalSet::new());
    /// assert_ne!(one.id(), two.id());
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        Id::of(Arc::as_ptr(&self.shared).addr())
    }

    /// One poll of the set: first the caller's future, then a batch of tasks.
    fn turn<R>(
        &self,
        cx: &mut Context<'_>,
        root: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let _context = InSet::enter(&self.shared);
        let _async = context::enter_async(Entered::Alone);
        let polled = root(cx);
        if polled.is_pending() && self.run_batch(cx.waker()) {
            cx.waker().wake_by_ref();
        }
        polled
    }

    /// Runs at most [`TURN`] tasks. True: there is more to run. From then on `waker` is what brings the next turn.
    ///
    /// A turn within a turn, of a task of the set that awaits `run_until` of the same set, leaves both to the outer one: its own waker would only queue that task.
    fn run_batch(&self, waker: &Waker) -> bool {
        let Some(turn) = InTurn::begin(&self.shared, waker) else {
            return false;
        };
        for _ in 0..TURN {
            match self.next_task() {
                Some(task) => task.run(),
                None => break,
            }
        }
        drop(turn);
        !self.batch.borrow().is_empty() || !self.shared.queue.lock().tasks.is_empty()
    }

    /// From now on this is what a push from outside of a turn wakes.
    pub(crate) fn brings(&self, waker: &Waker) {
        drop(InTurn::begin(&self.shared, waker));
    }

    /// How many tasks are queued.
    pub(crate) fn ready(&self) -> u32 {
        let queued = self.batch.borrow().len() + self.shared.queue.lock().tasks.len();
        u32::try_from(queued).unwrap_or(u32::MAX)
    }

    pub(crate) fn has_alive(&self) -> bool {
        self.shared.alive.load(Acquire) > 0
    }

    /// Runs at most so many tasks and says how many. From then on `waker` is woken by a push from outside of a turn; the caller looks at [`ready`](Self::ready) first.
    pub(crate) fn run_some(&self, waker: &Waker, most: u32, deadline: Option<Instant>) -> u32 {
        let _context = InSet::enter(&self.shared);
        let _async = context::enter_async(Entered::Alone);
        let Some(_turn) = InTurn::begin(&self.shared, waker) else {
            return 0;
        };
        let mut polled = 0;
        while polled < most && deadline.is_none_or(|end| Instant::now() < end) {
            let Some(task) = self.next_task() else { break };
            task.run();
            polled += 1;
        }
        polled
    }

    /// Ends the tasks; from then on a spawn is cancelled.
    pub(crate) fn close(&self) {
        let _context = InSet::enter(&self.shared);
        let (tasks, waker) = self.shared.queue.lock().close();
        self.shared.registry.close();
        drop((tasks, waker));
        self.batch.take();
    }

    fn next_task(&self) -> Option<Runnable> {
        let mut batch = self.batch.borrow_mut();
        if batch.is_empty() {
            std::mem::swap(&mut *batch, &mut self.shared.queue.lock().tasks);
        }
        batch.pop_front()
    }
}

/// Ready when no task is left.
impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _ = self.turn(cx, |_| Poll::<()>::Pending);
        if self.shared.alive.load(Acquire) == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet")
            .field("alive", &self.shared.alive.load(Relaxed))
            .finish()
    }
}

impl Shared {
    pub(super) fn new() -> Arc<Self> {
        let queue = Queue {
            tasks: VecDeque::new(),
            waker: None,
            in_turn: false,
            closed: false,
        };
        Arc::new(Self {
            registry: Registry::new(),
            alive: AtomicUsize::new(0),
            queue: Mutex::new(queue),
        })
    }

    /// Runs at most [`TURN`] tasks, for who polls the tasks without being a [`LocalSet`]: see there. True: there is more to run.
    pub(super) fn run_batch(&self, batch: &mut VecDeque<Runnable>, waker: &Waker) -> bool {
        let Some(turn) = InTurn::begin(self, waker) else {
            return false;
        };
        for _ in 0..TURN {
            if batch.is_empty() {
                std::mem::swap(batch, &mut self.queue.lock().tasks);
            }
            match batch.pop_front() {
                Some(task) => task.run(),
                None => break,
            }
        }
        drop(turn);
        !batch.is_empty() || !self.queue.lock().tasks.is_empty()
    }

    /// Ends all tasks, where they may drop; later ones are cancelled at once.
    pub(super) fn close(&self) {
        let (tasks, waker) = self.queue.lock().close();
        self.registry.close();
        drop((tasks, waker));
    }

    /// Tasks that have not ended.
    pub(super) fn alive(&self) -> usize {
        self.alive.load(Relaxed)
    }

    /// Spawns a task, in a copy of the spawner's context if it has one.
    fn spawn<F>(
        self: &Arc<Self>,
        future: F,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_with(future, self.clone(), location)
    }

    fn tasks(&self) -> TaskList {
        TaskList::collect(|see| self.registry.each_alive(see))
    }

    /// [`spawn`](Self::spawn) with a name.
    fn spawn_named<F>(
        self: &Arc<Self>,
        future: F,
        label: Label,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_with(future, Named::new(self.clone(), label), location)
    }

    fn spawn_with<F, S>(
        &self,
        future: F,
        scheduler: S,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
        S: Schedule,
    {
        let (task, handle) = new_local_task(future, scheduler, location);
        self.launch(task);
        handle
    }

    pub(super) fn launch(&self, task: Runnable) {
        self.alive.fetch_add(1, Relaxed);
        match self.registry.enter(0, task) {
            Ok(task) => self.push(task),
            Err(task) => task.shut_down(),
        }
    }

    /// Queues a task, and wakes whatever polls the set unless it is in a turn.
    fn push(&self, task: Runnable) {
        let mut queue = self.queue.lock();
        if queue.closed {
            drop(queue);
            return drop(task);
        }
        queue.tasks.push_back(task);
        // Taken, not cloned: one wake is enough until the next turn, which brings a new waker.
        let waker = if queue.in_turn {
            None
        } else {
            queue.waker.take()
        };
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Queue {
    /// From here on a push is dropped.
    fn close(&mut self) -> (VecDeque<Runnable>, Option<Waker>) {
        self.closed = true;
        (std::mem::take(&mut self.tasks), self.waker.take())
    }
}

impl Schedule for Arc<Shared> {
    const REGISTRY_REFS: usize = 1;

    fn schedule(&self, task: Runnable) {
        self.push(task);
    }

    fn forget(&self, home: Home) {
        let _: Option<()> = self.registry.forget(home);
    }

    fn completed<'a>(&self, _: impl FnOnce() -> TaskMeta<'a>) {
        self.alive.fetch_sub(1, Release);
    }
}

/// Says that a turn is running, however it ends.
struct InTurn<'a>(&'a Shared);

impl<'a> InTurn<'a> {
    /// `None`: one is running already.
    fn begin(shared: &'a Shared, waker: &Waker) -> Option<Self> {
        let waker = waker.clone();
        let mut queue = shared.queue.lock();
        if queue.in_turn {
            drop(queue);
            return None;
        }
        queue.in_turn = true;
        let previous = queue.waker.replace(waker);
        drop(queue);
        // Made first: a waker whose drop panics ends the turn too.
        let turn = Self(shared);
        drop(previous);
        Some(turn)
    }
}

impl Drop for InTurn<'_> {
    fn drop(&mut self) {
        self.0.queue.lock().in_turn = false;
    }
}

/// The thread is in the context of a set; the previous one comes back at the end.
struct InSet(Option<Arc<Shared>>);

impl InSet {
    fn enter(shared: &Arc<Shared>) -> Self {
        // While the thread ends there is no context to enter, and nothing that could ask for it.
        let previous = CURRENT.try_with(|current| current.replace(Some(shared.clone())));
        Self(previous.unwrap_or_default())
    }
}

impl Drop for InSet {
    fn drop(&mut self) {
        let left = CURRENT.try_with(|current| current.replace(self.0.take()));
        drop(left);
    }
}

/// Leaves the set's context when dropped; made by [`LocalSet::enter`].
#[must_use = "the set's context is left when the guard is dropped"]
pub struct LocalEnterGuard {
    _context: InSet,
    _not_send: PhantomData<*const ()>,
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish_non_exhaustive()
    }
}

/// Spawns a task whose future need not be `Send` on the current [`LocalSet`] or [`LocalRuntime`](crate::LocalRuntime).
///
/// # Panics
///
/// Panics outside of a set's tasks, `run_until`, `block_on` and [`LocalSet::enter`], unless a local runtime of this thread is current.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, task};
///
/// let rt = Builder::new_current_thread().build().unwrap();
/// let out = task::LocalSet::new().block_on(&rt, async { task::spawn_local(async { "here" }).await });
/// assert_eq!(out.unwrap(), "here");
/// ```
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let location = Location::caller();
    match current() {
        Current::Set(set) => set.spawn(future, location),
        Current::Runtime(handle) => handle.shared().spawn_local(future, location),
        Current::Neither => panic!("{}", messages::SPAWN_LOCAL_OUTSIDE),
    }
}

/// [`spawn_local`] with a name.
#[track_caller]
pub(super) fn spawn_local_named<F>(
    future: F,
    label: Label,
    location: &'static Location<'static>,
) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match current() {
        Current::Set(set) => set.spawn_named(future, label, location),
        Current::Runtime(handle) => handle.shared().spawn_local_named(future, label, location),
        Current::Neither => panic!("{}", messages::SPAWN_LOCAL_OUTSIDE),
    }
}

/// The tasks of the set whose context this thread is in.
pub(crate) fn tasks_of_current_set() -> Option<TaskList> {
    let set = CURRENT.try_with(|current| current.borrow().clone());
    Some(set.ok()??.tasks())
}

/// Where [`spawn_local`] spawns.
enum Current {
    Set(Arc<Shared>),
    /// A local runtime, of this thread or another one.
    Runtime(Handle),
    Neither,
}

fn current() -> Current {
    let set = CURRENT.try_with(|current| current.borrow().clone());
    if let Some(set) = set.ok().flatten() {
        return Current::Set(set);
    }
    match Handle::try_current() {
        Ok(handle) if handle.shared().owner.is_some() => Current::Runtime(handle),
        _ => Current::Neither,
    }
}

/// Tasks that run in one poll of the set.
const TURN: usize = 61;
