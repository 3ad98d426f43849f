//! Mode (a): threads of the program are lent to a runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use heist::runtime::{Builder, EnterError, Handle, Limit, Runtime, RuntimeFlavor};
use heist::sync::oneshot;
use heist::task::yield_now;

use crate::park::{block_workers, wait_until};
use crate::support::{hosted, multi_thread, watched};

/// Spawns tasks that count themselves when they have yielded once and run again.
fn spawn_counted(handle: &Handle, count: usize) -> Arc<AtomicUsize> {
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..count {
        let done = done.clone();
        handle.spawn(async move {
            yield_now().await;
            done.fetch_add(1, SeqCst);
        });
    }
    done
}

/// A runtime with one slot for the test's thread, and what keeps all others busy.
fn with_one_guest() -> Vec<(Runtime, Option<crate::park::Blocked>)> {
    let own = multi_thread(1);
    let gate = block_workers(own.handle(), 1);
    vec![(hosted(1), None), (own, Some(gate))]
}

#[test]
fn four_std_threads_run_10k_tasks() {
    watched(|| {
        let rt = hosted(4);
        assert_eq!(rt.handle().runtime_flavor(), RuntimeFlavor::Hosted);
        let done = spawn_counted(rt.handle(), 10_000);
        let (stop, mut stopped) = heist::sync::watch::channel(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                let (handle, mut stopped) = (rt.handle().clone(), stopped.clone());
                scope.spawn(move || {
                    let mut lent = handle.lend().unwrap();
                    let until = async { stopped.wait_for(|stop| *stop).await.is_ok() };
                    assert_eq!(lent.run_until(until), Ok(true));
                });
            }
            wait_until(|| done.load(SeqCst) == 10_000);
            stop.send(true).unwrap();
        });
        assert!(*stopped.borrow_and_update());
        assert_eq!(rt.metrics().num_alive_tasks(), 0);
    });
}

/// EMBED-01: whoever leaves, those who stay finish what it has queued.
#[test]
fn leave_never_strands_tasks() {
    watched(|| {
        for round in 0..200 {
            let rt = hosted(2);
            let (stop, stopped) = oneshot::channel::<()>();
            let stays = {
                let handle = rt.handle().clone();
                thread::spawn(move || handle.lend().unwrap().run_until(stopped))
            };
            let mut leaves = rt.handle().lend().unwrap();
            let done = leaves
                .run_until(async { spawn_counted(&Handle::current(), 1000) })
                .unwrap();
            for _ in 0..round % 8 {
                let _ = leaves.turn(Limit::polls(round));
            }
            drop(leaves);
            wait_until(|| done.load(SeqCst) == 1000);
            stop.send(()).unwrap();
            stays.join().unwrap().unwrap().unwrap();
        }
    });
}

/// EMBED-01: the last one leaves, and the next one inherits.
#[test]
fn who_comes_inherits_what_was_left() {
    watched(|| {
        let rt = hosted(2);
        let mut first = rt.handle().lend().unwrap();
        let done = first
            .run_until(async { spawn_counted(&Handle::current(), 1000) })
            .unwrap();
        assert!(done.load(SeqCst) < 1000);
        drop(first);
        let mut second = rt.handle().lend().unwrap();
        while done.load(SeqCst) < 1000 {
            let _ = second.turn(Limit::snapshot());
        }
    });
}

/// EMBED-02: turns beside a thread that spawns; a wake-up that goes to a thread that is away is passed on.
#[test]
fn turn_vs_spawn_no_lost_wakeup() {
    watched(|| {
        const ROUNDS: usize = 100_000;
        let rt = hosted(2);
        let (stop, stopped) = oneshot::channel::<()>();
        let sleeper = {
            let handle = rt.handle().clone();
            thread::spawn(move || handle.lend().unwrap().run_until(stopped))
        };
        let done = Arc::new(AtomicUsize::new(0));
        let all = Arc::new(AtomicBool::new(false));
        let turner = {
            let (handle, all) = (rt.handle().clone(), all.clone());
            thread::spawn(move || {
                let mut lent = handle.lend().unwrap();
                while !all.load(SeqCst) {
                    let _ = lent.turn(Limit::polls(1));
                }
            })
        };
        for round in 0..ROUNDS {
            let count = done.clone();
            rt.spawn(async move {
                count.fetch_add(1, SeqCst);
            });
            if round % 64 == 0 {
                wait_until(|| done.load(SeqCst) == round + 1);
            }
        }
        wait_until(|| done.load(SeqCst) == ROUNDS);
        all.store(true, SeqCst);
        turner.join().unwrap();
        stop.send(()).unwrap();
        sleeper.join().unwrap().unwrap().unwrap();
    });
}

