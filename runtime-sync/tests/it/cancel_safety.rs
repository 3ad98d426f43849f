//! Every waiting method, dropped at every poll: nothing is lost, nothing is kept, the next one gets its turn.

use crate::support::{Spawned, now, pending};
use runtime_sync::*;
use std::sync::Arc;

/// Runs a scenario with the future dropped after 0, 1, 2, … polls, until one run has completed it.
///
/// The scenario gets a closure that polls a future and says whether it still exists.
fn at_every_poll(mut scenario: impl FnMut(usize) -> bool) {
    for polls in 0.. {
        assert!(polls < 10, "the scenario never ends");
        if scenario(polls) {
            return;
        }
    }
}

/// Polls up to `polls` times, with `step` in between; `Some` with the output if it became ready.
fn drive<F: Future>(future: F, polls: usize, mut step: impl FnMut(usize)) -> Option<F::Output> {
    let mut future = Spawned::new(future);
    for poll in 0..polls {
        if let std::task::Poll::Ready(output) = future.poll() {
            return Some(output);
        }
        step(poll);
    }
    None
}

#[test]
fn acquire() {
    at_every_poll(|polls| {
        let semaphore = Semaphore::new(1);
        let done = drive(semaphore.acquire_many(3), polls, |_| {
            semaphore.add_permits(1)
        })
        .map(Result::unwrap);
        let all =
            semaphore.available_permits() + done.as_ref().map_or(0, SemaphorePermit::num_permits);
        assert_eq!(all, 1 + polls.min(2));
        let is_done = done.is_some();
        drop(done);
        drop(now(semaphore.acquire_many(1)).unwrap());
        is_done
    });
}

#[test]
fn lock_read_and_write() {
    at_every_poll(|polls| {
        let mutex = Arc::new(Mutex::new(0));
        let mut held = Some(mutex.try_lock().unwrap());
        let done = drive(Arc::clone(&mutex).lock_owned(), polls, |_| {
            drop(held.take())
        })
        .is_some();
        drop(held);
        assert!(mutex.try_lock().is_ok());
        done
    });
    at_every_poll(|polls| {
        let lock = RwLock::new(0);
        let mut held = vec![lock.try_read().unwrap(), lock.try_read().unwrap()];
        let done = drive(lock.write(), polls, |_| drop(held.pop())).is_some();
        drop(held);
        assert!(lock.try_write().is_ok());
        done
    });
    at_every_poll(|polls| {
        let lock = RwLock::new(0);
        let mut held = Some(lock.try_write().unwrap());
        let done = drive(lock.read(), polls, |_| drop(held.take())).is_some();
        drop(held);
        assert!(lock.try_write().is_ok());
        done
    });
}

#[test]
fn notified() {
    at_every_poll(|polls| {
        let notify = Notify::new();
        let mut notified = 0;
        let done = drive(notify.notified(), polls, |poll| {
            if poll == 1 {
                notify.notify_one();
                notified += 1;
            }
        })
        .is_some();
        // Whoever did not tell leaves the permit behind.
        let left = Spawned::new(notify.notified()).poll().is_ready();
        assert_eq!(usize::from(done) + usize::from(left), notified);
        done
    });
}

#[test]
fn recv() {
    at_every_poll(|polls| {
        let (tx, mut rx) = mpsc::channel(1);
        let mut sent = 0;
        let done = drive(rx.recv(), polls, |poll| {
            if poll == 1 {
                tx.try_send(1).unwrap();
                sent += 1;
            }
        });
        let left = rx.try_recv().is_ok();
        assert_eq!(usize::from(done.is_some()) + usize::from(left), sent);
        assert_eq!(tx.capacity(), 1);
        done.is_some()
    });
    at_every_poll(|polls| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let mut buffer = Vec::new();
        let done = drive(rx.recv_many(&mut buffer, 8), polls, |poll| {
            tx.send(poll).unwrap()
        })
        .is_some();
        // Nothing was taken as long as the future was pending.
        assert!(done || buffer.is_empty());
        assert_eq!(buffer.len() + rx.len(), polls.min(1));
        done
    });
}

