//! The handle to a runtime.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

use crate::blocking::Kind;
use crate::context::{self, Entry, TryCurrentError};
use crate::metrics::RuntimeMetrics;
use crate::observe::RuntimeDump;
use crate::observe::tasks::TaskList;
use crate::scheduler::Shared;
use crate::scheduler::job;
use crate::scheduler::quiet;
use crate::scheduler::root::{self, Caller};
use crate::task::call::{Joined, When};
use crate::task::context_vars::{self, Inherited};
use crate::task::name::Label;
use crate::task::{AbortHandle, ContextSnapshot, JoinError, JoinHandle};

/// A handle to a runtime: spawns on it, enters it, looks at it.
///
/// Cheap to clone; usable from any thread. It does not keep the runtime running: after the runtime is dropped, what is spawned through the handle
/// resolves as cancelled.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
/// let handle = rt.handle().clone();
/// let from_outside = std::thread::spawn(move || handle.block_on(handle.spawn(async { 1 + 1 })));
/// assert_eq!(from_outside.join().unwrap().unwrap(), 2);
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

/// Which kind of runtime it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Tasks run on the thread in `block_on`.
    CurrentThread,
    /// Tasks run on the runtime's own threads.
    MultiThread,
    /// Tasks run on threads of the program that come to do so: see [`Builder::new_hosted`](crate::Builder::new_hosted).
    Hosted,
}

/// An opaque id that is unique among the runtimes alive at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(NonZeroU64);

impl Id {
    /// As a number, for texts.
    pub(crate) fn to_u64(self) -> u64 {
        self.0.get()
    }

