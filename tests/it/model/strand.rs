//! `Strand`: tasks on all workers of which no two run at once.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::thread;

use heist::sync::oneshot;
use heist::task::{Strand, yield_now};
use parking_lot::Mutex;

use super::Drops;
use crate::support::{flavours, guarded, multi_thread, watched};

#[test]
fn never_overlaps() {
    watched(|| {
        let rt = multi_thread(4);
        let strand = Arc::new(Strand::new(rt.handle()));
        let busy = Arc::new(AtomicBool::new(false));
        let steps = Arc::new(AtomicUsize::new(0));
        let spawn = |strand: &Strand| {
            let (busy, steps) = (busy.clone(), steps.clone());
            strand.spawn(async move {
                for _ in 0..50 {
                    assert!(!busy.swap(true, SeqCst), "two at once");
                    let now = steps.load(SeqCst);
                    thread::yield_now();
                    steps.store(now + 1, SeqCst);
                    busy.store(false, SeqCst);
                    yield_now().await;
                }
            })
        };
        let tasks: Vec<_> = (0..40).map(|_| spawn(&strand)).collect();
        rt.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert_eq!(steps.load(SeqCst), 40 * 50);
    });
}

/// The tasks take turns where they await.
#[test]
fn interleaves_in_order() {
    watched(|| {
        for (_, rt) in flavours() {
            let strand = Strand::new(rt.handle());
            let (send, receive) = channel();
            let (start, started) = oneshot::channel::<()>();
            let first = strand.spawn(async move { started.await.unwrap() });
            let tasks: Vec<_> = (0..3)
                .map(|task| {
                    let send = send.clone();
                    let strand = &strand;
                    strand.spawn(async move {
                        for step in 0..3 {
                            send.send((step, task)).unwrap();
                            yield_now().await;
                        }
                    })
                })
                .collect();
            start.send(()).unwrap();
            rt.block_on(async {
                first.await.unwrap();
                for task in tasks {
                    task.await.unwrap();
                }
            });
            let mut log: Vec<_> = receive.try_iter().collect();
            let first_turns: Vec<_> = log.iter().filter(|(step, _)| *step == 0).collect();
            assert_eq!(first_turns, [&(0, 0), &(0, 1), &(0, 2)]);
            log.sort_unstable();
            assert_eq!(log.len(), 9);
        }
    });
}

/// With the worker that ran it last stuck, a strand goes on with another one.
#[test]
fn moves_between_threads() {
    watched(|| {
        let rt = guarded(2);
        let strand = Strand::new(rt.handle());
        let (go_on, wait) = oneshot::channel::<()>();
        let (tell, told) = channel();
        let task = strand.spawn(async move {
            tell.send(thread::current().id()).unwrap();
            wait.await.unwrap();
            thread::current().id()
        });
        let first = told.recv().unwrap();
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (stuck, is_stuck) = channel();
        loop {
            let (held, stuck) = (held.clone(), stuck.clone());
            let blocker = rt.spawn(async move {
                if thread::current().id() == first {
                    stuck.send(()).unwrap();
                    let _ = held.lock().recv();
                }
            });
            while !blocker.is_finished() && is_stuck.try_recv().is_err() {
                thread::yield_now();
            }
            if !blocker.is_finished() {
                break;
            }
        }
        go_on.send(()).unwrap();
        let second = rt.block_on(task).unwrap();
        assert_ne!(first, second);
        drop(release);
    });
}

#[test]
fn drop_aborts() {
    watched(|| {
        for (_, rt) in flavours() {
            let drops = Drops::default();
            let strand = Strand::new(rt.handle());
            let tasks: Vec<_> = (0..3)
                .map(|_| {
                    let token = drops.token();
                    strand.spawn(async move {
                        token.begin();
                        pending::<()>().await;
                        drop(token);
                    })
                })
                .collect();
            let ended = strand.spawn(async { 7 });
            rt.block_on(async {
                assert_eq!(ended.await.unwrap(), 7);
                drop(strand);
                for task in tasks {
                    assert!(task.await.unwrap_err().is_cancelled());
                }
            });
            assert_eq!((drops.begun(), drops.count()), (3, 3));
            assert!(drops.is_alone());
        }
    });
}

/// Dropped by one of its own tasks, which ends after its poll; and when its runtime has gone.
#[test]
fn dropped_from_within_and_too_late() {
    watched(|| {
        for (_, rt) in flavours() {
            let strand = Arc::new(Strand::new(rt.handle()));
            let own = strand.clone();
            let (go_on, wait) = oneshot::channel::<()>();
            let task = strand.spawn(async move {
                wait.await.unwrap();
                drop(own);
                pending::<()>().await;
            });
            drop(strand);
            go_on.send(()).unwrap();
            assert!(rt.block_on(task).unwrap_err().is_cancelled());

            let strand = Strand::new(rt.handle());
            let drops = Drops::default();
            let token = drops.token();
            let waits = strand.spawn(async move {
                pending::<()>().await;
                drop(token);
            });
            drop(rt);
            assert_eq!(drops.count(), 1);
            let late = strand.spawn(async {});
            assert!(waits.is_finished() && late.is_finished());
        }
    });
}
