//! The two things this crate takes from the runtime: the budget of a poll, and the answer to "may this thread
//! block?".

use crate::support::{Spawned, now, rounds};
use runtime_core::coop;
use runtime_sync::*;

/// How often `step` can complete in one poll of a runtime.
fn completed_in_one_poll(mut step: impl FnMut() -> bool) -> usize {
    coop::with_budget(|| (0..1000).take_while(|_| step()).count())
}

#[test]
fn operations_take_a_unit_each() {
    let semaphore = Semaphore::new(1);
    assert_eq!(
        completed_in_one_poll(|| Spawned::new(semaphore.acquire()).poll().is_ready()),
        128
    );

    let (tx, mut rx) = mpsc::unbounded_channel();
    for i in 0..1000 {
        tx.send(i).unwrap();
    }
    assert_eq!(
        completed_in_one_poll(|| Spawned::new(rx.recv()).poll().is_ready()),
        128
    );
    // Nothing was lost by the refusal.
    assert_eq!(now(rx.recv()), Some(128));

    let (tx, mut rx) = watch::channel(0);
    let changes = completed_in_one_poll(|| {
        tx.send_replace(1);
        Spawned::new(rx.changed()).poll().is_ready()
    });
    assert_eq!(changes, 128);

    let (tx, mut rx) = broadcast::channel(256);
    for i in 0..200 {
        tx.send(i).unwrap();
    }
    assert_eq!(
        completed_in_one_poll(|| Spawned::new(rx.recv()).poll().is_ready()),
        128
    );
    assert_eq!(now(rx.recv()), Ok(128));

    let oneshots = completed_in_one_poll(|| {
        let (tx, rx) = oneshot::channel();
        tx.send(1).unwrap();
        Spawned::new(rx).poll().is_ready()
    });
    assert_eq!(oneshots, 128);
}

#[test]
fn waiting_takes_no_unit() {
    let semaphore = Semaphore::new(0);
    coop::with_budget(|| {
        let mut waiting = Spawned::new(semaphore.acquire());
        for _ in 0..1000 {
            waiting.assert_pending();
        }
        assert!(coop::has_budget_remaining());
    });
}

#[test]
fn an_exhausted_budget_does_not_reorder_the_queue() {
    let semaphore = Semaphore::new(0);
    let mut first = Spawned::new(semaphore.acquire());
    coop::with_budget(|| {
        let free = Semaphore::new(1);
        while Spawned::new(free.acquire()).poll().is_ready() {}
        // Without a unit left it joins the line all the same.
        first.assert_pending();
    });
    let mut second = Spawned::new(semaphore.acquire());
    second.assert_pending();
    semaphore.add_permits(1);
    assert_eq!(second.woken(), 0);
    let permit = first.assert_ready().unwrap();
    drop(permit);
    drop(second.assert_ready().unwrap());
}

#[test]
fn a_free_permit_is_left_alone_without_budget() {
    let semaphore = Semaphore::new(1);
    let mut acquire = Spawned::new(semaphore.acquire());
    coop::with_budget(|| {
        use_up_the_budget();
        acquire.assert_pending();
    });
    // It was told to come back, and holds nothing meanwhile.
    assert_eq!(acquire.woken(), 1);
    drop(semaphore.try_acquire().unwrap());
    drop(acquire.assert_ready().unwrap());
}

#[test]
fn a_permit_granted_without_budget_is_kept_and_given_back() {
    let semaphore = Semaphore::new(0);
    let mut acquire = Spawned::new(semaphore.acquire());
    acquire.assert_pending();
    semaphore.add_permits(1);
    coop::with_budget(|| {
        use_up_the_budget();
        acquire.assert_pending();
    });
    assert_eq!(semaphore.available_permits(), 0);
    drop(acquire);
    assert_eq!(semaphore.available_permits(), 1);
}

fn use_up_the_budget() {
    while Spawned::new(coop::consume_budget()).poll().is_ready() {}
}

