//! A runtime that shuts down when a task panics.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::FutureExt;
use heist::runtime::{Builder, Runtime, UnhandledPanic};
use heist::task::{self, yield_now};

use crate::support::watched;

fn fragile() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .unhandled_panic(UnhandledPanic::ShutdownRuntime)
        .build()
        .unwrap()
}

#[track_caller]
fn assert_block_on_panics(rt: &Runtime, future: impl Future<Output = ()>) {
    let panic = catch_unwind(AssertUnwindSafe(|| rt.block_on(future))).unwrap_err();
    let text = panic.downcast_ref::<String>().expect("a text");
    assert!(text.contains("a spawned task panicked"), "{text}");
    assert!(text.contains("shut down on unhandled panic"), "{text}");
}

#[test]
fn a_panic_ends_block_on_and_every_task() {
    watched(|| {
        let rt = fragile();
        let alive = Arc::new(());
        let kept = alive.clone();
        let other = rt.spawn(async move {
            pending::<()>().await;
            drop(kept);
        });
        let panics = rt.spawn(async {
            yield_now().await;
            panic!("boom")
        });
        assert_block_on_panics(&rt, async {
            loop {
                yield_now().await;
            }
        });
        assert_eq!(Arc::strong_count(&alive), 1);
        assert!(other.now_or_never().unwrap().unwrap_err().is_cancelled());
        let error: task::JoinError = panics.now_or_never().unwrap().map(|(): ()| ()).unwrap_err();
        assert!(error.is_panic());
        // From here on nothing runs, and nothing hangs.
        let late = rt.spawn(async {});
        assert!(late.now_or_never().unwrap().unwrap_err().is_cancelled());
        assert_block_on_panics(&rt, async {});
    });
}

#[test]
fn all_threads_in_block_on_are_told() {
    watched(|| {
        let rt = Arc::new(fragile());
        let (tell, told) = mpsc::channel();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (rt, tell) = (rt.clone(), tell.clone());
                thread::spawn(move || {
                    rt.block_on(async move {
                        tell.send(()).unwrap();
                        pending::<()>().await;
                    });
                })
            })
            .collect();
        (0..3).for_each(|_| told.recv().unwrap());
        rt.spawn(async { panic!("boom") });
        for thread in threads {
            thread.join().unwrap_err();
        }
    });
}

#[test]
fn what_is_joined_is_a_panic_all_the_same_and_a_job_is_none() {
    watched(|| {
        let rt = fragile();
        // The panic of a blocking job is its handle's business.
        rt.block_on(async {
            let job = task::spawn_blocking(|| panic!("in a job"));
            assert!(job.await.map(|(): ()| ()).unwrap_err().is_panic());
            assert_eq!(heist::spawn(async { 1 }).await.unwrap(), 1);
        });
        assert_block_on_panics(&rt, async {
            let task = heist::spawn(async { panic!("boom") });
            let _: Result<(), _> = task.await;
            unreachable!("the runtime is gone before the handle is asked");
        });
    });
}

#[test]
fn by_default_a_panic_is_its_tasks() {
    watched(|| {
        for behavior in [None, Some(UnhandledPanic::Ignore)] {
            let mut builder = Builder::new_current_thread();
            if let Some(behavior) = behavior {
                builder.unhandled_panic(behavior);
            }
            let rt = builder.build().unwrap();
            rt.block_on(async {
                let panics = heist::spawn(async { panic!("boom") });
                assert!(panics.await.map(|(): ()| ()).unwrap_err().is_panic());
                heist::spawn(async {}).await.unwrap();
            });
        }
    });
}
