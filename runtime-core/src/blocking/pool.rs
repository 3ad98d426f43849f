//! The pool from outside: submit, shut down, look.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::linger::Lookout;
use super::roster::Id;
use super::state::{Closing, Fallback, Plan, State, Ticket};
use super::{Config, Hook, Job, Kind, Metrics, Reason, Refused, Report, Visit, thread, visit};
use crate::primitive::thread::{Builder, JoinHandle};
use crate::primitive::{Condvar, Mutex, MutexGuard};
use crate::unwind::{catch, discard, swallow};

/// What the owner of a pool and its threads share.
pub(super) struct Shared<J: Job> {
    /// No job, hook, closure or waker of a user runs while it is held.
    pub(super) state: Mutex<State<J>>,
    /// Signalled when the roster changes in a way a shutdown waits for.
    pub(super) changed: Condvar,
    /// Which thread looks out for the next job.
    pub(super) lookout: Lookout,
    pub(super) config: Config<J>,
}

impl<J: Job> Shared<J> {
    /// Says that nothing is queued or running, if so.
    pub(super) fn quiet(&self, quiet: bool) {
        if quiet {
            call(self.config.on_quiet.as_ref());
        }
    }

    /// Asks somebody to come.
    pub(super) fn summon(&self, visit: Visit<J>) {
        match &self.config.summon {
            Some(summon) => swallow(|| summon(visit)),
            None => drop(visit),
        }
    }

    /// A visitor does not come: a thread that could not be created.
    pub(super) fn visit_refused(&self, id: Id, ticket: Option<Ticket>) {
        let fallback = self.state.lock().grow_failed(id, ticket);
        self.changed.notify_all();
        match fallback {
            Fallback::Nothing => {}
            Fallback::Wake(berth) => {
                berth.signal.notify_one();
            }
            Fallback::Orphans { own, mut others } => {
                others.extend(own);
                self.cancel(others);
            }
        }
    }

    /// Cancels jobs, then counts them off.
    fn cancel(&self, jobs: Vec<J>) {
        let count = jobs.len();
        for job in jobs {
            swallow(|| job.cancel());
        }
        let quiet = self.state.lock().settle(count);
        self.quiet(quiet);
    }
}

/// Calls a hook, if there is one; a panic in it goes no further.
pub(super) fn call(hook: Option<&Hook>) {
    if let Some(hook) = hook {
        swallow(|| hook());
    }
}

/// A pool of threads for jobs that may block. Dropping it closes it, without waiting.
pub(crate) struct Pool<J: Job> {
    pub(super) shared: Arc<Shared<J>>,
}

impl<J: Job> Pool<J> {
    /// Makes a pool without a thread; each is created when a job needs it.
    pub(crate) fn new(config: Config<J>) -> Self {
        let state = Mutex::new(State::new(config.limit));
        Self {
            shared: Arc::new(Shared {
                state,
                changed: Condvar::new(),
                lookout: Lookout::new(),
                config,
            }),
        }
    }

    /// Hands a job in. `Ok` means that it will be run or cancelled; otherwise that is left to the caller.
    pub(crate) fn submit(&self, job: J, kind: Kind) -> Result<(), Refused<J>> {
        let accepted = self.shared.state.lock().accept(job, kind);
        match accepted {
            Ok(Plan::Nothing) => Ok(()),
            Ok(Plan::Wake(berth)) => {
                berth.signal.notify_one();
                Ok(())
            }
            Ok(Plan::Grow(id, ticket)) => self.grow(id, ticket),
            Err(job) => Err(Refused {
                job,
                reason: Reason::Closed,
            }),
        }
    }

    /// Creates a thread, or finds out who takes its job now.
    #[cold]
    fn grow(&self, id: Id, ticket: Ticket) -> Result<(), Refused<J>> {
        if self.is_visited() {
            self.shared.state.lock().roster.expect_visitor(id);
            self.shared
                .summon(Visit::new(&self.shared, id, Some(ticket)));
            return Ok(());
        }
        match self.create(id) {
            Ok(handle) => {
                self.shared.state.lock().roster.registered(id, handle);
                self.shared.changed.notify_all();
                Ok(())
            }
            Err(error) => self.grow_failed(id, ticket, error),
        }
    }

