//! Models for loom: at most three threads, one question each.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=2 cargo test --release -p runtime-sync loom_`

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

use crate::atomic_waker::AtomicWaker;
use crate::primitive::UnsafeCell;
use crate::wait_list::{IDLE, LINKED, WaitQueue, Waiter, wake_each};
use crate::{CancellationToken, Mutex, Notify, Semaphore, broadcast, mpsc, oneshot, watch};

/// Polls once, without a task.
fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A cell that two threads must never touch at a time.
struct Guarded(UnsafeCell<usize>);

// SAFETY: what the models check.
unsafe impl Send for Guarded {}
// SAFETY: what the models check.
unsafe impl Sync for Guarded {}

impl Guarded {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn add(&self) -> usize {
        self.0.with_mut(|value| {
            // SAFETY: loom panics if this is not exclusive.
            unsafe { *value += 1 };
            // SAFETY: as above.
            unsafe { *value }
        })
    }
}

#[test]
fn loom_wait_list_a_pop_races_with_a_removal() {
    model(|| {
        let queue = Arc::new(WaitQueue::<(), ()>::new(()));
        let other = Arc::clone(&queue);
        let popper = thread::spawn(move || {
            let locked = other.lock();
            let mut popped = 0;
            wake_each(&other, locked, |locked| {
                let waker = locked.pop_front(7);
                popped += usize::from(waker.is_some());
                waker
            });
            popped
        });
        let signal = {
            let mut waiter = pin!(Waiter::new(&*queue, ()));
            {
                let mut locked = queue.lock();
                waiter
                    .as_mut()
                    .push(&mut locked, Some(Waker::noop().clone()), ());
            }
            if waiter.signal() == LINKED {
                let mut locked = queue.lock();
                waiter.as_ref().remove(&mut locked);
            }
            waiter.signal()
        };
        let popped = popper.join().unwrap();
        assert_eq!(popped, usize::from(signal == 7));
        assert!(signal == 7 || signal == IDLE);
        assert!(queue.lock().is_empty());
    });
}

#[test]
fn loom_wait_list_a_signal_ends_the_access_of_the_queue() {
    model(|| {
        let queue = Arc::new(WaitQueue::<(), usize>::new(()));
        let mut waiter = Box::pin(Waiter::new(&*queue, 0));
        waiter.as_mut().push(&mut queue.lock(), None, 1);
        let other = Arc::clone(&queue);
        let popper = thread::spawn(move || {
            let mut locked = other.lock();
            *locked.front_mut().unwrap() = 2;
            locked.depart_all();
            locked.pop_departing(7);
        });
        while waiter.signal() == LINKED {
            thread::yield_now();
        }
        // Without the lock.
        assert_eq!(*waiter.as_mut().payload_mut(), 2);
        drop(waiter);
        popper.join().unwrap();
    });
}

