//! For whom shutdown waits, and for how long.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use heist::runtime::{Builder, Handle, Runtime};
use heist::task;

use crate::support::{current_thread, flavours, multi_thread, watched};

/// Blocks until the runtime has begun to close.
fn until_closed(handle: &Handle) {
    while !handle.spawn(pending::<()>()).is_finished() {
        thread::yield_now();
    }
}

/// Lets a while pass: this many chances for the others to run.
fn give_way(times: u64) {
    (0..times).for_each(|_| thread::yield_now());
}

#[test]
fn down_03_a_task_in_block_in_place_waits_for_a_drop_on_another_slot() {
    watched(|| {
        for workers in [1, 2, 4] {
            for _ in 0..20 {
                let rt = multi_thread(workers);
                let (dropped, was_dropped) = mpsc::channel::<()>();
                let (started, has_started) = mpsc::channel();
                // It drops `dropped` only when the runtime ends.
                let others: Vec<_> = (0..workers)
                    .map(|_| {
                        let dropped = dropped.clone();
                        rt.spawn(async move {
                            let _dropped = dropped;
                            pending::<()>().await;
                        })
                    })
                    .collect();
                drop(dropped);
                let waits = rt.spawn(async move {
                    task::block_in_place(|| {
                        started.send(()).unwrap();
                        assert!(was_dropped.recv().is_err());
                    });
                });
                has_started.recv().unwrap();
                drop(rt);
                assert!(others.iter().all(|task| task.is_finished()));
                waits.now_or_never().expect("it has ended").unwrap();
            }
        }
    });
}

#[test]
fn down_04_block_in_place_meets_shutdown() {
    watched(|| {
        for round in 0..300_u64 {
            let rt = multi_thread(1 + (round % 3) as usize);
            let tasks: Vec<_> = (0..4)
                .map(|n| {
                    rt.spawn(async move {
                        for _ in 0..3 {
                            task::block_in_place(|| {
                                give_way((round * 7 + n * 13) % 150);
                            });
                            task::yield_now().await;
                        }
                    })
                })
                .collect();
            give_way((round * 31) % 400);
            drop(rt);
            assert!(tasks.iter().all(|task| task.is_finished()));
        }
    });
}

/// A job that does not end before it is told to.
fn stuck_job(rt: &Runtime) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (started, has_started) = mpsc::channel();
    drop(rt.spawn_blocking(move || {
        started.send(()).unwrap();
        let _ = released.recv();
    }));
    has_started.recv().unwrap();
    release
}

#[test]
fn down_09_a_bounded_shutdown_does_not_wait_for_a_stuck_job() {
    watched(|| {
        for limit in [Duration::ZERO, Duration::from_millis(5)] {
            for (name, rt) in flavours() {
                eprintln!("on {name}");
                let release = stuck_job(&rt);
                let task = rt.spawn(pending::<()>());
                // If it waited for the job, it would wait for ever: the job is told to end afterwards.
                rt.shutdown_timeout(limit);
                // The tasks' turn has come, or comes on their threads.
                while !task.is_finished() {
                    thread::yield_now();
                }
                release.send(()).unwrap();
            }
        }
    });
}

#[test]
fn down_09_a_bounded_shutdown_does_not_wait_for_a_stuck_task() {
    watched(|| {
        for limit in [Duration::ZERO, Duration::from_millis(5), Duration::MAX] {
            let rt = multi_thread(2);
            let (release, released) = mpsc::channel::<()>();
            let (started, has_started) = mpsc::channel();
            let task = rt.spawn(async move {
                started.send(()).unwrap();
                let _ = released.recv();
                "ended"
            });
            has_started.recv().unwrap();
            let releaser = (limit == Duration::MAX).then(|| {
                let (handle, release) = (rt.handle().clone(), release.clone());
                thread::spawn(move || {
                    until_closed(&handle);
                    release.send(()).unwrap();
                })
            });
            rt.shutdown_timeout(limit);
            assert_eq!(task.is_finished(), limit == Duration::MAX);
            let _ = release.send(());
            while !task.is_finished() {
                thread::yield_now();
            }
            // Its poll was under way: it ends with its output.
            assert_eq!(task.now_or_never().unwrap().unwrap(), "ended");
            releaser
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
    });
}

#[test]
fn a_plain_drop_waits_for_jobs_that_have_started() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let ended = Arc::new(AtomicBool::new(false));
            let (note, (started, has_started)) = (ended.clone(), mpsc::channel());
            let handle = rt.handle().clone();
            drop(rt.spawn_blocking(move || {
                started.send(()).unwrap();
                until_closed(&handle);
                // A drop that does not wait has its chance to return.
                give_way(1000);
                note.store(true, SeqCst);
            }));
            has_started.recv().unwrap();
            drop(rt);
            assert!(ended.load(SeqCst));
        }
    });
}