#[test]
fn turn_is_bounded_and_reports_more() {
    watched(|| {
        for (rt, _gate) in with_one_guest() {
            let mut lent = rt.handle().lend().unwrap();
            let done = spawn_counted(rt.handle(), 10);
            let turn = lent.turn(Limit::polls(7));
            assert_eq!((turn.polled, turn.more, turn.tasks_left), (7, true, true));
            while lent.turn(Limit::polls(7)).more {}
            assert_eq!(done.load(SeqCst), 10);
            let empty = lent.turn(Limit::polls(7));
            assert_eq!((empty.polled, empty.more), (0, false));
        }
    });
}

#[test]
fn limit_time() {
    watched(|| {
        for (rt, _gate) in with_one_guest() {
            let mut lent = rt.handle().lend().unwrap();
            let limit = Duration::from_millis(5);
            for _ in 0..10 {
                rt.spawn(async move {
                    let begin = Instant::now();
                    while begin.elapsed() < limit {
                        std::hint::spin_loop();
                    }
                });
            }
            // Looked at after each poll, which is never cut short.
            let turn = lent.turn(Limit::polls(10).or_after(limit));
            assert_eq!((turn.polled, turn.more), (1, true));
            assert_eq!(lent.turn(Limit::polls(3)).polled, 3);
        }
    });
}

#[test]
fn snapshot_excludes_new() {
    watched(|| {
        for (rt, _gate) in with_one_guest() {
            let mut lent = rt.handle().lend().unwrap();
            let (tell, told) = mpsc::channel();
            for parent in 0..3 {
                let tell = tell.clone();
                rt.spawn(async move {
                    tell.send(parent).unwrap();
                    heist::spawn(async move { tell.send(10 + parent).unwrap() });
                });
            }
            let turn = lent.turn(Limit::snapshot());
            assert_eq!((turn.polled, turn.more), (3, true));
            let turn = lent.turn(Limit::snapshot());
            assert_eq!((turn.polled, turn.more), (3, false));
            drop(tell);
            assert_eq!(told.iter().count(), 6);
        }
    });
}

/// EMBED-03: neither a second slot for the same thread nor a drive within a drive of the same runtime.
#[test]
fn reentrant_lend_is_err() {
    watched(|| {
        for (rt, _gate) in [(hosted(3), None), (multi_thread(1), None::<()>)] {
            let mut lent = rt.handle().lend().unwrap();
            assert_eq!(rt.handle().lend().unwrap_err(), EnterError::Reentrant);
            let within = lent.run_until(async {
                heist::task::block_in_place(|| Handle::current().lend().map(drop))
            });
            assert_eq!(within, Ok(Err(EnterError::Reentrant)));
            let within = lent.run_until(async { Handle::current().lend().map(drop) });
            assert_eq!(within, Ok(Err(EnterError::Reentrant)));
            drop(lent);
            let mut lent = rt.handle().lend().unwrap();
            let in_task = rt.spawn(async { Handle::current().lend().map(drop) });
            let within = lent.run_until(in_task).unwrap().unwrap();
            assert_eq!(within, Err(EnterError::Reentrant));
            let in_block_on = rt.handle().clone();
            drop(lent);
            let within = in_block_on.block_on(async { in_block_on.lend().map(drop) });
            assert_eq!(within, Err(EnterError::Reentrant));
        }
    });
}

/// EMBED-03, R3: a drive of one runtime inside a task of another, and turns of both by turns.
#[test]
fn two_runtimes_nest() {
    watched(|| {
        let (a, b) = (hosted(2), hosted(2));
        let (mut on_a, outer) = (a.handle().lend().unwrap(), a.handle().id());
        let handle = b.handle().clone();
        let out = on_a.run_until(async move {
            let mut on_b = handle.lend().unwrap();
            let task = handle.spawn(async {
                yield_now().await;
                Handle::current().id()
            });
            let turn = on_b.turn(Limit::polls(1));
            assert_eq!(turn.polled, 1);
            let inner = on_b.run_until(task).unwrap().unwrap();
            (inner, Handle::current().id())
        });
        assert_eq!(out, Ok((b.handle().id(), outer)));
    });
}

