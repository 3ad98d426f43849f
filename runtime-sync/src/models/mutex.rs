//! What stands on the semaphore: `Mutex`, `RwLock`, `OnceCell`.

use std::sync::atomic::Ordering::Relaxed;

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

use super::poll_once;
use crate::{Mutex, OnceCell, RwLock};

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
fn loom_sync_10_a_lock_handed_to_a_cancelled_waiter_goes_on() {
    model(|| {
        let mutex = Arc::new(Mutex::new(0));
        let held = mutex.try_lock().unwrap();
        let mut cancelled = Box::pin(mutex.lock());
        assert!(poll_once(cancelled.as_mut()).is_pending());
        let other = Arc::clone(&mutex);
        let third = thread::spawn(move || *block_on(other.lock()) += 1);
        drop(held);
        drop(cancelled);
        third.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 1);
    });
}

#[test]
fn loom_rwlock_a_writer_excludes_readers() {
    model(|| {
        let lock = Arc::new(RwLock::with_max_readers((0, 0), 2));
        let other = Arc::clone(&lock);
        let writer = thread::spawn(move || {
            let mut pair = block_on(other.write());
            pair.0 += 1;
            pair.1 += 1;
            let pair = pair.downgrade();
            assert_eq!(pair.0, pair.1);
        });
        {
            let pair = block_on(lock.read());
            assert_eq!(pair.0, pair.1);
        }
        writer.join().unwrap();
        assert_eq!(*lock.try_write().unwrap(), (1, 1));
    });
}

#[test]
fn loom_once_cell_is_initialised_once() {
    model(|| {
        let shared = Arc::new((OnceCell::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let init = |shared: &(OnceCell<usize>, AtomicUsize)| {
            *block_on(shared.0.get_or_init(|| async {
                shared.1.fetch_add(1, Relaxed);
                5
            }))
        };
        let thread = thread::spawn(move || init(&other));
        assert_eq!(init(&shared), 5);
        assert_eq!(thread.join().unwrap(), 5);
        assert_eq!(shared.1.load(Relaxed), 1);
    });
}
