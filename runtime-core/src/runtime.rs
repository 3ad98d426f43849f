//! The runtime: what owns the slots and threads.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use crate::context;
use crate::embed::pump::Pumps;
use crate::handle::{EnterGuard, Handle, RuntimeFlavor};
use crate::messages;
use crate::metrics::RuntimeMetrics;
use crate::scheduler::root::Caller;
use crate::scheduler::shutdown::shut_down;
use crate::task::JoinHandle;

/// A runtime: threads that run tasks, and the driver they wait in.
///
/// Made by a [`Builder`](crate::Builder).
///
/// # Shutdown
///
/// Dropping it runs each task to its next yield, drops the tasks in the runtime's context, waits for blocking jobs that have started, and joins its
/// threads. [`shutdown_timeout`](Self::shutdown_timeout) bounds the wait, [`shutdown_background`](Self::shutdown_background) does not wait.
///
/// Dropping a [hosted](crate::Builder::new_hosted) runtime never waits and never panics: threads are told to stop and end by themselves.
///
/// # Panics
///
/// Dropping it inside asynchronous code panics, since the drop would block the thread; the other two are allowed there. A [builder](crate::Builder::drop_in_background) may allow
/// it, too.
///
/// # Fork
///
/// A forked child inherits the runtime without its threads. There `block_on` panics, lending a thread is an error, and dropping the runtime leaks it; a runtime built in the
/// child works. A task spawned on the inherited one never runs, and a blocking job is cancelled.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// assert_eq!(rt.block_on(async { 1 + 1 }), 2);
/// ```
pub struct Runtime {
    handle: Handle,
}

impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl Runtime {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Returns a handle to the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.handle().id(), rt.block_on(async { runtime_core::Handle::current().id() }));
    /// ```
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Spawns a task, see [`Handle::spawn`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let task = rt.spawn(async { 1 + 1 });
    /// assert_eq!(rt.block_on(task).unwrap(), 2);
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Runs a closure that blocks on the blocking pool, see [`Handle::spawn_blocking`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let job = rt.spawn_blocking(|| 6 * 7);
    /// assert_eq!(rt.block_on(job).unwrap(), 42);
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(f)
    }

    /// Runs a future to its end on the calling thread.
    ///
    /// On a current-thread runtime this thread also runs the tasks and drives sockets and timers; if several threads are in here, one does, and another takes over when
    /// it leaves. So on a hosted one, where as many do as it has slots. On a multi-thread runtime tasks run on the runtime's own threads and go on after the call returns.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, and with the future's own panic.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let answer = rt.block_on(async {
    ///     let task = runtime_core::spawn(async { 6 });
    ///     task.await.unwrap() * 7
    /// });
    /// assert_eq!(answer, 42);
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on_as(Caller::Runtime, future)
    }

    /// Makes this runtime the current one on this thread until the guard is dropped, see [`Handle::enter`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = {
    ///     let _guard = rt.enter();
    ///     runtime_core::spawn(async { 1 })
    /// };
    /// assert_eq!(rt.block_on(task).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Returns a view of the runtime's counters.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.spawn(std::future::pending::<()>());
    /// assert_eq!(rt.metrics().num_alive_tasks(), 1);
    /// ```
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }

    /// Shuts the runtime down and waits at most `timeout` for its threads and for blocking jobs that have started.
    ///
    /// Zero does not wait, and inside asynchronous code every timeout is zero. What has not ended by then is left behind: a thread ends when its poll or job returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let stuck = rt.spawn(std::future::pending::<()>());
    /// rt.shutdown_timeout(Duration::from_secs(10));
    /// assert!(stuck.is_finished());
    /// ```
    pub fn shutdown_timeout(self, timeout: Duration) {
        let timeout = if context::in_task() {
            Duration::ZERO
        } else {
            timeout
        };
        shut_down(&self.handle, Some(timeout));
    }

    /// Shuts the runtime down, waits at most `within` for its threads and for blocking jobs that have started, and says what was given up.
    ///
    /// Zero does not wait, and inside asynchronous code every bound is zero. It never panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_hosted().build().unwrap();
    /// rt.spawn(std::future::pending::<()>());
    /// let report = rt.shutdown(Duration::from_secs(10));
    /// assert_eq!(report.tasks_dropped, 1);
    /// assert_eq!(report.blocking_running, 0);
    /// ```
    pub fn shutdown(self, within: Duration) -> ShutdownReport {
        let shared = self.handle.shared().clone();
        let alive = shared.alive_tasks();
        let within = if context::in_task() {
            Duration::ZERO
        } else {
            within
        };
        let blocking_running = shut_down(&self.handle, Some(within));
        ShutdownReport {
            tasks_dropped: alive.saturating_sub(shared.alive_tasks()),
            blocking_running,
            slots_occupied: shared
                .slots
                .iter()
                .filter(|slot| slot.is_occupied())
                .count(),
            pumps_unfinished: shared.pumps.as_ref().map_or(0, Pumps::posted),
        }
    }

    /// Shuts the runtime down without waiting for anything. Allowed inside asynchronous code.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// rt.block_on(async {});
    /// let outer = runtime_core::Builder::new_current_thread().build().unwrap();
    /// outer.block_on(async move { rt.shutdown_background() });
    /// ```
    pub fn shutdown_background(self) {
        self.shutdown_timeout(Duration::ZERO);
    }
}

impl Drop for Runtime {
    #[track_caller]
    fn drop(&mut self) {
        let shared = self.handle.shared();
        if shared.shutdown.is_closed() || !shared.process.is_current() {
            return;
        }
        if shared.config.flavor == RuntimeFlavor::Hosted {
            shut_down(&self.handle, Some(Duration::ZERO));
            return;
        }
        if context::in_task() {
            shut_down(&self.handle, Some(Duration::ZERO));
            if !shared.config.drop_in_background && !std::thread::panicking() {
                panic!("{}", messages::DROP_IN_ASYNC);
            }
            return;
        }
        shut_down(&self.handle, None);
    }
}

/// What a [`shutdown`](Runtime::shutdown) gave up, and what it left running when its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownReport {
    /// Tasks that were not complete before, and are gone.
    pub tasks_dropped: usize,
    /// Blocking jobs that still run.
    pub blocking_running: usize,
    /// Slots whose threads are still inside a poll.
    pub slots_occupied: usize,
    /// Jobs that lie in a host's pool or run there.
    pub pumps_unfinished: usize,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("handle", &self.handle)
            .finish()
    }
}
