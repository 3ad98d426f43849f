//! Threads that cannot be created.

use std::io;

use super::super::{Reason, Spawner};
use super::*;

/// Creates threads as long as `allowed` is not used up; `usize::MAX` is never used up.
fn spawner(allowed: &Arc<AtomicUsize>) -> Spawner {
    let allowed = Arc::clone(allowed);
    Box::new(move |builder, life| {
        let left = allowed.load(Ordering::SeqCst);
        if left == 0 {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        if left != usize::MAX {
            allowed.store(left - 1, Ordering::SeqCst);
        }
        builder.spawn(life)
    })
}

fn pool_with(limit: usize, spawner: Spawner) -> Pool<Work> {
    Pool::new(Config {
        limit,
        spawner,
        keep_alive: FOR_EVER,
        ..Config::default()
    })
}

/// Hands in a job that has to come back for lack of a thread, and cancels it.
fn assert_refused(pool: &Pool<Work>, tally: &Arc<Tally>) {
    let refused = pool
        .submit(Work::new(tally, || {}), Kind::Ordinary)
        .expect_err("there is no thread");
    assert!(
        refused
            .reason
            .to_string()
            .starts_with("the blocking pool could not create a thread")
    );
    let Reason::NoThread(error) = refused.reason else {
        panic!("the pool is open")
    };
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    refused.job.cancel();
}

#[test]
fn pool_03_without_any_thread_the_submitter_gets_its_job_back() {
    let (allowed, tally) = (Arc::new(AtomicUsize::new(0)), Arc::default());
    let pool = pool_with(4, spawner(&allowed));
    for _ in 0..10 {
        assert_refused(&pool, &tally);
        assert_empty(&pool);
    }
    // Recovery.
    allowed.store(1, Ordering::SeqCst);
    thread_of_next_job(&pool, &tally);
    pool.shutdown(None);
    assert_eq!((tally.ran(), tally.over()), (1, 11));
}

#[test]
fn pool_03_a_busy_thread_takes_the_job_whose_thread_was_refused() {
    let (allowed, tally) = (Arc::new(AtomicUsize::new(1)), Arc::default());
    let pool = pool_with(4, spawner(&allowed));
    let release = occupy(&pool, &tally);
    let done = Gate::new();
    for _ in 0..5 {
        let done = Arc::clone(&done);
        submit(&pool, &tally, move || done.raise());
    }
    assert_eq!((pool.metrics().queued, pool.metrics().threads), (5, 1));
    release.raise();
    done.wait_for(5);
    pool.shutdown(None);
    assert_eq!(tally.ran(), 6);
}

#[test]
fn pool_03_a_thread_that_went_idle_meanwhile_takes_the_job() {
    // While the second thread is being refused, the first one finishes and goes to rest, or takes the job itself.
    let (tally, attempts) = (Arc::<Tally>::default(), Arc::new(AtomicUsize::new(0)));
    let (release, refusing) = (Gate::new(), Gate::new());
    let (theirs, counted, gate) = (
        Arc::clone(&refusing),
        Arc::clone(&attempts),
        Arc::clone(&release),
    );
    let pool = Arc::new(pool_with(
        4,
        Box::new(move |builder, life| {
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                return builder.spawn(life);
            }
            gate.raise();
            theirs.wait_for(1);
            Err(io::Error::from(io::ErrorKind::WouldBlock))
        }),
    ));
    let (started, gate) = (Gate::new(), Arc::clone(&release));
    let theirs = Arc::clone(&started);
    submit(&pool, &tally, move || {
        theirs.raise();
        gate.wait_for(1);
    });
    started.wait_for(1);

    let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
    let submitter = thread::spawn(move || submit(&again, &counts, || {}));
    eventually(|| tally.ran() == 2 && pool.metrics().idle == 1);
    // A third job: one idle thread, one coming that will never come.
    let done = Gate::new();
    let theirs = Arc::clone(&done);
    submit(&pool, &tally, move || theirs.raise());
    assert_eq!((pool.metrics().idle, pool.metrics().queued), (1, 1));
    refusing.raise();
    done.wait_for(1);
    submitter.join().unwrap();
    pool.shutdown(None);
    assert_eq!(tally.ran(), 3);
    assert_empty(&pool);
}

