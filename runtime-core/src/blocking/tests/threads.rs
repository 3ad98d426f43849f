//! Threads: named, entered, retired.

use std::collections::HashSet;

use super::*;

#[test]
fn each_thread_has_its_name_its_context_and_its_hooks() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let write = |word: &'static str| -> super::super::Hook {
        let log = Arc::clone(&log);
        Arc::new(move || log.lock().push(word))
    };
    let (enter, leave) = (write("enter"), write("leave"));
    let number = AtomicUsize::new(0);
    let config = Config {
        limit: 1,
        stack_size: Some(256 * 1024),
        thread_name: Box::new(move || {
            format!("blocking-{}", number.fetch_add(1, Ordering::SeqCst))
        }),
        on_thread_start: Some(write("start")),
        on_thread_stop: Some(write("stop")),
        enter: Box::new(move |life| {
            enter();
            life();
            leave();
        }),
        ..Config::default()
    };
    let (pool, tally) = (Pool::new(config), Arc::default());
    let name = Arc::new(Mutex::new(None));
    let (theirs, job) = (Arc::clone(&name), write("job"));
    submit_as(&pool, Kind::Mandatory, &tally, move || {
        job();
        *theirs.lock() = thread::current().name().map(str::to_owned);
    });
    pool.shutdown(None);
    assert_eq!(name.lock().as_deref(), Some("blocking-0"));
    assert_eq!(*log.lock(), ["enter", "start", "job", "stop", "leave"]);
}

#[test]
fn a_context_that_is_gone_or_panics_keeps_no_job_from_running() {
    for enter in [(|_: &mut dyn FnMut()| {}) as fn(&mut dyn FnMut()), |_| {
        std::panic::resume_unwind(Box::new("enter"))
    }] {
        let (pool, tally) = (
            Pool::new(Config {
                enter: Box::new(enter),
                ..Config::default()
            }),
            Arc::default(),
        );
        thread_of_next_job(&pool, &tally);
        pool.shutdown(None);
        assert_empty(&pool);
    }
}

