//! The blocking pool: threads for jobs that may block for as long as they like.
//!
//! # Words
//!
//! A *job* is run or cancelled, exactly once ([`Job`]). A pool thread is *rising* from the decision to create it until it
//! first looks for work, then *running* a job, *idle* on a stack of its own kind, or *waking* because somebody *claimed*
//! it: took it off that stack. Rising and waking threads are *coming*: each of them will look at the queue, whatever else
//! happens. A thread that leaves after the keep-alive *retires*.
//!
//! # The rule now
//!
//! One small lock guards the queue, the stack and the counts ([`state`]). Whoever submits a job puts it at the tail of the
//! queue and then, under the same lock, makes sure that somebody comes for it:
//!
//! 1. as many threads are coming as jobs are queued: nothing to do;
//! 2. otherwise an idle thread is claimed, the one that went idle last, and unparked once the lock is free;
//! 3. otherwise, below the limit, a thread is created, once the lock is free;
//! 4. otherwise all threads are busy and the limit is reached: whoever finishes first takes the job.
//!
//! A thread that finishes a job looks at the queue before anything else. It may take a job for which another thread was
//! woken; that one then finds nothing and goes back to the stack, or takes what came in meanwhile.
//!
//! ```text
//!                (1) grow                (2) take
//!   (no thread) ─────────► RISING ──────────────────► RUNNING ◄─┐ (3) finish, take
//!        ▲                   │ (4) rest                │  ▲ └───┘
//!        │                   ▼         (5) finish, rest│  │
//!        │   (6) retire ┌──────── IDLE ◄───────────────┘  │
//!        ├◄─────────────┘          │ (7) claim            │
//!        │                         ▼        (2) take      │
//!        │                      WAKING ───────────────────┘
//!        │                         │ (8) rest: back to IDLE, if another thread was faster
//!        │  (9) leave              │
//!        └◄── from RISING, RUNNING and WAKING, when the pool is closed and the queue is empty
//! ```
//!
//! (1) `State::accept`, undone by `State::grow_failed`. (2) (3) (4) (5) (8) (9) `State::next`, after `State::arrive`,
//! `State::awake` or `State::finish`. (6) `State::retire`. (7) `State::accept`, `State::grow_failed`, `State::close`.
//!
//! A thread that rests looks out for a claim for some microseconds before it sleeps ([`linger`]): on two cores a task that
//! submits one empty job after the other waited 44 µs for each without that, and 1 to 4 µs with it. It is on the stack all
//! the while, so it changes nothing in the following.
//!
//! # Why no job is stranded
//!
//! *Claim*: while a thread is idle, no more jobs are queued than threads are coming. Each verb keeps it: `accept` claims an
//! idle thread when the new job would break it; `next` lets a thread rest only when the queue is empty; a coming thread
//! that takes a job lowers both sides by one, and one that finds the queue empty leaves zero on the smaller side; a thread that
//! finishes and takes a job lowers only the smaller side; `grow_failed` lowers the larger side and claims in its place.
//! So a queued job is either matched by a coming thread, or nobody is idle and every thread will look at the queue when
//! its job is done. (If the pool has threads and none of them ever finishes, a job waits, as in any pool with a limit;
//! [`Metrics::saturated`] counts how often the limit was what a job met.)
//!
//! A thread retires under the lock under which it would be claimed, and only off the stack. So the answer to "was it
//! claimed?" is final: claimed, it stays and looks; retired, nobody counts on it any more. The mistake that stranded jobs
//! elsewhere (a count of idle threads read outside the lock, or lowered by the thread itself some time after its wait
//! ended) cannot be written down here, because there is no count of idle threads beside the stack.
//!
//! # When a thread cannot be created
//!
//! The submitter undoes the growth. If the pool has any other thread, the job stays queued: that thread is running, coming,
//! or idle and now claimed. If there is none, the submitter gets its job back with the error; jobs of others that had
//! counted on the same thread are cancelled. Nothing panics, no lock is held while the thread is created, and the next
//! submission tries again.
//!
//! # Threads lent to the scheduler
//!
//! When a worker of the scheduler blocks in place, its slot is driven on by a thread of this pool, perhaps for the rest of
//! the runtime's life ([`Kind::Resident`]). Such a thread will not look at the queue in any time that a job could wait for,
//! so it is not a thread of the pool until it comes back: not for the limit, not for the claim above, not when a
//! thread cannot be created and the question is whether anybody else is there. A resident job in the queue raises the
//! limit by the one thread it will take away. A thread that comes back while the pool is full leaves.
//!
//! # Shutdown
//!
//! 1. [`Pool::close`]: under the lock, refuse what comes later, take out what is queued, except [`Kind::Mandatory`], and
//!    claim all idle threads. Without the lock, cancel what was taken out and unpark the claimed.
//! 2. Each thread, when it finds the queue empty, leaves. Mandatory jobs are run before that.
//! 3. [`Pool::shutdown`] waits until every thread is off the [`roster`], or the time is up, or those left run jobs that
//!    nobody waits for ([`Kind::Abandonable`]). A pool thread that shuts its own pool down does not wait for itself.
//! 4. Without a time limit it then joins the threads: their thread-local data are gone too. With one it does not: a
//!    destructor of thread-local data may block, and the limit is a promise.
//!
//! # Rejected
//!
//! * *Writing the job into the slot of the idle thread.* It saves the woken thread nothing, as it has to take the lock of its
//!   wait anyway, and it ties the job to a thread that may take 50 µs to get up while another one finishes and idles. In
//!   a burst of short jobs it unparks a thread for each, where here threads that are awake drain the queue and the count
//!   of coming threads keeps further ones asleep. Measured with batches of 16 empty jobs on two cores, in milliseconds
//!   for 100 batches per submitter: 10 against 10 with one submitter, 24 against 39 with four, 56 against 165 with 16.
//! * *One condition variable for all idle threads*: it wakes the one that waited longest, so all stay warm and none
//!   retires. The stack wakes the one that is still in the cache, and the bottom of it grows old.
//! * *Queues in shards*: faster with 16 submitters, slower with one, and the idle count spans the shards, which is
//!   where it hung.
//! * *Creating threads under the lock*: simpler by the `Orphans` case, but each creation then stops every submitter and every
//!   finishing thread for tens of microseconds, in the middle of a burst.

