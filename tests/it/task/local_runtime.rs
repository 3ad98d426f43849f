//! `LocalRuntime`: tasks that are not `Send` on a runtime that belongs to one thread.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, EnterError, Handle, LocalOptions, LocalRuntime, RuntimeFlavor};
use heist::task::{self, LocalSet, spawn_local, yield_now};
use heist::time::sleep;

use super::drops::OnDrop;
use crate::support::watched;

fn panic_of(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn local_tasks_sockets_and_timers_on_one_thread() {
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let here = thread::current().id();
        let sum = Rc::new(Cell::new(0));
        // Spawned before anything runs.
        let (early, copy) = (rt.handle().clone(), sum.clone());
        let first = rt.spawn_local(async move {
            sleep(Duration::from_millis(1)).await;
            copy.set(copy.get() + 1);
        });
        rt.block_on(async {
            let tasks: Vec<_> = (0..200)
                .map(|_| {
                    let sum = sum.clone();
                    spawn_local(async move {
                        yield_now().await;
                        assert_eq!(thread::current().id(), here);
                        // A local task spawns local tasks, and others.
                        let sum = sum.clone();
                        let inner = spawn_local(async move { sum.set(sum.get() + 1) });
                        inner.await.unwrap();
                        heist::spawn(async move { assert_eq!(thread::current().id(), here) })
                            .await
                            .unwrap();
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            first.await.unwrap();
            assert_eq!(task::spawn_blocking(|| 3).await.unwrap(), 3);
        });
        assert_eq!(sum.get(), 201);
        assert_eq!(early.runtime_flavor(), RuntimeFlavor::CurrentThread);
        assert!(format!("{rt:?}").starts_with("LocalRuntime { handle: "));
        assert_eq!(rt.metrics().num_workers(), 1);
    });
}

#[test]
fn a_task_that_is_send_may_spawn_one_that_is_not() {
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let spawner = rt.handle().spawn(async {
            // The future is Send, what it spawns is not.
            let inner = spawn_local(async { Rc::new(5) });
            (inner.id(), inner.abort_handle().is_finished())
        });
        rt.block_on(async {
            assert!(!spawner.await.unwrap().1);
        });
        let _entered = rt.enter();
        let under_enter = spawn_local(async { Rc::new(6) });
        drop(_entered);
        assert_eq!(*rt.block_on(under_enter).unwrap(), 6);
    });
}

#[test]
fn a_local_set_inside_takes_its_own_tasks() {
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let set = LocalSet::new();
        rt.block_on(async {
            let guard = set.enter();
            let in_set = spawn_local(pending::<()>());
            drop(guard);
            assert_eq!(rt.metrics().num_alive_tasks(), 0);
            drop(set);
            assert!(in_set.await.unwrap_err().is_cancelled());
            let in_rt = spawn_local(async { Rc::new(1) });
            assert_eq!(*in_rt.await.unwrap(), 1);
        });
    });
}

#[test]
fn wakes_aborts_and_handles_from_other_threads() {
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let here = thread::current().id();
        let dropped_on = Rc::new(Cell::new(None));
        let note = dropped_on.clone();
        let guard = OnDrop(move || note.set(Some(thread::current().id())));
        let stuck = rt.spawn_local(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        let (send, receive) = heist::sync::oneshot::channel();
        let waits = rt.spawn_local(async move { Rc::new(receive.await.unwrap()) });
        let (handle, abort) = (rt.handle().clone(), stuck.abort_handle());
        let other = thread::spawn(move || {
            let foreign = handle.spawn(async { thread::current().id() });
            send.send(7).unwrap();
            abort.abort();
            handle.block_on(foreign).unwrap()
        });
        rt.block_on(async {
            assert_eq!(*waits.await.unwrap(), 7);
            assert!(stuck.await.unwrap_err().is_cancelled());
            while !other.is_finished() {
                yield_now().await;
            }
        });
        assert_eq!(other.join().unwrap(), here);
        assert_eq!(dropped_on.get(), Some(here));
    });
}

#[test]
fn another_thread_can_neither_spawn_locally_nor_lend_itself() {
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let handle = rt.handle().clone();
        let text = thread::spawn(move || {
            assert_eq!(handle.lend().unwrap_err(), EnterError::Unsupported);
            let _entered = handle.enter();
            panic_of(|| drop(spawn_local(async {})))
        });
        let text = text.join().unwrap();
        assert!(text.contains("the owner thread must call"), "{text}");
        let job = rt.spawn_blocking(|| panic_of(|| drop(spawn_local(async {}))));
        let text = rt.block_on(job).unwrap();
        assert!(text.contains("the owner thread must call"), "{text}");
    });
}