#[test]
fn loom_atomic_waker_loses_no_wake_up() {
    model(|| {
        let shared = Arc::new((AtomicWaker::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            other.1.store(1, Relaxed);
            other.0.wake();
        });
        block_on(poll_fn(|cx| {
            // SAFETY: only this thread registers.
            unsafe { shared.0.register(cx.waker()) };
            if shared.1.load(Relaxed) == 1 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        waking.join().unwrap();
    });
}

#[test]
fn loom_atomic_waker_a_load_is_enough_with_a_word_between() {
    model(|| {
        let shared = Arc::new((AtomicWaker::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            other.1.fetch_or(1, AcqRel);
            other.0.wake_if_armed();
        });
        block_on(poll_fn(|cx| {
            // SAFETY: only this thread registers.
            unsafe { shared.0.register(cx.waker()) };
            if shared.1.fetch_or(0, AcqRel) == 1 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        waking.join().unwrap();
        // SAFETY: only this thread clears.
        unsafe { shared.0.clear() };
    });
}

#[test]
fn loom_atomic_waker_clear_races_with_wake() {
    model(|| {
        let slot = Arc::new(AtomicWaker::new());
        let waker = Arc::new(());
        let _keep = Arc::clone(&waker);
        // SAFETY: only this thread registers and clears.
        unsafe { slot.register(Waker::noop()) };
        let other = Arc::clone(&slot);
        let waking = thread::spawn(move || other.wake());
        // SAFETY: as above.
        unsafe { slot.clear() };
        waking.join().unwrap();
    });
}

#[test]
fn loom_semaphore_excludes() {
    model(|| {
        let shared = Arc::new((Semaphore::new(1), Guarded::new()));
        let other = Arc::clone(&shared);
        let enter = |shared: &(Semaphore, Guarded)| {
            let permit = block_on(shared.0.acquire()).unwrap();
            shared.1.add();
            drop(permit);
        };
        let thread = thread::spawn(move || enter(&other));
        enter(&shared);
        thread.join().unwrap();
        assert_eq!(shared.1.add(), 3);
        assert_eq!(shared.0.available_permits(), 1);
    });
}

#[test]
fn loom_sync_09_a_cancelled_acquire_loses_no_permit() {
    model(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = Arc::clone(&semaphore);
        let giver = thread::spawn(move || other.add_permits(1));
        {
            let mut acquire = pin!(semaphore.acquire());
            drop(poll_once(acquire.as_mut()));
        }
        giver.join().unwrap();
        assert_eq!(semaphore.available_permits(), 1);
    });
}

#[test]
fn loom_sync_10_cancelling_passes_a_part_on() {
    model(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let mut large = Box::pin(semaphore.acquire_many(2));
        assert!(poll_once(large.as_mut()).is_pending());
        let other = Arc::clone(&semaphore);
        let small = thread::spawn(move || drop(block_on(other.acquire()).unwrap()));
        let third = Arc::clone(&semaphore);
        let giver = thread::spawn(move || third.add_permits(1));
        drop(large);
        small.join().unwrap();
        giver.join().unwrap();
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn loom_semaphore_close_reaches_everybody() {
    model(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let other = Arc::clone(&semaphore);
        let waiter = thread::spawn(move || block_on(other.acquire_many(2)).is_err());
        semaphore.close();
        assert!(waiter.join().unwrap());
        assert_eq!(semaphore.available_permits(), 1);
    });
}

#[test]
fn loom_mutex_hands_over() {
    model(|| {
        let mutex = Arc::new(Mutex::new(0));
        let other = Arc::clone(&mutex);
        let thread = thread::spawn(move || *block_on(other.lock()) += 1);
        *block_on(mutex.lock()) += 1;
        thread.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}

#[test]
fn loom_park_10_notify_one_is_not_lost() {
    model(|| {
        let shared = Arc::new((Notify::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let notifier = thread::spawn(move || {
            other.1.store(1, Relaxed);
            other.0.notify_one();
        });
        block_on(shared.0.notified());
        assert_eq!(shared.1.load(Relaxed), 1);
        notifier.join().unwrap();
    });
}

#[test]
fn loom_notify_two_permits_wake_two_waiters() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let (one, two) = (Arc::clone(&notify), Arc::clone(&notify));
        let waiter = thread::spawn(move || {
            block_on(one.notified());
            one.notify_one();
        });
        let notifier = thread::spawn(move || two.notify_one());
        block_on(async {
            notify.notified().await;
            notify.notify_one();
        });
        waiter.join().unwrap();
        notifier.join().unwrap();
    });
}

#[test]
fn loom_notify_waiters_reaches_every_future_made_before() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let waiting = Arc::clone(&notify);
        let made = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&made);
        let waiter = thread::spawn(move || {
            let notified = waiting.notified();
            seen.store(1, std::sync::atomic::Ordering::Release);
            block_on(notified);
        });
        while made.load(Acquire) == 0 {
            thread::yield_now();
        }
        notify.notify_waiters();
        waiter.join().unwrap();
        // Nothing was stored.
        assert!(poll_once(pin!(notify.notified())).is_pending());
    });
}

#[test]
fn loom_sync_04_a_dropped_waiter_passes_the_wake_on() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let notifier = thread::spawn(move || other.notify_one());
        let woken = {
            let mut first = pin!(notify.notified());
            poll_once(first.as_mut()).is_ready()
        };
        notifier.join().unwrap();
        // Either the first one took it, or it is there for the next one.
        assert_ne!(woken, poll_once(pin!(notify.notified())).is_ready());
    });
}

#[test]
fn loom_oneshot_delivers() {
    model(|| {
        let (tx, rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).unwrap());
        assert_eq!(*block_on(rx).unwrap(), 7);
        sender.join().unwrap();
    });
}

#[test]
fn loom_oneshot_a_dropped_sender_wakes() {
    model(|| {
        let (tx, rx) = oneshot::channel::<usize>();
        let sender = thread::spawn(move || drop(tx));
        assert!(block_on(rx).is_err());
        sender.join().unwrap();
    });
}

#[test]
fn loom_sync_01_close_and_await_race_with_send() {
    model(|| {
        let (tx, mut rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)));
        rx.close();
        let received = block_on(rx);
        let sent = sender.join().unwrap();
        // The value is on exactly one side.
        assert_eq!(sent.is_ok(), received.is_ok());
    });
}

#[test]
fn loom_sync_02_poll_and_drop_race_with_send() {
    model(|| {
        let (tx, mut rx) = oneshot::channel();
        let alive = Arc::new(());
        let value = Arc::clone(&alive);
        let sender = thread::spawn(move || drop(tx.send(value)));
        let received = poll_once(pin!(&mut rx));
        drop((received, rx));
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn loom_oneshot_closed_is_told() {
    model(|| {
        let (mut tx, rx) = oneshot::channel::<usize>();
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        assert!(tx.is_closed());
        receiver.join().unwrap();
    });
}

#[test]
fn loom_mpsc_two_senders_cross_a_block() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || {
            other.send(1).unwrap();
            other.send(2).unwrap();
        });
        tx.send(10).unwrap();
        drop(tx);
        let (mut from_other, mut sum) = (0, 0);
        while let Some(value) = block_on(rx.recv()) {
            if value < 10 {
                assert_eq!(value, from_other + 1);
                from_other = value;
            }
            sum += value;
        }
        assert_eq!(sum, 13);
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_blocks_are_freed_and_used_again() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        // The first block is full and read already; the sender moves on to the second one, and to the third, for which
        // the receiver may have freed the first.
        for i in 0..2 {
            tx.send(Box::new(i)).unwrap();
            assert_eq!(*rx.try_recv().unwrap(), i);
        }
        let sender = thread::spawn(move || {
            for i in 2..5 {
                tx.send(Box::new(i)).unwrap();
            }
            tx
        });
        for i in 2..5 {
            assert_eq!(*block_on(rx.recv()).unwrap(), i);
        }
        drop(sender.join().unwrap());
    });
}

