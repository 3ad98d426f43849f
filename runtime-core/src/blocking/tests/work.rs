//! Jobs: handed to idle threads, queued, counted.

use super::*;

#[test]
fn a_pool_without_jobs_has_no_thread() {
    let pool = pool(4, FOR_EVER);
    assert_empty(&pool);
    assert_eq!(pool.shutdown(None), super::super::Report::default());
}

#[test]
fn as_many_threads_as_jobs_need_at_once_and_no_more() {
    let (pool, tally, gate) = (pool(16, FOR_EVER), Arc::default(), Gate::new());
    for _ in 0..8 {
        let gate = Arc::clone(&gate);
        submit(&pool, &tally, move || gate.meet(8));
    }
    gate.wait_for(8);
    assert_eq!(pool.metrics().threads, 8);
    assert_eq!(pool.metrics().saturated, 0);
    pool.shutdown(None);
    assert_eq!(tally.ran(), 8);
    assert_empty(&pool);
}

#[test]
fn a_job_goes_to_an_idle_thread_before_a_new_one() {
    let (pool, tally) = (pool(16, FOR_EVER), Arc::default());
    let first = thread_of_next_job(&pool, &tally);
    for _ in 0..100 {
        eventually(|| pool.metrics().idle == 1);
        assert_eq!(thread_of_next_job(&pool, &tally), first);
    }
    assert_eq!(pool.metrics().threads, 1);
    pool.shutdown(None);
}

#[test]
fn the_thread_that_went_idle_last_is_taken_first() {
    let (pool, tally) = (pool(3, FOR_EVER), Arc::default());
    let place = Arc::new(Mutex::new(Vec::new()));
    let releases: Vec<_> = (0..3)
        .map(|_| {
            let (started, release) = (Gate::new(), Gate::new());
            let (theirs, ours, place) = (
                Arc::clone(&started),
                Arc::clone(&release),
                Arc::clone(&place),
            );
            submit(&pool, &tally, move || {
                place.lock().push(thread::current().id());
                theirs.raise();
                ours.wait_for(1);
            });
            started.wait_for(1);
            release
        })
        .collect();
    for (idle, number) in [1, 2, 0].into_iter().enumerate() {
        releases[number].raise();
        eventually(|| pool.metrics().idle == idle + 1);
    }
    let last = place.lock()[0];
    assert_eq!(thread_of_next_job(&pool, &tally), last);
    pool.shutdown(None);
}

#[test]
fn queued_jobs_run_in_order() {
    let (pool, tally) = (pool(1, FOR_EVER), Arc::default());
    let (release, order) = (occupy(&pool, &tally), Arc::new(Mutex::new(Vec::new())));
    for number in 0..100 {
        let order = Arc::clone(&order);
        submit(&pool, &tally, move || order.lock().push(number));
    }
    assert_eq!(pool.metrics().queued, 100);
    release.raise();
    eventually(|| pool.busy() == 0);
    assert_eq!(*order.lock(), (0..100).collect::<Vec<_>>());
    pool.shutdown(None);
}

#[test]
fn pool_06_a_pool_full_of_jobs_that_wait_for_another_job_is_reported() {
    let (pool, tally, never) = (Arc::new(pool(1, FOR_EVER)), Arc::default(), Gate::new());
    let release = occupy(&pool, &tally);
    assert_eq!(pool.metrics().saturated, 0);
    let gate = Arc::clone(&never);
    submit(&pool, &tally, move || gate.raise());

    // The job that runs waits for the one that is queued: it cannot go on, and whoever looks sees why.
    let stuck = pool.metrics();
    assert_eq!(
        (stuck.threads, stuck.limit, stuck.queued, stuck.idle),
        (1, 1, 1, 0)
    );
    assert_eq!(stuck.saturated, 1);

    release.raise();
    never.wait_for(1);
    pool.shutdown(None);
    assert_eq!(tally.ran(), 2);
}

