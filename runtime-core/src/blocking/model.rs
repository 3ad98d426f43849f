//! The pool under loom: hand-off ∥ idling out ∥ shutdown ∥ refused threads.
//!
//! A job that is left behind shows as a deadlock, which loom reports. A timed wait always times out in a model (see
//! [`primitive`](crate::primitive)), so a keep-alive of zero is "may retire at any moment" and the largest one "never does".

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::{Config, Job, Kind, Pool, Reason, Report};
use crate::primitive::{Condvar, Mutex, thread};
use crate::util::explore::{explore, explore_with};

const NEVER: Duration = Duration::MAX;

/// What became of the jobs.
#[derive(Default)]
struct Counts {
    ran: usize,
    cancelled: usize,
}

struct Tally {
    counts: Mutex<Counts>,
    changed: Condvar,
}

impl Tally {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::new(Counts::default()),
            changed: Condvar::new(),
        })
    }

    fn count(&self, what: impl FnOnce(&mut Counts)) {
        what(&mut self.counts.lock());
        self.changed.notify_all();
    }

    fn ran(&self) -> usize {
        self.counts.lock().ran
    }

    fn over(&self) -> usize {
        let counts = self.counts.lock();
        counts.ran + counts.cancelled
    }

    /// Waits until so many jobs have been run.
    fn wait_ran(&self, jobs: usize) {
        let mut counts = self.counts.lock();
        while counts.ran < jobs {
            self.changed.wait(&mut counts);
        }
    }
}

struct Work(Arc<Tally>);

impl Job for Work {
    fn run(self) {
        self.0.count(|counts| counts.ran += 1);
    }

    fn cancel(self) {
        self.0.count(|counts| counts.cancelled += 1);
    }
}

fn pool(limit: usize, keep_alive: Duration) -> Pool<Work> {
    Pool::new(Config {
        limit,
        keep_alive,
        ..Config::default()
    })
}

fn submit(pool: &Pool<Work>, tally: &Arc<Tally>, kind: Kind) -> bool {
    match pool.submit(Work(Arc::clone(tally)), kind) {
        Ok(()) => true,
        Err(refused) => {
            refused.job.cancel();
            false
        }
    }
}

fn assert_empty(pool: &Pool<Work>) {
    let now = pool.metrics();
    assert_eq!(
        (now.threads, now.idle, now.queued, now.running, pool.busy()),
        (0, 0, 0, 0, 0)
    );
}

/// POOL-01: the thread idles out while the second job is handed in.
#[test]
fn loom_pool_01_a_job_beside_a_thread_that_retires() {
    explore(|| {
        let (pool, tally) = (pool(1, Duration::ZERO), Tally::new());
        assert!(submit(&pool, &tally, Kind::Ordinary));
        tally.wait_ran(1);
        assert!(submit(&pool, &tally, Kind::Ordinary));
        tally.wait_ran(2);
        pool.shutdown(None);
        assert_empty(&pool);
    });
}

/// POOL-01: two at once, from two threads, onto one that goes to rest.
#[test]
fn loom_pool_01_two_submitters_and_one_thread() {
    explore(|| {
        let (pool, tally) = (Arc::new(pool(1, NEVER)), Tally::new());
        let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
        let other = thread::spawn(move || assert!(submit(&again, &counts, Kind::Ordinary)));
        assert!(submit(&pool, &tally, Kind::Ordinary));
        tally.wait_ran(2);
        other.join().unwrap();
        pool.shutdown(None);
        assert_empty(&pool);
    });
}

/// The hand-off: a claimed thread hears of it, whether it is about to wait, waits, or still runs.
#[test]
fn loom_pool_01_hand_off_to_a_thread_that_goes_to_rest() {
    explore(|| {
        let (pool, tally) = (pool(1, NEVER), Tally::new());
        for round in 1..=3 {
            assert!(submit(&pool, &tally, Kind::Ordinary));
            tally.wait_ran(round);
        }
        pool.shutdown(None);
        assert_empty(&pool);
    });
}

/// POOL-02: handing in ∥ idling out ∥ shutdown; each job ends once and no thread is left.
#[test]
fn loom_pool_02_submit_beside_shutdown_and_idling_out() {
    for keep_alive in [Duration::ZERO, NEVER] {
        explore(move || {
            let (pool, tally) = (Arc::new(pool(2, keep_alive)), Tally::new());
            let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
            let other = thread::spawn(move || submit(&again, &counts, Kind::Ordinary));
            submit(&pool, &tally, Kind::Ordinary);
            pool.shutdown(None);
            other.join().unwrap();
            assert_eq!(tally.over(), 2);
            assert_empty(&pool);
        });
    }
}