#[test]
fn a_runtime_that_is_not_local_refuses_local_tasks() {
    watched(|| {
        let rt = Builder::new_current_thread().build().unwrap();
        rt.block_on(async {
            let text = panic_of(|| drop(spawn_local(async {})));
            assert!(
                text.contains("LocalSet") && text.contains("LocalRuntime"),
                "{text}"
            );
        });
        let text = panic_of(|| {
            drop(Builder::new_multi_thread().build_local(LocalOptions::default()));
        });
        assert!(
            text.contains("multi_thread is not supported for LocalRuntime"),
            "{text}"
        );
    });
}

#[test]
fn shutdown_drops_local_tasks_here_and_in_context() {
    watched(|| {
        for way in 0..3 {
            let rt = LocalRuntime::new().unwrap();
            let (here, id) = (thread::current().id(), rt.handle().id());
            let seen = Rc::new(RefCell::new(Vec::new()));
            let make = || {
                let seen = seen.clone();
                let guard = OnDrop(move || {
                    let runtime = Handle::current().id();
                    // Spawning from here resolves as cancelled.
                    let late = spawn_local(async {});
                    seen.borrow_mut()
                        .push((thread::current().id(), runtime, late.is_finished()));
                });
                async move {
                    let _guard = guard;
                    pending::<()>().await;
                }
            };
            let never_run = rt.spawn_local(make());
            rt.block_on(async {
                spawn_local(make());
                yield_now().await;
            });
            rt.spawn_local(make());
            let handle = rt.handle().clone();
            match way {
                0 => drop(rt),
                1 => rt.shutdown_timeout(Duration::from_secs(10)),
                _ => rt.shutdown_background(),
            }
            assert_eq!(*seen.borrow(), vec![(here, id, true); 3]);
            assert!(never_run.is_finished() && handle.spawn(async {}).is_finished());
        }
    });
}

#[test]
fn dropped_inside_async_code_it_panics_unless_in_the_background() {
    watched(|| {
        let outer = LocalRuntime::new().unwrap();
        outer.block_on(async {
            LocalRuntime::new().unwrap().shutdown_background();
            let inner = LocalRuntime::new().unwrap();
            let text = panic_of(|| inner.block_on(async {}));
            assert!(text.contains("Cannot start a runtime"), "{text}");
            let text = panic_of(move || drop(inner));
            assert!(text.contains("Cannot drop a runtime"), "{text}");
        });
    });
}

#[test]
fn names_places_and_large_futures() {
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let large = [1_u8; 100_000];
        let task = rt.spawn_local(async move {
            yield_now().await;
            Rc::new(large.iter().map(|&n| u32::from(n)).sum::<u32>())
        });
        assert_eq!(task.spawned_at().file(), file!());
        assert_eq!(*rt.block_on(task).unwrap(), 100_000);
        rt.block_on(async {
            let task = task::Builder::new()
                .name("local")
                .spawn_local(async { Rc::new(1) });
            let task = task.unwrap();
            assert_eq!(task.name(), Some("local"));
            assert_eq!(*task.await.unwrap(), 1);
        });
    });
}

#[test]
fn hooks_are_told_of_local_tasks() {
    watched(|| {
        let (spawned, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counts, counts_end) = (spawned.clone(), ended.clone());
        let rt = Builder::new_current_thread()
            .on_task_spawn(move |_| {
                counts.fetch_add(1, SeqCst);
            })
            .on_task_terminate(move |_| {
                counts_end.fetch_add(1, SeqCst);
            })
            .build_local(LocalOptions::default())
            .unwrap();
        rt.block_on(rt.spawn_local(async { Rc::new(1) })).unwrap();
        drop(rt.spawn_local(pending::<Rc<()>>()));
        drop(rt);
        assert_eq!((spawned.load(SeqCst), ended.load(SeqCst)), (2, 2));
    });
}

#[test]
fn main_may_be_local() {
    #[heist::main(flavor = "local")]
    async fn run() -> u32 {
        let shared = Rc::new(20);
        let copy = shared.clone();
        *shared + *spawn_local(async move { copy }).await.unwrap()
    }
    assert_eq!(run(), 40);
}

#[heist::test(flavor = "local", name = "mine")]
async fn a_test_may_be_local() {
    assert_eq!(Handle::current().name(), Some("mine"));
    sleep(Duration::from_millis(1)).await;
    assert_eq!(*spawn_local(async { Rc::new(1) }).await.unwrap(), 1);
}

#[heist::test(flavor = "local", start_paused = true)]
async fn a_local_test_may_stop_its_clock() {
    let task = spawn_local(async { sleep(Duration::from_secs(3600)).await });
    task.await.unwrap();
}
