//! What a thread knows about where it is: the current runtime, the slot it drives, the task it polls.
//!
//! # The rule
//!
//! Three thread-locals. [`HANDLES`] is the stack of runtimes that were entered; its top is the current one. It owns them, hence has a destructor,
//! and how it fails tells "no runtime here" from "this thread is ending". [`LOCAL`] has plain cells and no destructor, so it may be read from anywhere,
//! also while other thread-locals are being destroyed; what it points to is owned further up the stack by the guard that set it. [`HELD`] says which slots this thread has
//! been lent with; its pointers are for comparing.
//!
//! Each `enter_…` function returns a guard that puts the previous value back, so contexts nest like the calls that made them: a thread that drives
//! one runtime may enter, and even drive, another.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::coop;
use crate::handle::Handle;
use crate::messages;
use crate::primitive::thread_local;
use crate::scheduler::Shared;
use crate::scheduler::worker::Worker;
use crate::task::Id;

thread_local! {
    static LOCAL: Local = const { Local::new() };
    static HANDLES: Handles = const { Handles(RefCell::new(Vec::new())) };
    /// The slots that this thread holds, also while it does not drive them.
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

struct Local {
    /// The runtime at the top of `HANDLES`: for comparing only.
    current: Cell<*const Shared>,
    /// The worker that this thread drives, if any; set and cleared by `WorkerGuard`.
    worker: Cell<*const Worker>,
    task: Cell<Option<Id>>,
    entered: Cell<Entered>,
    outside_pushes: Cell<u64>,
    /// Inside a pump.
    pumping: Cell<bool>,
    /// Inside `HostPool::execute`.
    posting: Cell<bool>,
    /// The own slot whose thread this is, also while it drives nothing: in its first and last hook, and in `block_in_place`.
    own_slot: Cell<Option<usize>>,
}

impl Local {
    const fn new() -> Self {
        Self {
            current: Cell::new(ptr::null()),
            worker: Cell::new(ptr::null()),
            task: Cell::new(None),
            entered: Cell::new(Entered::No),
            outside_pushes: Cell::new(0),
            pumping: Cell::new(false),
            posting: Cell::new(false),
            own_slot: Cell::new(None),
        }
    }
}

struct Handles(RefCell<Vec<Handle>>);

impl Drop for Handles {
    fn drop(&mut self) {
        // It has no destructor and is there; in a model it has gone with the rest.
        let _ = LOCAL.try_with(|local| local.current.set(ptr::null()));
    }
}

/// Whether this thread is inside asynchronous code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It is not: blocking is fine.
    No,
    /// It polls futures, and another thread can take over if it must block.
    MayHandOver,
    /// It polls futures, and nobody can take over.
    Alone,
}

/// Whether the code that runs may block its thread; see [`may_block`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MayBlock {
    /// Nothing else is waiting for the thread: `blocking_…` methods and `Handle::block_on` work.
    Here,
    /// The thread runs tasks, and another one can take over: inside of [`block_in_place`](crate::task::block_in_place), and by `spawn_blocking`.
    InPlace,
    /// The thread runs tasks, and nobody can take over: only by `spawn_blocking`.
    No,
}

/// Says beforehand whether this code may block its thread: what [`block_in_place`](crate::task::block_in_place), `blocking_…` methods and `Handle::block_on` would panic about.
///
/// For libraries that have a blocking and an asynchronous way. The answer is that of the caller's place: it may be another one in another task, and after an `.await`.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, MayBlock, may_block, spawn_blocking, task};
///
/// assert_eq!(may_block(), MayBlock::Here);
/// let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
/// rt.block_on(async {
///     assert_eq!(may_block(), MayBlock::InPlace);
///     assert_eq!(task::block_in_place(may_block), MayBlock::Here);
///     assert_eq!(spawn_blocking(may_block).await.unwrap(), MayBlock::Here);
/// });
/// let rt = Builder::new_current_thread().build().unwrap();
/// assert_eq!(rt.block_on(async { may_block() }), MayBlock::No);
/// ```
#[must_use]
pub fn may_block() -> MayBlock {
    match entered() {
        Entered::No => MayBlock::Here,
        Entered::MayHandOver => MayBlock::InPlace,
        Entered::Alone => MayBlock::No,
    }
}

/// Why there is no current runtime.
///
/// # Examples
///
/// ```
/// let error = runtime_core::Handle::try_current().unwrap_err();
/// assert!(error.is_missing_context());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryCurrentError {
    kind: Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    NoContext,
    ThreadLocalDestroyed,
}

