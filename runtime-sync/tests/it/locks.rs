use crate::support::{Spawned, now, pending, rounds, within_a_minute};
use runtime_sync::{
    Barrier, Mutex, MutexGuard, OwnedMutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

#[test]
fn a_mutex_is_handed_over_in_order() {
    let mutex = Mutex::new(0);
    let held = mutex.try_lock().unwrap();
    let mut waiters: Vec<_> = (0..3).map(|_| pending(mutex.lock())).collect();
    drop(held);
    for waiter in &mut waiters {
        assert!(mutex.try_lock().is_err());
        *waiter.assert_ready() += 1;
    }
    assert_eq!(*mutex.try_lock().unwrap(), 3);
}

#[test]
fn a_cancelled_lock_goes_to_the_next() {
    let mutex = Arc::new(Mutex::new(0));
    let held = mutex.try_lock().unwrap();
    let first = pending(mutex.lock());
    let mut second = pending(Arc::clone(&mutex).lock_owned());
    drop(held);
    drop(first);
    drop(second.assert_ready());
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_panic_unlocks() {
    let mutex = Mutex::new(0);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _guard = mutex.try_lock().unwrap();
        panic!("while locked");
    }));
    assert!(panic.is_err());
    assert!(mutex.try_lock().is_ok());
    let mapped = catch_unwind(AssertUnwindSafe(|| {
        MutexGuard::map(mutex.try_lock().unwrap(), |_| -> &mut i32 {
            panic!("while mapping")
        })
    }));
    assert!(mapped.is_err());
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn mapped_guards_keep_the_lock() {
    let mutex = Arc::new(Mutex::new((1, vec![2])));
    let first = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.1);
    let mut item = runtime_sync::MappedMutexGuard::try_map(first, |list| list.first_mut()).unwrap();
    *item = 3;
    assert!(mutex.try_lock().is_err());
    drop(item);
    let guard = OwnedMutexGuard::try_map(Arc::clone(&mutex).try_lock_owned().unwrap(), |_| {
        None::<&mut i32>
    });
    let guard = guard.unwrap_err();
    assert_eq!(guard.1[0], 3);
    assert!(mutex.try_lock().is_err());
    drop(guard);
    let owned = OwnedMutexGuard::map(Arc::clone(&mutex).try_lock_owned().unwrap(), |pair| {
        &mut pair.0
    });
    assert_eq!(format!("{owned} {owned:?}"), "1 1");
    assert_eq!(Arc::strong_count(&mutex), 2);
    drop(owned);
    assert_eq!(Arc::strong_count(&mutex), 1);
}

#[test]
fn unsized_values_can_be_locked() {
    let mutex: Arc<Mutex<[i32]>> = Arc::new(Mutex::new([1, 2, 3]));
    assert_eq!(mutex.try_lock().unwrap().len(), 3);
    let lock: Arc<RwLock<dyn std::fmt::Debug + Send + Sync>> = Arc::new(RwLock::new(5));
    assert_eq!(format!("{:?}", lock.try_read().unwrap()), "5");
}

#[test]
fn debug_does_not_wait() {
    let mutex = Mutex::new(1);
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 1 }");
    let _held = mutex.try_lock().unwrap();
    assert_eq!(format!("{mutex:?}"), "Mutex { data: <locked> }");
    let lock = RwLock::new(1);
    assert_eq!(format!("{lock:?}"), "RwLock { data: 1 }");
    let _held = lock.try_write().unwrap();
    assert_eq!(format!("{lock:?}"), "RwLock { data: <locked> }");
    assert_eq!(
        mutex.try_lock().unwrap_err().to_string(),
        "operation would block"
    );
}

#[test]
fn readers_share_and_a_writer_excludes() {
    let lock = RwLock::new(0);
    let (one, two) = (now(lock.read()), now(lock.read()));
    let mut writer = pending(lock.write());
    drop(one);
    writer.assert_pending();
    drop(two);
    *writer.assert_ready() = 5;
    drop(writer);
    assert_eq!(*now(lock.read()), 5);
}