#[test]
fn pool_03_a_thread_lent_to_the_scheduler_is_nobody_to_count_on() {
    let (allowed, tally) = (Arc::new(AtomicUsize::new(1)), Arc::default());
    let pool = pool_with(4, spawner(&allowed));
    let release = occupy_as(&pool, Kind::Resident, &tally);
    assert_refused(&pool, &tally);
    assert_eq!((pool.metrics().threads, pool.metrics().queued), (0, 0));
    // It comes back, and is a thread like the others again.
    release.raise();
    eventually(|| pool.metrics().idle == 1);
    thread_of_next_job(&pool, &tally);
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn pool_03_jobs_that_counted_on_the_refused_thread_are_cancelled() {
    let (tally, refusing, begun, quiet) = (
        Arc::<Tally>::default(),
        Gate::new(),
        Gate::new(),
        Gate::new(),
    );
    let (theirs, started, announced) = (
        Arc::clone(&refusing),
        Arc::clone(&begun),
        Arc::clone(&quiet),
    );
    let pool = Arc::new(Pool::new(Config {
        limit: 1,
        spawner: Box::new(move |_, _| {
            started.raise();
            theirs.wait_for(1);
            Err(io::Error::from(io::ErrorKind::WouldBlock))
        }),
        on_quiet: Some(Arc::new(move || announced.raise())),
        ..Config::default()
    }));
    let (again, counts) = (Arc::clone(&pool), Arc::clone(&tally));
    let submitter = thread::spawn(move || assert_refused(&again, &counts));
    begun.wait_for(1);
    // The limit is reached by the thread that is being created: these two rely on it.
    submit(&pool, &tally, || {});
    submit(&pool, &tally, || {});
    refusing.raise();
    submitter.join().unwrap();
    assert_eq!((tally.ran(), tally.cancelled()), (0, 3));
    quiet.wait_for(1);
    assert_empty(&pool);
    pool.shutdown(None);
}

#[test]
fn pool_04_a_panic_while_creating_a_thread_is_a_refusal_and_the_next_call_works() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let (naming, creating) = (Arc::clone(&attempts), Arc::clone(&attempts));
    let pool = Pool::new(Config {
        thread_name: Box::new(move || {
            if naming.fetch_add(1, Ordering::SeqCst) == 0 {
                std::panic::resume_unwind(Box::new("a name"));
            }
            "named".to_owned()
        }),
        spawner: Box::new(move |builder, life| {
            if creating.load(Ordering::SeqCst) == 2 {
                std::panic::resume_unwind(Box::new("a thread"));
            }
            builder.spawn(life)
        }),
        ..Config::default()
    });
    let tally = Arc::default();
    for _ in 0..2 {
        let refused = pool
            .submit(Work::new(&tally, || {}), Kind::Ordinary)
            .expect_err("it panicked");
        assert!(matches!(refused.reason, Reason::NoThread(_)));
        refused.job.cancel();
        assert_empty(&pool);
    }
    thread_of_next_job(&pool, &tally);
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn pool_04_a_name_that_no_thread_can_have_is_a_refusal() {
    let config = Config {
        thread_name: Box::new(|| "a\0b".to_owned()),
        ..Config::default()
    };
    let (pool, tally) = (Pool::new(config), Arc::default());
    let refused = pool
        .submit(Work::new(&tally, || {}), Kind::Ordinary)
        .expect_err("no such name");
    refused.job.cancel();
    assert_empty(&pool);
}

#[test]
fn pool_04_stress_refusals_at_random_with_progress() {
    let random = Mutex::new(crate::util::FastRand::new(11));
    let pool = Arc::new(Pool::new(Config {
        limit: 3,
        keep_alive: Duration::from_micros(50),
        spawner: Box::new(move |builder, life| {
            if random.lock().bounded(2) == 0 {
                return Err(io::Error::from(io::ErrorKind::WouldBlock));
            }
            builder.spawn(life)
        }),
        ..Config::default()
    }));
    let tally = Arc::<Tally>::default();
    let submitters: Vec<_> = (0..3)
        .map(|_| {
            let (pool, tally) = (Arc::clone(&pool), Arc::clone(&tally));
            thread::spawn(move || {
                for _ in 0..500 {
                    if let Err(refused) =
                        pool.submit(Work::new(&tally, thread::yield_now), Kind::Ordinary)
                    {
                        refused.job.cancel();
                    }
                }
            })
        })
        .collect();
    submitters
        .into_iter()
        .for_each(|submitter| submitter.join().unwrap());
    eventually(|| pool.busy() == 0);
    assert_eq!(tally.over(), 1_500);
    assert!(tally.ran() > 0);
    pool.shutdown(None);
    assert_empty(&pool);
}
