//! Rules S1 to S13, one test each. What is behind them is tested at length in the other files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use runtime_sync::*;

use crate::support::Spawned;

#[track_caller]
fn ready<F: Future>(future: F) -> F::Output {
    match Spawned::new(future).poll() {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it has to wait"),
    }
}

#[test]
fn s1_works_under_any_executor_and_on_plain_threads() {
    let (send, mut receive) = mpsc::channel(1);
    let sender = thread::spawn(move || send.blocking_send(1));
    let received = futures_executor::block_on(receive.recv());
    assert_eq!(received, Some(1));
    sender.join().unwrap().unwrap();
    let lock = Mutex::new(1);
    *lock.blocking_lock() += 1;
    assert_eq!(*ready(lock.lock()), 2);
}

#[test]
fn s2_who_waits_is_served_in_order_and_nobody_passes() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut first = Spawned::new(semaphore.acquire());
    let mut second = Spawned::new(semaphore.acquire());
    let mut third = Spawned::new(semaphore.acquire());
    first.assert_pending();
    second.assert_pending();
    third.assert_pending();
    drop(held);
    assert!(
        semaphore.try_acquire().is_err(),
        "it was handed to the first"
    );
    // The first is cancelled with the permit in hand, the second in line.
    drop(first);
    drop(second);
    assert!(third.poll().is_ready());
}

#[test]
fn s3_a_large_request_is_not_passed_and_close_leaves_permits_valid() {
    let semaphore = Semaphore::new(3);
    let one = semaphore.try_acquire().unwrap();
    let mut large = Spawned::new(semaphore.acquire_many(3));
    let mut small = Spawned::new(semaphore.acquire());
    large.assert_pending();
    small.assert_pending();
    semaphore.close();
    assert!(matches!(large.poll(), Poll::Ready(Err(_))));
    assert!(matches!(small.poll(), Poll::Ready(Err(_))));
    assert_eq!(one.num_permits(), 1);
    drop(one);
    let full = Semaphore::new(Semaphore::MAX_PERMITS);
    assert!(catch_unwind(AssertUnwindSafe(|| full.add_permits(1))).is_err());
    let (left, right) = (Semaphore::new(1), Semaphore::new(1));
    let mut permit = left.try_acquire().unwrap();
    assert!(permit.split(2).is_none());
    let stranger = right.try_acquire().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| permit.merge(stranger))).is_err());
}

#[test]
fn s4_no_reader_passes_a_writer_and_downgrade_is_atomic() {
    let lock = RwLock::new(0);
    let reader = lock.try_read().unwrap();
    let mut writer = Spawned::new(lock.write());
    writer.assert_pending();
    assert!(lock.try_read().is_err());
    let mut late = Spawned::new(lock.read());
    late.assert_pending();
    drop(reader);
    let Poll::Ready(guard) = writer.poll() else {
        panic!("it is the writer's turn")
    };
    let mut other_writer = Spawned::new(lock.write());
    other_writer.assert_pending();
    let mut shared = guard.downgrade();
    assert!(late.poll().is_ready());
    other_writer.assert_pending();
    assert_eq!(*shared, 0);
    shared = RwLockReadGuard::map(shared, |value| value);
    drop(shared);
    assert!(catch_unwind(|| RwLock::with_max_readers(0, 0)).is_err());
}

#[test]
fn s5_nothing_is_poisoned() {
    let lock = Mutex::new(1);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _held = lock.try_lock().unwrap();
        panic!("with the lock");
    }));
    assert!(caught.is_err() && lock.try_lock().is_ok());
    let (send, mut receive) = watch::channel(1);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        send.send_modify(|value| {
            *value = 2;
            panic!("in the closure")
        });
    }));
    assert!(caught.is_err() && !receive.has_changed().unwrap());
    send.send(3).unwrap();
    ready(receive.changed()).unwrap();
}

#[test]
fn s6_one_permit_is_stored_and_all_present_are_woken() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_one();
    ready(notify.notified());
    let mut first = Spawned::new(notify.notified());
    let mut last = Spawned::new(notify.notified());
    let never_polled = notify.notified();
    first.assert_pending();
    last.assert_pending();
    notify.notify_last();
    assert!(last.poll().is_ready());
    notify.notify_waiters();
    assert!(first.poll().is_ready());
    ready(never_polled);
    Spawned::new(notify.notified()).assert_pending();
    // Dropped after it was chosen, it passes the wake on.
    let mut one = Spawned::new(notify.notified());
    let mut next = Spawned::new(notify.notified());
    one.assert_pending();
    next.assert_pending();
    notify.notify_one();
    drop(one);
    assert!(next.poll().is_ready());
}

#[test]
fn s7_an_mpsc_channel_ends_after_its_senders_permits_and_messages() {
    assert!(catch_unwind(|| mpsc::channel::<u8>(0)).is_err());
    let (send, mut receive) = mpsc::channel(3);
    let weak = send.downgrade();
    let permit = send.clone().try_reserve_owned().unwrap();
    send.try_send(1).unwrap();
    receive.close();
    assert!(send.try_send(2).is_err());
    assert_eq!(receive.try_recv(), Ok(1));
    let mut end = Spawned::new(receive.recv());
    end.assert_pending();
    drop(permit.send(3));
    assert!(matches!(end.poll(), Poll::Ready(Some(3))));
    drop(end);
    drop(send);
    assert!(weak.upgrade().is_none());
    assert_eq!(ready(receive.recv()), None);
    assert_eq!(ready(receive.recv_many(&mut Vec::new(), 0)), 0);
}

