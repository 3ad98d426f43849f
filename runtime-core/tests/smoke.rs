//! The runtime from the outside, on every flavour.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime_core::{Builder, Runtime, spawn, spawn_blocking, task};

fn flavours() -> Vec<Runtime> {
    vec![
        Builder::new_current_thread().build().unwrap(),
        Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap(),
        Builder::new_multi_thread()
            .worker_threads(4)
            .build()
            .unwrap(),
    ]
}

#[test]
fn ten_thousand_tasks_run_and_join() {
    for rt in flavours() {
        let sum = rt.block_on(async {
            let handles: Vec<_> = (0..10_000_u64).map(|n| spawn(async move { n })).collect();
            let mut sum = 0;
            for handle in handles {
                sum += handle.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 49_995_000);
    }
}

#[test]
fn tasks_spawn_tasks_and_yield() {
    for rt in flavours() {
        let count = Arc::new(AtomicUsize::new(0));
        let outer = count.clone();
        let task = rt.spawn(async move {
            let mut handles = Vec::new();
            for _ in 0..100 {
                let count = outer.clone();
                handles.push(spawn(async move {
                    for _ in 0..100 {
                        task::yield_now().await;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }));
            }
            for handle in handles {
                handle.await.unwrap();
            }
        });
        rt.block_on(task).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 10_000);
    }
}

#[test]
fn blocking_jobs_return_their_output() {
    for rt in flavours() {
        let out =
            rt.block_on(async { spawn_blocking(|| spawn_blocking(|| 7)).await.unwrap().await });
        assert_eq!(out.unwrap(), 7);
    }
}

#[test]
fn a_panic_stays_in_its_task() {
    for rt in flavours() {
        let error = rt
            .block_on(async { spawn(async { panic!("boom") }).await })
            .unwrap_err();
        assert!(error.is_panic());
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    }
}

#[test]
fn shutdown_drops_every_task() {
    struct Tell(Arc<AtomicUsize>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    for rt in flavours() {
        let drops = Arc::new(AtomicUsize::new(0));
        let handles: Vec<_> = (0..100)
            .map(|_| {
                let tell = Tell(drops.clone());
                rt.spawn(async move {
                    let _tell = tell;
                    std::future::pending::<()>().await;
                })
            })
            .collect();
        drop(rt);
        assert_eq!(drops.load(Ordering::SeqCst), 100);
        assert!(handles.iter().all(task::JoinHandle::is_finished));
    }
}

#[test]
fn block_in_place_lets_the_others_run() {
    let rt = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    let out = rt.block_on(rt.spawn(async move {
        let other = spawn(async move { send.send(5).unwrap() });
        let got = task::block_in_place(|| receive.recv().unwrap());
        other.await.unwrap();
        got
    }));
    assert_eq!(out.unwrap(), 5);
}
