//! What a builder lets one choose beside numbers: a seed, a drop in asynchronous code, values for hooks. And what a library may ask before it blocks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use heist::runtime::{Builder, Handle, RngSeed, Runtime};
use heist::sync::oneshot;
use heist::task::{self, JoinSet, LocalSet, MayBlock, block_in_place, may_block, yield_now};
use heist::time::{Duration, Instant, sleep};
use parking_lot::Mutex;

use crate::support::{current_thread, multi_thread, watched};

/// Tasks that draw, sleep and wake each other, and what they did in which order.
fn trace(seed: &[u8]) -> Vec<(u32, u32, Duration)> {
    let rt = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .rng_seed(RngSeed::from_bytes(seed))
        .build()
        .unwrap();
    let trace = Arc::new(Mutex::new(Vec::new()));
    let log = trace.clone();
    rt.block_on(async move {
        let start = Instant::now();
        let mut set = JoinSet::new();
        for task in 0..10 {
            let log = log.clone();
            set.spawn(async move {
                for _ in 0..20 {
                    let branch = heist::select! {
                        () = yield_now() => 0,
                        () = yield_now() => 1,
                        () = yield_now() => 2,
                    };
                    log.lock().push((task, branch, start.elapsed()));
                    if branch == 0 {
                        sleep(Duration::from_millis(u64::from(task))).await;
                    }
                }
            });
        }
        set.join_all().await;
    });
    drop(rt);
    Arc::into_inner(trace).unwrap().into_inner()
}

#[test]
fn with_a_seed_one_thread_and_a_stopped_clock_a_run_repeats() {
    watched(|| {
        let first = trace(b"one");
        assert_eq!(first.len(), 200);
        for _ in 0..5 {
            assert!(trace(b"one") == first, "another run with the same seed");
        }
        assert!(trace(b"two") != first, "the seed makes no difference");
    });
}

#[test]
fn the_seed_is_that_of_the_runtime_whose_task_draws() {
    watched(|| {
        let draw = |rt: &Runtime| {
            rt.block_on(async {
                let mut drawn = Vec::new();
                for _ in 0..32 {
                    drawn.push(heist::select! { _ = async {} => 0, _ = async {} => 1 });
                }
                drawn
            })
        };
        let seeded = || {
            Builder::new_multi_thread()
                .worker_threads(1)
                .rng_seed(RngSeed::from_bytes(b"s"))
                .build()
                .unwrap()
        };
        let first = draw(&seeded());
        assert_eq!(first, draw(&seeded()));
        let rt = current_thread();
        assert!(
            (0..20).any(|_| draw(&rt) != draw(&rt)),
            "no seed, no repetition"
        );
    });
}

fn drop_in_async(inner: Runtime) -> bool {
    let outer = current_thread();
    catch_unwind(AssertUnwindSafe(|| {
        outer.block_on(async move { drop(inner) })
    }))
    .is_ok()
}

#[test]
fn a_runtime_that_may_be_dropped_in_async_code_shuts_down_in_the_background() {
    watched(|| {
        let builders: [fn() -> Builder; 2] =
            [Builder::new_current_thread, Builder::new_multi_thread];
        for builder in builders {
            let inner = builder().worker_threads(1).build().unwrap();
            assert!(!drop_in_async(inner), "P6 is the default");

            let inner = builder()
                .worker_threads(1)
                .drop_in_background(true)
                .build()
                .unwrap();
            let (open, gate) = oneshot::channel::<()>();
            // A job that a drop would wait for.
            let job = inner.spawn_blocking(move || gate.blocking_recv().is_ok());
            let task = inner.spawn(std::future::pending::<()>());
            let handle = inner.handle().clone();
            assert!(drop_in_async(inner));
            let rt = current_thread();
            assert!(rt.block_on(task).unwrap_err().is_cancelled());
            let late = handle.spawn(async {});
            assert!(rt.block_on(late).unwrap_err().is_cancelled());
            // It was not waited for, and had either begun or is cancelled.
            let _ = open.send(());
            let _ = rt.block_on(job);
        }
    });
}

