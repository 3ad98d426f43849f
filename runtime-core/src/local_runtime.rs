//! A runtime that belongs to one thread.
//!
//! It is a current-thread runtime whose tasks need not be `Send`: they lie in the slot, the queues and the registry like any others. What makes that sound is who may touch a future:
//!
//! * It is polled by whoever drives a slot, and only the owner may: `block_on`, `lend` and what makes guests look who calls, and a local runtime has no thread of its own.
//! * It is dropped by who polls it, by who spawns it after shutdown, or by the last one inside at shutdown. The first two are the owner, and nobody but the `LocalRuntime` is ever
//!   inside.
//! * A task that need not be `Send` is spawned by the owner only ([`Shared::spawn_local`](crate::scheduler::Shared::spawn_local) looks).
//!
//! Everybody else, be it a waker, a handle or a queue, has references, which free memory only. Rejected: a local set inside of each `block_on`, a queue in a queue, whose
//! tasks would wait for their set's turn.

use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use crate::builder::Builder;
use crate::embed::guest::GuestLoop;
use crate::embed::lent::EnterError;
use crate::handle::{EnterGuard, Handle};
use crate::metrics::RuntimeMetrics;
use crate::runtime::Runtime;
use crate::task::JoinHandle;

/// A runtime that belongs to one thread and runs tasks whose futures are not `Send`.
///
/// Made by [`Builder::build_local`]. Inside, [`spawn_local`](crate::task::spawn_local) needs no [`LocalSet`](crate::task::LocalSet). [`Handle`]s may leave the thread: what they
/// spawn must be `Send`, and runs here.
///
/// # Shutdown
///
/// As that of a [`Runtime`]: dropping it drops the tasks, on this thread and in the runtime's context, and waits for blocking jobs that have started.
///
/// # Panics
///
/// Dropping it inside asynchronous code panics; [`shutdown_background`](Self::shutdown_background) is allowed there.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// let rt = runtime_core::LocalRuntime::new().unwrap();
/// let count = Rc::new(Cell::new(0));
/// rt.block_on(async {
///     let copy = count.clone();
///     let task = runtime_core::task::spawn_local(async move { copy.set(copy.get() + 1) });
///     task.await.unwrap();
/// });
/// assert_eq!(count.get(), 1);
/// ```
pub struct LocalRuntime {
    runtime: Runtime,
    _not_send: PhantomData<*const ()>,
}

impl UnwindSafe for LocalRuntime {}
impl RefUnwindSafe for LocalRuntime {}

/// How a [`LocalRuntime`] is to be made. Nothing can be chosen today.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LocalOptions {
    _not_send: PhantomData<*const ()>,
}

impl LocalRuntime {
    /// From a runtime whose owner is this thread.
    pub(crate) fn from_runtime(runtime: Runtime) -> Self {
        Self {
            runtime,
            _not_send: PhantomData,
        }
    }

    /// Makes a runtime for this thread.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses what the runtime needs.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread().build_local(LocalOptions::default())
    }

    /// Returns a handle to the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let handle = rt.handle().clone();
    /// let task = std::thread::spawn(move || handle.spawn(async { 1 })).join().unwrap();
    /// assert_eq!(rt.block_on(task).unwrap(), 1);
    /// ```
    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Spawns a task whose future need not be `Send`. It runs while this thread is in [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let here = std::rc::Rc::new(1);
    /// let task = rt.spawn_local(async move { *here });
    /// assert_eq!(rt.block_on(task).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.handle()
            .shared()
            .spawn_local(future, Location::caller())
    }

    /// Runs a closure that blocks on the blocking pool, see [`Handle::spawn_blocking`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let job = rt.spawn_blocking(|| 1);
    /// assert_eq!(rt.block_on(job).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle().spawn_blocking(f)
    }

    /// Runs a future to its end, and the tasks beside it.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, and with the future's own panic.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let shared = std::rc::Rc::new(3);
    /// assert_eq!(rt.block_on(async { *shared }), 3);
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Makes this runtime the current one on this thread until the guard is dropped, see [`Handle::enter`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let _entered = rt.enter();
    /// assert_eq!(runtime_core::Handle::current().id(), rt.handle().id());
    /// ```
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Makes the runtime a guest of an event loop of this thread, see [`Runtime::attach_fd`]. Its tasks run in the guest's turns, whichever way they were spawned, and in one order.
    ///
    /// # Errors
    ///
    /// As [`Runtime::attach_fd`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{EnterError, LocalRuntime};
    ///
    /// // Without a driver that has a descriptor there is nothing that a host could wait for.
    /// let rt = LocalRuntime::new().unwrap();
    /// assert_eq!(rt.attach_fd().unwrap_err(), EnterError::Unsupported);
    /// ```
    pub fn attach_fd(&self) -> Result<GuestLoop, EnterError> {
        self.runtime.attach_fd()
    }

    /// Returns a view of the runtime's counters.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let _task = rt.spawn_local(std::future::pending::<()>());
    /// assert_eq!(rt.metrics().num_alive_tasks(), 1);
    /// ```
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        self.runtime.metrics()
    }

    /// Shuts the runtime down and waits at most `timeout` for blocking jobs that have started, see [`Runtime::shutdown_timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let task = rt.spawn_local(std::future::pending::<()>());
    /// rt.shutdown_timeout(Duration::from_secs(1));
    /// assert!(task.is_finished());
    /// ```
    pub fn shutdown_timeout(self, timeout: Duration) {
        self.runtime.shutdown_timeout(timeout);
    }

    /// Shuts the runtime down without waiting for anything. Allowed inside asynchronous code.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// let task = rt.spawn_local(std::future::pending::<()>());
    /// rt.shutdown_background();
    /// assert!(task.is_finished());
    /// ```
    pub fn shutdown_background(self) {
        self.runtime.shutdown_background();
    }
}

impl fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRuntime")
            .field("handle", self.handle())
            .finish()
    }
}
