use crate::support::{now, pending, within_a_minute};
use futures_executor::block_on;
use runtime_sync::{Condvar, Mutex};
use std::sync::Arc;
use std::thread;

#[test]
fn waiting_unlocks_and_waking_locks() {
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    let mut waiting = pending(changed.wait(mutex.try_lock().unwrap()));
    *mutex.try_lock().unwrap() = 1;
    waiting.assert_pending();
    changed.notify_one();
    assert_eq!(waiting.woken(), 1);
    // The lock is somebody else's.
    let held = mutex.try_lock().unwrap();
    waiting.assert_pending();
    drop(held);
    let guard = waiting.assert_ready();
    assert_eq!(*guard, 1);
    assert!(mutex.try_lock().is_err());
}

#[test]
fn nothing_is_stored() {
    let (mutex, changed) = (Mutex::new(()), Condvar::new());
    changed.notify_one();
    changed.notify_all();
    pending(changed.wait(mutex.try_lock().unwrap()));
}

#[test]
fn the_oldest_waiter_is_woken_first_and_all_at_once() {
    let (mutex, changed) = (Mutex::new(()), Condvar::new());
    let mut waiting: Vec<_> = (0..50)
        .map(|_| pending(changed.wait(mutex.try_lock().unwrap())))
        .collect();
    changed.notify_one();
    assert_eq!(waiting[0].woken(), 1);
    assert_eq!(waiting.iter().map(|one| one.woken()).sum::<usize>(), 1);
    drop(waiting[0].assert_ready());
    changed.notify_all();
    for one in &mut waiting[1..] {
        assert_eq!(one.woken(), 1);
        drop(one.assert_ready());
    }
}

#[test]
fn a_waiter_that_is_dropped_passes_the_turn_on() {
    let (mutex, changed) = (Mutex::new(()), Condvar::new());
    let first = pending(changed.wait(mutex.try_lock().unwrap()));
    let mut second = pending(changed.wait(mutex.try_lock().unwrap()));
    changed.notify_one();
    drop(first);
    assert_eq!(second.woken(), 1);
    drop(second.assert_ready());

    // Also one that was told already and only waits for the lock.
    let mut first = pending(changed.wait(mutex.try_lock().unwrap()));
    let mut second = pending(changed.wait(mutex.try_lock().unwrap()));
    changed.notify_one();
    let held = mutex.try_lock().unwrap();
    first.assert_pending();
    drop(first);
    drop(held);
    drop(second.assert_ready());

    // One that was woken with all others passes nothing on.
    let first = pending(changed.wait(mutex.try_lock().unwrap()));
    changed.notify_all();
    let mut late = pending(changed.wait(mutex.try_lock().unwrap()));
    drop(first);
    assert_eq!(late.woken(), 0);
    late.assert_pending();
}

#[test]
fn cancelled_before_the_first_poll_it_unlocks() {
    let (mutex, changed) = (Mutex::new(()), Condvar::new());
    drop(changed.wait(mutex.try_lock().unwrap()));
    assert!(mutex.try_lock().is_ok());
    drop(pending(changed.wait(mutex.try_lock().unwrap())));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn wait_while_asks_with_the_lock_held() {
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    assert_eq!(
        *now(changed.wait_while(mutex.try_lock().unwrap(), |_| false)),
        0
    );
    let mut waiting = pending(changed.wait_while(mutex.try_lock().unwrap(), |value| {
        assert!(mutex.try_lock().is_err());
        *value < 2
    }));
    for value in 1..=2 {
        *mutex.try_lock().unwrap() = value;
        changed.notify_one();
        assert_eq!(waiting.woken(), value);
        if value == 1 {
            waiting.assert_pending();
        }
    }
    assert_eq!(*waiting.assert_ready(), 2);
}

#[test]
fn another_task_may_go_on_waiting() {
    let (mutex, changed) = (Mutex::new(()), Condvar::new());
    let mut waiting = pending(changed.wait(mutex.try_lock().unwrap()));
    assert!(waiting.poll_elsewhere().is_pending());
    changed.notify_one();
    assert_eq!(waiting.woken(), 1);
    drop(waiting.assert_ready());
}

#[test]
fn stress_ping_pong() {
    within_a_minute(|| {
        let shared = Arc::new((Mutex::new(0_usize), Condvar::new()));
        let other = Arc::clone(&shared);
        let play = |shared: &(Mutex<usize>, Condvar), parity: usize| {
            block_on(async {
                for _ in 0..crate::support::rounds(2000) {
                    let guard = shared.0.lock().await;
                    let mut guard = shared.1.wait_while(guard, |turn| *turn % 2 != parity).await;
                    *guard += 1;
                    drop(guard);
                    shared.1.notify_one();
                }
            });
        };
        let thread = thread::spawn(move || play(&other, 1));
        play(&shared, 0);
        thread.join().unwrap();
    });
}