#[test]
fn pool_07_jobs_nest_three_deep_each_inside_the_context() {
    thread_local! {
        static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    let config = Config {
        limit: 8,
        enter: Box::new(|life| {
            INSIDE.set(true);
            life();
            INSIDE.set(false);
        }),
        ..Config::default()
    };
    fn nest(pool: &Arc<Pool<Work>>, tally: &Arc<Tally>, depth: usize, done: Arc<Gate>) {
        let (again, counts) = (Arc::clone(pool), Arc::clone(tally));
        submit(pool, tally, move || {
            assert!(INSIDE.get());
            done.raise();
            if depth > 1 {
                let inner = Gate::new();
                nest(&again, &counts, depth - 1, Arc::clone(&inner));
                inner.wait_for(1);
                done.raise();
            }
        });
    }
    let (pool, tally, done) = (Arc::new(Pool::new(config)), Arc::default(), Gate::new());
    nest(&pool, &tally, 3, Arc::clone(&done));
    done.wait_for(2);
    eventually(|| pool.busy() == 0);
    pool.shutdown(None);
    assert_eq!(tally.ran(), 3);
}

#[test]
fn a_panicking_job_costs_nobody_anything() {
    let (pool, tally) = (pool(1, FOR_EVER), Arc::default());
    for _ in 0..10 {
        submit(&pool, &tally, || {
            std::panic::resume_unwind(Box::new("a job"))
        });
    }
    let first = thread_of_next_job(&pool, &tally);
    assert_eq!(thread_of_next_job(&pool, &tally), first);
    assert_eq!(tally.ran(), 12);
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn a_payload_that_panics_when_dropped_costs_nobody_anything() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            // Leaked by whoever swallows it, so it must not own anything.
            std::panic::resume_unwind(Box::new(()));
        }
    }
    let (pool, tally) = (pool(1, FOR_EVER), Arc::default());
    submit(&pool, &tally, || std::panic::resume_unwind(Box::new(Bomb)));
    thread_of_next_job(&pool, &tally);
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn busy_counts_a_job_until_it_has_returned_and_zero_is_announced() {
    let quiet = Gate::new();
    let theirs = Arc::clone(&quiet);
    let config = Config {
        limit: 2,
        on_quiet: Some(Arc::new(move || theirs.raise())),
        ..Config::default()
    };
    let (pool, tally) = (Pool::new(config), Arc::default());
    let (first, second) = (occupy(&pool, &tally), occupy(&pool, &tally));
    submit(&pool, &tally, || {});
    assert_eq!(pool.busy(), 3);
    first.raise();
    eventually(|| pool.busy() == 1);
    assert_eq!(*quiet.count.lock(), 0);
    second.raise();
    quiet.wait_for(1);
    assert_eq!(pool.busy(), 0);

    // Cancelled jobs are counted off as well.
    let (first, second) = (occupy(&pool, &tally), occupy(&pool, &tally));
    submit(&pool, &tally, || {});
    assert_eq!(pool.close(), 1);
    assert_eq!(pool.busy(), 2);
    first.raise();
    second.raise();
    pool.shutdown(None);
    quiet.wait_for(2);
    assert_eq!(*quiet.count.lock(), 2);
}

#[test]
fn a_panicking_hook_costs_nobody_anything() {
    let hook =
        || -> super::super::Hook { Arc::new(|| std::panic::resume_unwind(Box::new("a hook"))) };
    let config = Config {
        limit: 2,
        keep_alive: Duration::ZERO,
        on_thread_start: Some(hook()),
        on_thread_stop: Some(hook()),
        on_quiet: Some(hook()),
        ..Config::default()
    };
    let (pool, tally) = (Pool::new(config), Arc::default());
    for _ in 0..10 {
        thread_of_next_job(&pool, &tally);
    }
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn the_pool_says_what_it_is() {
    let pool = pool(3, FOR_EVER);
    assert!(format!("{pool:?}").contains("limit: 3"));
    let _held = pool.shared.state.lock();
    assert!(format!("{pool:?}").contains("<locked>"));
}
