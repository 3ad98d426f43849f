//! `block_on`, row by row of its matrix: who drives, who only waits, and who is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, Handle, Limit, LocalOptions, RuntimeFlavor};
use heist::sync::oneshot;
use heist::task::yield_now;
use heist::time::sleep;
use parking_lot::Mutex;

use crate::park::{block_workers, wait_until};
use crate::support::{current_thread, guarded, hosted, multi_thread, watched};

fn text_of(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic
            .downcast::<&str>()
            .map_or_else(|_| String::new(), |text| (*text).to_owned()),
    }
}

/// Row 1: inside a task or drive of any runtime it panics, and names the ways out.
#[test]
fn inside_asynchronous_code_it_panics() {
    watched(|| {
        for rt in [current_thread(), hosted(1), multi_thread(1)] {
            let others = [hosted(1).handle().clone(), rt.handle().clone()];
            let refused = rt.block_on(async move {
                others.map(|handle| {
                    let nested = std::panic::AssertUnwindSafe(|| handle.block_on(async {}));
                    text_of(std::panic::catch_unwind(nested).unwrap_err())
                })
            });
            for text in refused {
                for fragment in ["Cannot start a runtime", "block_in_place", "spawn_blocking"] {
                    assert!(text.contains(fragment), "{text}");
                }
            }
        }
    });
}

/// Row 2: a thread that holds a slot drives with that slot.
#[test]
fn a_thread_that_holds_a_slot_drives_with_it() {
    watched(|| {
        let own = multi_thread(1);
        let gate = block_workers(own.handle(), 1);
        for rt in [&hosted(1), &own] {
            let lent = rt.handle().lend().unwrap();
            // Nobody else could run it.
            let task = rt.spawn(async {
                sleep(Duration::from_millis(1)).await;
                thread::current().id()
            });
            assert_eq!(rt.block_on(task).unwrap(), thread::current().id());
            let task = rt.spawn(async { 1 });
            assert_eq!(rt.handle().block_on(task).unwrap(), 1);
            drop(lent);
        }
        gate.open();
    });
}

/// Row 3, R4, EMBED-04: beside own workers it polls its own future only.
#[test]
fn beside_own_workers_it_runs_nothing_else() {
    watched(|| {
        let rt = multi_thread(1);
        let gate = block_workers(rt.handle(), 1);
        let ran = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let ran = ran.clone();
            rt.spawn(async move { ran.fetch_add(1, SeqCst) });
        }
        rt.block_on(async {
            for _ in 0..1000 {
                yield_now().await;
            }
        });
        assert_eq!(ran.load(SeqCst), 0);
        gate.open();
        wait_until(|| ran.load(SeqCst) == 100);
    });
}

/// R4, EMBED-04: the thread holds a lock that a queued task wants.
#[test]
fn never_helps_under_a_lock() {
    watched(|| {
        // The only worker waits for the lock: it is the reactor thread that ends the sleep.
        let rt = guarded(1);
        let lock = Arc::new(Mutex::new(0));
        for _ in 0..50 {
            let mut held = lock.lock();
            let tasks: Vec<_> = (0..10)
                .map(|_| {
                    let lock = lock.clone();
                    rt.spawn(async move { *lock.lock() += 1 })
                })
                .collect();
            rt.block_on(async {
                sleep(Duration::from_micros(100)).await;
                *held += 1;
            });
            drop(held);
            rt.block_on(async {
                for task in tasks {
                    task.await.unwrap();
                }
            });
        }
        assert_eq!(*lock.lock(), 550);
    });
}

/// Row 4, EMBED-18: where nobody else would, it claims a slot and drives, on a hosted runtime through a handle too.
#[test]
fn without_own_workers_it_claims_a_slot_and_drives() {
    watched(|| {
        for rt in [current_thread(), hosted(2)] {
            let is_hosted = rt.handle().runtime_flavor() == RuntimeFlavor::Hosted;
            for handle in [None, is_hosted.then(|| rt.handle().clone())] {
                let task = rt.spawn(async {
                    sleep(Duration::from_millis(1)).await;
                    heist::spawn(async { 5 }).await.unwrap()
                });
                let got = match handle {
                    Some(handle) => handle.block_on(task),
                    None => rt.block_on(task),
                };
                assert_eq!(got.unwrap(), 5);
            }
        }
    });
}