#[test]
fn sync_13_no_reader_passes_a_waiting_writer() {
    let lock = RwLock::new(0);
    let held = now(lock.read());
    let mut writer = pending(lock.write());
    let mut reader = pending(lock.read());
    assert!(lock.try_read().is_err());
    drop(held);
    assert_eq!(reader.woken(), 0);
    drop(writer.assert_ready());
    drop(reader.assert_ready());
}

#[test]
fn a_cancelled_writer_lets_the_readers_in() {
    let lock = RwLock::new(0);
    let _held = now(lock.read());
    let writer = pending(lock.write());
    let mut readers: Vec<_> = (0..3).map(|_| pending(lock.read())).collect();
    drop(writer);
    let guards: Vec<_> = readers.iter_mut().map(Spawned::assert_ready).collect();
    assert_eq!(guards.len(), 3);
}

#[test]
fn sync_12_downgrade_lets_readers_in_and_no_writer() {
    let lock = RwLock::with_max_readers(1, 3);
    let writer = now(lock.write());
    let mut reader = pending(lock.read());
    let mut second = pending(lock.write());
    let downgraded = writer.downgrade();
    drop(reader.assert_ready());
    second.assert_pending();
    drop(downgraded);
    drop(second.assert_ready());
    // All permits are back, and not one more.
    drop(lock.try_write().unwrap());
    let readers: Vec<_> = (0..3).map(|_| lock.try_read().unwrap()).collect();
    assert!(lock.try_read().is_err());
    drop(readers);
}

#[test]
fn write_guards_can_be_narrowed() {
    let lock = Arc::new(RwLock::new((1, vec![2])));
    let guard =
        RwLockWriteGuard::try_map(lock.try_write().unwrap(), |pair| pair.1.get_mut(7)).unwrap_err();
    let mut part = RwLockWriteGuard::map(guard, |pair| &mut pair.1);
    part.push(3);
    drop(part);
    let read = RwLockWriteGuard::try_downgrade_map(lock.try_write().unwrap(), |pair| pair.1.get(1))
        .unwrap();
    let again = RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.0);
    assert_eq!((*read, *again), (3, 1));
    assert!(lock.try_write().is_err());
    drop((read, again));
    assert!(lock.try_write().is_ok());
}

#[test]
fn sync_12_reader_limits_are_checked() {
    assert!(catch_unwind(|| RwLock::with_max_readers(0, 0)).is_err());
    assert!(catch_unwind(|| RwLock::with_max_readers(0, (u32::MAX >> 3) + 1)).is_err());
    let lock = RwLock::with_max_readers(0, u32::MAX >> 3);
    drop(lock.try_write().unwrap().downgrade());
    assert!(lock.try_write().is_ok());
}

#[test]
fn threads_block_on_locks() {
    within_a_minute(|| {
        let lock = Arc::new(RwLock::new(0));
        let mutex = Arc::new(Mutex::new(0));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (lock, mutex) = (Arc::clone(&lock), Arc::clone(&mutex));
                std::thread::spawn(move || {
                    for _ in 0..rounds(200) {
                        *lock.blocking_write() += 1;
                        assert!(*lock.blocking_read() > 0);
                        *mutex.blocking_lock() += 1;
                        *Arc::clone(&mutex).blocking_lock_owned() += 1;
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(
            (*lock.blocking_read(), *mutex.blocking_lock()),
            (4 * rounds(200), 8 * rounds(200))
        );
    });
}

#[test]
fn a_barrier_releases_a_round_at_a_time() {
    let barrier = Barrier::new(3);
    for _ in 0..3 {
        let mut one = pending(barrier.wait());
        let mut two = pending(barrier.wait());
        assert!(now(barrier.wait()).is_leader());
        assert!(!one.assert_ready().is_leader() && !two.assert_ready().is_leader());
    }
}

#[test]
fn a_barrier_counts_who_has_left() {
    let barrier = Barrier::new(3);
    drop(pending(barrier.wait()));
    let mut two = pending(barrier.wait());
    assert!(two.poll_elsewhere().is_pending());
    assert!(now(barrier.wait()).is_leader());
    assert_eq!(two.woken(), 1);
}
