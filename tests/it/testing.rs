//! `testing::idle`: ready when nothing but time, or the outside world, can make anything happen, and not before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use futures_util::future::join_all;
use heist::runtime::Runtime;
use heist::sync::{mpsc, oneshot};
use heist::task::{spawn_blocking, yield_now};
use heist::testing::idle;
use heist::time::{self, Duration, Instant, sleep};

use crate::support::{current_thread, multi_thread, watched};

fn runtimes() -> [(&'static str, Runtime); 3] {
    [
        ("current_thread", current_thread()),
        ("1 worker", multi_thread(1)),
        ("4 workers", multi_thread(4)),
    ]
}

/// Tasks in a row, each of which wakes the next one; counts those that have ended.
fn chain(length: usize) -> (mpsc::UnboundedSender<()>, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let (first, mut before) = mpsc::unbounded_channel();
    for _ in 0..length {
        let (next, receive) = mpsc::unbounded_channel();
        let count = ended.clone();
        heist::spawn(async move {
            before.recv().await;
            for _ in 0..10 {
                yield_now().await;
            }
            count.fetch_add(1, SeqCst);
            let _ = next.send(());
        });
        before = receive;
    }
    (first, ended)
}

#[test]
fn everything_that_follows_has_happened() {
    watched(|| {
        for (name, rt) in runtimes() {
            eprintln!("on {name}");
            rt.block_on(async {
                for _ in 0..20 {
                    let (first, ended) = chain(50);
                    idle().await;
                    assert_eq!(ended.load(SeqCst), 0);
                    first.send(()).unwrap();
                    idle().await;
                    assert_eq!(ended.load(SeqCst), 50);
                }
            });
        }
    });
}

#[test]
fn a_blocking_job_is_waited_for() {
    watched(|| {
        for (name, rt) in runtimes() {
            eprintln!("on {name}");
            rt.block_on(async {
                let steps = Arc::new(AtomicUsize::new(0));
                for round in 1..20 {
                    let counts = steps.clone();
                    heist::spawn(async move {
                        let counts = counts.clone();
                        let job = spawn_blocking(move || {
                            thread::yield_now();
                            counts.fetch_add(1, SeqCst);
                            counts
                        });
                        job.await.unwrap().fetch_add(1, SeqCst);
                    });
                    idle().await;
                    assert_eq!(steps.load(SeqCst), 2 * round);
                }
            });
        }
    });
}

#[test]
fn a_stopped_clock_does_not_move_before() {
    watched(|| {
        for (name, rt) in runtimes() {
            eprintln!("on {name}");
            rt.block_on(async {
                time::pause();
                let start = Instant::now();
                let task = heist::spawn(async {
                    sleep(Duration::from_secs(1)).await;
                    yield_now().await;
                    sleep(Duration::from_secs(1)).await;
                });
                idle().await;
                assert_eq!(start.elapsed(), Duration::ZERO);
                time::advance(Duration::from_secs(1)).await;
                idle().await;
                assert_eq!(start.elapsed(), Duration::from_secs(1));
                // Without anybody waiting here the clock moves by itself.
                task.await.unwrap();
                assert_eq!(start.elapsed(), Duration::from_secs(2));
            });
        }
    });
}

#[test]
fn a_running_clock_is_not_waited_for() {
    watched(|| {
        for (name, rt) in runtimes() {
            eprintln!("on {name}");
            rt.block_on(async {
                let task = heist::spawn(sleep(Duration::from_secs(3600)));
                idle().await;
                assert!(!task.is_finished());
                task.abort();
                // Timers go on while somebody waits for what does not come.
                let busy = heist::spawn(async {
                    loop {
                        yield_now().await;
                    }
                });
                let waits = heist::spawn(idle());
                sleep(Duration::from_millis(5)).await;
                assert!(!waits.is_finished());
                busy.abort();
                waits.await.unwrap();
            });
        }
    });
}

#[test]
fn many_are_done_together_and_one_that_is_dropped_holds_up_nobody() {
    watched(|| {
        for (name, rt) in runtimes() {
            eprintln!("on {name}");
            rt.block_on(async {
                let tasks: Vec<_> = (0..10).map(|_| heist::spawn(idle())).collect();
                let mut dropped = Box::pin(idle());
                assert!(futures_util::poll!(&mut dropped).is_pending());
                drop(dropped);
                idle().await;
                for task in join_all(tasks).await {
                    task.unwrap();
                }
            });
        }
    });
}

#[test]
fn from_another_thread_while_all_workers_sleep() {
    watched(|| {
        let rt = multi_thread(2);
        for _ in 0..100 {
            rt.handle().block_on(async { idle().await });
        }
        let (send, receive) = oneshot::channel();
        let task = rt.spawn(async { receive.await.unwrap() });
        rt.block_on(async { idle().await });
        assert!(!task.is_finished());
        send.send(7).unwrap();
        rt.block_on(async { idle().await });
        assert!(task.is_finished());
        assert_eq!(rt.block_on(task).unwrap(), 7);
    });
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn outside_of_a_runtime_it_panics() {
    drop(idle());
}

#[test]
#[should_panic(expected = "timers are disabled")]
fn without_timers_it_panics() {
    let rt = heist::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    rt.block_on(async { drop(idle()) });
}
