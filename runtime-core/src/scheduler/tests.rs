//! What cannot be seen from outside: whether the guard sleeps without limit when a thread comes.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Builder, spawn};

/// PARK-17: the guard goes to sleep over a runtime whose threads have not come to life; the first one that does rouses it, though it never slept itself.
#[test]
fn park_17_a_thread_that_is_slow_to_start_rouses_the_guard() {
    let (finished, watchdog) = mpsc::channel();
    let test = thread::spawn(move || {
        let (start, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let rt = Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_start(move || {
                let _ = held.lock().recv();
            })
            .build()
            .unwrap();
        while !rt.handle().shared().guard.is_deep() {
            thread::yield_now();
        }
        let spinner = rt.spawn(async {
            // In the LIFO slot, where nobody takes it unless the guard has opened the slot.
            let hidden = spawn(async {});
            while !hidden.is_finished() {
                thread::yield_now();
            }
        });
        // Both threads come to life now: the channel is gone.
        drop(start);
        rt.block_on(spinner).unwrap();
        finished.send(()).unwrap();
    });
    watchdog
        .recv_timeout(Duration::from_secs(60))
        .expect("the hidden task runs on the other thread");
    test.join().unwrap();
}

/// PARK-17: a lent thread that comes back after the guard has gone to sleep rouses it, so that what is stuck behind its future is freed.
#[test]
fn park_17_a_lent_thread_rouses_the_guard() {
    let (finished, watchdog) = mpsc::channel();
    let test = thread::spawn(move || {
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let mut lent = rt.handle().lend().unwrap();
        for _ in 0..3 {
            while !rt.handle().shared().guard.is_deep() {
                thread::yield_now();
            }
            let out = lent.run_until(async {
                let hidden = spawn(async {});
                while !hidden.is_finished() {
                    thread::yield_now();
                }
            });
            assert_eq!(out, Ok(()));
        }
        finished.send(()).unwrap();
    });
    watchdog
        .recv_timeout(Duration::from_secs(60))
        .expect("the hidden task runs on the worker");
    test.join().unwrap();
}