    pub(crate) fn of(address: usize) -> Self {
        // An address is never zero, so the fallback is never taken.
        Self(NonZeroU64::new(address as u64).unwrap_or(NonZeroU64::MIN))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Returns a handle to the current runtime.
    ///
    /// A runtime is current in its tasks, inside `block_on`, on the threads of its blocking pool, and under [`enter`](Self::enter).
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime; use [`try_current`](Self::try_current) where that may be.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let id = rt.block_on(async { runtime_core::Handle::current().id() });
    /// assert_eq!(id, rt.handle().id());
    /// ```
    #[track_caller]
    #[must_use]
    pub fn current() -> Self {
        match Self::try_current() {
            Ok(handle) => handle,
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns a handle to the current runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if there is none, or if the thread is ending and cannot be asked any more.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(runtime_core::Handle::try_current().is_err());
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async { assert!(runtime_core::Handle::try_current().is_ok()) });
    /// ```
    pub fn try_current() -> Result<Self, TryCurrentError> {
        context::with_current(Clone::clone)
    }

    /// Makes this runtime the current one on this thread until the guard is dropped.
    ///
    /// Nothing is driven by it: `spawn`, sockets and timers find their runtime, that is all.
    ///
    /// # Panics
    ///
    /// Panics when guards are dropped in another order than the reverse of their creation.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = {
    ///     let _guard = rt.handle().enter();
    ///     runtime_core::spawn(async { "spawned from outside" })
    /// };
    /// assert_eq!(rt.block_on(task).unwrap(), "spawned from outside");
    /// ```
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard {
            _entry: context::enter(self.clone()),
            _handle: PhantomData,
        }
    }

    /// Spawns a task on this runtime.
    ///
    /// It starts at once, not when the handle is awaited. After the runtime is shut down the handle resolves as cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let handle = rt.handle().clone();
    /// let task = std::thread::spawn(move || handle.spawn(async { 7 })).join().unwrap();
    /// assert_eq!(rt.block_on(task).unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let location = Location::caller();
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            self.shared.spawn(Box::pin(future), location)
        } else {
            self.shared.spawn(future, location)
        }
    }

    /// Schedules a closure to be run once by the runtime, after what is queued now.
    ///
    /// It never runs within this call. What one thread of a current-thread runtime schedules from within runs in the order in which it was scheduled; workers of a multi-thread runtime
    /// share the queues, and only run each once. May be called from any thread. The closure runs in the context of the runtime and in a copy of the caller's
    /// [context](crate::context_var), must not block, and its panic goes to [`Builder::on_unhandled`](crate::Builder::on_unhandled).
    ///
    /// The handle aborts it before it starts; dropping the handle does nothing. After the runtime is shut down the closure is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let (send, receive) = channel();
    /// for n in 0..3 {
    ///     let send = send.clone();
    ///     let callable = rt.handle().call_soon(move || send.send(n).unwrap());
    ///     if n == 1 {
    ///         callable.abort();
    ///     }
    /// }
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert_eq!(receive.try_iter().collect::<Vec<_>>(), [0, 2]);
    /// ```
    #[track_caller]
    pub fn call_soon<F>(&self, f: F) -> AbortHandle
    where
        F: FnOnce() + Send + 'static,
    {
        let location = Location::caller();
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            self.shared.call_soon(Box::new(f), location)
        } else {
            self.shared.call_soon(f, location)
        }
    }

    /// Schedules a closure as [`call_soon`](Self::call_soon) does, once `due` is ready with `true`; with `false` it is dropped. For the crates above.
    ///
    /// `due` is polled a first time within this call, where its waker is told what to wait for, and never after the handle has aborted the callable. It may be polled again
    /// after it was ready with `true` the first time.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let (send, receive) = std::sync::mpsc::channel();
    /// let due = std::future::poll_fn(|_| std::task::Poll::Ready(true));
    /// rt.handle().call_when(due, move || send.send("called").unwrap());
    /// assert!(receive.try_recv().is_err());
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert_eq!(receive.try_recv(), Ok("called"));
    /// ```
    #[track_caller]
    pub fn call_when<W, F>(&self, due: W, f: F) -> AbortHandle
    where
        W: Future<Output = bool> + Unpin + Send + 'static,
        F: FnOnce() + Send + 'static,
    {
        let location = Location::caller();
        match context_vars::inherit_call(f) {
            Inherited::Bare(f) => self.shared.call_when(When::new(due, f), location),
            Inherited::Wrapped(f) => self.shared.call_when(When::new(due, f), location),
        }
    }

    /// [`call_soon`](Self::call_soon) for a closure that need not be `Send`, on a runtime that belongs to the calling thread.
    ///
    /// # Panics
    ///
    /// Panics on any thread but the one that owns the runtime, such as a [`LocalRuntime`](crate::LocalRuntime).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let called = Rc::new(Cell::new(false));
    /// let flag = called.clone();
    /// rt.handle().call_soon_local(move || flag.set(true));
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert!(called.get());
    /// ```
    #[track_caller]
    pub fn call_soon_local<F>(&self, f: F) -> AbortHandle
    where
        F: FnOnce() + 'static,
    {
        let location = Location::caller();
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            self.shared.call_soon_local(Box::new(f), location)
        } else {
            self.shared.call_soon_local(f, location)
        }
    }

    /// [`call_when`](Self::call_when) for what need not be `Send`, on a runtime that belongs to the calling thread.
    ///
    /// # Panics
    ///
    /// Panics on any thread but the one that owns the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let called = Rc::new(Cell::new(false));
    /// let flag = called.clone();
    /// let due = std::future::poll_fn(|_| std::task::Poll::Ready(true));
    /// rt.handle().call_when_local(due, move || flag.set(true));
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert!(called.get());
    /// ```
    #[track_caller]
    pub fn call_when_local<W, F>(&self, due: W, f: F) -> AbortHandle
    where
        W: Future<Output = bool> + Unpin + 'static,
        F: FnOnce() + 'static,
    {
        let location = Location::caller();
        match context_vars::inherit_local_call(f) {
            Inherited::Bare(f) => self.shared.call_when_local(When::new(due, f), location),
            Inherited::Wrapped(f) => self.shared.call_when_local(When::new(due, f), location),
        }
    }

    /// Calls `f` with the output of a task, as a callable.
    pub(crate) fn call_joined<T, F>(
        &self,
        task: JoinHandle<T>,
        f: F,
        location: &'static Location<'static>,
    ) -> AbortHandle
    where
        T: Send + 'static,
        F: FnOnce(Result<T, JoinError>) + Send + 'static,
    {
        let snapshot = ContextSnapshot::capture();
        let f = move |output| snapshot.run(|| f(output));
        self.shared.call_when(Joined::new(task, f), location)
    }

    /// Runs a closure that blocks on the runtime's blocking pool.
    ///
    /// Aborting the handle prevents the start of a job; one that has started cannot be stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let job = rt.handle().spawn_blocking(|| std::fs::read_dir(".").is_ok());
    /// assert!(rt.block_on(job).unwrap());
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_job(f, Kind::Ordinary, Location::caller())
    }

    /// Runs a closure that blocks on the runtime's blocking pool, also if the runtime is shut down before its turn comes. For what would be lost otherwise, like
    /// bytes that a file has taken.
    ///
    /// Once the pool is closed nothing is accepted any more: the closure is dropped within this call, and the handle resolves as cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    /// let (sender, receiver) = channel();
    /// rt.spawn_blocking(std::thread::yield_now);
    /// rt.handle().spawn_mandatory(move || sender.send("not lost"));
    /// drop(rt);
    /// assert_eq!(receiver.try_recv(), Ok("not lost"));
    /// ```
    #[track_caller]
    pub fn spawn_mandatory<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_job(f, Kind::Mandatory, Location::caller())
    }

    /// Runs a closure that blocks on the runtime's blocking pool, and calls `on_abort` whenever one of its handles is aborted, also while it runs. For closures that
    /// look whether they should stop.
    ///
    /// An abort calls `on_abort` on its own thread, after it has marked the job.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let stop = Arc::new(AtomicBool::new(false));
    /// let told = stop.clone();
    /// let job = rt.handle().spawn_blocking_told(|| {}, Arc::new(move || told.store(true, Relaxed)));
    /// job.abort();
    /// assert!(stop.load(Relaxed));
    /// ```
    #[track_caller]
    pub fn spawn_blocking_told<F, R>(
        &self,
        f: F,
        on_abort: Arc<dyn Fn() + Send + Sync>,
    ) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        job::spawn_told(&self.shared, Box::new(f), on_abort, Location::caller())
    }

    pub(crate) fn spawn_named<F>(
        &self,
        future: F,
        label: Label,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            self.shared.spawn_named(Box::pin(future), label, location)
        } else {
            self.shared.spawn_named(future, label, location)
        }
    }

    pub(crate) fn spawn_blocking_named<F, R>(
        &self,
        f: F,
        label: Label,
        location: &'static Location<'static>,
    ) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            return job::spawn_blocking_named(&self.shared, Box::new(f), label, location);
        }
        job::spawn_blocking_named(&self.shared, f, label, location)
    }

    pub(crate) fn spawn_job<F, R>(
        &self,
        f: F,
        kind: Kind,
        location: &'static Location<'static>,
    ) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            return job::spawn_blocking(&self.shared, Box::new(f), kind, location);
        }
        job::spawn_blocking(&self.shared, f, kind, location)
    }

    /// Runs a future to its end on the calling thread.
    ///
    /// The thread polls this future only: it neither runs tasks nor drives sockets and timers, so on a current-thread runtime another thread must be in
    /// `Runtime::block_on` for those to make progress. Two kinds of threads do more: on a [hosted](crate::Builder::new_hosted) runtime it drives, if a slot is free or as soon as one
    /// falls vacant, and a thread that holds a slot of this runtime, since it was [lent](Self::lend), drives with that one.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, where the thread must not block, and with the future's own panic.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_hosted().build().unwrap();
    /// let task = rt.spawn(async { "nobody else runs it" });
    /// assert_eq!(rt.handle().block_on(task).unwrap(), "nobody else runs it");
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.block_on_as(Caller::Handle, future)
    }

    #[track_caller]
    pub(crate) fn block_on_as<F: Future>(&self, caller: Caller, future: F) -> F::Output {
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            root::block_on(self, Box::pin(future), caller)
        } else {
            root::block_on(self, future, caller)
        }
    }

    /// Returns which kind of runtime it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, RuntimeFlavor};
    ///
    /// let rt = Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.handle().runtime_flavor(), RuntimeFlavor::CurrentThread);
    /// ```
    #[must_use]
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        self.shared.config.flavor
    }

    /// Returns the id of the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let other = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_ne!(rt.handle().id(), other.handle().id());
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        Id::of(Arc::as_ptr(&self.shared).addr())
    }

    /// Returns the name given to the builder.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().name("background").build().unwrap();
    /// assert_eq!(rt.handle().name(), Some("background"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.shared.config.name.as_deref()
    }

    /// Returns a view of the runtime's counters.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// assert_eq!(rt.handle().metrics().num_workers(), 1);
    /// ```
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics::new(self.clone())
    }

    /// Returns a list of the tasks that have not ended: who they are, where they were spawned, what they are doing.
    ///
    /// Tasks of a [`LocalSet`](crate::task::LocalSet) are in [the list of the set](crate::task::LocalSet::tasks); jobs of [`spawn_blocking`](Self::spawn_blocking) are in none. The list may be made on any thread and at any time, also while all
    /// workers are blocked. Tasks are looked at a few at a time: one that begins or ends meanwhile may or may not be in the list.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{self, TaskState};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// task::Builder::new().name("cleaner").spawn_on(std::future::pending::<()>(), rt.handle()).unwrap();
    /// rt.block_on(task::yield_now());
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.len(), 1);
    /// let task = tasks.iter().next().unwrap();
    /// assert_eq!((task.name(), task.state()), (Some("cleaner"), TaskState::Waiting));
    /// print!("{tasks}");
    /// ```
    #[must_use]
    pub fn tasks(&self) -> TaskList {
        TaskList::of_runtime(&self.shared)
    }

    /// Returns what can be seen of the runtime, as a text for the moment when nothing moves: the slots and their threads, the seat, the queues, and the tasks.
    ///
    /// Looking changes nothing: no thread is woken, and nothing waits but for locks that are held for an instant.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let dump = rt.handle().dump();
    /// assert!(dump.to_string().contains("slot 0"));
    /// ```
    #[must_use]
    pub fn dump(&self) -> RuntimeDump {
        RuntimeDump::of(&self.shared)
    }

    /// Returns a handle that does not keep the memory of the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let weak = rt.handle().downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(rt);
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakHandle {
        WeakHandle {
            shared: Arc::downgrade(&self.shared),
        }
    }

    /// Returns the value of type `T` that the builder put into this runtime. For the crates that bring drivers.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().extension(Arc::new(80_u16)).build().unwrap();
    /// assert_eq!(rt.handle().extension::<u16>().as_deref(), Some(&80));
    /// assert!(rt.handle().extension::<u32>().is_none());
    /// ```
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.shared.extensions.get::<T>().cloned()
    }

    /// Returns true if only time or the outside world can make a task run: every driven slot but the caller's sleeps, no queue holds a task, no blocking job is
    /// queued or runs, no future in `block_on` is to be polled, no task blocks in place. For drivers under a stopped clock.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {});
    /// assert!(!rt.handle().is_quiet());
    /// rt.block_on(task).unwrap();
    /// assert!(rt.handle().is_quiet());
    /// ```
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        quiet::is_quiet(&self.shared)
    }

    /// While on, the driver is unparked whenever the runtime may have become [quiet](Self::is_quiet). For drivers under a stopped clock.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// rt.handle().watch_quiet(true);
    /// assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    /// rt.handle().watch_quiet(false);
    /// ```
    pub fn watch_quiet(&self, on: bool) {
        self.shared.quiet.watch(on);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("flavor", &self.runtime_flavor())
            .field("name", &self.name())
            .finish()
    }
}