impl TryCurrentError {
    const MISSING: Self = Self {
        kind: Missing::NoContext,
    };
    const DESTROYED: Self = Self {
        kind: Missing::ThreadLocalDestroyed,
    };

    /// Returns true if no runtime was entered on this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = runtime_core::Handle::try_current().unwrap_err();
    /// assert!(error.is_missing_context());
    /// ```
    #[must_use]
    pub fn is_missing_context(&self) -> bool {
        self.kind == Missing::NoContext
    }

    /// Returns true if the thread is ending and its thread-local values are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = runtime_core::Handle::try_current().unwrap_err();
    /// assert!(!error.is_thread_local_destroyed());
    /// ```
    #[must_use]
    pub fn is_thread_local_destroyed(&self) -> bool {
        self.kind == Missing::ThreadLocalDestroyed
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Missing::NoContext => messages::NO_REACTOR,
            Missing::ThreadLocalDestroyed => messages::CONTEXT_DESTROYED,
        })
    }
}

impl std::error::Error for TryCurrentError {}

/// Runs `f` with the value of type `T` that the builder put into the current runtime, or `None` if it has no such value.
///
/// For the crates that bring drivers; `f` must not enter or leave a runtime.
///
/// # Errors
///
/// Returns an error if there is no current runtime.
///
/// # Examples
///
/// ```
/// use runtime_core::context::with_extension;
/// use std::sync::Arc;
///
/// struct Port(u16);
///
/// assert!(with_extension(|_: Option<&Arc<Port>>| ()).is_err());
/// let rt = runtime_core::Builder::new_current_thread().extension(Arc::new(Port(80))).build().unwrap();
/// let _entered = rt.enter();
/// let port = with_extension(|port: Option<&Arc<Port>>| port.map(|port| port.0));
/// assert_eq!(port.unwrap(), Some(80));
/// ```
pub fn with_extension<T, R>(f: impl FnOnce(Option<&Arc<T>>) -> R) -> Result<R, TryCurrentError>
where
    T: Send + Sync + 'static,
{
    with_current(|handle| f(handle.shared().extensions.get::<T>()))
}

/// Runs `f` with the current runtime, which `f` must not leave.
pub(crate) fn with_current<R>(f: impl FnOnce(&Handle) -> R) -> Result<R, TryCurrentError> {
    let found = HANDLES.try_with(|handles| handles.0.borrow().last().map(f));
    found
        .map_err(|_| TryCurrentError::DESTROYED)?
        .ok_or(TryCurrentError::MISSING)
}

/// Returns the slot that this thread drives in the current runtime, from 0 to the number of slots.
///
/// # Examples
///
/// ```
/// use runtime_core::context;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// assert_eq!(context::slot(), None);
/// assert_eq!(rt.block_on(async { context::slot() }), Some(0));
/// ```
#[must_use]
pub fn slot() -> Option<usize> {
    with_worker(|worker| {
        worker
            .filter(|worker| is_current(worker.shared()))
            .map(Worker::index)
    })
}

/// Returns the index of the worker that this thread is, from 0 to [`num_workers`](crate::RuntimeMetrics::num_workers).
///
/// It is the index that the methods of [`RuntimeMetrics`](crate::RuntimeMetrics) take. A thread of a multi-thread runtime has it for its whole life, [`on_thread_start`](crate::Builder::on_thread_start)
/// included, so that a hook may bind the thread to a processor. On a current-thread runtime the thread that drives it is worker 0, on a hosted one a
/// thread that drives a slot bears its number.
///
/// `None` on every other thread: outside of runtimes, on threads of the blocking pool, on [lent](crate::Handle::lend) ones, and in `block_on` of a multi-thread runtime. The answer may change
/// across an `.await`, since tasks move.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// let index = rt.block_on(rt.spawn(async { runtime_core::worker_index() })).unwrap();
/// assert!(index.is_some_and(|index| index < 2));
/// assert_eq!(rt.block_on(async { runtime_core::worker_index() }), None);
/// ```
#[must_use]
pub fn worker_index() -> Option<usize> {
    let driven = with_worker(|worker| {
        let worker = worker?;
        let workers = worker.shared().config.workers;
        Some(worker.index()).filter(|index| *index < workers)
    });
    driven.or_else(|| LOCAL.with(|local| local.own_slot.get()))
}

/// How many tasks the worker on this thread gets to first if the current one gives way. Zero where there is no worker.
///
/// # Examples
///
/// ```
/// use runtime_core::context::queued;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// rt.block_on(async {
///     assert_eq!(queued(), 0);
///     runtime_core::spawn(async {});
///     assert_eq!(queued(), 1);
/// });
/// ```
#[must_use]
pub fn queued() -> usize {
    with_worker(|worker| worker.map_or(0, |worker| worker.ready() as usize))
}

