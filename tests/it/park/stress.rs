//! Races between waking and going to sleep, in loops.

use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use heist::sync::{Notify, oneshot};
use parking_lot::Mutex;

use super::{needs_no_rescue, wait_until};
use crate::support::{flavours, guarded, watched};

/// A push from outside meets a worker on its way to sleep: the idle word must be ordered with the queue. The model is `loom_park_01_…` in core.
#[test]
fn park_01_a_push_from_outside_meets_a_worker_going_to_sleep() {
    watched(|| {
        for workers in [1, 2] {
            needs_no_rescue(
                || guarded(workers),
                |rt| {
                    let (tell, told) = mpsc::channel();
                    for round in 0..2000 {
                        let tell = tell.clone();
                        rt.spawn(async move { tell.send(round).unwrap() });
                        assert_eq!(told.recv(), Ok(round));
                    }
                },
            );
        }
    });
}

/// Two threads push at once: the second relies on the searcher that finds what the first has pushed.
#[test]
fn park_02_pushes_from_outside_meet_the_last_searcher() {
    watched(|| {
        needs_no_rescue(
            || guarded(2),
            |rt| {
                let meet = Barrier::new(2);
                thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| {
                            let (tell, told) = mpsc::channel();
                            for round in 0..1000 {
                                meet.wait();
                                let tell = tell.clone();
                                rt.spawn(async move { tell.send(round).unwrap() });
                                assert_eq!(told.recv(), Ok(round));
                            }
                        });
                    }
                });
            },
        );
    });
}

/// Two threads and a timer wake one thread that waits in `block_on`: no token stands for another.
#[test]
fn park_04_two_unparkers_and_a_timeout() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let (begin, rounds) = (Arc::new(Barrier::new(3)), 300);
            let senders = Arc::new(Mutex::new(Vec::<oneshot::Sender<()>>::new()));
            let unparkers: Vec<_> = (0..2)
                .map(|_| {
                    let (begin, senders) = (begin.clone(), senders.clone());
                    thread::spawn(move || {
                        for _ in 0..rounds {
                            begin.wait();
                            let sender = senders.lock().pop().unwrap();
                            sender.send(()).unwrap();
                        }
                    })
                })
                .collect();
            for _ in 0..rounds {
                let (first, a) = oneshot::channel();
                let (second, b) = oneshot::channel();
                senders.lock().extend([first, second]);
                rt.block_on(async {
                    begin.wait();
                    let nap = heist::time::sleep(Duration::from_micros(50));
                    let (a, b, ()) = futures_util::join!(a, b, nap);
                    assert_eq!((a, b), (Ok(()), Ok(())));
                });
            }
            unparkers.into_iter().for_each(|it| it.join().unwrap());
        }
    });
}

/// A notification that meets a waiter on its way into the list is not lost by a fast path.
#[test]
fn park_10_a_notification_meets_a_waiter() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let (there, back) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let notifier = {
                let (there, back, handle) = (there.clone(), back.clone(), rt.handle().clone());
                // Polls on a plain thread, so that both sides go through their parkers.
                thread::spawn(move || {
                    handle.block_on(async {
                        for _ in 0..1000 {
                            there.notify_one();
                            back.notified().await;
                        }
                    });
                })
            };
            rt.block_on(async {
                for _ in 0..1000 {
                    there.notified().await;
                    back.notify_one();
                }
            });
            notifier.join().unwrap();
        }
    });
}

/// Two threads wake a task while it is popped and polled: neither wake relies on a stale "it is being scheduled".
#[test]
fn park_11_two_remote_wakes_meet_pop_and_poll() {
    watched(|| {
        const ROUNDS: usize = 1000;
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let (written, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (pass_on, wakers) = mpsc::channel::<Waker>();
            let task = {
                let (written, seen) = (written.clone(), seen.clone());
                let mut given = false;
                rt.spawn(poll_fn(move |cx| {
                    if !mem::replace(&mut given, true) {
                        pass_on.send(cx.waker().clone()).unwrap();
                    }
                    // Relaxed: that the poll sees the writes is what a wake promises.
                    let now = written.load(Relaxed);
                    seen.store(now, Relaxed);
                    if now == 2 * ROUNDS {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                }))
            };
            let wake = move || {
                let (waker, meet) = (wakers.recv().unwrap(), Barrier::new(2));
                thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| {
                            for round in 1..=ROUNDS {
                                meet.wait();
                                written.fetch_add(1, Relaxed);
                                waker.wake_by_ref();
                                wait_until(|| seen.load(Relaxed) >= 2 * round);
                            }
                        });
                    }
                });
            };
            let wakers = thread::spawn(wake);
            rt.block_on(task).unwrap();
            wakers.join().unwrap();
        }
    });
}
