//! `JoinSet`: order, errors, what a drop and a detach do, and that nothing is lost however it is polled. Rule T5.

#![allow(
    clippy::disallowed_methods,
    reason = "a job that blocks until it is told to go on"
)]

use std::cell::Cell;
use std::collections::HashSet;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use heist::runtime::Handle;
use heist::sync::oneshot;
use heist::task::{JoinError, JoinSet, LocalSet, coop, yield_now};

use super::drops::OnDrop;
use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn outputs_come_in_the_order_in_which_the_tasks_end() {
    on_every_flavour(|| async {
        let mut set = JoinSet::new();
        let gates: Vec<_> = (0..10)
            .map(|n| {
                let (open, gate) = oneshot::channel::<()>();
                set.spawn(async move {
                    gate.await.unwrap();
                    n
                });
                open
            })
            .collect();
        let mut gates: Vec<_> = gates.into_iter().map(Some).collect();
        assert!(set.try_join_next().is_none());
        for n in [7, 3, 9, 0, 1, 8, 2, 6, 5, 4] {
            gates[n].take().unwrap().send(()).unwrap();
            assert_eq!(set.join_next().await.unwrap().unwrap(), n);
        }
        assert!(set.is_empty() && set.join_next().await.is_none());
        assert!(set.try_join_next().is_none());
    });
}

#[test]
fn many_that_ended_before_anybody_asked_keep_their_order() {
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let mut set = JoinSet::new();
            for n in 0..100 {
                set.spawn(ready(n));
            }
            while set.len() == 100 && set.try_join_next_with_id().is_none() {
                yield_now().await;
            }
            let rest: Vec<_> = set.join_all().await;
            assert_eq!(rest.len(), 99);
            assert!(rest.is_sorted(), "{rest:?}");
        });
    });
}

#[test]
fn ten_thousand_tasks_are_each_joined_once() {
    on_every_flavour(|| async {
        const TASKS: usize = 10_000;
        let mut set: JoinSet<_> = (0..TASKS).map(|n| async move { n }).collect();
        assert_eq!(set.len(), TASKS);
        let mut seen = vec![false; TASKS];
        while let Some(ended) = set.join_next().await {
            let n = ended.unwrap();
            assert!(!std::mem::replace(&mut seen[n], true), "{n} twice");
        }
        assert!(seen.into_iter().all(|seen| seen));
    });
}

#[test]
fn a_task_that_ends_costs_one_poll_of_the_set_and_no_look_at_the_others() {
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let polls = AtomicUsize::new(0);
            let mut set = JoinSet::new();
            for _ in 0..1_000 {
                set.spawn(pending::<()>());
            }
            for round in 1..=10 {
                set.spawn(async {});
                let mut join = pin!(set.join_next());
                let counted = std::future::poll_fn(|cx| {
                    polls.fetch_add(1, SeqCst);
                    join.as_mut().poll(cx)
                });
                counted.await.unwrap().unwrap();
                assert!(polls.load(SeqCst) <= 2 * round);
            }
        });
    });
}

#[test]
fn every_way_to_spawn() {
    watched(|| {
        let (rt, other) = (current_thread(), multi_thread(1));
        let local = LocalSet::new();
        local.block_on(&rt, async {
            let mut set = JoinSet::new();
            let mut ids = HashSet::new();
            let rc = Rc::new(4);
            let copy = rc.clone();
            ids.insert(set.spawn(async { 1 }).id());
            ids.insert(set.spawn_on(async { 2 }, other.handle()).id());
            ids.insert(set.spawn_local(async move { *rc - 1 }).id());
            ids.insert(set.spawn_local_on(async move { *copy }, &local).id());
            ids.insert(set.spawn_blocking(|| 5).id());
            ids.insert(set.spawn_blocking_on(|| 6, other.handle()).id());
            let build = |set: &mut JoinSet<i32>| set.build_task().name("n").spawn(async { 7 });
            ids.insert(build(&mut set).unwrap().id());
            let on = set.build_task().spawn_on(async { 8 }, other.handle());
            ids.insert(on.unwrap().id());
            ids.insert(set.build_task().spawn_local(async { 9 }).unwrap().id());
            let on = set.build_task().spawn_local_on(async { 10 }, &local);
            ids.insert(on.unwrap().id());
            ids.insert(set.build_task().spawn_blocking(|| 11).unwrap().id());
            let on = set
                .build_task()
                .spawn_blocking_on(|| 12, &Handle::current());
            ids.insert(on.unwrap().id());
            assert_eq!(format!("{set:?}"), "JoinSet { len: 12 }");
            let mut sum = 0;
            while let Some(ended) = set.join_next_with_id().await {
                let (id, n) = ended.unwrap();
                assert!(ids.remove(&id));
                sum += n;
            }
            assert_eq!(sum, 78);
        });
    });
}