#[test]
fn s8_a_oneshot_send_never_waits_and_gives_the_value_back() {
    let (send, receive) = oneshot::channel();
    drop(receive);
    assert_eq!(send.send(1), Err(1));
    let (send, mut receive) = oneshot::channel();
    send.send(2).unwrap();
    receive.close();
    assert_eq!(receive.try_recv(), Ok(2));
    let (send, receive) = oneshot::channel::<u8>();
    drop(send);
    assert!(ready(receive).is_err());
}

#[test]
fn s9_a_broadcast_receiver_that_is_too_slow_is_told_once() {
    use broadcast::error::{RecvError, TryRecvError};
    assert!(catch_unwind(|| broadcast::channel::<u8>(0)).is_err());
    assert!(catch_unwind(|| broadcast::channel::<u8>(usize::MAX / 2 + 1)).is_err());
    // Rounded up to four.
    let (send, mut receive) = broadcast::channel(3);
    for value in 0..6 {
        send.send(value).unwrap();
    }
    let mut late = send.subscribe();
    assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(ready(receive.recv()), Err(RecvError::Lagged(2)));
    drop(send);
    for value in 2..6 {
        assert_eq!(ready(receive.recv()), Ok(value));
    }
    assert_eq!(ready(receive.recv()), Err(RecvError::Closed));
    let (send, receive) = broadcast::channel(1);
    drop(receive);
    assert_eq!(send.send(7).unwrap_err().0, 7);
}

#[test]
fn s10_a_watch_keeps_the_last_value() {
    let (send, mut receive) = watch::channel(0);
    assert!(!receive.has_changed().unwrap());
    send.send(1).unwrap();
    let mut other = send.subscribe();
    assert!(!other.has_changed().unwrap() && receive.has_changed().unwrap());
    drop(send);
    assert!(
        receive.has_changed().is_err(),
        "it says so whenever it is closed"
    );
    assert!(
        ready(receive.changed()).is_ok(),
        "but not before all was seen"
    );
    assert!(ready(receive.changed()).is_err() && ready(other.changed()).is_err());
    let (send, receive) = watch::channel(0);
    drop(receive);
    assert!(send.send(1).is_err());
    assert_eq!(*send.borrow(), 0, "nothing was stored");
    assert_eq!(send.send_replace(2), 0);
    assert_eq!(*send.borrow(), 2);
}

#[test]
fn s11_a_failed_initialiser_is_replaced_and_a_barrier_has_one_leader() {
    let cell = OnceCell::new();
    let mut first = Spawned::new(cell.get_or_init(std::future::pending::<u8>));
    let mut second = Spawned::new(cell.get_or_init(|| async { 2 }));
    first.assert_pending();
    second.assert_pending();
    drop(first);
    assert!(matches!(second.poll(), Poll::Ready(2)));
    assert!(ready(Barrier::new(0).wait()).is_leader());
    let barrier = Barrier::new(2);
    for _ in 0..2 {
        let mut one = Spawned::new(barrier.wait());
        one.assert_pending();
        let last = ready(barrier.wait());
        let Poll::Ready(one) = one.poll() else {
            panic!("both have come")
        };
        assert!(one.is_leader() != last.is_leader());
    }
}

/// Uses what it waits for when it is woken and when it is dropped, which would lock up under a lock.
struct Reenters(Arc<Semaphore>, AtomicUsize);

impl Wake for Reenters {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, SeqCst);
        let _ = self.0.try_acquire();
        panic!("an evil waker");
    }
}

impl Drop for Reenters {
    fn drop(&mut self) {
        let _ = self.0.try_acquire();
    }
}

#[test]
fn s12_wakers_run_without_a_lock_and_may_panic() {
    let semaphore = Arc::new(Semaphore::new(0));
    let evil = Arc::new(Reenters(semaphore.clone(), AtomicUsize::new(0)));
    let waker = Waker::from(evil.clone());
    let mut wait = Box::pin(semaphore.acquire());
    assert!(
        wait.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let mut next = Spawned::new(semaphore.acquire());
    next.assert_pending();
    assert!(catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(2))).is_err());
    assert_eq!(evil.1.load(SeqCst), 1);
    assert!(next.poll().is_ready());
    drop(wait);
    drop(next);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn s13_blocking_calls_panic_in_async_code_and_wait_elsewhere() {
    let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    let lock = Arc::new(Mutex::new(1));
    let caught = catch_unwind(AssertUnwindSafe(|| {
        rt.block_on(async { *lock.blocking_lock() })
    }));
    let text = caught.unwrap_err();
    let text = text.downcast_ref::<String>().map(String::as_str);
    assert!(
        text.unwrap_or_default()
            .contains("Cannot block the current thread")
    );
    let held = lock.clone().try_lock_owned().unwrap();
    let elsewhere = lock.clone();
    let job = rt.spawn_blocking(move || *elsewhere.blocking_lock());
    drop(held);
    assert_eq!(rt.block_on(job).unwrap(), 1);
}