#[test]
fn task_panic_stays_inside() {
    watched(|| {
        for (rt, _gate) in with_one_guest() {
            let mut lent = rt.handle().lend().unwrap();
            let task = rt.spawn(async { panic!("stays inside") });
            assert_eq!(lent.turn(Limit::polls(1)).polled, 1);
            assert!(task.is_finished());
            let error = lent.run_until(task).unwrap().unwrap_err();
            assert!(error.is_panic());
            // A panic of the future itself comes out, and the slot is left in order.
            let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                lent.run_until(async { panic!("comes out") })
            }));
            assert!(panics.is_err());
            assert_eq!(lent.run_until(async { 1 }), Ok(1));
        }
    });
}

#[test]
fn no_free_slot() {
    watched(|| {
        for rt in [
            hosted(2),
            Builder::new_multi_thread()
                .worker_threads(1)
                .guest_slots(2)
                .build()
                .unwrap(),
        ] {
            let here = rt.handle().lend().unwrap();
            let handle = rt.handle().clone();
            let (tell, told) = mpsc::channel::<()>();
            let (taken, is_taken) = mpsc::channel();
            let other = thread::spawn(move || {
                let _lent = handle.lend().unwrap();
                taken.send(()).unwrap();
                let _ = told.recv();
            });
            is_taken.recv().unwrap();
            let handle = rt.handle().clone();
            let third = thread::spawn(move || handle.lend().map(drop));
            assert_eq!(third.join().unwrap(), Err(EnterError::NoFreeSlot));
            drop(tell);
            other.join().unwrap();
            let handle = rt.handle().clone();
            let third = thread::spawn(move || handle.lend().map(drop));
            assert_eq!(third.join().unwrap(), Ok(()));
            drop(here);
        }
    });
}

#[test]
fn lend_after_shutdown() {
    watched(|| {
        for rt in [hosted(1), multi_thread(1)] {
            let handle = rt.handle().clone();
            let mut early = handle.lend().unwrap();
            drop(rt);
            assert_eq!(early.run_until(async {}), Err(EnterError::ShutDown));
            let turn = early.turn(Limit::polls(1));
            assert_eq!((turn.polled, turn.more, turn.tasks_left), (0, false, false));
            drop(early);
            assert_eq!(handle.lend().unwrap_err(), EnterError::ShutDown);
        }
    });
}

#[test]
fn shutdown_wakes_lent() {
    watched(|| {
        for rt in [hosted(2), multi_thread(1)] {
            let (tell, told) = mpsc::channel();
            let handle = rt.handle().clone();
            let lent = thread::spawn(move || {
                let mut lent = handle.lend().unwrap();
                lent.run_until(async {
                    tell.send(()).unwrap();
                    std::future::pending::<()>().await;
                })
            });
            told.recv().unwrap();
            let task = rt.spawn(std::future::pending::<()>());
            drop(rt);
            assert_eq!(lent.join().unwrap(), Err(EnterError::ShutDown));
            wait_until(|| task.is_finished());
        }
    });
}

#[test]
fn beside_own_workers() {
    watched(|| {
        let rt = multi_thread(1);
        let gate = block_workers(rt.handle(), 1);
        let mut lent = rt.handle().lend().unwrap();
        // The worker is blocked: the lent thread runs it, and takes the timer out of the driver.
        let here = thread::current().id();
        let task = rt.spawn(async {
            heist::time::sleep(Duration::from_millis(2)).await;
            thread::current().id()
        });
        assert_eq!(lent.run_until(task).unwrap().unwrap(), here);
        gate.open();
        // And the worker runs what the lent thread leaves.
        let done = lent
            .run_until(async { spawn_counted(&Handle::current(), 100) })
            .unwrap();
        wait_until(|| done.load(SeqCst) == 100);
    });
}

/// Nobody waits in the driver but the reactor thread, and it passes on what happens there.
#[test]
fn events_arrive_while_the_host_is_away() {
    watched(|| {
        let rt = hosted(2);
        let mut lent = rt.handle().lend().unwrap();
        let sleeps = rt.spawn(async {
            let begin = heist::time::Instant::now();
            heist::time::sleep(Duration::from_millis(10)).await;
            begin.elapsed()
        });
        let _ = lent.turn(Limit::polls(64));
        // The timer fires on the reactor thread, into the queue from outside.
        wait_until(|| rt.metrics().global_queue_depth() > 0);
        while !sleeps.is_finished() {
            let _ = lent.turn(Limit::polls(64));
        }
        // Then the thread waits itself, beside or instead of the reactor thread.
        for _ in 0..20 {
            lent.run_until(async { heist::time::sleep(Duration::from_micros(300)).await })
                .unwrap();
        }
    });
}
