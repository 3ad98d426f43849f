//! DOWN-12: a panic in any place where the runtime calls the user's code.

use std::collections::HashSet;
use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::task::Poll;
use std::thread;

use heist::runtime::{Builder, Runtime};
use heist::task;

use crate::support::{flavours, watched};

/// Panics when dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("bomb");
    }
}

/// The threads that run tasks, found by a meeting of as many tasks.
fn workers(rt: &Runtime, count: usize) -> HashSet<thread::ThreadId> {
    let meeting = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let meeting = meeting.clone();
            rt.spawn(async move {
                meeting.wait();
                thread::current().id()
            })
        })
        .collect();
    rt.block_on(async {
        let mut ids = HashSet::new();
        for task in tasks {
            ids.insert(task.await.unwrap());
        }
        ids
    })
}

#[test]
fn down_12_panics_of_tasks_leave_the_workers() {
    watched(|| {
        for count in [1, 3] {
            let rt = crate::support::guarded(count);
            let before = workers(&rt, count);
            assert_eq!(before.len(), count);
            for _ in 0..20 {
                let poll = rt.spawn(async { panic!("poll") });
                let drop_of_future = rt.spawn(async {
                    let _bomb = Bomb;
                    task::yield_now().await;
                });
                let both = rt.spawn(poll_fn({
                    let bomb = Some(Bomb);
                    move |_| -> Poll<()> {
                        let _ = &bomb;
                        panic!("poll, then drop")
                    }
                }));
                drop(rt.spawn(async { Bomb }));
                let job = rt.spawn_blocking(|| panic!("job"));
                let payload = rt.spawn(async { std::panic::panic_any(Bomb) });
                let aborted = rt.spawn(async {
                    let _bomb = Bomb;
                    pending::<()>().await;
                });
                aborted.abort();
                rt.block_on(async {
                    let _: task::JoinError = poll.await.map(|never: ()| never).unwrap_err();
                    assert!(drop_of_future.await.unwrap_err().is_panic());
                    assert!(both.await.unwrap_err().is_panic());
                    assert!(job.await.map(|never: ()| never).unwrap_err().is_panic());
                    assert!(aborted.await.is_err());
                    let error = payload.await.map(|never: ()| never).unwrap_err();
                    std::mem::forget(error.into_panic());
                });
            }
            assert_eq!(workers(&rt, count), before);
        }
    });
}

#[test]
fn down_12_panics_in_drops_at_shutdown() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let tasks: Vec<_> = (0..20)
                .map(|_| {
                    let bomb = Bomb;
                    rt.spawn(async move {
                        let _bomb = bomb;
                        pending::<()>().await;
                    })
                })
                .collect();
            rt.block_on(task::yield_now());
            drop(rt);
            for task in tasks {
                let ended = futures_util::FutureExt::now_or_never(task).unwrap();
                assert!(ended.unwrap_err().is_panic());
            }
        }
    });
}

#[test]
fn down_12_panics_of_hooks() {
    watched(|| {
        for workers in [None, Some(2)] {
            for place in 0..4 {
                let called = Arc::new(AtomicBool::new(false));
                let note = called.clone();
                let hook = move || {
                    note.store(true, SeqCst);
                    panic!("hook");
                };
                let mut builder = match workers {
                    None => Builder::new_current_thread(),
                    Some(_) => Builder::new_multi_thread(),
                };
                workers.iter().for_each(|&count| {
                    builder.worker_threads(count);
                });
                match place {
                    0 => builder.on_thread_start(hook),
                    1 => builder.on_thread_stop(hook),
                    2 => builder.on_thread_park(hook),
                    _ => builder.on_thread_unpark(hook),
                };
                let rt = builder.enable_all().build().unwrap();
                for _ in 0..5 {
                    let task = rt.spawn(async {
                        heist::time::sleep(std::time::Duration::from_micros(100)).await;
                        task::spawn_blocking(|| 2).await.unwrap()
                    });
                    assert_eq!(rt.block_on(task).unwrap(), 2);
                }
                drop(rt);
                assert!(called.load(SeqCst), "place {place}");
            }
        }
    });
}

#[test]
fn down_12_a_panic_in_block_on_leaves_the_runtime() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            for _ in 0..10 {
                let inside = std::panic::AssertUnwindSafe(|| rt.block_on(async { panic!("root") }));
                assert!(std::panic::catch_unwind(inside).is_err());
                assert!(
                    heist::runtime::Handle::try_current().is_err(),
                    "still entered"
                );
                let task = rt.spawn(async { 1 });
                assert_eq!(rt.block_on(task).unwrap(), 1);
            }
        }
    });
}

#[test]
fn down_12_a_panic_in_block_in_place_is_the_tasks() {
    watched(|| {
        let rt = crate::support::multi_thread(1);
        for _ in 0..20 {
            let task = rt.spawn(async { task::block_in_place(|| panic!("blocking")) });
            let error: task::JoinError = rt.block_on(task).map(|never: ()| never).unwrap_err();
            assert!(error.is_panic());
            assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
        }
    });
}