/// A [`Handle`] that does not keep the memory of its runtime: for lists of runtimes to look at.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let weak = rt.handle().downgrade();
/// assert_eq!(weak.upgrade().map(|handle| handle.id()), Some(rt.handle().id()));
/// drop(rt);
/// assert!(weak.upgrade().is_none());
/// ```
#[derive(Clone)]
pub struct WeakHandle {
    shared: Weak<Shared>,
}

impl UnwindSafe for WeakHandle {}
impl RefUnwindSafe for WeakHandle {}

impl WeakHandle {
    /// Returns the handle, unless the runtime's memory is gone. That goes when the runtime is dropped, with its tasks and all its handles.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let weak = rt.handle().downgrade();
    /// let task = weak.upgrade().unwrap().spawn(async { 1 });
    /// assert_eq!(rt.block_on(task).unwrap(), 1);
    /// ```
    #[must_use]
    pub fn upgrade(&self) -> Option<Handle> {
        self.shared.upgrade().map(Handle::new)
    }
}

impl fmt::Debug for WeakHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakHandle").finish_non_exhaustive()
    }
}

/// Leaves the runtime when dropped.
///
/// Made by [`Handle::enter`]. Guards are dropped in the reverse order of their creation.
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    _entry: Entry,
    _handle: PhantomData<&'a Handle>,
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

