//! What is seen by whom, and what is left behind.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use super::{ContextSnapshot, Inherited, inherit, inherit_call, inherit_local, kept};
use crate::task::{self, LocalSet, spawn_local, yield_now};
use crate::{Builder, Runtime, spawn, spawn_blocking};

crate::context_var! {
    static NUMBER: u32;
    static TEXT: String = "default".to_owned();
    static DROPS: CountsDrop
}

fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_current_thread().build().unwrap(),
        Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap(),
    ]
}

/// Counts how often it is dropped, and looks at a variable while it is.
struct CountsDrop(Arc<AtomicUsize>);

impl Drop for CountsDrop {
    fn drop(&mut self) {
        let _ = NUMBER.get();
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn unset_outside_of_every_context() {
    assert_eq!(NUMBER.get(), None);
    assert_eq!(TEXT.get().as_deref(), Some("default"));
    for rt in runtimes() {
        assert_eq!(rt.block_on(spawn_get(&rt)), None);
    }
}

async fn spawn_get(rt: &Runtime) -> Option<u32> {
    rt.spawn(async { NUMBER.get() }).await.unwrap()
}

#[test]
fn free_when_unset() {
    assert!(matches!(inherit(async {}), Inherited::Bare(_)));
    assert!(matches!(inherit_local(async {}), Inherited::Bare(_)));
    assert!(matches!(inherit_call(|| ()), Inherited::Bare(_)));
    NUMBER.sync_scope(1, || {
        assert!(matches!(inherit(async {}), Inherited::Wrapped(_)));
    });
    assert!(matches!(inherit(async {}), Inherited::Bare(_)));
}

#[test]
fn inherited_by_everything_that_is_spawned() {
    for rt in runtimes() {
        let seen = rt.block_on(NUMBER.scope(3, async {
            let task = spawn(async {
                yield_now().await;
                let grandchild = spawn(async { NUMBER.get() });
                (NUMBER.get(), grandchild.await.unwrap())
            });
            let job = spawn_blocking(|| NUMBER.get());
            let set = LocalSet::new();
            let local = set.run_until(async { spawn_local(async { NUMBER.get() }).await });
            (
                task.await.unwrap(),
                job.await.unwrap(),
                local.await.unwrap(),
            )
        }));
        assert_eq!(seen, ((Some(3), Some(3)), Some(3), Some(3)));
    }
}

#[test]
fn inherited_at_the_spawn_not_later() {
    for rt in runtimes() {
        rt.block_on(NUMBER.scope(1, async {
            let before = spawn(async {
                yield_now().await;
                NUMBER.get()
            });
            NUMBER.set(2).unwrap();
            let after = spawn(async { NUMBER.get() });
            assert_eq!(before.await.unwrap(), Some(1));
            assert_eq!(after.await.unwrap(), Some(2));
        }));
    }
}

#[test]
fn child_change_stays_in_child() {
    for rt in runtimes() {
        rt.block_on(NUMBER.scope(1, async {
            let child = spawn(async {
                NUMBER.set(2).unwrap();
                TEXT.set("child".to_owned()).unwrap();
                yield_now().await;
                (NUMBER.get(), TEXT.get())
            });
            assert_eq!(child.await.unwrap(), (Some(2), Some("child".to_owned())));
            assert_eq!(
                (NUMBER.get(), TEXT.get()),
                (Some(1), Some("default".to_owned()))
            );
        }));
    }
}

#[test]
fn a_change_lasts_until_the_innermost_scope_ends() {
    let rt = &runtimes()[0];
    rt.block_on(NUMBER.scope(1, async {
        TEXT.scope("inner".to_owned(), async {
            NUMBER.set(5).unwrap();
            yield_now().await;
            assert_eq!(NUMBER.get(), Some(5));
        })
        .await;
        assert_eq!(NUMBER.get(), Some(1));
    }));
    assert_eq!(NUMBER.get(), None);
}

#[test]
fn futures_side_by_side_do_not_see_each_other() {
    let step = |value| {
        NUMBER.scope(value, async move {
            for add in 0..4 {
                assert_eq!(NUMBER.get(), Some(value + add));
                NUMBER.set(value + add + 1).unwrap();
                yield_now().await;
            }
        })
    };
    runtimes()[0].block_on(async {
        let (mut one, mut two) = (pin!(step(10)), pin!(step(20)));
        let mut left = 2;
        poll_fn(|cx| {
            for future in [&mut one, &mut two] {
                if left > 0 && future.as_mut().poll(cx).is_ready() {
                    left -= 1;
                }
            }
            if left == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    });
}

#[test]
fn a_task_of_others_polled_inside_sees_nothing() {
    let rt = &runtimes()[0];
    let set = LocalSet::new();
    let stranger = set.spawn_local(async {
        let seen = NUMBER.get();
        // What a stranger spawns is a stranger.
        let child = spawn(async { NUMBER.get() }).await.unwrap();
        NUMBER.set(9).unwrap();
        yield_now().await;
        assert_eq!(NUMBER.get(), Some(9));
        (seen, child)
    });
    rt.block_on(NUMBER.scope(
        1,
        set.run_until(async {
            assert_eq!(stranger.await.unwrap(), (None, None));
            assert_eq!(NUMBER.get(), Some(1));
        }),
    ));
    // The same on the thread that drives a whole runtime.
    let stranger = rt.spawn(async { NUMBER.get() });
    let seen = NUMBER.sync_scope(1, || {
        rt.block_on(async { (NUMBER.get(), stranger.await.unwrap()) })
    });
    assert_eq!(seen, (Some(1), None));
}

#[test]
fn a_panic_leaves_the_context() {
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        NUMBER.sync_scope(1, || panic!("out"));
    }));
    assert!(unwound.is_err());
    assert_eq!(NUMBER.get(), None);
    for rt in runtimes() {
        let failed = rt.block_on(async { spawn(NUMBER.scope(1, async { panic!("out") })).await });
        assert!(failed.is_err());
        assert_eq!(rt.block_on(spawn_get(&rt)), None);
    }
}

#[test]
fn dropped_at_each_poll_in_its_context_and_without_a_trace() {
    /// Notes which value it sees when it is dropped.
    struct Sees(Arc<AtomicUsize>);
    impl Drop for Sees {
        fn drop(&mut self) {
            self.0.store(NUMBER.get().unwrap_or(0) as usize, SeqCst);
        }
    }
    for polls in 0..4 {
        let (seen, drops) = (
            Arc::new(AtomicUsize::new(99)),
            Arc::new(AtomicUsize::new(0)),
        );
        let sees = Sees(seen.clone());
        let mut future = Box::pin(NUMBER.scope(
            7,
            DROPS.scope(CountsDrop(drops.clone()), async move {
                let _sees = sees;
                for _ in 0..2 {
                    // Comes back at once, without a runtime.
                    let mut first = true;
                    poll_fn(|_| {
                        if std::mem::take(&mut first) {
                            Poll::Pending
                        } else {
                            Poll::Ready(())
                        }
                    })
                    .await;
                }
            }),
        ));
        for _ in 0..polls.min(3) {
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(NUMBER.get(), None);
            if polled.is_ready() {
                break;
            }
        }
        drop(future);
        assert_eq!(seen.load(SeqCst), 7, "after {polls} polls");
        assert_eq!(drops.load(SeqCst), 1);
        assert_eq!(NUMBER.get(), None);
    }
}

#[test]
fn values_are_dropped_with_the_last_copy_and_where_they_may_look() {
    let drops = Arc::new(AtomicUsize::new(0));
    let rt = &runtimes()[1];
    rt.block_on(DROPS.scope(CountsDrop(drops.clone()), async {
        let child = spawn(async { DROPS.with(|value| value.is_some()) });
        DROPS.set(CountsDrop(drops.clone())).unwrap();
        assert!(child.await.unwrap());
    }));
    assert_eq!(drops.load(SeqCst), 2);
    assert_eq!(Arc::strong_count(&drops), 1);
}

#[test]
fn with_may_set_the_variable_it_looks_at() {
    NUMBER.sync_scope(1, || {
        NUMBER.with(|value| {
            NUMBER.set(2).unwrap();
            assert_eq!(value, Some(&1));
        });
        assert_eq!(NUMBER.get(), Some(2));
    });
}

#[test]
fn a_snapshot_goes_anywhere_and_is_not_changed() {
    let snapshot = NUMBER.sync_scope(4, ContextSnapshot::capture);
    let other = snapshot.clone();
    let seen = std::thread::spawn(move || {
        other.run(|| {
            NUMBER.set(5).unwrap();
            NUMBER.get()
        })
    });
    assert_eq!(seen.join().unwrap(), Some(5));
    assert_eq!(snapshot.run(|| NUMBER.get()), Some(4));
    // An empty one hides what is there.
    let empty = ContextSnapshot::capture();
    assert_eq!(NUMBER.sync_scope(1, || empty.run(|| NUMBER.get())), None);
}

#[test]
fn a_thread_that_ends_has_no_context() {
    thread_local! {
        static LATE: Cell<Option<Late>> = const { Cell::new(None) };
    }
    struct Late(Arc<AtomicUsize>);
    impl Drop for Late {
        fn drop(&mut self) {
            assert_eq!(NUMBER.get(), None);
            assert_eq!(NUMBER.set(1).unwrap_err().0, 1);
            NUMBER.sync_scope(1, || ());
            let mut future = Box::pin(NUMBER.scope(1, async {}));
            let polled = Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_ready());
            self.0.fetch_add(1, SeqCst);
        }
    }
    let done = Arc::new(AtomicUsize::new(0));
    let late = Late(done.clone());
    std::thread::spawn(move || {
        LATE.set(Some(late));
        NUMBER.sync_scope(1, || ());
    })
    .join()
    .unwrap();
    assert_eq!(done.load(SeqCst), 1);
}