    fn grow_failed(&self, id: Id, ticket: Ticket, error: io::Error) -> Result<(), Refused<J>> {
        let fallback = self.shared.state.lock().grow_failed(id, Some(ticket));
        self.shared.changed.notify_all();
        match fallback {
            Fallback::Nothing => Ok(()),
            Fallback::Wake(berth) => {
                berth.signal.notify_one();
                Ok(())
            }
            Fallback::Orphans { own, others } => {
                self.shared.cancel(others);
                let Some(job) = own else { return Ok(()) };
                let quiet = self.shared.state.lock().settle(1);
                self.shared.quiet(quiet);
                Err(Refused {
                    job,
                    reason: Reason::NoThread(error),
                })
            }
        }
    }

    /// Whether threads of somebody else come, instead of threads of its own.
    fn is_visited(&self) -> bool {
        self.shared.config.summon.is_some()
    }

    /// Runs what must be run on this thread, since visitors may not come any more.
    fn serve_here(&self) {
        let mut state = self.shared.state.lock();
        while let Some(entry) = state.take_over() {
            MutexGuard::unlocked(&mut state, || visit::run(&self.shared, entry));
            let quiet = state.release();
            MutexGuard::unlocked(&mut state, || self.shared.quiet(quiet));
        }
    }

    /// Asks the operating system for a thread. A panic of the closures involved is an error like another.
    fn create(&self, id: Id) -> io::Result<JoinHandle<()>> {
        let shared = Arc::clone(&self.shared);
        let config = &self.shared.config;
        let created = catch(|| {
            let mut builder = Builder::new().name((config.thread_name)());
            if let Some(bytes) = config.stack_size {
                builder = builder.stack_size(bytes);
            }
            (config.spawner)(builder, Box::new(move || thread::life(&shared, id)))
        });
        created.unwrap_or_else(|payload| {
            discard(payload);
            Err(io::Error::other(
                "naming or creating a thread of the blocking pool panicked",
            ))
        })
    }

    /// Refuses jobs from now on, cancels those queued except the mandatory ones, and lets idle threads leave; returns
    /// how many were cancelled.
    pub(crate) fn close(&self) -> usize {
        let Closing { cancel, wake } = self.shared.state.lock().close();
        for berth in wake {
            berth.signal.notify_one();
        }
        let cancelled = cancel.len();
        self.shared.cancel(cancel);
        cancelled
    }

    /// Closes the pool and waits for its threads: without a limit until they are gone, otherwise at most that long.
    pub(crate) fn shutdown(&self, limit: Option<Duration>) -> Report {
        let cancelled = self.close();
        if self.is_visited() && limit.is_none() {
            self.serve_here();
        }
        // A limit too far away to be represented is none, except that nothing is joined.
        self.wait(limit.and_then(|limit| Instant::now().checked_add(limit)));
        if limit.is_none() {
            self.join();
        }
        let now = self.metrics();
        Report {
            cancelled,
            running: now.running + now.resident,
            queued: now.queued,
        }
    }

    /// Waits until the roster is empty of those to wait for, or the time is up.
    fn wait(&self, deadline: Option<Instant>) {
        let mut state = self.shared.state.lock();
        while state.roster.is_awaited() {
            match deadline {
                None => self.shared.changed.wait(&mut state),
                Some(deadline) => {
                    if self
                        .shared
                        .changed
                        .wait_until(&mut state, deadline)
                        .timed_out()
                    {
                        return;
                    }
                }
            }
        }
    }

    /// Waits for what threads that have left still do: their thread-local data are destroyed.
    fn join(&self) {
        let left = self.shared.state.lock().roster.take_left();
        thread::join(left);
    }

    /// Returns how many jobs are queued or running. A job counts until its `run` or `cancel` has returned, so whoever
    /// reads a lower number sees all that the job did.
    pub(crate) fn busy(&self) -> usize {
        self.shared.state.lock().busy()
    }

    /// Returns how many jobs were ever accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.shared.state.lock().accepted()
    }

    /// Returns the counts at this moment.
    pub(crate) fn metrics(&self) -> Metrics {
        self.shared.state.lock().metrics()
    }
}

impl<J: Job> Drop for Pool<J> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<J: Job> fmt::Debug for Pool<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = self.shared.state.try_lock().map(|state| state.metrics());
        let mut debug = f.debug_struct("Pool");
        match metrics {
            Some(metrics) => debug.field("metrics", &metrics),
            None => debug.field("metrics", &format_args!("<locked>")),
        };
        debug.finish()
    }
}