/// A runtime of one thread, with timers.
fn runtime() -> runtime_core::Runtime {
    let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    let timers = std::sync::Arc::clone(timer.timers());
    runtime_core::Builder::new_current_thread()
        .driver(std::sync::Arc::new(timer))
        .extension(timers)
        .build()
        .unwrap()
}

#[test]
fn send_timeout_waits_for_room_but_not_for_ever() {
    use mpsc::error::SendTimeoutError;
    use std::time::Duration;
    let far = Duration::from_secs(3600);
    runtime().block_on(async {
        let (tx, mut rx) = mpsc::channel(1);
        tx.send_timeout(1, Duration::ZERO).await.unwrap();
        assert_eq!(
            tx.send_timeout(2, Duration::ZERO).await,
            Err(SendTimeoutError::Timeout(2))
        );
        assert_eq!(
            tx.send_timeout(2, Duration::from_millis(1)).await,
            Err(SendTimeoutError::Timeout(2))
        );
        let (sent, received) = futures_util::join!(tx.send_timeout(2, far), rx.recv());
        assert_eq!((sent, received), (Ok(()), Some(1)));
        drop(rx);
        assert_eq!(
            tx.send_timeout(3, far).await,
            Err(SendTimeoutError::Closed(3))
        );
        // The message that was left in the channel went with the receiver.
        assert_eq!(tx.capacity(), 1);
    });
}

#[test]
fn blocking_calls_panic_inside_a_task() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    fn refuses<R>(call: impl FnOnce() -> R) {
        let panic = catch_unwind(AssertUnwindSafe(call))
            .err()
            .expect("should panic");
        let text = panic.downcast_ref::<String>().expect("a formatted message");
        assert!(text.contains("Cannot block the current thread"), "{text}");
    }
    runtime().block_on(async {
        let (tx, mut rx) = mpsc::channel(1);
        refuses(|| tx.blocking_send(1));
        refuses(|| rx.blocking_recv());
        refuses(|| rx.blocking_recv_many(&mut Vec::new(), 1));
        let (_tx, mut rx) = mpsc::unbounded_channel::<i32>();
        refuses(|| rx.blocking_recv());
        let (_tx, rx) = oneshot::channel::<i32>();
        refuses(|| rx.blocking_recv());
        let (_tx, mut rx) = broadcast::channel::<i32>(1);
        refuses(|| rx.blocking_recv());
        let mutex = std::sync::Arc::new(Mutex::new(1));
        refuses(|| mutex.blocking_lock());
        refuses(|| std::sync::Arc::clone(&mutex).blocking_lock_owned());
        let lock = RwLock::new(1);
        refuses(|| lock.blocking_read());
        refuses(|| lock.blocking_write());
        let semaphore = std::sync::Arc::new(Semaphore::new(1));
        refuses(|| semaphore.blocking_acquire());
        refuses(|| std::sync::Arc::clone(&semaphore).blocking_acquire_many_owned(1));
        let queue = Queue::bounded(1);
        refuses(|| queue.blocking_put(1));
        refuses(|| queue.blocking_get());
        assert!(queue.is_empty());
        // Nothing was taken by the refused calls.
        assert_eq!(semaphore.available_permits(), 1);
        assert!(mutex.try_lock().is_ok() && lock.try_write().is_ok());
    });
}

#[test]
fn a_contended_channel_in_a_runtime_delivers_everything() {
    runtime().block_on(async {
        let (tx, mut rx) = mpsc::channel(8);
        let tasks: Vec<_> = (0..5)
            .map(|_| {
                let tx = tx.clone();
                runtime_core::spawn(async move {
                    for i in 0..rounds(1000) {
                        tx.send(i).await.unwrap();
                    }
                })
            })
            .collect();
        drop(tx);
        let mut sum = 0;
        while let Some(i) = rx.recv().await {
            sum += i;
        }
        assert_eq!(sum, 5 * (0..rounds(1000)).sum::<usize>());
        for task in tasks {
            task.await.unwrap();
        }
    });
}
