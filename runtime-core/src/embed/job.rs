//! What is posted to a host's pool: a handle to work that is observed, whether it is run or dropped.

use std::fmt;
use std::panic::Location;

use super::host::{HostPool, post};
use super::pump;
use crate::blocking::Visit;
use crate::context::{self, Entered};
use crate::handle::Handle;
use crate::scheduler::job;
use crate::task::{JoinHandle, Runnable};

/// One piece of work for a thread of a [`HostPool`].
///
/// To drop it without running it is to refuse it; the runtime notices, and counts it in [`refused_jobs`](crate::RuntimeMetrics::refused_jobs).
#[must_use = "a job that is dropped is refused"]
pub struct Job {
    /// `None` once it has been run.
    work: Option<Work>,
    handle: Handle,
}

enum Work {
    /// A closure that was given for this pool.
    Call(Runnable),
    /// One turn at the queue of blocking closures.
    Visit(Visit<job::Job>),
    /// A pump, with the slot that it has kept.
    Pump(Option<usize>),
}

impl Job {
    /// The task counts as a blocking one until it has been run or refused.
    fn call(handle: &Handle, task: Runnable) -> Self {
        handle.shared().quiet.task_leaves();
        Self::new(handle, Work::Call(task))
    }

    pub(crate) fn visit(handle: &Handle, visit: Visit<job::Job>) -> Self {
        Self::new(handle, Work::Visit(visit))
    }

    pub(super) fn pump(handle: &Handle, slot: Option<usize>) -> Self {
        Self::new(handle, Work::Pump(slot))
    }

    fn new(handle: &Handle, work: Work) -> Self {
        Self {
            work: Some(work),
            handle: handle.clone(),
        }
    }

    /// Does the work, on the calling thread. Returns when it is done; never unwinds.
    ///
    /// A pump of [`Builder::host_pool`](crate::Builder::host_pool) runs tasks for one [`pump_limit`](crate::Builder::pump_limit). On a thread that is in the middle of a poll, because a task waits for its own pool and the
    /// pool gives the thread something else to do, it returns at once: a task is never run on top of another.
    ///
    /// A closure of [`Handle::run_in`] or [`spawn_blocking`](Handle::spawn_blocking) is called, as on a thread of the runtime's own blocking pool. After the runtime has been shut down
    /// the closures that have not been called are dropped, and their handles resolve as cancelled.
    ///
    /// Called from within [`HostPool::execute`], it refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job};
    ///
    /// let pool = |job: Job| { std::thread::spawn(move || job.run()); };
    /// let rt = Builder::new_hosted().host_pool(pool, 1).build().unwrap();
    /// assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    /// ```
    pub fn run(mut self) {
        let Some(work) = self.work.take() else { return };
        if context::is_posting() {
            self.handle.shared().complaints.tell_of_inline();
            self.refuse(work);
        } else {
            self.work(work);
        }
    }

    fn work(&self, work: Work) {
        match work {
            Work::Call(task) => {
                let _foreign = Foreign::new();
                let shared = self.handle.shared();
                let _entry = context::try_enter(self.handle.clone());
                if shared.shutdown.is_closed() {
                    task.shut_down();
                } else {
                    task.run();
                }
                shared.quiet.task_is_back(shared);
            }
            Work::Visit(visit) => {
                let _foreign = Foreign::new();
                visit.serve();
            }
            Work::Pump(slot) => pump::run(&self.handle, slot),
        }
    }

    fn refuse(&self, work: Work) {
        let shared = self.handle.shared();
        shared.complaints.refused.add(1);
        match work {
            Work::Call(task) => {
                let _entry = context::try_enter(self.handle.clone());
                task.shut_down();
                shared.quiet.task_is_back(shared);
            }
            Work::Visit(visit) => {
                let _entry = context::try_enter(self.handle.clone());
                drop(visit);
            }
            Work::Pump(slot) => pump::refuse(&self.handle, slot),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.refuse(work);
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.work {
            Some(Work::Call(_)) => "call",
            Some(Work::Visit(_)) => "blocking",
            Some(Work::Pump(_)) => "pump",
            None => "done",
        };
        f.debug_tuple("Job").field(&kind).finish()
    }
}

/// Closures find the same surroundings wherever the host runs them, be it on top of a task that waits for its pool: outside of asynchronous code, where blocking is fine.
struct Foreign {
    _outside: context::Restore<'static, Entered>,
    _hidden: context::Restore<'static, *const crate::scheduler::worker::Worker>,
}

impl Foreign {
    fn new() -> Self {
        Self {
            _outside: context::enter_async(Entered::No),
            _hidden: context::enter_worker(None),
        }
    }
}

impl Handle {
    /// Runs a closure on a thread of a pool that belongs to the host, and returns what it returns.
    ///
    /// The closure runs in the context of this runtime, as one of [`spawn_blocking`](Self::spawn_blocking) does. If the pool refuses the job, or the runtime is shut down before the pool
    /// comes to it, the closure is dropped and the handle resolves as cancelled; a panic of the closure is in the handle's error. Aborting the handle prevents the start.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job};
    ///
    /// let rt = Builder::new_current_thread().build().unwrap();
    /// let pool = |job: Job| { std::thread::spawn(move || job.run()); };
    /// let length = rt.handle().run_in(&pool, || "on the host's thread".len());
    /// assert_eq!(rt.block_on(length).unwrap(), 20);
    ///
    /// let full = |job: Job| drop(job);
    /// let refused = rt.handle().run_in(&full, || unreachable!());
    /// assert!(rt.block_on(refused).unwrap_err().is_cancelled());
    /// assert_eq!(rt.metrics().refused_jobs(), 1);
    /// ```
    #[track_caller]
    pub fn run_in<P, F, T>(&self, pool: &P, f: F) -> JoinHandle<T>
    where
        P: HostPool + ?Sized,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (task, joined) = job::closure(self.shared(), f, Location::caller());
        let job = Job::call(self, task);
        // After shutdown it would be dropped by the pool's thread, some time: done here.
        if self.shared().shutdown.is_closed() {
            job.run();
        } else {
            post(pool, job);
        }
        joined
    }
}
