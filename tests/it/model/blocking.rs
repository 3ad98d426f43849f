//! Blocking closures that can be asked to end.

use std::future::pending;
use std::sync::mpsc;

use heist::task::scope::{self, spawn_blocking_with};
use heist::task::{TaskGroup, yield_now};

use super::{Drops, until};
use crate::support::{current_thread, on_every_flavour, watched};

#[test]
fn an_abort_is_seen_and_the_handle_waits_for_the_real_end() {
    on_every_flavour(|| async {
        let (started, wait) = heist::sync::oneshot::channel();
        let (go_on, held) = mpsc::channel::<()>();
        let mut job = spawn_blocking_with(move |scope| {
            started.send(()).unwrap();
            while !scope.is_cancelled() {
                std::thread::yield_now();
            }
            held.recv().unwrap();
            scope::reason().unwrap().to_string()
        });
        wait.await.unwrap();
        job.abort();
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(!job.is_finished());
        go_on.send(()).unwrap();
        assert_eq!((&mut job).await.unwrap(), "its handle was aborted");
    });
}

#[test]
fn an_abort_handle_tells_too_and_interrupts_block_on() {
    on_every_flavour(|| async {
        let (started, wait) = heist::sync::oneshot::channel();
        let drops = Drops::default();
        let token = drops.token();
        let job = spawn_blocking_with(move |scope| {
            started.send(()).unwrap();
            scope.block_on(async move {
                let _token = token;
                pending::<()>().await
            })
        });
        wait.await.unwrap();
        job.abort_handle().abort();
        assert!(job.await.unwrap().is_err());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn an_abort_before_the_start_prevents_it() {
    watched(|| {
        let rt = heist::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        rt.block_on(async {
            let (go_on, held) = mpsc::channel::<()>();
            let first = heist::task::spawn_blocking(move || held.recv().unwrap());
            let drops = Drops::default();
            let token = drops.token();
            let second = spawn_blocking_with(move |_| {
                let _token = token;
                panic!("started")
            });
            second.abort();
            go_on.send(()).unwrap();
            first.await.unwrap();
            assert!(second.await.unwrap_err().is_cancelled());
            assert_eq!(drops.count(), 1);
        });
    });
}

#[test]
fn a_dropped_handle_detaches_and_a_panic_is_told() {
    on_every_flavour(|| async {
        let drops = Drops::default();
        let token = drops.token();
        drop(spawn_blocking_with(move |scope| {
            assert!(!scope.is_cancelled());
            drop(token);
        }));
        until(|| drops.count() == 1).await;
        let failed = spawn_blocking_with(|_| panic!("boom")).await;
        assert!(failed.unwrap_err().is_panic());
        assert!(scope::current().is_none());
    });
}

#[test]
fn a_group_waits_for_its_closures() {
    on_every_flavour(|| async {
        let drops = Drops::default();
        let group = TaskGroup::new();
        for _ in 0..3 {
            let token = drops.token();
            group.spawn_blocking(move |scope| {
                let _token = token;
                while !scope::is_cancelled() {
                    std::thread::yield_now();
                }
                assert_eq!(scope.reason(), scope::reason());
                Ok(())
            });
        }
        group.spawn(async { Err("stop") });
        let error = group.join().await.unwrap_err();
        assert_eq!((error.failures().len(), drops.count()), (1, 3));
    });
}

#[test]
fn a_closure_of_a_group_fails_like_a_task() {
    on_every_flavour(|| async {
        let group = TaskGroup::new();
        group.spawn(pending());
        group.spawn_blocking(|_| Err("blocked too long"));
        let error = group.join().await.unwrap_err();
        assert_eq!(error.failures()[0].error(), Some(&"blocked too long"));

        let group = TaskGroup::<()>::new();
        group.spawn(pending());
        group.spawn_blocking(|_| panic!("boom"));
        assert!(group.join().await.unwrap_err().failures()[0].is_panic());
    });
}

#[test]
fn a_closure_of_a_group_that_never_started_is_cut() {
    watched(|| {
        let rt = heist::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        rt.block_on(async {
            let (go_on, held) = mpsc::channel::<()>();
            let first = heist::task::spawn_blocking(move || held.recv().unwrap());
            let group = TaskGroup::<()>::new();
            group.spawn_blocking(|_| panic!("started"));
            group.cancel("not needed");
            yield_now().await;
            go_on.send(()).unwrap();
            let error = group.join().await.unwrap_err();
            assert!(error.is_cancelled());
            first.await.unwrap();
        });
    });
}

#[test]
fn a_runtime_that_is_dropped_waits_for_the_closure_it_runs() {
    watched(|| {
        let rt = current_thread();
        let (started, wait) = mpsc::channel();
        let job = {
            let _entered = rt.enter();
            spawn_blocking_with(move |scope| {
                started.send(()).unwrap();
                while !scope.is_cancelled() {
                    std::thread::yield_now();
                }
                "seen"
            })
        };
        wait.recv().unwrap();
        job.abort();
        drop(rt);
        assert!(job.is_finished());
    });
}