#[test]
fn panics_and_aborts_are_outputs_with_the_id_of_their_task() {
    on_every_flavour(|| async {
        let mut set = JoinSet::new();
        let panicking = set.spawn(async { panic!("on purpose") });
        let error = set.join_next_with_id().await.unwrap().unwrap_err();
        assert!(error.is_panic() && error.id() == panicking.id());
        let stuck = set.spawn(pending::<()>());
        stuck.abort();
        let error: JoinError = set.join_next().await.unwrap().unwrap_err();
        assert!(error.is_cancelled() && error.id() == stuck.id());
        set.spawn(pending());
        set.spawn(async { panic!("on purpose") });
        set.shutdown().await;
        assert!(set.is_empty());
    });
}

#[test]
fn task_t5_join_all_passes_a_panic_on_and_aborts_the_rest() {
    watched(|| {
        let rt = multi_thread(2);
        let dropped = Arc::new(AtomicUsize::new(0));
        let count = dropped.clone();
        let result = catch_unwind(AssertUnwindSafe(|| {
            rt.block_on(async {
                let mut set = JoinSet::new();
                let guard = OnDrop(move || assert_eq!(count.fetch_add(1, SeqCst), 0));
                set.spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                });
                set.spawn(async { resume_unwind(Box::new(42_u8)) });
                set.join_all().await
            })
        }));
        assert_eq!(result.unwrap_err().downcast_ref::<u8>(), Some(&42));
        drop(rt);
        assert_eq!(dropped.load(SeqCst), 1);
        let result = catch_unwind(|| {
            current_thread().block_on(async {
                let mut set = JoinSet::new();
                set.spawn(pending::<()>()).abort();
                set.join_all().await
            })
        });
        let text = result.unwrap_err();
        assert!(
            text.downcast_ref::<String>()
                .unwrap()
                .contains("was cancelled")
        );
    });
}