/// Returns true inside the poll of a future by a runtime, where the thread must not block.
///
/// # Examples
///
/// ```
/// use runtime_core::context;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// assert!(!context::in_task());
/// assert!(rt.block_on(async { context::in_task() }));
/// ```
#[must_use]
pub fn in_task() -> bool {
    entered() != Entered::No
}

/// Polls a future as a runtime polls that of `block_on`: in its context, with a budget, and as asynchronous code, where the thread must not block. For loops of the facade.
///
/// # Panics
///
/// Panics if the thread's local values are destroyed.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
/// use runtime_core::context::{in_task, poll_root};
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let mut cx = Context::from_waker(Waker::noop());
/// let polled = poll_root(rt.handle(), pin!(async { in_task() }), &mut cx);
/// assert_eq!(polled, Poll::Ready(true));
/// ```
pub fn poll_root<F: Future>(
    handle: &Handle,
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let _entry = enter(handle.clone());
    let _async = enter_async(Entered::Alone);
    coop::with_budget(|| future.poll(cx))
}

/// Whether this runtime is the current one.
pub(crate) fn is_current(shared: &Shared) -> bool {
    LOCAL.with(|local| ptr::eq(local.current.get(), shared))
}

/// Runs `f` with the worker that this thread drives, whichever runtime it belongs to.
pub(crate) fn with_worker<R>(f: impl FnOnce(Option<&Worker>) -> R) -> R {
    let worker = LOCAL.with(|local| local.worker.get());
    // SAFETY: the pointer was set from a reference by `enter_worker`, whose guard borrows the worker and clears the pointer before that borrow ends;
    // `f` runs inside the call, below that guard's frame.
    f(unsafe { worker.as_ref() })
}

pub(crate) fn current_task() -> Option<Id> {
    LOCAL.with(|local| local.task.get())
}

pub(crate) fn entered() -> Entered {
    LOCAL.with(|local| local.entered.get())
}

/// Whether there is a poll of a task further up the stack of this thread, also one of a pump that blocks in place.
pub(crate) fn is_on_a_poll() -> bool {
    in_task() || LOCAL.with(|local| local.pumping.get())
}

/// Whether this thread is inside a call of [`HostPool::execute`](crate::HostPool::execute).
pub(crate) fn is_posting() -> bool {
    LOCAL.with(|local| local.posting.get())
}

/// Tasks that this thread has pushed from outside of any slot: how the guard knows that a look of its own led to something.
pub(crate) fn outside_pushes() -> u64 {
    LOCAL.with(|local| local.outside_pushes.get())
}

pub(crate) fn count_outside_push() {
    LOCAL.with(|local| local.outside_pushes.set(local.outside_pushes.get() + 1));
}

/// Puts back one cell of [`LOCAL`].
#[must_use = "dropping the guard restores the previous value"]
pub(crate) struct Restore<'a, T: Copy + 'static> {
    cell: fn(&Local) -> &Cell<T>,
    previous: T,
    // Borrows what was put in, and must be dropped on this thread.
    _borrow: PhantomData<(&'a (), *const ())>,
}

impl<T: Copy + 'static> Drop for Restore<'_, T> {
    fn drop(&mut self) {
        LOCAL.with(|local| (self.cell)(local).set(self.previous));
    }
}

fn replace<'a, T: Copy + 'static>(cell: fn(&Local) -> &Cell<T>, value: T) -> Restore<'a, T> {
    let previous = LOCAL.with(|local| cell(local).replace(value));
    Restore {
        cell,
        previous,
        _borrow: PhantomData,
    }
}

/// The task that is polled or dropped until the guard goes.
pub(crate) fn enter_task(id: Id) -> Restore<'static, Option<Id>> {
    replace(|local| &local.task, Some(id))
}

/// The worker that this thread drives until the guard goes; `None` hides it.
pub(crate) fn enter_worker(worker: Option<&Worker>) -> Restore<'_, *const Worker> {
    replace(
        |local| &local.worker,
        worker.map_or(ptr::null(), ptr::from_ref),
    )
}

/// The own slot whose thread this is until the guard goes.
pub(crate) fn enter_own_slot(slot: usize) -> Restore<'static, Option<usize>> {
    replace(|local| &local.own_slot, Some(slot))
}