/// Spawns a task on the current runtime.
///
/// It starts at once, not when the handle is awaited. Dropping the handle detaches the task.
///
/// # Panics
///
/// Panics if there is no current runtime: call it inside a task or `block_on`, under the guard of [`Handle::enter`], or use [`Handle::spawn`].
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
/// let words = rt.block_on(async {
///     let first = runtime_core::spawn(async { "work" });
///     let second = runtime_core::spawn(async { "stealing" });
///     (first.await.unwrap(), second.await.unwrap())
/// });
/// assert_eq!(words, ("work", "stealing"));
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let location = Location::caller();
    if size_of::<F>() > LARGEST_INLINE_FUTURE {
        spawn_here(Box::pin(future), location)
    } else {
        spawn_here(future, location)
    }
}

#[track_caller]
fn spawn_here<F>(future: F, location: &'static Location<'static>) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    // The future is moved into whichever of the two closures runs.
    let mut future = Some(future);
    let mut take = || future.take().expect("spawned once");
    let here = context::with_worker(|worker| {
        let shared = worker?.shared();
        context::is_current(shared).then(|| shared.spawn(take(), location))
    });
    if let Some(handle) = here {
        return handle;
    }
    // Cloned, since after shutdown the future is dropped in `spawn`, and its drop may enter a runtime.
    Handle::current().shared.spawn(take(), location)
}

/// Runs a closure that blocks on the blocking pool of the current runtime.
///
/// # Panics
///
/// Panics if there is no current runtime.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let size = rt.block_on(async { runtime_core::spawn_blocking(|| std::fs::metadata(".").is_ok()).await });
/// assert!(size.unwrap());
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Handle::current().spawn_job(f, Kind::Ordinary, Location::caller())
}

/// Bytes above which a future is boxed before it goes into a task or onto the stack of `block_on`, chosen when compiling. Moving a
/// large future is what overflows stacks, and unoptimised builds move it several times.
pub(crate) const LARGEST_INLINE_FUTURE: usize = if cfg!(debug_assertions) { 2048 } else { 16384 };