#[test]
fn dropping_the_set_aborts_and_detaching_does_not() {
    on_every_flavour(|| async {
        let (sender, mut receiver) = heist::sync::mpsc::unbounded_channel();
        let mut set = JoinSet::new();
        let (open, gate) = oneshot::channel::<()>();
        let detached = sender.clone();
        set.spawn(async move {
            gate.await.unwrap();
            detached.send("detached").unwrap();
        });
        set.detach_all();
        assert!(set.is_empty() && set.join_next().await.is_none());
        // A number given out again; the bell of the one that left rings elsewhere.
        let kept = sender.clone();
        let guard = OnDrop(move || kept.send("aborted").unwrap());
        set.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        open.send(()).unwrap();
        assert_eq!(receiver.recv().await, Some("detached"));
        yield_now().await;
        assert!(set.try_join_next().is_none());
        drop(set);
        drop(sender);
        assert_eq!(receiver.recv().await, Some("aborted"));
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn a_join_that_is_dropped_at_any_poll_loses_nothing() {
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let mut set = JoinSet::new();
            for n in 0..20 {
                set.spawn(async move {
                    for _ in 0..n {
                        yield_now().await;
                    }
                    n
                });
            }
            let mut seen = Vec::new();
            while !set.is_empty() {
                // One poll, then dropped.
                let once = std::future::poll_fn(|cx| {
                    Poll::Ready(match pin!(set.join_next()).poll(cx) {
                        Poll::Ready(ended) => ended,
                        Poll::Pending => None,
                    })
                });
                seen.extend(once.await.map(Result::unwrap));
                yield_now().await;
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..20).collect::<Vec<_>>());
        });
    });
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    watched(|| {
        let rt = current_thread();
        let (first, second) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
        let (open, gate) = oneshot::channel::<()>();
        let mut set = JoinSet::new();
        set.spawn_on(async { gate.await.unwrap() }, rt.handle());
        for woken in [&first, &second, &second] {
            let waker = Waker::from(woken.clone());
            assert!(
                set.poll_join_next(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        open.send(()).unwrap();
        rt.block_on(async {
            while second.0.load(SeqCst) == 0 {
                yield_now().await;
            }
        });
        assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(
            set.poll_join_next_with_id(&mut cx),
            Poll::Ready(Some(Ok(_)))
        ));
        assert!(matches!(
            set.poll_join_next_with_id(&mut cx),
            Poll::Ready(None)
        ));
        // Nothing of the first waker is kept.
        assert_eq!(
            (Arc::strong_count(&first), Arc::strong_count(&second)),
            (1, 1)
        );
    });
}

#[test]
fn joining_takes_budget_and_trying_does_not() {
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let mut set: JoinSet<_> = (0..500).map(|_| ready(())).collect();
            yield_now().await;
            heist::spawn(async move {
                let mut joined = 0;
                std::future::poll_fn(|cx| {
                    while set.poll_join_next(cx).is_ready() {
                        joined += 1;
                    }
                    Poll::Ready(())
                })
                .await;
                assert_eq!(joined, 128);
                assert!(!coop::has_budget_remaining());
                while set.try_join_next().is_some() {
                    joined += 1;
                }
                assert_eq!(joined, 500);
            })
            .await
            .unwrap();
        });
    });
}

#[test]
fn a_set_outlives_its_runtime() {
    watched(|| {
        let rt = multi_thread(2);
        let mut set = JoinSet::new();
        for _ in 0..10 {
            set.spawn_on(pending::<()>(), rt.handle());
        }
        let handle = rt.handle().clone();
        drop(rt);
        set.spawn_on(pending(), &handle);
        set.spawn_blocking_on(|| (), &handle);
        let ended = current_thread().block_on(async {
            let mut cancelled = 0;
            while let Some(ended) = set.join_next().await {
                cancelled += usize::from(ended.unwrap_err().is_cancelled());
            }
            cancelled
        });
        assert_eq!(ended, 12);
    });
}

#[test]
fn evil_outputs_and_wakers_harm_nobody() {
    struct Evil;
    impl Drop for Evil {
        fn drop(&mut self) {
            panic!("told to panic in a drop");
        }
    }
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("told to panic in a wake");
        }
    }
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let mut set: JoinSet<_> = (0..4).map(|_| async { Evil }).collect();
            set.detach_all();
            let mut set: JoinSet<_> = (0..4).map(|_| async { Evil }).collect();
            yield_now().await;
            // Outputs that are there already.
            set.abort_all();
            drop(set);
            let mut set: JoinSet<_> = (0..2).map(ready).collect();
            let waker = Waker::from(Arc::new(Panics));
            assert!(
                set.poll_join_next(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            yield_now().await;
            let mut both = set.join_all().await;
            both.sort_unstable();
            assert_eq!(both, [0, 1]);
        });
    });
}

#[test]
fn a_set_may_hold_what_is_not_send() {
    watched(|| {
        let rt = current_thread();
        LocalSet::new().block_on(&rt, async {
            let mut set = JoinSet::new();
            let cell = Rc::new(Cell::new(0));
            for _ in 0..3 {
                let cell = cell.clone();
                set.spawn_local(async move {
                    cell.set(cell.get() + 1);
                    cell
                });
            }
            assert_eq!(set.join_all().await.len(), 3);
            assert_eq!(cell.get(), 3);
        });
    });
}
