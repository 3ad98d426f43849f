//! The counting semaphore.

use std::pin::pin;

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::{Guarded, poll_once};
use crate::Semaphore;

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
fn loom_semaphore_a_close_shows_what_the_closer_did() {
    model(|| {
        let shared = Arc::new((Semaphore::new(0), Guarded::new()));
        let other = Arc::clone(&shared);
        let closer = thread::spawn(move || {
            other.1.add();
            other.0.close();
        });
        if shared.0.is_closed() {
            shared.1.add();
        }
        closer.join().unwrap();
    });
}

#[test]
fn loom_semaphore_what_is_left_over_shows_what_the_giver_did() {
    model(|| {
        let shared = Arc::new((Semaphore::new(0), Guarded::new()));
        let mut waiting = pin!(shared.0.acquire());
        assert!(poll_once(waiting.as_mut()).is_pending());
        let other = Arc::clone(&shared);
        let giver = thread::spawn(move || {
            other.1.add();
            // One for the waiter, by the lock, and one for whoever comes, by the word.
            other.0.add_permits(2);
        });
        thread::yield_now();
        if let Ok(permit) = shared.0.try_acquire() {
            shared.1.add();
            permit.forget();
        }
        giver.join().unwrap();
    });
}

#[test]
fn loom_semaphore_to_forget_a_permit_is_to_take_it() {
    model(|| {
        let shared = Arc::new((Semaphore::new(0), Guarded::new()));
        let other = Arc::clone(&shared);
        let giver = thread::spawn(move || {
            other.1.add();
            other.0.add_permits(1);
        });
        if shared.0.forget_permits(1) == 1 {
            shared.1.add();
        }
        giver.join().unwrap();
    });
}