#[test]
fn send_and_reserve() {
    at_every_poll(|polls| {
        let (tx, mut rx) = mpsc::channel(1);
        tx.try_send(0).unwrap();
        let done = drive(tx.send(1), polls, |_| {
            let _ = rx.try_recv();
        })
        .is_some();
        // The message is in the channel, or it is gone and the room is free.
        assert_eq!(rx.len(), if polls == 0 { 1 } else { usize::from(done) });
        while rx.try_recv().is_ok() {}
        assert_eq!(tx.capacity(), 1);
        done
    });
    at_every_poll(|polls| {
        let (tx, mut rx) = mpsc::channel(2);
        tx.try_send(0).unwrap();
        tx.try_send(0).unwrap();
        let done = drive(tx.reserve_many(2), polls, |_| {
            let _ = rx.try_recv();
        })
        .is_some();
        while rx.try_recv().is_ok() {}
        assert_eq!(tx.capacity(), 2);
        done
    });
    at_every_poll(|polls| {
        let (tx, mut rx) = mpsc::channel(1);
        tx.try_send(0).unwrap();
        let done = drive(tx.clone().reserve_owned(), polls, |_| {
            let _ = rx.try_recv();
        })
        .is_some();
        while rx.try_recv().is_ok() {}
        assert_eq!((tx.capacity(), tx.strong_count()), (1, 1));
        done
    });
}

#[test]
fn broadcast_and_watch() {
    at_every_poll(|polls| {
        let (tx, mut rx) = broadcast::channel(4);
        let mut sent = 0;
        let done = drive(rx.recv(), polls, |_| sent = tx.send(1).unwrap()).is_some();
        assert_eq!(usize::from(done) + rx.len(), sent);
        done
    });
    at_every_poll(|polls| {
        let (tx, mut rx) = watch::channel(0);
        let mut sent = false;
        let done = drive(rx.changed(), polls, |_| sent = tx.send(1).is_ok()).is_some();
        assert_eq!(rx.has_changed().unwrap(), sent && !done);
        done
    });
    at_every_poll(|polls| {
        let (tx, mut rx) = watch::channel(0);
        let done = drive(rx.wait_for(|value| *value == 2), polls, |poll| {
            tx.send(poll + 1).unwrap();
        })
        .is_some();
        if !done {
            tx.send(2).unwrap();
            assert_eq!(*now(rx.wait_for(|value| *value == 2)).unwrap(), 2);
        }
        done
    });
}

#[test]
fn oneshot_by_reference() {
    at_every_poll(|polls| {
        let (tx, mut rx) = oneshot::channel();
        let mut tx = Some(tx);
        let done = drive(&mut rx, polls, |_| {
            tx.take().map_or((), |tx| tx.send(1).unwrap())
        })
        .is_some();
        assert_eq!(rx.try_recv().is_ok(), polls > 0 && !done);
        done
    });
}

#[test]
fn set_once_and_cancellation() {
    at_every_poll(|polls| {
        let cell = SetOnce::new();
        let done = drive(cell.wait(), polls, |_| drop(cell.set(1))).is_some();
        cell.set(1).ok();
        assert_eq!(now(cell.wait()), &1);
        done
    });
    at_every_poll(|polls| {
        let token = CancellationToken::new();
        let done = drive(token.cancelled(), polls, |_| token.cancel()).is_some();
        token.cancel();
        now(token.cancelled());
        done
    });
}

#[test]
fn once_cell() {
    at_every_poll(|polls| {
        let cell = OnceCell::new();
        let gate = Notify::new();
        let done = drive(
            cell.get_or_init(|| async {
                gate.notified().await;
                1
            }),
            polls,
            |_| gate.notify_one(),
        )
        .is_some();
        assert_eq!(cell.initialized(), done);
        assert_eq!(
            now(cell.get_or_init(|| async { 2 })),
            if done { &1 } else { &2 }
        );
        done
    });
}

#[test]
fn closed() {
    at_every_poll(|polls| {
        let (tx, mut rx) = mpsc::channel::<i32>(1);
        let done = drive(tx.closed(), polls, |_| rx.close()).is_some();
        rx.close();
        now(tx.closed());
        done
    });
    at_every_poll(|polls| {
        let (mut tx, mut rx) = oneshot::channel::<i32>();
        let done = drive(tx.closed(), polls, |_| rx.close()).is_some();
        rx.close();
        now(tx.closed());
        done
    });
    at_every_poll(|polls| {
        let (tx, rx) = watch::channel(0);
        let mut rx = Some(rx);
        let done = drive(tx.closed(), polls, |_| drop(rx.take())).is_some();
        drop(rx);
        now(tx.closed());
        done
    });
    at_every_poll(|polls| {
        let (tx, rx) = broadcast::channel::<i32>(1);
        let mut rx = Some(rx);
        let done = drive(tx.closed(), polls, |_| drop(rx.take())).is_some();
        drop(rx);
        now(tx.closed());
        done
    });
}

