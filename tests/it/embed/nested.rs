//! Lent threads and nested runtimes: who drives what, and what is left when they go away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Barrier, mpsc};
use std::thread;

use heist::runtime::{Builder, Handle, Limit};
use heist::sync::oneshot;
use heist::task::{LocalSet, block_in_place, spawn_local, yield_now};
use parking_lot::Mutex;

use crate::park::{block_workers, wait_until, wait_until_asleep};
use crate::support::{current_thread, guarded, multi_thread, watched};

/// Spawns tasks that count themselves when they have yielded once and run again.
fn spawn_counted(count: usize) -> Arc<AtomicUsize> {
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..count {
        let done = done.clone();
        heist::spawn(async move {
            yield_now().await;
            done.fetch_add(1, SeqCst);
        });
    }
    done
}

/// Two runtimes are driven by turns of one thread only; the one that was lent to first is left first.
#[test]
fn park_08_two_drives_on_one_thread() {
    watched(|| {
        let (a, b) = (multi_thread(1), multi_thread(1));
        let gates = [&a, &b].map(|rt| block_workers(rt.handle(), 1));
        let mut on_a = a.handle().lend().unwrap();
        let mut on_b = b.handle().lend().unwrap();
        let done_a = a.handle().enter_and(|| spawn_counted(100));
        let done_b = b.handle().enter_and(|| spawn_counted(100));
        while done_a.load(SeqCst) < 100 || done_b.load(SeqCst) < 50 {
            let _ = on_a.turn(Limit::polls(7));
            let _ = on_b.turn(Limit::polls(3));
        }
        drop(on_a);
        let more = b.handle().enter_and(|| spawn_counted(100));
        while done_b.load(SeqCst) < 100 || more.load(SeqCst) < 100 {
            let _ = on_b.turn(Limit::snapshot());
        }
        gates.iter().for_each(|gate| gate.open());
    });
}

/// A drive of one runtime within the drive of another on the same thread.
#[test]
fn park_08_a_drive_within_a_drive() {
    watched(|| {
        let (a, b) = (multi_thread(1), multi_thread(1));
        let gates = [&a, &b].map(|rt| block_workers(rt.handle(), 1));
        let mut on_a = a.handle().lend().unwrap();
        let out = on_a.run_until(async {
            let before = spawn_counted(10);
            let within = block_in_place(|| {
                let mut on_b = b.handle().lend().unwrap();
                let done = on_b.run_until(async { spawn_counted(10) }).unwrap();
                while done.load(SeqCst) < 10 {
                    let _ = on_b.turn(Limit::snapshot());
                }
                b.handle().id()
            });
            assert_ne!(Handle::current().id(), within);
            let after = spawn_counted(10);
            while before.load(SeqCst) + after.load(SeqCst) < 20 {
                yield_now().await;
            }
            Handle::current().id()
        });
        assert_eq!(out.unwrap(), a.handle().id());
        gates.iter().for_each(|gate| gate.open());
    });
}

/// A task blocks inside a turn, with `block_on`, while work for the outer drive arrives: the inner wait must not consume what was meant for the outer one.
#[test]
fn park_09_blocking_inside_a_turn_leaves_the_outer_wake_alone() {
    watched(|| {
        let rt = multi_thread(1);
        let gate = block_workers(rt.handle(), 1);
        let mut lent = rt.handle().lend().unwrap();
        let handle = rt.handle().clone();
        for _ in 0..100 {
            let (wake_outer, outer) = oneshot::channel();
            let (wake_inner, inner) = oneshot::channel();
            let (entered, is_entered) = mpsc::channel();
            let waker = thread::spawn(move || {
                is_entered.recv().unwrap();
                wake_outer.send(1).unwrap();
                wake_inner.send(2).unwrap();
            });
            let out = lent.run_until(async {
                let handle = handle.clone();
                heist::spawn(async move {
                    block_in_place(|| {
                        handle.block_on(async {
                            entered.send(()).unwrap();
                            assert_eq!(inner.await, Ok(2));
                        })
                    })
                });
                outer.await
            });
            assert_eq!(out, Ok(Ok(1)));
            waker.join().unwrap();
        }
        gate.open();
    });
}