#[test]
fn a_context_that_calls_twice_or_panics_afterwards_is_no_harm() {
    let config = Config {
        keep_alive: Duration::ZERO,
        enter: Box::new(|life| {
            life();
            life();
            std::panic::resume_unwind(Box::new("enter"));
        }),
        ..Config::default()
    };
    let (pool, tally) = (Pool::new(config), Arc::default());
    for _ in 0..10 {
        thread_of_next_job(&pool, &tally);
    }
    eventually(|| pool.metrics().threads == 0);
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn pool_01_stress_two_jobs_at_once_beside_threads_that_retire() {
    // Each pair of jobs meets, so both have to be running at once: one that is left behind is a hang.
    let (pool, tally) = (pool(2, Duration::ZERO), Arc::default());
    for _ in 0..2_000 {
        let gate = Gate::new();
        for _ in 0..2 {
            let gate = Arc::clone(&gate);
            submit(&pool, &tally, move || gate.meet(2));
        }
        gate.wait_for(2);
    }
    pool.shutdown(None);
    assert_eq!(tally.over(), 4_000);
    assert_empty(&pool);
}

#[test]
fn pool_02_stress_submitters_beside_idling_out_and_shutdown() {
    for round in 0..50 {
        let (pool, tally) = (
            Arc::new(pool(3, Duration::from_micros(round * 3))),
            Arc::<Tally>::default(),
        );
        let submitters: Vec<_> = (0..3)
            .map(|_| {
                let (pool, tally) = (Arc::clone(&pool), Arc::clone(&tally));
                thread::spawn(move || {
                    for _ in 0..100 {
                        if let Err(refused) =
                            pool.submit(Work::new(&tally, thread::yield_now), Kind::Ordinary)
                        {
                            refused.job.cancel();
                        }
                    }
                })
            })
            .collect();
        eventually(|| tally.ran() > 30);
        pool.shutdown(None);
        submitters
            .into_iter()
            .for_each(|submitter| submitter.join().unwrap());
        assert_eq!(tally.over(), 300);
        assert_empty(&pool);
    }
}

#[test]
fn pool_12_a_burst_raises_the_limit_of_threads_and_all_retire() {
    let (pool, tally, gate) = (
        pool(64, Duration::from_millis(1)),
        Arc::default(),
        Gate::new(),
    );
    let threads = Arc::new(Mutex::new(HashSet::new()));
    for _ in 0..1_000 {
        let (gate, threads) = (Arc::clone(&gate), Arc::clone(&threads));
        submit(&pool, &tally, move || {
            threads.lock().insert(thread::current().id());
            gate.meet(65);
        });
    }
    // All threads there may be are inside of a job; the others go on when the last job has been handed in.
    gate.wait_for(64);
    gate.raise();
    eventually(|| pool.busy() == 0);
    assert_eq!(threads.lock().len(), 64);
    assert_eq!(pool.metrics().saturated, 1_000 - 64);
    eventually(|| pool.metrics().threads == 0);
    // The pool is as good as new.
    thread_of_next_job(&pool, &tally);
    pool.shutdown(None);
    assert_empty(&pool);
}

#[test]
fn a_resident_job_has_a_thread_beyond_the_limit_and_is_not_counted() {
    let (pool, tally) = (pool(1, FOR_EVER), Arc::default());
    let ordinary = occupy(&pool, &tally);
    submit(&pool, &tally, || {});
    let residents = [
        occupy_as(&pool, Kind::Resident, &tally),
        occupy_as(&pool, Kind::Resident, &tally),
    ];
    let now = pool.metrics();
    assert_eq!(
        (now.threads, now.running, now.queued, now.resident),
        (1, 1, 1, 2)
    );
    assert_eq!(pool.busy(), 2);

    // The pool is full when the first comes back, so its thread leaves.
    residents[0].raise();
    eventually(|| pool.metrics().resident == 1);
    assert_eq!((pool.metrics().threads, pool.metrics().queued), (1, 1));
    ordinary.raise();
    eventually(|| pool.busy() == 0);

    assert_eq!(pool.shutdown(Some(Duration::ZERO)).running, 1);
    residents[1].raise();
    pool.shutdown(None);
    assert_eq!(tally.ran(), 4);
    assert_empty(&pool);
}

#[test]
fn pool_14_thread_local_data_may_use_the_pool_when_their_thread_retires() {
    struct Guard(Arc<Pool<Work>>, Arc<Tally>, Arc<Gate>);
    impl Drop for Guard {
        fn drop(&mut self) {
            let gate = Arc::clone(&self.2);
            submit(&self.0, &self.1, move || gate.raise());
        }
    }
    thread_local! {
        static GUARD: std::cell::RefCell<Option<Guard>> = const { std::cell::RefCell::new(None) };
    }
    let (pool, tally, gate) = (
        Arc::new(pool(1, Duration::ZERO)),
        Arc::<Tally>::default(),
        Gate::new(),
    );
    let guard = Guard(Arc::clone(&pool), Arc::clone(&tally), Arc::clone(&gate));
    submit(&pool, &tally, move || GUARD.set(Some(guard)));
    // The thread retires; its data hand a job in, which another thread runs.
    gate.wait_for(1);
    pool.shutdown(None);
    assert_eq!(tally.over(), 2);
    assert_empty(&pool);
}

#[test]
fn a_shutdown_without_a_limit_waits_for_thread_local_data() {
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            thread::yield_now();
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local! {
        static GUARD: std::cell::RefCell<Option<Guard>> = const { std::cell::RefCell::new(None) };
    }
    for keep_alive in [Duration::ZERO, FOR_EVER] {
        let (pool, tally, gate, dropped) = (
            pool(8, keep_alive),
            Arc::default(),
            Gate::new(),
            Arc::default(),
        );
        for _ in 0..8 {
            let (guard, gate) = (Guard(Arc::clone(&dropped)), Arc::clone(&gate));
            submit(&pool, &tally, move || {
                GUARD.set(Some(guard));
                gate.meet(8);
            });
        }
        gate.wait_for(8);
        pool.shutdown(None);
        assert_eq!(dropped.load(Ordering::SeqCst), 8);
    }
}
