//! Races, many times over, with real threads.

use crate::support::{rounds, within_a_minute};
use futures_executor::block_on;
use runtime_sync::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

const ROUNDS: usize = rounds(3000);

#[test]
fn stress_mpsc_contended() {
    within_a_minute(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let threads: Vec<_> = (0..4)
            .map(|sender| {
                let tx = tx.clone();
                thread::spawn(move || (0..ROUNDS).for_each(|i| tx.send((sender, i)).unwrap()))
            })
            .collect();
        drop(tx);
        let mut next = [0; 4];
        block_on(async {
            while let Some((sender, i)) = rx.recv().await {
                assert_eq!(next[sender], i);
                next[sender] += 1;
            }
        });
        assert_eq!(next, [ROUNDS; 4]);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn stress_mpsc_bounded_with_cancelled_senders() {
    within_a_minute(|| {
        let (tx, mut rx) = mpsc::channel(2);
        let sent = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (tx, sent) = (tx.clone(), Arc::clone(&sent));
                thread::spawn(move || {
                    for i in 0..ROUNDS {
                        if i % 3 == 0 {
                            // Polled once, then dropped.
                            let done = block_on(async {
                                let send = tx.reserve();
                                futures_util::select_biased! {
                                    permit = futures_util::FutureExt::fuse(Box::pin(send)) => {
                                        permit.unwrap().send(i);
                                        true
                                    }
                                    () = futures_util::future::ready(()) => false,
                                }
                            });
                            sent.fetch_add(usize::from(done), SeqCst);
                        } else {
                            block_on(tx.send(i)).unwrap();
                            sent.fetch_add(1, SeqCst);
                        }
                    }
                })
            })
            .collect();
        drop(tx);
        let mut received = 0;
        while rx.blocking_recv().is_some() {
            received += 1;
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(received, sent.load(SeqCst));
        assert_eq!(rx.capacity(), 2);
    });
}

#[test]
fn stress_mutex_and_rwlock() {
    within_a_minute(|| {
        let mutex = Arc::new(Mutex::new(0));
        let lock = Arc::new(RwLock::new((0, 0)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (mutex, lock) = (Arc::clone(&mutex), Arc::clone(&lock));
                thread::spawn(move || {
                    block_on(async {
                        for _ in 0..ROUNDS {
                            *mutex.lock().await += 1;
                            {
                                let mut pair = lock.write().await;
                                pair.0 += 1;
                                pair.1 += 1;
                            }
                            let pair = lock.read().await;
                            assert_eq!(pair.0, pair.1);
                        }
                    });
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(*mutex.blocking_lock(), 4 * ROUNDS);
        assert_eq!(*lock.blocking_read(), (4 * ROUNDS, 4 * ROUNDS));
    });
}

#[test]
fn stress_oneshot_against_drop() {
    within_a_minute(|| {
        for i in 0..ROUNDS {
            let (tx, mut rx) = oneshot::channel();
            let value = Arc::new(());
            let sent = Arc::clone(&value);
            let sender = thread::spawn(move || drop(tx.send(sent)));
            match i % 3 {
                0 => drop(block_on(rx).unwrap()),
                1 => drop(rx),
                _ => {
                    rx.close();
                    drop(rx.try_recv());
                }
            }
            sender.join().unwrap();
            assert_eq!(Arc::strong_count(&value), 1);
        }
    });
}

#[test]
fn stress_notify_counts() {
    within_a_minute(|| {
        // Each wake by notify_one is taken exactly once, or stored: as many as were given come out.
        let notify = Arc::new(Notify::new());
        let turns = Arc::new(Semaphore::new(0));
        let (waker, taker) = (Arc::clone(&notify), Arc::clone(&notify));
        let (give, take) = (Arc::clone(&turns), turns);
        let notifier = thread::spawn(move || {
            for _ in 0..ROUNDS {
                waker.notify_one();
                block_on(take.acquire()).unwrap().forget();
            }
        });
        for i in 0..ROUNDS {
            if i % 2 == 0 {
                let mut cancelled = Box::pin(taker.notified());
                if !cancelled.as_mut().enable() {
                    drop(cancelled);
                    block_on(taker.notified());
                }
            } else {
                block_on(taker.notified());
            }
            give.add_permits(1);
        }
        notifier.join().unwrap();
    });
}

#[test]
fn stress_broadcast() {
    within_a_minute(|| {
        let (tx, rx) = broadcast::channel(8);
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let mut rx = rx.resubscribe();
                thread::spawn(move || {
                    let mut seen = 0_u64;
                    loop {
                        match block_on(rx.recv()) {
                            Ok(value) => {
                                assert_eq!(value, seen);
                                seen += 1;
                            }
                            Err(broadcast::error::RecvError::Lagged(missed)) => seen += missed,
                            Err(broadcast::error::RecvError::Closed) => return seen,
                        }
                    }
                })
            })
            .collect();
        drop(rx);
        for i in 0..ROUNDS as u64 {
            tx.send(i).unwrap();
        }
        drop(tx);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), ROUNDS as u64);
        }
    });
}

#[test]
fn stress_cancellation_tree() {
    within_a_minute(|| {
        for _ in 0..ROUNDS / 10 {
            let root = CancellationToken::new();
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let token = root.child_token();
                    thread::spawn(move || {
                        let children: Vec<_> =
                            (0..10).map(|_| token.child_token().child_token()).collect();
                        drop(token);
                        // One after the other is marked, so a sibling of one that is cancelled may still be a moment behind.
                        for child in &children {
                            block_on(child.cancelled());
                            assert!(child.is_cancelled());
                        }
                    })
                })
                .collect();
            root.cancel();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
    });
}

#[test]
fn stress_barrier() {
    within_a_minute(|| {
        let barrier = Arc::new(Barrier::new(3));
        let leaders = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (barrier, leaders) = (Arc::clone(&barrier), Arc::clone(&leaders));
                thread::spawn(move || {
                    for _ in 0..ROUNDS / 3 {
                        let leader = block_on(barrier.wait()).is_leader();
                        leaders.fetch_add(usize::from(leader), SeqCst);
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(leaders.load(SeqCst), ROUNDS / 3);
    });
}