#[test]
fn set_without_a_scope_belongs_to_the_task_and_what_it_spawns_afterwards() {
    for rt in runtimes() {
        let task = rt.spawn(async {
            let before = spawn(async {
                yield_now().await;
                NUMBER.get()
            });
            NUMBER.set(1).unwrap();
            for _ in 0..3 {
                yield_now().await;
                assert_eq!(NUMBER.get(), Some(1));
            }
            let after = spawn(async {
                NUMBER.set(NUMBER.get().unwrap() + 1).unwrap();
                yield_now().await;
                NUMBER.get()
            });
            let job = spawn_blocking(|| NUMBER.get());
            let inner = NUMBER.scope(5, async { NUMBER.get() }).await;
            NUMBER.set(3).unwrap();
            let seen = (
                before.await.unwrap(),
                after.await.unwrap(),
                job.await.unwrap(),
            );
            assert_eq!(seen, (None, Some(2), Some(1)));
            assert_eq!((inner, NUMBER.get()), (Some(5), Some(3)));
            // An empty snapshot hides it, and a full one takes it along.
            let empty = std::thread::spawn(ContextSnapshot::capture).join().unwrap();
            assert_eq!(empty.run(|| NUMBER.get()), None);
            let full = ContextSnapshot::capture();
            let elsewhere = std::thread::spawn(move || full.run(|| NUMBER.get()));
            assert_eq!(elsewhere.join().unwrap(), Some(3));
        });
        rt.block_on(task).unwrap();
        assert_eq!(rt.block_on(spawn_get(&rt)), None);
    }
}