/// Tasks of one runtime are woken and spawned from within another, nested on the same thread.
#[test]
fn park_12_runtimes_nested_on_one_thread() {
    watched(|| {
        let outer = multi_thread(1);
        for _ in 0..50 {
            let task = outer.spawn(async {
                let here = Handle::current().id();
                let (wake, woken) = oneshot::channel();
                let sibling = heist::spawn(async move {
                    woken.await.unwrap();
                    Handle::current().id()
                });
                yield_now().await;
                let inner = block_in_place(|| {
                    let rt = current_thread();
                    rt.block_on(async {
                        // Spawned here, it belongs to the inner one; woken from here, the sibling to the outer one.
                        let spawned = heist::spawn(async { Handle::current().id() });
                        wake.send(()).unwrap();
                        let sibling = sibling.await.unwrap();
                        assert_eq!(sibling, here);
                        let spawned = spawned.await.unwrap();
                        assert_eq!(spawned, Handle::current().id());
                        spawned
                    })
                });
                assert_ne!(inner, here);
                assert_eq!(
                    heist::spawn(async { Handle::current().id() })
                        .await
                        .unwrap(),
                    here
                );
            });
            outer.block_on(task).unwrap();
        }
    });
}

/// A context that was entered decides where a spawn goes, the thread's slot whom a wake reaches.
#[test]
fn park_12_an_entered_context_on_a_driven_thread() {
    watched(|| {
        let (a, b) = (multi_thread(1), multi_thread(1));
        let (handle, there) = (b.handle().clone(), b.handle().id());
        let task = a.spawn(async move {
            let here = Handle::current().id();
            let (wake, woken) = oneshot::channel();
            let sibling = heist::spawn(async move { woken.await.map(|()| Handle::current().id()) });
            yield_now().await;
            let spawned = {
                let _context = handle.enter();
                wake.send(()).unwrap();
                heist::spawn(async { Handle::current().id() })
            };
            assert_eq!(sibling.await.unwrap(), Ok(here));
            assert_eq!(spawned.await.unwrap(), there);
        });
        a.block_on(task).unwrap();
    });
}

/// A future that adds a thousand tasks to the queue of a lent thread and ends at once: the thread goes back to its host, the worker must hear of them.
#[test]
fn park_13_run_until_ends_with_work_left() {
    watched(|| {
        let rt = multi_thread(1);
        let mut lent = rt.handle().lend().unwrap();
        for count in [1, 1000] {
            wait_until_asleep(rt.handle());
            let done = lent.run_until(async { spawn_counted(count) }).unwrap();
            wait_until(|| done.load(SeqCst) == count);
        }
    });
}

/// A turn with a small budget ends with a thousand tasks ready, and there is no other turn.
#[test]
fn park_13_a_turn_ends_with_work_left() {
    watched(|| {
        for count in [1, 1000] {
            let rt = multi_thread(1);
            let handle = rt.handle().clone();
            let gate = block_workers(rt.handle(), 1);
            let mut lent = rt.handle().lend().unwrap();
            let (tell, told) = mpsc::channel();
            rt.spawn(async move {
                gate.open();
                wait_until_asleep(&handle);
                tell.send(spawn_counted(count)).unwrap();
            });
            let turn = lent.turn(Limit::polls(1));
            assert_eq!(turn.polled, 1);
            let done = told.recv().unwrap();
            wait_until(|| done.load(SeqCst) == count);
        }
    });
}

/// A sleeping lent thread is woken for a task, but its own future is ready first: the wake-up is passed on, and later ones are not taken for granted.
#[test]
fn park_13_a_wake_consumed_by_leaving_is_passed_on() {
    watched(|| {
        let complete = Arc::new(Mutex::new(None::<oneshot::Sender<()>>));
        let hook = complete.clone();
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .on_thread_unpark(move || {
                // On the lent thread, between its claim by the push and its look at the queue.
                let complete = hook.lock().take();
                if let Some(complete) = complete {
                    complete.send(()).unwrap();
                }
            })
            .build()
            .unwrap();
        for _ in 0..20 {
            let gate = block_workers(rt.handle(), 1);
            let mut lent = rt.handle().lend().unwrap();
            let (tell, told) = oneshot::channel();
            *complete.lock() = Some(tell);
            let pusher = {
                let (handle, complete) = (rt.handle().clone(), complete.clone());
                thread::spawn(move || {
                    // Until a push has claimed the lent thread.
                    let mut tasks = Vec::new();
                    while complete.lock().is_some() {
                        tasks.push(handle.spawn(async {}));
                        thread::yield_now();
                    }
                    tasks
                })
            };
            lent.run_until(told).unwrap().unwrap();
            let tasks = pusher.join().unwrap();
            gate.open();
            rt.block_on(async {
                for task in tasks {
                    task.await.unwrap();
                }
            });
            // The lent thread is away, and nobody may count on it.
            wait_until_asleep(rt.handle());
            rt.block_on(rt.spawn(async {})).unwrap();
        }
    });
}