#[test]
fn run_until_cancelled_drops_its_future() {
    at_every_poll(|polls| {
        let (token, alive) = (CancellationToken::new(), Arc::new(()));
        let held = Arc::clone(&alive);
        let work = async move {
            let _held = held;
            std::future::pending::<()>().await;
        };
        let done = drive(token.run_until_cancelled(work), polls, |_| token.cancel()).is_some();
        assert_eq!(Arc::strong_count(&alive), 1);
        done
    });
}

#[test]
fn owned_forms() {
    at_every_poll(|polls| {
        let semaphore = Arc::new(Semaphore::new(0));
        let done = drive(Arc::clone(&semaphore).acquire_many_owned(2), polls, |_| {
            semaphore.add_permits(1);
        })
        .is_some();
        assert_eq!(semaphore.available_permits(), polls.min(2));
        done
    });
    at_every_poll(|polls| {
        let lock = Arc::new(RwLock::new(0));
        let mut held = lock.try_read().ok();
        let done = drive(Arc::clone(&lock).write_owned(), polls, |_| {
            drop(held.take())
        })
        .is_some();
        drop(held);
        let mut held = lock.try_write().ok();
        drive(Arc::clone(&lock).read_owned(), polls, |_| drop(held.take()));
        drop(held);
        assert!(lock.try_write().is_ok());
        assert_eq!(Arc::strong_count(&lock), 1);
        done
    });
    at_every_poll(|polls| {
        let notify = Arc::new(Notify::new());
        let done = drive(Arc::clone(&notify).notified_owned(), polls, |_| {
            notify.notify_one();
        })
        .is_some();
        let left = Spawned::new(notify.notified()).poll().is_ready();
        assert_eq!(left, polls > 0 && !done);
        done
    });
}

#[test]
fn get_put_and_join() {
    at_every_poll(|polls| {
        let queue = Queue::bounded(1);
        let mut put = 0;
        let done = drive(queue.get(), polls, |poll| {
            if poll == 1 {
                queue.try_put(1).unwrap();
                put += 1;
            }
        })
        .is_some();
        assert_eq!(usize::from(done) + queue.len(), put);
        assert_eq!(queue.try_get().is_ok(), put == 1 && !done);
        now(queue.put(1)).unwrap();
        done
    });
    at_every_poll(|polls| {
        let queue = PriorityQueue::bounded(1);
        queue.try_put(0).unwrap();
        let done = drive(queue.put(1), polls, |_| {
            let _ = queue.try_get();
        })
        .is_some();
        while queue.try_get().is_ok() {}
        assert_eq!(queue.unfinished(), 1 + usize::from(done));
        now(queue.put(2)).unwrap();
        done
    });
    at_every_poll(|polls| {
        let queue = LifoQueue::unbounded();
        queue.try_put(0).unwrap();
        let done = drive(queue.join(), polls, |_| queue.task_done()).is_some();
        assert_eq!(queue.unfinished(), usize::from(polls == 0));
        done
    });
}

#[test]
fn condvar_event_and_limiter() {
    at_every_poll(|polls| {
        let (mutex, changed) = (Mutex::new(()), Condvar::new());
        let mut held = None;
        let done = drive(
            changed.wait(mutex.try_lock().unwrap()),
            polls,
            |poll| match poll {
                0 => {
                    held = mutex.try_lock().ok();
                    changed.notify_one();
                }
                1 => drop(held.take()),
                _ => unreachable!("two steps are enough"),
            },
        )
        .is_some();
        drop(held);
        assert!(mutex.try_lock().is_ok());
        done
    });
    at_every_poll(|polls| {
        let event = Event::new();
        let done = drive(event.wait(), polls, |_| event.set()).is_some();
        event.set();
        now(event.wait());
        done
    });
    at_every_poll(|polls| {
        let limiter = CapacityLimiter::new(0);
        let done = drive(limiter.acquire(), polls, |poll| {
            limiter.set_total_tokens(poll)
        })
        .is_some();
        let end = limiter.statistics();
        assert_eq!((end.borrowed_tokens, end.tasks_waiting), (0, 0));
        limiter.set_total_tokens(1);
        drop(now(limiter.acquire()).unwrap());
        done
    });
}

#[test]
fn a_barrier_is_not_cancel_safe() {
    let barrier = Barrier::new(2);
    drop(pending(barrier.wait()));
    assert!(now(barrier.wait()).is_leader());
}