mod linger;
mod pool;
mod roster;
mod state;
mod thread;
mod visit;

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::primitive::thread as os;

pub(crate) use pool::Pool;
pub(crate) use visit::{Summon, Visit};

/// Something to do on a thread that may block.
///
/// Exactly one of the two is called, without any lock of the pool. A panic in it is swallowed: what it means is the job's
/// own business.
pub(crate) trait Job: Send + 'static {
    /// Does it, on a pool thread, inside the context of the runtime.
    fn run(self);

    /// Gives it up: it was not started and will not be. Called by whoever closes the pool, or by a submitter.
    fn cancel(self);
}

/// What shutdown does with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Cancelled if still queued, waited for if started.
    Ordinary,
    /// Run even if still queued: data are lost otherwise.
    Mandatory,
    /// Cancelled if still queued, left behind if started: it may take for ever, and nobody needs it any more.
    Abandonable,
    /// Like an ordinary one, but it may last as long as the runtime: a slot of the scheduler is driven. It goes first, it
    /// gets a thread beyond the limit, and while it runs its thread is not counted.
    Resident,
}

/// A callback of the embedder.
pub(crate) type Hook = Arc<dyn Fn() + Send + Sync>;

/// Runs the whole life of a thread inside the context of the runtime; calls its argument once.
pub(crate) type Enter = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

/// Creates a thread, or says why not.
pub(crate) type Spawner = Box<
    dyn Fn(os::Builder, Box<dyn FnOnce() + Send>) -> io::Result<os::JoinHandle<()>> + Send + Sync,
>;

/// How a pool is to be.
pub(crate) struct Config<J: Job> {
    /// At most this many threads.
    pub(crate) limit: usize,
    /// An idle thread retires after this long.
    pub(crate) keep_alive: Duration,
    /// Bytes of stack per thread; `None` leaves it to the platform.
    pub(crate) stack_size: Option<usize>,
    /// The name of the next thread.
    pub(crate) thread_name: Box<dyn Fn() -> String + Send + Sync>,
    /// First thing on each thread, inside the context.
    pub(crate) on_thread_start: Option<Hook>,
    /// Last thing on each thread, inside the context.
    pub(crate) on_thread_stop: Option<Hook>,
    /// Enters the context of the runtime. It must not own the runtime, which owns the pool.
    pub(crate) enter: Enter,
    /// Called each time the number of queued and running jobs drops to zero.
    pub(crate) on_quiet: Option<Hook>,
    /// Creates the threads.
    pub(crate) spawner: Spawner,
    /// Asks threads of somebody else to come instead; the two above and the hooks of threads are then without meaning.
    pub(crate) summon: Option<Summon<J>>,
}

impl<J: Job> Default for Config<J> {
    fn default() -> Self {
        Self {
            limit: 512,
            keep_alive: Duration::from_secs(10),
            stack_size: None,
            thread_name: Box::new(|| "heist-blocking".to_owned()),
            on_thread_start: None,
            on_thread_stop: None,
            enter: Box::new(|life| life()),
            on_quiet: None,
            spawner: Box::new(|builder, life| builder.spawn(life)),
            summon: None,
        }
    }
}

impl<J: Job> fmt::Debug for Config<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("limit", &self.limit)
            .field("keep_alive", &self.keep_alive)
            .field("stack_size", &self.stack_size)
            .finish_non_exhaustive()
    }
}

/// A job that was not accepted, and why. Its owner cancels it.
#[must_use = "a refused job has to be cancelled"]
pub(crate) struct Refused<J> {
    pub(crate) job: J,
    pub(crate) reason: Reason,
}

impl<J> fmt::Debug for Refused<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refused").field(&self.reason).finish()
    }
}

/// Why a job was not accepted.
#[derive(Debug)]
pub(crate) enum Reason {
    /// The pool is shutting down.
    Closed,
    /// The pool has no thread and could not create one.
    NoThread(io::Error),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the blocking pool is shutting down"),
            Self::NoThread(error) => {
                write!(f, "the blocking pool could not create a thread: {error}")
            }
        }
    }
}

/// What a shutdown did, and what it left behind when its time was up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Jobs that were queued and have been cancelled.
    pub(crate) cancelled: usize,
    /// Jobs that are still being run, resident ones included.
    pub(crate) running: usize,
    /// Mandatory jobs that are still queued, and will be run.
    pub(crate) queued: usize,
}

/// The pool at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metrics {
    /// Threads, those being created included.
    pub(crate) threads: usize,
    /// Threads that wait for a job.
    pub(crate) idle: usize,
    /// Jobs not started.
    pub(crate) queued: usize,
    /// Jobs started and not finished, except resident ones.
    pub(crate) running: usize,
    /// Resident jobs started and not finished; their threads are counted nowhere else.
    pub(crate) resident: usize,
    /// The most threads there may be.
    pub(crate) limit: usize,
    /// How many jobs so far had to wait because the limit was reached.
    pub(crate) saturated: u64,
}
