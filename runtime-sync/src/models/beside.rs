//! `Condvar`, `Event`, `CapacityLimiter`, and threads that wait.

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::{Guarded, poll_once};
use crate::{CapacityLimiter, Condvar, Event, Mutex, Semaphore};

#[test]
fn loom_condvar_a_change_under_the_lock_is_seen() {
    model(|| {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let other = Arc::clone(&shared);
        let changer = thread::spawn(move || {
            *block_on(other.0.lock()) = true;
            other.1.notify_one();
        });
        block_on(async {
            let guard = shared.0.lock().await;
            assert!(*shared.1.wait_while(guard, |ready| !*ready).await);
        });
        changer.join().unwrap();
    });
}

#[test]
fn loom_condvar_a_dropped_waiter_passes_the_turn_on() {
    model(|| {
        let shared = Arc::new((Mutex::new(()), Condvar::new()));
        let mut first = Box::pin(shared.1.wait(shared.0.try_lock().unwrap()));
        assert!(poll_once(first.as_mut()).is_pending());
        let mut second = Box::pin(shared.1.wait(shared.0.try_lock().unwrap()));
        assert!(poll_once(second.as_mut()).is_pending());
        let other = Arc::clone(&shared);
        let notifier = thread::spawn(move || other.1.notify_one());
        drop(first);
        notifier.join().unwrap();
        assert!(poll_once(second.as_mut()).is_ready());
    });
}

#[test]
fn loom_event_a_set_is_not_lost() {
    model(|| {
        let shared = Arc::new((Event::new(), Guarded::new()));
        let other = Arc::clone(&shared);
        let setter = thread::spawn(move || {
            other.1.add();
            other.0.set();
        });
        block_on(shared.0.wait());
        assert_eq!(shared.1.add(), 2);
        setter.join().unwrap();
    });
}

#[test]
fn loom_limiter_a_cancelled_borrower_races_with_a_token_that_comes_back() {
    model(|| {
        let limiter = std::sync::Arc::new(CapacityLimiter::new(1));
        let held = block_on(std::sync::Arc::clone(&limiter).acquire_owned()).unwrap();
        let mut cancelled = Box::pin(limiter.acquire());
        assert!(poll_once(cancelled.as_mut()).is_pending());
        let other = std::sync::Arc::clone(&limiter);
        let giver = thread::spawn(move || {
            drop(held);
            drop(block_on(other.acquire()).unwrap());
        });
        drop(cancelled);
        giver.join().unwrap();
        assert_eq!(limiter.available_tokens(), 1);
    });
}

#[test]
fn loom_blocking_a_sleeping_thread_is_woken() {
    model(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = Arc::clone(&semaphore);
        let giver = thread::spawn(move || other.add_permits(1));
        semaphore.blocking_acquire().unwrap().forget();
        giver.join().unwrap();
        assert_eq!(semaphore.available_permits(), 0);
    });
}
