//! The end of a pool: bounded, with every job accounted for.

use super::super::{Reason, Report};
use super::*;

#[test]
fn pool_08_jobs_queued_at_shutdown_are_cancelled_and_later_ones_come_back() {
    let (pool, tally) = (Arc::new(pool(1, FOR_EVER)), Arc::default());
    let release = occupy(&pool, &tally);
    (0..10).for_each(|_| submit(&pool, &tally, || unreachable!("it was queued")));
    assert_eq!(pool.close(), 10);
    assert_eq!((tally.ran(), tally.cancelled()), (1, 10));

    for kind in [Kind::Ordinary, Kind::Mandatory, Kind::Abandonable] {
        let refused = pool
            .submit(Work::new(&tally, || unreachable!("it was refused")), kind)
            .expect_err("closed");
        assert!(matches!(refused.reason, Reason::Closed));
        refused.job.cancel();
    }
    release.raise();
    assert_eq!(pool.shutdown(None), Report::default());
    assert_eq!(tally.over(), 14);
    assert_empty(&pool);
}

#[test]
fn pool_08_a_job_submitted_by_a_job_during_shutdown_is_refused() {
    let (pool, tally, refusals) = (
        Arc::new(pool(2, FOR_EVER)),
        Arc::<Tally>::default(),
        Gate::new(),
    );
    let (again, counts, gate) = (Arc::clone(&pool), Arc::clone(&tally), Arc::clone(&refusals));
    let closed = Gate::new();
    let until = Arc::clone(&closed);
    submit(&pool, &tally, move || {
        until.wait_for(1);
        let refused = again
            .submit(Work::new(&counts, || {}), Kind::Ordinary)
            .expect_err("closed");
        refused.job.cancel();
        gate.raise();
    });
    eventually(|| tally.ran() == 1);
    pool.close();
    closed.raise();
    refusals.wait_for(1);
    pool.shutdown(None);
    assert_eq!(tally.over(), 2);
}

#[test]
fn pool_08_cancelling_may_use_the_pool_and_may_panic() {
    struct Evil(std::sync::Weak<Pool<Self>>, Arc<Gate>);
    impl Job for Evil {
        fn run(self) {
            self.1.wait_for(1);
        }
        fn cancel(self) {
            let pool = self.0.upgrade().expect("it is being shut down");
            assert!(
                pool.submit(Self(self.0.clone(), Arc::clone(&self.1)), Kind::Ordinary)
                    .is_err()
            );
            assert_eq!(pool.metrics().queued, 0);
            std::panic::resume_unwind(Box::new("cancelled"));
        }
    }
    let (pool, gate) = (
        Arc::new(Pool::new(Config {
            limit: 1,
            ..Config::default()
        })),
        Gate::new(),
    );
    for _ in 0..4 {
        assert!(
            pool.submit(
                Evil(Arc::downgrade(&pool), Arc::clone(&gate)),
                Kind::Ordinary
            )
            .is_ok()
        );
    }
    eventually(|| pool.metrics().running == 1);
    assert_eq!(pool.close(), 3);
    assert_eq!(pool.busy(), 1);
    gate.raise();
    pool.shutdown(None);
    assert_eq!(pool.busy(), 0);
}

#[test]
fn pool_09_mandatory_jobs_are_run_even_if_they_were_only_queued() {
    let (pool, tally) = (Arc::new(pool(2, FOR_EVER)), Arc::default());
    let releases = [occupy(&pool, &tally), occupy(&pool, &tally)];
    for number in 0..20 {
        let kind = if number % 2 == 0 {
            Kind::Mandatory
        } else {
            Kind::Ordinary
        };
        submit_as(&pool, kind, &tally, || {});
    }
    // Zero means zero; the ones left are named, and run later all the same.
    assert_eq!(
        pool.shutdown(Some(Duration::ZERO)),
        Report {
            cancelled: 10,
            running: 2,
            queued: 10
        }
    );
    releases.iter().for_each(|release| release.raise());
    assert_eq!(pool.shutdown(None), Report::default());
    assert_eq!((tally.ran(), tally.cancelled()), (12, 10));
    assert_empty(&pool);
}