/// POOL-09: a mandatory job that was accepted is run before shutdown returns.
#[test]
fn loom_pool_09_a_mandatory_job_beside_shutdown() {
    explore(|| {
        let (pool, tally) = (Arc::new(pool(1, NEVER)), Tally::new());
        let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
        let other = thread::spawn(move || submit(&again, &counts, Kind::Mandatory));
        assert!(submit(&pool, &tally, Kind::Mandatory));
        assert_eq!(pool.shutdown(None), Report::default());
        let accepted = 1 + usize::from(other.join().unwrap());
        assert_eq!(tally.ran(), accepted);
        assert_empty(&pool);
    });
}

/// POOL-03: the only thread is refused while another submitter counts on it.
#[test]
fn loom_pool_03_a_refused_thread_beside_another_submitter() {
    for limit in [1, 2] {
        explore(move || {
            let refusals = Mutex::new(1);
            let config = Config {
                limit,
                keep_alive: Duration::ZERO,
                spawner: Box::new(move |builder, life| {
                    let mut left = refusals.lock();
                    if *left > 0 {
                        *left -= 1;
                        return Err(io::Error::from(io::ErrorKind::WouldBlock));
                    }
                    drop(left);
                    builder.spawn(life)
                }),
                ..Config::default()
            };
            let (pool, tally) = (Arc::new(Pool::new(config)), Tally::new());
            let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
            let other = thread::spawn(move || submit(&again, &counts, Kind::Ordinary));
            submit(&pool, &tally, Kind::Ordinary);
            other.join().unwrap();
            // Every job accepted is run or cancelled without anybody's help.
            let mut counts = tally.counts.lock();
            while counts.ran + counts.cancelled < 2 {
                tally.changed.wait(&mut counts);
            }
            drop(counts);
            pool.shutdown(None);
            assert_eq!(tally.over(), 2);
            assert_empty(&pool);
        });
    }
}

/// POOL-03: while the second thread is being refused, the first one goes to rest, and a third job counts on the second.
#[test]
fn loom_pool_03_an_idle_thread_comes_in_place_of_the_refused_one() {
    explore_with(2, || {
        let allowed = Mutex::new(1);
        let config = Config {
            limit: 2,
            keep_alive: NEVER,
            spawner: Box::new(move |builder, life| {
                let mut left = allowed.lock();
                if *left == 0 {
                    return Err(io::Error::from(io::ErrorKind::WouldBlock));
                }
                *left -= 1;
                drop(left);
                builder.spawn(life)
            }),
            ..Config::default()
        };
        let (pool, tally) = (Arc::new(Pool::new(config)), Tally::new());
        assert!(submit(&pool, &tally, Kind::Ordinary));
        let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
        let other = thread::spawn(move || assert!(submit(&again, &counts, Kind::Ordinary)));
        assert!(submit(&pool, &tally, Kind::Ordinary));
        tally.wait_ran(3);
        other.join().unwrap();
        pool.shutdown(None);
        assert_empty(&pool);
    });
}

/// POOL-02: the thread is gone before whoever created it has brought its handle, and shutdown waits for both.
#[test]
fn loom_pool_02_a_thread_that_ends_before_it_is_registered() {
    explore_with(4, || {
        let (pool, tally) = (Arc::new(pool(1, NEVER)), Tally::new());
        let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
        let other = thread::spawn(move || submit(&again, &counts, Kind::Ordinary));
        pool.shutdown(None);
        other.join().unwrap();
        assert_eq!(tally.over(), 1);
        assert_empty(&pool);
    });
}

/// After the end everything comes back.
#[test]
fn loom_pool_08_a_job_after_shutdown_is_refused() {
    explore(|| {
        let (pool, tally) = (pool(1, NEVER), Tally::new());
        assert!(submit(&pool, &tally, Kind::Ordinary));
        pool.shutdown(None);
        let refused = pool
            .submit(Work(Arc::clone(&tally)), Kind::Ordinary)
            .unwrap_err();
        assert!(matches!(refused.reason, Reason::Closed));
        refused.job.cancel();
        assert_eq!(tally.over(), 2);
        assert_empty(&pool);
    });
}
