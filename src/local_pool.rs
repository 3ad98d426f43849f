//! Threads for tasks that are not `Send`.
//!
//! Each thread has a [`LocalRuntime`] and waits in its `block_on` until the last handle of the pool is dropped. A pinned task is two: one that is `Send` and gives the join handle,
//! spawned from outside, and the task itself, made and spawned by the first one on its thread. Aborting or dropping the first aborts the other.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use crate::runtime::{Handle, LocalRuntime};
use crate::sync::CancellationToken;
use crate::task::{AbortOnDropHandle, JoinError, JoinHandle, spawn_local};

/// A pool of threads that run tasks whose futures are not `Send`.
///
/// A task is given as a closure that makes its future on the thread where it will run, and stays there. Each thread has a [`LocalRuntime`] with sockets and timers. Cheap to
/// clone; clones are the same pool. When the last one is dropped, the threads end, and what still runs on them is cancelled.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use heist::task::LocalPoolHandle;
///
/// # #[heist::main]
/// # async fn main() {
/// let pool = LocalPoolHandle::new(2);
/// let task = pool.spawn_pinned(|| {
///     let here = Rc::new("not Send");
///     async move {
///         heist::task::yield_now().await;
///         here.len()
///     }
/// });
/// assert_eq!(task.await.unwrap(), 8);
/// # }
/// ```
#[derive(Clone)]
pub struct LocalPoolHandle {
    pool: Arc<Pool>,
}

impl LocalPoolHandle {
    /// Starts a pool of so many threads.
    ///
    /// # Panics
    ///
    /// Panics if the number is 0, and if the system refuses a thread or what a runtime needs.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalPoolHandle;
    /// assert_eq!(LocalPoolHandle::new(1).num_threads(), 1);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn new(pool_size: usize) -> Self {
        assert!(
            pool_size > 0,
            "a pool of threads needs one at least: `pool_size` must be greater than 0"
        );
        let end = CancellationToken::new();
        let workers = (0..pool_size).map(|_| Worker::start(end.clone()));
        match workers.collect() {
            Ok(workers) => Self {
                pool: Arc::new(Pool { workers, end }),
            },
            Err(error) => {
                end.cancel();
                panic!("a thread of the local pool did not start: {error}")
            }
        }
    }

    /// Returns how many threads the pool has.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalPoolHandle;
    /// assert_eq!(LocalPoolHandle::new(2).num_threads(), 2);
    /// ```
    #[must_use]
    pub fn num_threads(&self) -> usize {
        self.pool.workers.len()
    }

    /// Returns how many tasks each thread has, by its index.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalPoolHandle;
    ///
    /// let pool = LocalPoolHandle::new(2);
    /// let _task = pool.spawn_pinned_by_idx(std::future::pending::<()>, 1);
    /// assert_eq!(pool.get_task_loads_for_each_worker(), [0, 1]);
    /// ```
    #[must_use]
    pub fn get_task_loads_for_each_worker(&self) -> Vec<usize> {
        self.pool.workers.iter().map(Worker::load).collect()
    }

    /// Makes a future on the thread that has the fewest tasks, and runs it there.
    ///
    /// If the closure or the future panics, the handle tells. Aborting the handle aborts the task.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalPoolHandle;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let pool = LocalPoolHandle::new(1);
    /// let task = pool.spawn_pinned(|| {
    ///     let word = std::rc::Rc::new("local");
    ///     async move { *word }
    /// });
    /// assert_eq!(task.await.unwrap(), "local");
    /// # }
    /// ```
    pub fn spawn_pinned<F, Fut>(&self, create_task: F) -> JoinHandle<Fut::Output>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future + 'static,
        Fut::Output: Send + 'static,
    {
        let least = self.pool.workers.iter().min_by_key(|worker| worker.load());
        least.unwrap_or(&self.pool.workers[0]).spawn(create_task)
    }

    /// Makes a future on the thread with this index, and runs it there.
    ///
    /// # Panics
    ///
    /// Panics if there is no such thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalPoolHandle;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let pool = LocalPoolHandle::new(2);
    /// for index in 0..pool.num_threads() {
    ///     let name = pool.spawn_pinned_by_idx(|| async { std::thread::current().id() }, index);
    ///     assert_ne!(name.await.unwrap(), std::thread::current().id());
    /// }
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_pinned_by_idx<F, Fut>(&self, create_task: F, idx: usize) -> JoinHandle<Fut::Output>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future + 'static,
        Fut::Output: Send + 'static,
    {
        self.pool.workers[idx].spawn(create_task)
    }
}

impl fmt::Debug for LocalPoolHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalPoolHandle")
    }
}

struct Pool {
    workers: Box<[Worker]>,
    end: CancellationToken,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

struct Worker {
    runtime: Handle,
    /// Tasks that were spawned and have not ended. SeqCst: a number that is read once in a while.
    tasks: Arc<AtomicUsize>,
}

impl Worker {
    fn start(end: CancellationToken) -> io::Result<Self> {
        let (ready, started) = mpsc::channel();
        thread::Builder::new()
            .name("heist-local-pool".to_owned())
            .spawn(move || {
                let runtime = LocalRuntime::new();
                // The pool waits for the answer.
                let _ = ready.send(match &runtime {
                    Ok(runtime) => Ok(runtime.handle().clone()),
                    Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                });
                if let Ok(runtime) = runtime {
                    runtime.block_on(end.cancelled());
                }
            })?;
        let answer = started.recv().map_err(io::Error::other)?;
        Ok(Self {
            runtime: answer?,
            tasks: Arc::default(),
        })
    }

    fn load(&self) -> usize {
        self.tasks.load(SeqCst)
    }

    fn spawn<F, Fut>(&self, create_task: F) -> JoinHandle<Fut::Output>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future + 'static,
        Fut::Output: Send + 'static,
    {
        let counted = Counted::new(&self.tasks);
        self.runtime.spawn(async move {
            let _counted = counted;
            let pinned = AbortOnDropHandle::new(spawn_local(create_task()));
            match pinned.await.map_err(JoinError::try_into_panic) {
                Ok(output) => output,
                Err(Ok(payload)) => panic::resume_unwind(payload),
                // Nobody else has a handle to abort it by.
                Err(Err(error)) => panic!("{error}"),
            }
        })
    }
}

/// Counts a task until it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(tasks: &Arc<AtomicUsize>) -> Self {
        tasks.fetch_add(1, SeqCst);
        Self(tasks.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