#[test]
fn set_without_a_scope_in_local_tasks_and_in_jobs() {
    let rt = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let set = LocalSet::new();
    rt.block_on(set.run_until(async {
        let one = spawn_local(async {
            NUMBER.set(1).unwrap();
            yield_now().await;
            (
                NUMBER.get(),
                spawn_local(async { NUMBER.get() }).await.unwrap(),
            )
        });
        let other = spawn_local(async {
            yield_now().await;
            NUMBER.get()
        });
        assert_eq!(one.await.unwrap(), (Some(1), Some(1)));
        assert_eq!(other.await.unwrap(), None);
        let job = spawn_blocking(|| {
            NUMBER.set(2).unwrap();
            NUMBER.get()
        });
        assert_eq!(job.await.unwrap(), Some(2));
        // The thread of the pool has nothing of it.
        assert_eq!(spawn_blocking(|| NUMBER.get()).await.unwrap(), None);
    }));
}

#[test]
fn set_in_block_on_ends_with_it() {
    for rt in runtimes() {
        rt.block_on(async {
            NUMBER.set(1).unwrap();
            yield_now().await;
            assert_eq!(NUMBER.get(), Some(1));
            assert_eq!(spawn_get(&rt).await, Some(1));
            let set = LocalSet::new();
            let local = set.run_until(async { spawn_local(async { NUMBER.get() }).await });
            assert_eq!(local.await.unwrap(), Some(1));
        });
        assert_eq!(NUMBER.get(), None);
        NUMBER.sync_scope(7, || {
            rt.block_on(async {
                assert_eq!(NUMBER.get(), Some(7));
                NUMBER.set(8).unwrap();
            });
            assert_eq!(NUMBER.get(), Some(7));
        });
    }
}

