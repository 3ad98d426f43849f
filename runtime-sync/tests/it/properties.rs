//! Random sequences of operations against a model that is too simple to be wrong.

use crate::support::{Spawned, pending};
use proptest::prelude::*;
use runtime_sync::{Semaphore, broadcast, mpsc};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Poll;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

#[derive(Clone, Debug)]
enum SemaphoreOp {
    Acquire(u32),
    TryAcquire(u32),
    Add(usize),
    Forget(usize),
    Release(usize),
    Cancel(usize),
    Close,
}

fn semaphore_op() -> impl Strategy<Value = SemaphoreOp> {
    prop_oneof![
        6 => (0..5_u32).prop_map(SemaphoreOp::Acquire),
        3 => (0..5_u32).prop_map(SemaphoreOp::TryAcquire),
        3 => (0..4_usize).prop_map(SemaphoreOp::Add),
        1 => (0..4_usize).prop_map(SemaphoreOp::Forget),
        4 => any::<usize>().prop_map(SemaphoreOp::Release),
        3 => any::<usize>().prop_map(SemaphoreOp::Cancel),
        1 => Just(SemaphoreOp::Close),
    ]
}

proptest! {
    /// SYNC-12: the count is exact after every step, and whoever waits is served strictly in order.
    #[test]
    fn prop_sync_12_a_semaphore_counts(ops in prop::collection::vec(semaphore_op(), 1..60)) {
        let semaphore = Semaphore::new(2);
        // The model: every permit is free, held, or lost; `queue` are the needs of those who wait.
        let (mut total, mut closed) = (2_usize, false);
        let mut held: Vec<runtime_sync::SemaphorePermit<'_>> = Vec::new();
        let mut queue: VecDeque<(u32, Spawned<Boxed<'_, _>>)> = VecDeque::new();
        for op in ops {
            match op {
                SemaphoreOp::Acquire(n) => {
                    let mut future = Spawned::new(Box::pin(semaphore.acquire_many(n)) as Boxed<'_, _>);
                    match future.poll() {
                        Poll::Ready(Ok(permit)) => held.push(permit),
                        Poll::Ready(Err(_)) => prop_assert!(closed),
                        Poll::Pending => queue.push_back((n, future)),
                    }
                }
                SemaphoreOp::TryAcquire(n) => match semaphore.try_acquire_many(n) {
                    Ok(permit) => {
                        prop_assert!(queue.is_empty() || n == 0);
                        held.push(permit);
                    }
                    Err(_) => prop_assert!(closed || !queue.is_empty() || n as usize > semaphore.available_permits()),
                },
                SemaphoreOp::Add(n) => {
                    semaphore.add_permits(n);
                    total += n;
                }
                SemaphoreOp::Forget(n) => total -= semaphore.forget_permits(n),
                SemaphoreOp::Release(index) if !held.is_empty() => drop(held.swap_remove(index % held.len())),
                SemaphoreOp::Cancel(index) if !queue.is_empty() => drop(queue.remove(index % queue.len())),
                SemaphoreOp::Release(_) | SemaphoreOp::Cancel(_) => {}
                SemaphoreOp::Close => {
                    semaphore.close();
                    closed = true;
                }
            }
            // Those at the head that were woken are ready; nobody behind a waiter is.
            let mut waits = false;
            let mut still = VecDeque::new();
            for (n, mut future) in queue.drain(..) {
                match future.poll() {
                    Poll::Ready(result) => {
                        prop_assert!(!waits, "somebody passed the queue");
                        match result {
                            Ok(permit) => held.push(permit),
                            Err(_) => prop_assert!(closed),
                        }
                    }
                    Poll::Pending => {
                        waits = true;
                        still.push_back((n, future));
                    }
                }
            }
            queue = still;
            let taken: usize = held.iter().map(runtime_sync::SemaphorePermit::num_permits).sum();
            if queue.is_empty() {
                prop_assert_eq!(semaphore.available_permits() + taken, total);
            } else {
                // What is free was given to the head, in part, and is not enough for it.
                prop_assert_eq!(semaphore.available_permits(), 0);
                prop_assert!(total - taken < queue[0].0 as usize);
            }
        }
    }

    /// SYNC-15: against a queue, with bursts around the size of a block.
    #[test]
    fn prop_sync_15_mpsc_is_a_queue(ops in prop::collection::vec((any::<bool>(), 0..70_usize), 1..40), close_at in 0..40_usize) {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let mut model = VecDeque::new();
        let (mut next, mut closed) = (0, false);
        for (index, (send, count)) in ops.into_iter().enumerate() {
            if index == close_at {
                rx.close();
                closed = true;
            }
            for _ in 0..count {
                if send {
                    prop_assert_eq!(tx.send(next).is_err(), closed);
                    if !closed {
                        model.push_back(next);
                    }
                    next += 1;
                } else {
                    let expected = model.pop_front().ok_or(if closed {
                        mpsc::error::TryRecvError::Disconnected
                    } else {
                        mpsc::error::TryRecvError::Empty
                    });
                    prop_assert_eq!(rx.try_recv(), expected);
                }
                prop_assert_eq!(rx.len(), model.len());
                prop_assert_eq!(rx.is_empty(), model.is_empty());
            }
        }
        drop(tx);
        let mut rest = Vec::new();
        while let Ok(value) = rx.try_recv() {
            rest.push(value);
        }
        prop_assert_eq!(rest, Vec::from(model));
    }

    /// SYNC-07: two receivers against a list of all that was sent.
    #[test]
    fn prop_sync_07_broadcast_is_a_window(ops in prop::collection::vec(0..3_u8, 1..200), power in 0..4_u32) {
        let capacity = 1_usize << power;
        let (tx, rx) = broadcast::channel(capacity);
        let mut receivers = [(rx.resubscribe(), 0_usize), (rx, 0_usize)];
        let mut sent = 0_usize;
        for op in ops {
            if op == 2 {
                tx.send(sent).unwrap();
                sent += 1;
            } else {
                let (rx, next) = &mut receivers[op as usize];
                let oldest = sent.saturating_sub(capacity);
                match rx.try_recv() {
                    Ok(value) => {
                        prop_assert_eq!(value, *next);
                        *next += 1;
                    }
                    Err(broadcast::error::TryRecvError::Empty) => prop_assert_eq!(*next, sent),
                    Err(broadcast::error::TryRecvError::Lagged(missed)) => {
                        prop_assert!(*next < oldest);
                        prop_assert_eq!(missed as usize, oldest - *next);
                        *next = oldest;
                    }
                    Err(error) => prop_assert!(false, "{}", error),
                }
            }
            let slowest = receivers.iter().map(|(_, next)| *next).min().unwrap_or(0);
            prop_assert_eq!(tx.len(), sent - slowest.max(sent.saturating_sub(capacity)));
        }
        drop(tx);
        for (rx, next) in &mut receivers {
            let mut waiting = Spawned::new(rx.recv());
            if *next == sent {
                prop_assert_eq!(waiting.assert_ready(), Err(broadcast::error::RecvError::Closed));
            }
        }
        let _ = pending(std::future::pending::<()>());
    }
}