#[test]
fn loom_mpsc_close_divides_sent_from_refused() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let sender = thread::spawn(move || (0..3).filter(|&i| tx.send(i).is_ok()).count());
        rx.close();
        let mut received = 0;
        while block_on(rx.recv()).is_some() {
            received += 1;
        }
        assert_eq!(sender.join().unwrap(), received);
    });
}

#[test]
fn loom_mpsc_bounded_hands_room_over() {
    model(|| {
        let (tx, mut rx) = mpsc::channel(1);
        let sender = thread::spawn(move || {
            for i in 0..2 {
                block_on(tx.send(i)).unwrap();
            }
        });
        assert_eq!(block_on(rx.recv()), Some(0));
        assert_eq!(block_on(rx.recv()), Some(1));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

#[test]
fn loom_sync_11_a_returned_permit_wakes_a_closed_receiver() {
    model(|| {
        let (tx, mut rx) = mpsc::channel::<usize>(1);
        let permit = tx.try_reserve_owned().unwrap();
        rx.close();
        let sender = thread::spawn(move || drop(permit));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_try_recv_finds_what_was_sent_before() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(1).unwrap());
        tx.send(2).unwrap();
        assert!(rx.try_recv().is_ok());
        sender.join().unwrap();
        assert!(rx.try_recv().is_ok());
    });
}

#[test]
fn loom_sync_16_upgrade_races_with_the_last_sender() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let weak = tx.downgrade();
        let upgrader = thread::spawn(move || weak.upgrade().is_some_and(|tx| tx.send(1).is_ok()));
        drop(tx);
        let received = block_on(rx.recv()).is_some();
        assert_eq!(upgrader.join().unwrap(), received);
    });
}

#[test]
fn loom_watch_a_change_is_seen() {
    model(|| {
        let (tx, mut rx) = watch::channel(0);
        let sender = thread::spawn(move || tx.send(1).unwrap());
        block_on(rx.changed()).unwrap();
        assert_eq!(*rx.borrow(), 1);
        sender.join().unwrap();
    });
}

#[test]
fn loom_watch_the_last_value_is_seen_before_the_close() {
    model(|| {
        let (tx, mut rx) = watch::channel(0);
        let sender = thread::spawn(move || {
            tx.send_replace(1);
            tx.send_replace(2);
        });
        let last = block_on(async {
            while rx.changed().await.is_ok() {}
            *rx.borrow()
        });
        assert_eq!(last, 2);
        sender.join().unwrap();
    });
}

#[test]
fn loom_watch_the_last_receiver_wakes_the_sender() {
    model(|| {
        let (tx, rx) = watch::channel(0);
        let other = rx.clone();
        let receiver = thread::spawn(move || drop(other));
        drop(rx);
        block_on(tx.closed());
        receiver.join().unwrap();
    });
}

#[test]
fn loom_sync_07_broadcast_loses_no_wake_up() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(2);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        assert_eq!(block_on(rx.recv()), Ok(1));
        assert_eq!(block_on(rx.recv()), Ok(2));
        assert_eq!(
            block_on(rx.recv()),
            Err(broadcast::error::RecvError::Closed)
        );
        sender.join().unwrap();
    });
}

#[test]
fn loom_broadcast_a_lag_is_counted() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(1);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        let mut total = 0;
        loop {
            match block_on(rx.recv()) {
                Ok(_) => total += 1,
                Err(broadcast::error::RecvError::Lagged(missed)) => total += missed,
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
        assert_eq!(total, 2);
        sender.join().unwrap();
    });
}

#[test]
fn loom_broadcast_every_receiver_gets_the_value_or_its_drop_frees_it() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(2);
        let other = tx.subscribe();
        let alive = Arc::new(());
        tx.send(Arc::clone(&alive)).unwrap();
        let dropper = thread::spawn(move || drop(other));
        drop(block_on(rx.recv()).unwrap());
        dropper.join().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn loom_cancellation_reaches_a_child_made_at_the_same_time() {
    model(|| {
        let token = CancellationToken::new();
        let other = token.clone();
        let canceller = thread::spawn(move || other.cancel());
        let child = token.child_token();
        block_on(child.cancelled());
        canceller.join().unwrap();
    });
}

#[test]
fn loom_cancellation_passes_a_dropped_generation() {
    model(|| {
        let token = CancellationToken::new();
        let child = token.child_token();
        let grandchild = child.child_token();
        let dropper = thread::spawn(move || drop(child));
        token.cancel();
        assert!(grandchild.is_cancelled());
        dropper.join().unwrap();
    });
}
