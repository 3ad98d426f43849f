//! DOWN-11: runtimes and local sets in thread-local values.

use std::any::Any;
use std::cell::RefCell;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use heist::runtime::{Builder, Handle, Runtime};
use heist::task::{self, LocalSet};

use crate::support::{flavours, watched};

thread_local! {
    /// Set before anything else of the thread, hence destroyed after it.
    static EARLY: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    /// Set after the thread has used a runtime, hence destroyed before.
    static LATE: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Counts its drop, which looks for a runtime and must not panic for it.
struct Looks(Arc<AtomicUsize>);

impl Drop for Looks {
    fn drop(&mut self) {
        let _ = Handle::try_current();
        self.0.fetch_add(1, SeqCst);
    }
}

/// Gives a runtime a task that stays, and some use.
fn settle(rt: &Runtime, drops: &Arc<AtomicUsize>) {
    let looks = Looks(drops.clone());
    rt.spawn(async move {
        let _looks = looks;
        pending::<()>().await;
    });
    rt.block_on(async {
        heist::time::sleep(std::time::Duration::from_micros(100)).await;
        task::spawn_blocking(|| ()).await.unwrap();
    });
}

#[test]
fn down_11_a_runtime_dropped_by_a_destructor_of_a_plain_thread() {
    watched(|| {
        for place in [&EARLY, &LATE] {
            for index in 0..flavours().len() {
                let drops = Arc::new(AtomicUsize::new(0));
                let count = drops.clone();
                thread::spawn(move || {
                    if std::ptr::eq(place, &EARLY) {
                        EARLY.set(None);
                    }
                    let (name, rt) = flavours().swap_remove(index);
                    eprintln!("on {name}");
                    settle(&rt, &count);
                    place.set(Some(Box::new(rt)));
                })
                .join()
                .unwrap();
                assert_eq!(drops.load(SeqCst), 1);
            }
        }
    });
}

#[test]
fn down_11_a_runtime_dropped_by_a_destructor_of_a_worker() {
    watched(|| {
        for index in 0..flavours().len() {
            let drops = Arc::new(AtomicUsize::new(0));
            let count = drops.clone();
            let outer = Builder::new_multi_thread()
                .worker_threads(1)
                .build()
                .unwrap();
            let job = outer.spawn_blocking(move || {
                let (_, rt) = flavours().swap_remove(index);
                settle(&rt, &count);
                LATE.set(Some(Box::new(rt)));
            });
            outer.block_on(job).unwrap();
            let count = drops.clone();
            let task = outer.spawn(async move {
                // Not in async code: the thread is told that it may block.
                task::block_in_place(|| {
                    let (_, rt) = flavours().swap_remove(index);
                    settle(&rt, &count);
                    EARLY.set(Some(Box::new(rt)));
                });
            });
            outer.block_on(task).unwrap();
            drop(outer);
            assert_eq!(drops.load(SeqCst), 2);
        }
    });
}

#[test]
fn down_11_a_local_set_dropped_by_a_destructor() {
    watched(|| {
        for place in [&EARLY, &LATE] {
            let drops = Arc::new(AtomicUsize::new(0));
            let count = drops.clone();
            thread::spawn(move || {
                if std::ptr::eq(place, &EARLY) {
                    EARLY.set(None);
                }
                let rt = crate::support::current_thread();
                let local = LocalSet::new();
                let looks = Looks(count);
                local.spawn_local(async move {
                    let _looks = looks;
                    pending::<()>().await;
                });
                local.block_on(&rt, task::yield_now());
                place.set(Some(Box::new(local)));
            })
            .join()
            .unwrap();
            assert_eq!(drops.load(SeqCst), 1);
        }
    });
}

#[test]
fn down_11_join_handles_and_wakers_dropped_by_a_destructor() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let task = rt.spawn(pending::<()>());
            let output = rt.spawn(async { String::from("never taken") });
            let both = move || LATE.set(Some(Box::new((task, output))));
            thread::spawn(both).join().unwrap();
            let sleeping = {
                let _entered = rt.enter();
                Box::pin(heist::time::sleep(std::time::Duration::from_secs(60)))
            };
            thread::spawn(move || EARLY.set(Some(Box::new(sleeping))))
                .join()
                .unwrap();
            drop(rt);
        }
    });
}
