//! Tasks on the threads of a host that refuses, forgets, panics, or has no thread to spare: nothing is lost by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, sync_channel};
use std::thread;

use heist::runtime::{Builder, Job};
use heist::task::yield_now;
use parking_lot::Mutex;

use super::pumps::hosted;
use super::{on_rayon, rayon_pool};
use crate::park::{Gate, wait_until};
use crate::support::watched;

const RESCUE: &str = "heist-rescue";

fn is_rescued() -> bool {
    thread::current().name() == Some(RESCUE)
}

/// EMBED-06, R5: every thread of the host waits for a task of ours.
#[test]
fn all_threads_block_on_us() {
    watched(|| {
        let pool = rayon_pool(2);
        let rt = hosted(on_rayon(pool.clone()), 2);
        let (tell, told) = mpsc::channel();
        let both = Arc::new(std::sync::Barrier::new(2));
        for _ in 0..2 {
            let (handle, tell, both) = (rt.handle().clone(), tell.clone(), both.clone());
            pool.spawn(move || {
                both.wait();
                let task = handle.spawn(async {
                    yield_now().await;
                    is_rescued()
                });
                tell.send(handle.block_on(task).unwrap()).unwrap();
            });
        }
        drop(tell);
        // The one that was rescued has given its thread back to the pool, which may have run the other.
        let rescued: Vec<_> = told.iter().collect();
        assert!(rescued.len() == 2 && rescued.contains(&true));
        assert!(rt.metrics().stalled_pumps() >= 1);
        // The pool has threads again, and the rescue worker has gone.
        wait_until(|| !rt.block_on(rt.spawn(async { is_rescued() })).unwrap());
    });
}

/// The same with nobody to come to the rescue: the stall is counted, and ends when the host has a thread.
#[test]
fn all_threads_block_and_nobody_rescues() {
    watched(|| {
        let pool = rayon_pool(1);
        let rt = Builder::new_hosted()
            .stall_after(None)
            .host_pool(on_rayon(pool.clone()), 1)
            .build()
            .unwrap();
        let gate = Arc::new(Gate::default());
        let wait = gate.clone();
        pool.spawn(move || wait.wait());
        let task = rt.spawn(async { is_rescued() });
        wait_until(|| rt.metrics().stalled_pumps() > 0);
        assert!(!task.is_finished());
        gate.open();
        assert!(!rt.block_on(task).unwrap());
    });
}

/// EMBED-15, R19: a task waits for its pool, which gives its thread another pump meanwhile.
#[test]
fn par_iter_inside_task_with_second_pump_queued() {
    watched(|| {
        let rt = hosted(on_rayon(rayon_pool(2)), 2);
        let handle = rt.handle().clone();
        let task = rt.spawn(async move {
            let here = thread::current().id();
            let begun = Gate::default();
            let ((), other) = rayon::join(
                || begun.wait(),
                || {
                    assert_ne!(thread::current().id(), here);
                    // The first closure ends, and its thread waits for this one: with nothing to do but the job that is posted now.
                    begun.open();
                    let (tell, told) = mpsc::channel();
                    handle.spawn(async move { tell.send(thread::current().id()).unwrap() });
                    told.recv().unwrap()
                },
            );
            (here, other)
        });
        let (first, second) = rt.block_on(task).unwrap();
        assert_ne!(first, second, "a task ran on top of another");
    });
}

/// EMBED-07, R6: a queue of one, and one in three jobs refused for no reason.
#[test]
fn refusing_pool_loses_nothing() {
    watched(|| {
        let (give, take) = sync_channel::<Job>(1);
        let host = thread::spawn(move || take.into_iter().for_each(Job::run));
        let seed = AtomicU64::new(1);
        let rt = hosted(
            move |job| {
                let drawn = seed.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst) >> 60;
                if drawn % 3 != 0 {
                    // Full: dropped.
                    let _ = give.try_send(job);
                }
            },
            2,
        );
        let done = Arc::new(AtomicUsize::new(0));
        rt.block_on(async {
            for _ in 0..100 {
                let tasks: Vec<_> = (0..1000)
                    .map(|_| {
                        let done = done.clone();
                        rt.spawn(async move {
                            yield_now().await;
                            done.fetch_add(1, SeqCst)
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            }
        });
        assert_eq!(done.load(SeqCst), 100_000);
        assert!(rt.metrics().refused_jobs() > 0);
        drop(rt);
        host.join().unwrap();
    });
}

#[test]
fn pool_dropped_before_runtime() {
    watched(|| {
        let pool = Arc::new(Mutex::new(Some(rayon_pool(2))));
        let theirs = pool.clone();
        let rt = hosted(
            move |job: Job| {
                if let Some(pool) = &*theirs.lock() {
                    pool.spawn(move || job.run());
                }
            },
            2,
        );
        assert!(!rt.block_on(rt.spawn(async { is_rescued() })).unwrap());
        drop(pool.lock().take());
        for _ in 0..100 {
            let rescued = rt.spawn(async {
                yield_now().await;
                is_rescued()
            });
            assert!(rt.block_on(rescued).unwrap());
        }
    });
}

/// EMBED-16, R20.
#[test]
fn inline_pool_is_detected() {
    watched(|| {
        let rt = hosted(|job: Job| job.run(), 1);
        let here = thread::current().id();
        let ran_on = rt.block_on(rt.spawn(async { thread::current().id() }));
        assert_ne!(ran_on.unwrap(), here);
        assert!(rt.metrics().refused_jobs() > 0);
    });
}

#[test]
fn execute_panics() {
    watched(|| {
        let pool = rayon_pool(1);
        let calls = AtomicUsize::new(0);
        let rt = hosted(
            move |job: Job| {
                if calls.fetch_add(1, SeqCst) % 2 == 0 {
                    panic!("the host's own trouble");
                }
                pool.spawn(move || job.run());
            },
            1,
        );
        for n in 0..50 {
            let task = rt.spawn(async move {
                yield_now().await;
                n
            });
            assert_eq!(rt.block_on(task).unwrap(), n);
        }
        assert!(rt.metrics().refused_jobs() > 0);
    });
}

/// Without a rescue worker a job that was refused is posted again until it is taken.
#[test]
fn refused_jobs_are_posted_again() {
    watched(|| {
        let pool = rayon_pool(1);
        let refusals = AtomicUsize::new(3);
        let rt = Builder::new_hosted()
            .stall_after(None)
            .host_pool(
                move |job: Job| {
                    let left = refusals.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
                    if left.is_err() {
                        pool.spawn(move || job.run());
                    }
                },
                1,
            )
            .build()
            .unwrap();
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
        assert_eq!(rt.metrics().refused_jobs(), 3);
    });
}