#[test]
fn pool_09_stress_a_mandatory_job_beside_shutdown_runs_or_comes_back() {
    for _ in 0..500 {
        let (pool, tally) = (Arc::new(pool(1, Duration::ZERO)), Arc::<Tally>::default());
        let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
        let submitter = thread::spawn(move || {
            (0..3)
                .filter(|_| {
                    again
                        .submit(Work::new(&counts, || {}), Kind::Mandatory)
                        .is_ok()
                })
                .count()
        });
        pool.shutdown(None);
        let accepted = submitter.join().unwrap();
        assert_eq!(tally.ran(), accepted);
    }
}

#[test]
fn pool_11_shutdown_beside_a_stuck_job_returns_when_its_time_is_up() {
    let (pool, tally) = (pool(4, FOR_EVER), Arc::default());
    thread_of_next_job(&pool, &tally);
    eventually(|| pool.busy() == 0);
    let release = occupy(&pool, &tally);
    for limit in [Duration::ZERO, Duration::from_millis(5), Duration::ZERO] {
        assert_eq!(
            pool.shutdown(Some(limit)),
            Report {
                running: 1,
                ..Report::default()
            }
        );
    }
    release.raise();
    assert_eq!(pool.shutdown(Some(FOR_EVER)), Report::default());
    assert_empty(&pool);
}

#[test]
fn pool_11_nobody_waits_for_a_job_that_may_be_abandoned() {
    let (pool, tally) = (pool(4, FOR_EVER), Arc::default());
    let (started, release) = (Gate::new(), Gate::new());
    let (theirs, ours) = (Arc::clone(&started), Arc::clone(&release));
    submit_as(&pool, Kind::Abandonable, &tally, move || {
        theirs.raise();
        ours.wait_for(1);
    });
    started.wait_for(1);
    let other = occupy(&pool, &tally);
    other.raise();
    assert_eq!(
        pool.shutdown(None),
        Report {
            running: 1,
            ..Report::default()
        }
    );
    release.raise();
    eventually(|| pool.metrics().threads == 0);
    assert_eq!(tally.over(), 2);
}

#[test]
fn a_thread_that_ran_an_abandonable_job_is_waited_for_again() {
    let (pool, tally) = (pool(1, FOR_EVER), Arc::default());
    let done = Gate::new();
    let theirs = Arc::clone(&done);
    submit_as(&pool, Kind::Abandonable, &tally, move || theirs.raise());
    done.wait_for(1);
    let release = occupy(&pool, &tally);
    assert_eq!(pool.shutdown(Some(Duration::ZERO)).running, 1);
    let waiter = thread::spawn(move || {
        assert_eq!(pool.shutdown(None), Report::default());
        assert_empty(&pool);
    });
    release.raise();
    waiter.join().unwrap();
}

#[test]
fn a_pool_thread_that_shuts_its_pool_down_does_not_wait_for_itself() {
    let (pool, tally, done) = (Arc::new(pool(4, FOR_EVER)), Arc::default(), Gate::new());
    let release = occupy(&pool, &tally);
    let (again, gate) = (Arc::clone(&pool), Arc::clone(&done));
    submit(&pool, &tally, move || {
        release.raise();
        assert_eq!(
            again.shutdown(None),
            Report {
                running: 1,
                ..Report::default()
            }
        );
        gate.raise();
    });
    done.wait_for(1);
    pool.shutdown(None);
    assert_eq!(tally.over(), 2);
    assert_empty(&pool);
}

#[test]
fn several_threads_may_shut_a_pool_down_at_once() {
    let (pool, tally) = (Arc::new(pool(4, FOR_EVER)), Arc::default());
    let releases = [occupy(&pool, &tally), occupy(&pool, &tally)];
    let closers: Vec<_> = (0..3)
        .map(|_| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.shutdown(None))
        })
        .collect();
    releases.iter().for_each(|release| release.raise());
    for closer in closers {
        assert_eq!(closer.join().unwrap(), Report::default());
    }
    assert_empty(&pool);
}

#[test]
fn dropping_a_pool_cancels_what_is_queued_and_lets_the_threads_go() {
    let (pool, tally, stopped) = (pool(1, FOR_EVER), Arc::<Tally>::default(), Gate::new());
    let release = occupy(&pool, &tally);
    let (theirs, ours) = (Arc::clone(&stopped), Arc::clone(&release));
    submit_as(&pool, Kind::Mandatory, &tally, move || {
        ours.wait_for(1);
        theirs.raise();
    });
    submit(&pool, &tally, || unreachable!("it was queued"));
    drop(pool);
    assert_eq!(tally.cancelled(), 1);
    release.raise();
    stopped.wait_for(1);
    assert_eq!(tally.ran(), 2);
}