#[test]
fn down_09_shutdown_in_the_background_is_allowed_in_a_task() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            // Of another runtime, and of the one it runs on.
            let (one, two) = (multi_thread(1), current_thread());
            let stuck = stuck_job(&one);
            rt.block_on(async {
                one.shutdown_background();
                two.shutdown_timeout(Duration::ZERO);
            });
            drop(stuck);
        }
        let rt = multi_thread(2);
        let handle = rt.handle().clone();
        let (ran, has_run) = mpsc::channel();
        handle.spawn(async move {
            rt.shutdown_background();
            ran.send(()).unwrap();
            task::yield_now().await;
            unreachable!("cancelled at its pause");
        });
        has_run.recv().unwrap();
        // Cancelled at once, or by the slot that is about to close.
        let late = handle.spawn(pending::<()>());
        while !late.is_finished() {
            thread::yield_now();
        }
        assert!(late.now_or_never().unwrap().unwrap_err().is_cancelled());
    });
}

#[test]
fn a_runtime_dropped_by_its_own_blocking_job() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let handle = rt.handle().clone();
            let task = rt.spawn(pending::<()>());
            let (gone, is_gone) = mpsc::channel();
            drop(handle.spawn_blocking(move || {
                drop(rt);
                gone.send(()).unwrap();
            }));
            is_gone.recv().unwrap();
            assert!(task.is_finished());
        }
    });
}

#[test]
fn a_runtime_dropped_in_block_in_place_by_its_own_task() {
    watched(|| {
        for workers in [1, 3] {
            let rt = multi_thread(workers);
            let handle = rt.handle().clone();
            let other = rt.spawn(pending::<()>());
            let (gone, is_gone) = mpsc::channel();
            let task = handle.spawn(async move {
                task::block_in_place(|| drop(rt));
                gone.send(()).unwrap();
                pending::<()>().await;
            });
            is_gone.recv().unwrap();
            assert!(other.is_finished());
            while !task.is_finished() {
                thread::yield_now();
            }
        }
    });
}

#[test]
fn the_last_handle_goes_on_a_thread_of_the_runtime() {
    watched(|| {
        for round in 0..100 {
            let rt = multi_thread(2);
            let handle = rt.handle().clone();
            let task = rt.spawn(async move {
                task::yield_now().await;
                drop(handle);
            });
            if round % 2 == 0 {
                drop(rt);
            } else {
                rt.shutdown_background();
            }
            drop(task);
        }
    });
}

#[test]
fn every_spawn_during_shutdown_resolves() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let ended = Arc::new(AtomicUsize::new(0));
            let spawners: Vec<_> = (0..3)
                .map(|_| {
                    let (handle, ended) = (rt.handle().clone(), ended.clone());
                    thread::spawn(move || {
                        let mut tasks = Vec::new();
                        let mut refused = 0;
                        // Goes on for a while after the runtime is gone.
                        while refused < 20 {
                            let task = handle.spawn(pending::<()>());
                            refused += usize::from(task.is_finished());
                            tasks.push(task);
                            let job = handle.spawn_blocking(|| ());
                            ended.fetch_add(1, SeqCst);
                            drop(job);
                        }
                        tasks
                    })
                })
                .collect();
            while ended.load(SeqCst) < 30 {
                thread::yield_now();
            }
            drop(rt);
            for spawner in spawners {
                for task in spawner.join().unwrap() {
                    assert!(
                        task.now_or_never()
                            .expect("resolved")
                            .unwrap_err()
                            .is_cancelled()
                    );
                }
            }
        }
    });
}

#[test]
fn a_future_in_block_on_outlives_the_shutdown() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let (send, receive) = heist::sync::oneshot::channel();
            let handle = rt.handle().clone();
            let (started, has_started) = mpsc::channel();
            let inside = thread::spawn(move || {
                handle.block_on(async move {
                    started.send(()).unwrap();
                    receive.await.unwrap()
                })
            });
            has_started.recv().unwrap();
            drop(rt);
            send.send(5).unwrap();
            assert_eq!(inside.join().unwrap(), 5);
        }
    });
}

#[test]
fn down_16_build_and_drop_every_configuration() {
    watched(|| {
        for workers in [None, Some(1), Some(2), Some(5)] {
            for (io, time) in [(false, false), (true, false), (false, true), (true, true)] {
                for used in [false, true] {
                    let mut builder = match workers {
                        None => Builder::new_current_thread(),
                        Some(_) => Builder::new_multi_thread(),
                    };
                    if let Some(count) = workers {
                        builder.worker_threads(count).guest_slots(count % 2);
                    }
                    if io {
                        builder.enable_io();
                    }
                    if time {
                        builder.enable_time();
                    }
                    let rt = builder.build().unwrap();
                    if used {
                        let task = rt.spawn(async { task::spawn_blocking(|| 1).await.unwrap() });
                        assert_eq!(rt.block_on(task).unwrap(), 1);
                    }
                    drop(rt);
                }
            }
        }
        // Built and never entered, entered and never used.
        drop(multi_thread(1).enter());
        let rt = current_thread();
        drop(rt.handle().enter());
        rt.shutdown_timeout(Duration::from_secs(1));
    });
}
