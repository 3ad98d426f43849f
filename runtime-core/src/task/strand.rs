//! Tasks that never overlap.
//!
//! A [`Strand`] is the `Send` sibling of a [`LocalSet`](super::LocalSet): the same queue and registry, polled by one task of the runtime, the *driver*. Whichever worker has the
//! driver runs what is queued, one task after the other; so the tasks of a strand move between threads, together, and none of them runs beside another.
//!
//! Dropping the strand aborts its driver, whose future ends the tasks when it is dropped: where tasks of the runtime end, in its context, also if the runtime ends first.
//!
//! Rejected: a lock that each task takes for its poll. Each contended poll is then a poll in vain and a wake-up more, and a worker for each of them.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::context_vars::{self, Inherited};
use super::local_set::Shared;
use super::{AbortHandle, JoinHandle, Runnable, new_task};
use crate::handle::{Handle, LARGEST_INLINE_FUTURE};

/// Runs tasks on a runtime so that no two of them run at the same time.
///
/// They interleave where they await, as on one thread, and what they share needs no lock that is held across an `.await` to stay whole. The order is first come, first
/// served. A task that blocks blocks its strand and nothing else. Dropping the strand aborts its tasks.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use runtime_core::task::Strand;
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// let strand = Strand::new(rt.handle());
/// let count = Arc::new(AtomicU32::new(0));
/// let tasks: Vec<_> = (0..100)
///     .map(|_| {
///         let count = count.clone();
///         strand.spawn(async move {
///             // Not an atomic step, and safe here all the same.
///             let now = count.load(Relaxed);
///             count.store(now + 1, Relaxed);
///         })
///     })
///     .collect();
/// rt.block_on(async {
///     for task in tasks {
///         task.await.unwrap();
///     }
/// });
/// assert_eq!(count.load(Relaxed), 100);
/// ```
pub struct Strand {
    shared: Arc<Shared>,
    driver: AbortHandle,
}

impl Strand {
    /// Makes a strand whose tasks run on this runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Strand;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let strand = Strand::new(rt.handle());
    /// assert_eq!(rt.block_on(strand.spawn(async { 1 })).unwrap(), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(handle: &Handle) -> Self {
        let shared = Shared::new();
        let driver = Driver {
            shared: shared.clone(),
            batch: VecDeque::new(),
        };
        Self {
            shared,
            driver: handle.spawn(driver).abort_handle(),
        }
    }

    /// Spawns a task on the strand, behind those that are there.
    ///
    /// It starts without being awaited; dropping the handle detaches it. After the runtime is shut down the handle resolves as cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Strand;
    /// use std::sync::mpsc;
    ///
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    /// let strand = Strand::new(rt.handle());
    /// let (send, order) = mpsc::channel();
    /// for n in 0..10 {
    ///     let send = send.clone();
    ///     strand.spawn(async move { send.send(n).unwrap() });
    /// }
    /// drop(send);
    /// assert!(order.iter().eq(0..10));
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let location = Location::caller();
        if size_of::<F>() > LARGEST_INLINE_FUTURE {
            self.launch(Box::pin(future), location)
        } else {
            self.launch(future, location)
        }
    }

    fn launch<F>(&self, future: F, location: &'static Location<'static>) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = match context_vars::inherit(future) {
            Inherited::Bare(future) => new_task(future, self.shared.clone(), location),
            Inherited::Wrapped(future) => new_task(future, self.shared.clone(), location),
        };
        self.shared.launch(task);
        handle
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl fmt::Debug for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strand")
            .field("alive", &self.shared.alive())
            .finish()
    }
}

/// Runs the tasks whenever it is polled, and is never ready.
struct Driver {
    shared: Arc<Shared>,
    /// Taken from the queue and not run yet.
    batch: VecDeque<Runnable>,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.shared.run_batch(&mut this.batch, cx.waker()) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.close();
        self.batch.clear();
    }
}
