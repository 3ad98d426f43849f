//! The runtime: what owns the slots and threads.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use crate::context;
use crate::handle::{EnterGuard, Handle};
use crate::messages;
use crate::metrics::RuntimeMetrics;
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
/// # Panics
///
/// Dropping it inside asynchronous code panics, since the drop would block the thread; the other two are allowed there.
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
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Spawns a task, see [`Handle::spawn`].
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Runs a closure that blocks on the blocking pool, see [`Handle::spawn_blocking`].
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
    /// it leaves. On a multi-thread runtime tasks run on the runtime's own threads and go on after the call returns.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, and with the future's own panic.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let drive = self.handle.shared().config.own_workers == 0;
        self.handle.block_on_with(future, drive)
    }

    /// Makes this runtime the current one on this thread until the guard is dropped, see [`Handle::enter`].
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Returns a view of the runtime's counters.
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

    /// Shuts the runtime down without waiting for anything. Allowed inside asynchronous code.
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
        if context::in_task() {
            shut_down(&self.handle, Some(Duration::ZERO));
            if !std::thread::panicking() {
                panic!("{}", messages::DROP_IN_ASYNC);
            }
            return;
        }
        shut_down(&self.handle, None);
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("handle", &self.handle)
            .finish()
    }
}
