//! The pool of a host: threads that are not the runtime's, which run what it posts to them.
//!
//! # The rule
//!
//! Whatever is posted is a [`Job`], and a job is *observed*: run once, or dropped, and the drop is a refusal like any other. So nothing depends on the answer of
//! [`HostPool::execute`], which has none: a pool that is full, shut down, or forgets what it was given, costs time and a counter, never a task.
//!
//! Three mistakes of a host are caught where they are made:
//!
//! * It *panics* in `execute`: caught; the job was dropped on the way, or lies in the pool's queue after all.
//! * It *runs the job inside* `execute`, which is one keystroke away (`|job: Job| job.run()`): a waker would run tasks on top of the one that woke. A flag of the thread
//!   says that it is inside `execute`; a job that is run meanwhile refuses itself, and the first one says so on the standard error.
//! * It *runs a job on top of a suspended poll*, as a work-stealing pool does when a task waits for a parallel iterator: see [`Job::run`].

use super::job::Job;
use crate::context;
use crate::messages;
use crate::primitive::atomic::{AtomicBool, Ordering::*};
use crate::scheduler::stats::Counter;
use crate::unwind;

/// A pool of threads that belongs to the host, such as rayon's.
///
/// Implemented by every closure that takes a [`Job`]; `|job: Job| rayon::spawn(move || job.run())` is a host pool.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, Job};
///
/// let pool = |job: Job| { std::thread::spawn(move || job.run()); };
/// let rt = Builder::new_current_thread().build().unwrap();
/// let sum = rt.handle().run_in(&pool, || (1..=10).sum::<u32>());
/// assert_eq!(rt.block_on(sum).unwrap(), 55);
/// ```
pub trait HostPool: Send + Sync + 'static {
    /// Queues `job` for one run on a thread of the pool.
    ///
    /// It must not block and must not run the job itself. A pool that cannot take the job drops it: nothing is lost by that.
    ///
    /// Called on any thread, also from within wakers, with no lock of the runtime held.
    fn execute(&self, job: Job);
}

impl<F: Fn(Job) + Send + Sync + 'static> HostPool for F {
    fn execute(&self, job: Job) {
        self(job);
    }
}

/// Posts a job. It may be refused by the time this returns, or later.
pub(crate) fn post<P: HostPool + ?Sized>(pool: &P, job: Job) {
    let _posting = context::enter_post();
    unwind::swallow(|| pool.execute(job));
}

/// What went wrong with the pools of hosts.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    /// Jobs that were dropped, or run inside `execute`.
    pub(crate) refused: Counter,
    /// Relaxed throughout: it limits what is printed and orders nothing.
    told_of_inline: AtomicBool,
}

impl Complaints {
    /// A job was run inside `execute`: says so, once.
    #[cold]
    pub(super) fn tell_of_inline(&self) {
        if !self.told_of_inline.swap(true, Relaxed) {
            eprintln!("heist: {}", messages::INLINE_POOL);
        }
    }
}
