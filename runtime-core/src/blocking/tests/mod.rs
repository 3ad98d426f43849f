//! The pool with real threads: events are counted, nothing is timed; a test that would hang fails.

mod refusal;
mod shutdown;
mod steps;
mod threads;
mod visits;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{Config, Job, Kind, Pool};

/// After this long a test fails instead of hanging.
const WATCHDOG: Duration = Duration::from_secs(60);

/// Longer than any test: idle threads stay.
const FOR_EVER: Duration = Duration::MAX;

/// What became of the jobs of a test.
#[derive(Default)]
struct Tally {
    ran: AtomicUsize,
    cancelled: AtomicUsize,
    lost: AtomicUsize,
}

impl Tally {
    fn ran(&self) -> usize {
        self.ran.load(Ordering::SeqCst)
    }

    fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// How many jobs are over, one way or another; none may have been dropped.
    fn over(&self) -> usize {
        assert_eq!(
            self.lost.load(Ordering::SeqCst),
            0,
            "a job was neither run nor cancelled"
        );
        self.ran() + self.cancelled()
    }
}

/// A closure as a job.
struct Work {
    tally: Arc<Tally>,
    run: Option<Box<dyn FnOnce() + Send>>,
}

impl Work {
    fn new(tally: &Arc<Tally>, run: impl FnOnce() + Send + 'static) -> Self {
        Self {
            tally: Arc::clone(tally),
            run: Some(Box::new(run)),
        }
    }
}

impl Job for Work {
    fn run(mut self) {
        let run = self.run.take().expect("a job runs once");
        self.tally.ran.fetch_add(1, Ordering::SeqCst);
        run();
    }

    fn cancel(mut self) {
        drop(self.run.take().expect("a job that ran is not cancelled"));
        self.tally.cancelled.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.run.is_some() {
            self.tally.lost.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A number that threads raise and wait for.
#[derive(Default)]
struct Gate {
    count: Mutex<usize>,
    raised: Condvar,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    fn raise(&self) {
        *self.count.lock() += 1;
        self.raised.notify_all();
    }

    fn wait_for(&self, count: usize) {
        let deadline = Instant::now() + WATCHDOG;
        let mut now = self.count.lock();
        while *now < count {
            assert!(
                !self.raised.wait_until(&mut now, deadline).timed_out(),
                "{now} of {count} events came"
            );
        }
    }

    /// Raises, and waits until as many did.
    fn meet(&self, count: usize) {
        self.raise();
        self.wait_for(count);
    }
}

/// Waits until the condition holds.
fn eventually(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + WATCHDOG;
    while !condition() {
        assert!(Instant::now() < deadline, "the condition never came true");
        thread::park_timeout(Duration::from_micros(200));
    }
}

fn pool(limit: usize, keep_alive: Duration) -> Pool<Work> {
    Pool::new(Config {
        limit,
        keep_alive,
        ..Config::default()
    })
}

/// Hands in an ordinary job that has to be accepted.
fn submit(pool: &Pool<Work>, tally: &Arc<Tally>, run: impl FnOnce() + Send + 'static) {
    submit_as(pool, Kind::Ordinary, tally, run);
}

fn submit_as(
    pool: &Pool<Work>,
    kind: Kind,
    tally: &Arc<Tally>,
    run: impl FnOnce() + Send + 'static,
) {
    pool.submit(Work::new(tally, run), kind).expect("accepted");
}

/// Occupies a thread until the gate has been raised; returns when the job has started.
fn occupy(pool: &Pool<Work>, tally: &Arc<Tally>) -> Arc<Gate> {
    occupy_as(pool, Kind::Ordinary, tally)
}

fn occupy_as(pool: &Pool<Work>, kind: Kind, tally: &Arc<Tally>) -> Arc<Gate> {
    let (started, release) = (Gate::new(), Gate::new());
    let (theirs, ours) = (Arc::clone(&started), Arc::clone(&release));
    submit_as(pool, kind, tally, move || {
        theirs.raise();
        ours.wait_for(1);
    });
    started.wait_for(1);
    release
}

/// Runs a job and returns the thread that ran it.
fn thread_of_next_job(pool: &Pool<Work>, tally: &Arc<Tally>) -> ThreadId {
    let (done, place) = (Gate::new(), Arc::new(Mutex::new(None)));
    let (theirs, slot) = (Arc::clone(&done), Arc::clone(&place));
    submit(pool, tally, move || {
        *slot.lock() = Some(thread::current().id());
        theirs.raise();
    });
    done.wait_for(1);
    let id = place.lock().take();
    id.expect("the job ran")
}

/// Nothing is left of the pool but the numbers of what happened.
fn assert_empty(pool: &Pool<Work>) {
    let now = pool.metrics();
    assert_eq!(
        (now.threads, now.idle, now.queued, now.running, pool.busy()),
        (0, 0, 0, 0, 0)
    );
}