/// A local task is woken from elsewhere while its owner sleeps.
#[test]
fn park_13_a_local_spawn_reaches_its_sleeping_owner() {
    watched(|| {
        for rt in [current_thread(), multi_thread(1)] {
            let set = LocalSet::new();
            for round in 0..200 {
                let (send, receive) = oneshot::channel();
                let sender = thread::spawn(move || send.send(round).unwrap());
                let local = set.spawn_local(async move {
                    let got = receive.await.unwrap();
                    spawn_local(async move { got }).await.unwrap()
                });
                assert_eq!(set.block_on(&rt, local).unwrap(), round);
                sender.join().unwrap();
            }
        }
    });
}

/// On a lent thread nobody takes the slot over; its peers must hear of what is queued there.
#[test]
fn park_15_a_lent_thread_blocks_in_place() {
    watched(|| {
        let rt = multi_thread(1);
        let mut lent = rt.handle().lend().unwrap();
        for _ in 0..50 {
            wait_until_asleep(rt.handle());
            let out = lent.run_until(async {
                let (tell, told) = mpsc::channel();
                let other = heist::spawn(async move {
                    yield_now().await;
                    tell.send(5).unwrap();
                });
                let got = block_in_place(|| told.recv().unwrap());
                other.await.unwrap();
                got
            });
            assert_eq!(out, Ok(5));
        }
    });
}

/// The same from a task that the lent thread runs.
#[test]
fn park_15_a_task_on_a_lent_thread_blocks_in_place() {
    watched(|| {
        let rt = multi_thread(1);
        let mut lent = rt.handle().lend().unwrap();
        for _ in 0..50 {
            let gate = block_workers(rt.handle(), 1);
            let handle = rt.handle().clone();
            let task = rt.spawn(async move {
                gate.open();
                wait_until_asleep(&handle);
                let meet = Arc::new(Barrier::new(2));
                let (tell, told) = mpsc::channel();
                for _ in 0..2 {
                    let tell = tell.clone();
                    heist::spawn(async move { tell.send(5).unwrap() });
                }
                let (ours, theirs) = (meet.clone(), meet);
                heist::spawn(async move {
                    theirs.wait();
                });
                block_in_place(|| {
                    ours.wait();
                    told.recv().unwrap() + told.recv().unwrap()
                })
            });
            assert_eq!(lent.run_until(task).unwrap().unwrap(), 10);
        }
    });
}

/// More than one task waits behind the closure, and they wait for each other.
#[test]
fn park_15_a_lent_thread_blocks_in_place_before_several_tasks() {
    watched(|| {
        let rt = guarded(2);
        let mut lent = rt.handle().lend().unwrap();
        for _ in 0..20 {
            wait_until_asleep(rt.handle());
            let out = lent.run_until(async {
                let meet = Arc::new(Barrier::new(3));
                for _ in 0..2 {
                    let meet = meet.clone();
                    heist::spawn(async move {
                        meet.wait();
                    });
                }
                block_in_place(|| {
                    meet.wait();
                });
            });
            assert_eq!(out, Ok(()));
        }
    });
}

/// The future of a lent thread spins until what it has spawned has run.
#[test]
fn park_17_tasks_behind_the_future_of_a_lent_thread_are_freed() {
    watched(|| {
        let rt = guarded(1);
        let mut lent = rt.handle().lend().unwrap();
        for _ in 0..10 {
            wait_until_asleep(rt.handle());
            let out = lent.run_until(async {
                let ran = Arc::new(AtomicBool::new(false));
                let tell = ran.clone();
                heist::spawn(async move { tell.store(true, SeqCst) });
                wait_until(|| ran.load(SeqCst));
            });
            assert_eq!(out, Ok(()));
        }
    });
}

/// The runtime closes while the future of a lent thread blocks in place.
#[test]
fn park_15_shutdown_meets_a_lent_thread_that_blocks_in_place() {
    watched(|| {
        for _ in 0..20 {
            let rt = multi_thread(1);
            let mut lent = rt.handle().lend().unwrap();
            let (entered, is_entered) = mpsc::channel();
            let closer = thread::spawn(move || {
                is_entered.recv().unwrap();
                drop(rt);
            });
            let handle = Arc::new(Mutex::new(None));
            let out = lent.run_until(async {
                *handle.lock() = Some(heist::spawn(std::future::pending::<()>()));
                block_in_place(|| {
                    entered.send(()).unwrap();
                    closer.join().unwrap();
                });
                std::future::pending::<()>().await;
            });
            assert_eq!(out, Err(heist::runtime::EnterError::ShutDown));
            drop(lent);
            let ended = handle.lock().take().unwrap();
            assert!(ended.is_finished());
        }
    });
}

trait EnterAnd {
    /// Runs a closure in the context of the runtime.
    fn enter_and<R>(&self, f: impl FnOnce() -> R) -> R;
}

impl EnterAnd for Handle {
    fn enter_and<R>(&self, f: impl FnOnce() -> R) -> R {
        let _context = self.enter();
        f()
    }
}