/// Says whether the thread is inside asynchronous code until the guard goes.
pub(crate) fn enter_async(entered: Entered) -> Restore<'static, Entered> {
    replace(|local| &local.entered, entered)
}

/// The thread is inside a pump until the guard goes.
pub(crate) fn enter_pump() -> Restore<'static, bool> {
    replace(|local| &local.pumping, true)
}

/// The thread is inside `HostPool::execute` until the guard goes.
pub(crate) fn enter_post() -> Restore<'static, bool> {
    replace(|local| &local.posting, true)
}

/// Makes a runtime the current one until the guard goes.
///
/// # Panics
///
/// Panics if the thread's local values are destroyed.
#[track_caller]
pub(crate) fn enter(handle: Handle) -> Entry {
    match try_enter(handle) {
        Some(entry) => entry,
        None => panic!("{}", messages::CONTEXT_DESTROYED),
    }
}

/// [`enter`] for what must go on while the thread's local values are being destroyed, such as the shutdown of a runtime that is one of them: without a
/// context then.
pub(crate) fn try_enter(handle: Handle) -> Option<Entry> {
    let shared = Arc::as_ptr(handle.shared());
    let pushed = HANDLES.try_with(|handles| {
        let mut handles = handles.0.borrow_mut();
        handles.push(handle);
        handles.len()
    });
    let depth = pushed.ok()?;
    LOCAL.with(|local| local.current.set(shared));
    Some(Entry {
        depth,
        _not_send: PhantomData,
    })
}

/// A slot that a thread holds.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    shared: *const Shared,
    pub(crate) slot: usize,
    /// Between the beginning and the end of a drive, also while a task blocks in place.
    pub(crate) is_driven: bool,
    /// The seat is reserved for this thread.
    pub(crate) owns_seat: bool,
}

/// This thread holds a slot of a runtime while it lives.
#[must_use = "the slot counts as held until the guard is dropped"]
#[derive(Debug)]
pub(crate) struct Hold {
    shared: *const Shared,
    slot: usize,
}

/// The thread holds this slot, and does not drive it yet.
pub(crate) fn hold(shared: &Arc<Shared>, slot: usize) -> Hold {
    let held = Held {
        shared: Arc::as_ptr(shared),
        slot,
        is_driven: false,
        owns_seat: false,
    };
    // While the thread ends there is nobody left to ask.
    let _ = HELD.try_with(|all| all.borrow_mut().push(held));
    Hold {
        shared: held.shared,
        slot,
    }
}

/// The slot of this runtime that the thread holds.
pub(crate) fn held(shared: &Shared) -> Option<Held> {
    let find = |all: &RefCell<Vec<Held>>| {
        let all = all.borrow();
        all.iter()
            .find(|held| ptr::eq(held.shared, shared))
            .copied()
    };
    HELD.try_with(find).ok().flatten()
}

impl Hold {
    /// A drive begins or ends.
    pub(crate) fn set_driven(&self, is_driven: bool) {
        self.change(|held| held.is_driven = is_driven);
    }

    /// From now on the seat is this thread's.
    pub(crate) fn set_owns_seat(&self) {
        self.change(|held| held.owns_seat = true);
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        let _ = HELD.try_with(|all| {
            let mut all = all.borrow_mut();
            if let Some(held) = all.iter_mut().find(|held| self.is(held)) {
                change(held);
            }
        });
    }

    fn is(&self, held: &Held) -> bool {
        ptr::eq(held.shared, self.shared) && held.slot == self.slot
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let _ = HELD.try_with(|all| all.borrow_mut().retain(|held| !self.is(held)));
    }
}

/// One level of the stack of current runtimes.
#[must_use = "dropping the guard leaves the runtime"]
pub(crate) struct Entry {
    depth: usize,
    // Neither may a guard of the standard library be sent, and both may be shared.
    _not_send: PhantomData<std::sync::MutexGuard<'static, ()>>,
}

impl Drop for Entry {
    #[track_caller]
    fn drop(&mut self) {
        let depth = self.depth;
        let popped = HANDLES.try_with(|handles| {
            let mut handles = handles.0.borrow_mut();
            if handles.len() != depth {
                return None;
            }
            let left = handles.pop();
            let below = handles
                .last()
                .map_or(ptr::null(), |handle| Arc::as_ptr(handle.shared()));
            LOCAL.with(|local| local.current.set(below));
            left
        });
        // The handle is dropped here, outside the borrow: it may be the last one.
        if matches!(popped, Ok(None)) && !std::thread::panicking() {
            panic!("{}", messages::GUARDS_OUT_OF_ORDER);
        }
    }
}