#[test]
fn set_in_a_block_on_within_a_task_does_not_stay_with_the_task() {
    let rt = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let handle = rt.handle().clone();
    let task = rt.spawn(async move {
        let inner = task::block_in_place(|| {
            handle.block_on(async {
                NUMBER.set(1).unwrap();
                yield_now().await;
                NUMBER.get()
            })
        });
        (inner, NUMBER.get())
    });
    assert_eq!(rt.block_on(task).unwrap(), (Some(1), None));
}

#[test]
fn set_on_a_plain_thread_stays_there() {
    let thread = std::thread::spawn(|| {
        NUMBER.set(1).unwrap();
        let [rt, _] = runtimes();
        let task = rt.block_on(rt.spawn(async { NUMBER.get() })).unwrap();
        let other = std::thread::spawn(|| NUMBER.get()).join().unwrap();
        (NUMBER.get(), task, other)
    });
    assert_eq!(thread.join().unwrap(), (Some(1), Some(1), None));
}

#[test]
fn what_a_task_has_set_goes_when_it_ends_whatever_its_handles_do() {
    let drops = Arc::new(AtomicUsize::new(0));
    for rt in runtimes() {
        drops.store(0, SeqCst);
        let ends: [fn() -> Option<()>; 2] = [|| Some(()), || panic!("by a panic")];
        for end in ends {
            let counts = drops.clone();
            let mut task = rt.spawn(async move {
                DROPS.set(CountsDrop(counts)).unwrap();
                yield_now().await;
                end()
            });
            let id = task.id();
            let _ = rt.block_on(&mut task);
            assert!(!kept::is_kept(id));
        }
        assert_eq!(drops.load(SeqCst), 2);
        // By an abort, and by the end of the runtime.
        for _ in 0..2 {
            let counts = drops.clone();
            let (told, tell) = std::sync::mpsc::channel();
            let task = rt.spawn(async move {
                DROPS.set(CountsDrop(counts)).unwrap();
                told.send(()).unwrap();
                std::future::pending::<()>().await;
            });
            while tell.try_recv().is_err() {
                rt.block_on(yield_now());
            }
            if drops.load(SeqCst) == 2 {
                task.abort();
                assert!(rt.block_on(task).unwrap_err().is_cancelled());
                assert_eq!(drops.load(SeqCst), 3);
            }
        }
        drop(rt);
        assert_eq!(drops.load(SeqCst), 4);
    }
}

/// An output that sets a variable when it is dropped, after the task has ended: the address of its cell may soon be another task's.
#[test]
fn what_a_late_output_sets_is_not_seen_by_the_next_task_at_its_place() {
    struct SetsLate;
    impl Drop for SetsLate {
        fn drop(&mut self) {
            NUMBER.set(9).unwrap();
        }
    }
    let [rt, _] = runtimes();
    for _ in 0..100 {
        let task = rt.spawn(async { SetsLate });
        let abort = task.abort_handle();
        rt.block_on(yield_now());
        assert!(abort.is_finished());
        let id = abort.id();
        drop(task);
        drop(abort);
        assert!(!kept::is_kept(id));
        assert_eq!(rt.block_on(rt.spawn(async { NUMBER.get() })).unwrap(), None);
    }
}