#[test]
fn what_may_block_is_what_does_not_panic() {
    /// Whether `blocking_recv` and `block_in_place` work here.
    fn try_them() -> (bool, bool) {
        let quietly = |f: fn()| catch_unwind(f).is_ok();
        let here = quietly(|| {
            let (send, receive) = oneshot::channel();
            send.send(()).unwrap();
            receive.blocking_recv().unwrap();
        });
        (here, quietly(|| block_in_place(|| ())))
    }
    #[track_caller]
    fn check(expected: MayBlock) {
        assert_eq!(may_block(), expected);
        let works = match expected {
            MayBlock::Here => (true, true),
            MayBlock::InPlace => (false, true),
            _ => (false, false),
        };
        assert_eq!(try_them(), works);
    }
    watched(|| {
        check(MayBlock::Here);
        let rt = multi_thread(1);
        let _entered = rt.enter();
        check(MayBlock::Here);
        rt.block_on(async {
            check(MayBlock::InPlace);
            heist::spawn(async {
                check(MayBlock::InPlace);
                block_in_place(|| check(MayBlock::Here));
            })
            .await
            .unwrap();
            task::spawn_blocking(|| {
                check(MayBlock::Here);
                Handle::current().block_on(async { check(MayBlock::InPlace) });
            })
            .await
            .unwrap();
            let set = LocalSet::new();
            set.run_until(async {
                task::spawn_local(async { check(MayBlock::No) })
                    .await
                    .unwrap();
            })
            .await;
        });
        drop(_entered);
        current_thread().block_on(async {
            check(MayBlock::No);
            heist::spawn(async { check(MayBlock::No) }).await.unwrap();
        });
    });
}

/// A value of the user that hooks find with a task.
#[derive(Default)]
struct Tally {
    spawned: AtomicUsize,
    polls: AtomicUsize,
    after: AtomicUsize,
    ended: AtomicUsize,
    panicked: AtomicUsize,
}

fn with_hooks(mut builder: Builder) -> Runtime {
    let count = |field: fn(&Tally) -> &AtomicUsize| {
        move |task: &heist::runtime::TaskMeta<'_>| {
            assert!(task.data::<String>().is_none(), "another type");
            if let Some(tally) = task.data::<Tally>() {
                field(tally).fetch_add(1, SeqCst);
            }
        }
    };
    let panicked = count(|tally| &tally.panicked);
    builder
        .enable_all()
        .on_task_spawn(count(|tally| &tally.spawned))
        .on_before_task_poll(count(|tally| &tally.polls))
        .on_after_task_poll(count(|tally| &tally.after))
        .on_task_terminate(count(|tally| &tally.ended))
        .on_unhandled_panic(move |task, _| panicked(task))
        .build()
        .unwrap()
}

#[test]
fn hooks_find_the_value_of_a_task_with_it() {
    watched(|| {
        for builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let rt = with_hooks(builder);
            let (one, other) = (Arc::new(Tally::default()), Arc::new(Tally::default()));
            rt.block_on(async {
                let polled = task::Builder::new().data(one.clone()).name("named");
                let polled = polled.spawn(yield_now()).unwrap();
                assert_eq!(polled.name(), Some("named"));
                let panics = task::Builder::new().data(one.clone());
                let panics = panics.spawn(async { panic!("once") }).unwrap();
                let mut set = JoinSet::new();
                let in_set = set.build_task().name("in a set").data(other.clone());
                in_set.spawn_blocking(|| ()).unwrap();
                let plain = heist::spawn(yield_now());
                polled.await.unwrap();
                assert!(panics.await.unwrap_err().is_panic());
                set.join_all().await;
                plain.await.unwrap();
            });
            drop(rt);
            let read = |tally: &Tally| {
                [
                    &tally.spawned,
                    &tally.polls,
                    &tally.after,
                    &tally.ended,
                    &tally.panicked,
                ]
                .map(|count| count.load(SeqCst))
            };
            assert_eq!(read(&one), [2, 3, 3, 2, 1]);
            assert_eq!(read(&other), [1, 0, 0, 1, 0]);
            assert_eq!(Arc::strong_count(&one) + Arc::strong_count(&other), 2);
        }
    });
}