/// Row 4: no slot is free, so it only waits, and takes over the first that falls vacant.
#[test]
fn takes_over_vacated_slot() {
    watched(|| {
        for rt in [current_thread(), hosted(1)] {
            for _ in 0..50 {
                let (drives, is_driving) = mpsc::channel();
                let (stop, stopped) = oneshot::channel::<()>();
                thread::scope(|scope| {
                    scope.spawn(|| {
                        rt.block_on(async move {
                            drives.send(()).unwrap();
                            stopped.await.unwrap();
                        });
                    });
                    is_driving.recv().unwrap();
                    rt.block_on(async {
                        stop.send(()).unwrap();
                        // From here on nobody else is there to run these.
                        for _ in 0..10 {
                            heist::spawn(sleep(Duration::from_micros(10)))
                                .await
                                .unwrap();
                        }
                    });
                });
            }
        }
    });
}

/// The same through handles.
#[test]
fn takes_over_vacated_slot_through_a_handle() {
    watched(|| {
        let rt = hosted(1);
        for _ in 0..50 {
            let (drives, is_driving) = mpsc::channel();
            let (stop, stopped) = oneshot::channel::<()>();
            let handle = rt.handle().clone();
            let first = thread::spawn(move || {
                handle.block_on(async {
                    drives.send(()).unwrap();
                    stopped.await.unwrap();
                });
            });
            is_driving.recv().unwrap();
            rt.handle().block_on(async {
                stop.send(()).unwrap();
                heist::spawn(sleep(Duration::from_micros(10)))
                    .await
                    .unwrap();
            });
            first.join().unwrap();
        }
    });
}

/// A slot that is lent is not vacant between two turns.
#[test]
fn a_slot_put_down_is_not_taken() {
    watched(|| {
        let rt = hosted(1);
        let mut lent = rt.handle().lend().unwrap();
        let task = rt.spawn(async { thread::current().id() });
        let handle = rt.handle().clone();
        let (wake, woken) = oneshot::channel::<()>();
        let other = thread::spawn(move || {
            handle.block_on(async {
                let ran_by = task.await.unwrap();
                woken.await.unwrap();
                ran_by
            })
        });
        while lent.turn(Limit::polls(1)).tasks_left {}
        wake.send(()).unwrap();
        assert_eq!(other.join().unwrap(), thread::current().id());
    });
}

/// A task that blocks in place may wait for others, on the only slot there is.
#[test]
fn within_block_in_place_on_the_only_slot() {
    watched(|| {
        let rt = hosted(1);
        let out = rt.block_on(async {
            let other = heist::spawn(async {
                sleep(Duration::from_micros(100)).await;
                3
            });
            let got = heist::task::block_in_place(|| Handle::current().block_on(other));
            got.unwrap() + heist::spawn(async { 1 }).await.unwrap()
        });
        assert_eq!(out, 4);
    });
}

/// A local runtime is driven by its own thread only.
#[test]
fn a_local_runtime_is_driven_by_its_thread() {
    watched(|| {
        let rt = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
            .unwrap();
        let (handle, here) = (rt.handle().clone(), thread::current().id());
        let task = rt.spawn_local(async { thread::current().id() });
        let (tell, told) = oneshot::channel();
        let other = thread::spawn(move || {
            handle.block_on(async {
                yield_now().await;
                tell.send(()).unwrap();
                task.await.unwrap()
            })
        });
        rt.block_on(async {
            told.await.unwrap();
            while !other.is_finished() {
                yield_now().await;
            }
        });
        assert_eq!(other.join().unwrap(), here);
    });
}
