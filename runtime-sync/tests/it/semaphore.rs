use crate::support::{now, pending, within_a_minute};
use runtime_sync::{Semaphore, TryAcquireError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

#[test]
fn permits_come_back() {
    let semaphore = Semaphore::new(2);
    let one = now(semaphore.acquire()).unwrap();
    let two = semaphore.try_acquire().unwrap();
    assert_eq!(
        semaphore.try_acquire().unwrap_err(),
        TryAcquireError::NoPermits
    );
    drop(one);
    assert_eq!(semaphore.available_permits(), 1);
    drop(two);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn waiters_are_served_in_order_and_nobody_passes() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut waiters: Vec<_> = (0..4).map(|_| pending(semaphore.acquire())).collect();
    drop(held);
    for turn in 0..4 {
        // Handed over: not free in between, not even before the waiter was polled.
        assert_eq!(semaphore.available_permits(), 0);
        assert!(semaphore.try_acquire().is_err());
        for (index, waiter) in waiters.iter().enumerate() {
            assert_eq!(waiter.woken(), usize::from(index <= turn));
        }
        let permit = waiters[turn].assert_ready().unwrap();
        drop(permit);
    }
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn a_large_request_holds_back_small_ones() {
    let semaphore = Semaphore::new(0);
    let mut large = pending(semaphore.acquire_many(3));
    let mut small = pending(semaphore.acquire());
    semaphore.add_permits(2);
    large.assert_pending();
    small.assert_pending();
    assert_eq!(semaphore.available_permits(), 0);
    semaphore.add_permits(1);
    let permit = large.assert_ready().unwrap();
    small.assert_pending();
    drop(permit);
    small.assert_ready().unwrap().forget();
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn one_release_serves_several() {
    let semaphore = Semaphore::new(0);
    let mut waiters: Vec<_> = (0..100).map(|_| pending(semaphore.acquire())).collect();
    semaphore.add_permits(100);
    for waiter in &mut waiters {
        waiter.assert_ready().unwrap().forget();
    }
    semaphore.add_permits(7);
    assert_eq!(semaphore.available_permits(), 7);
}

#[test]
fn sync_10_cancelling_a_half_served_waiter_serves_the_next() {
    let semaphore = Semaphore::new(2);
    let large = pending(semaphore.acquire_many(5));
    let mut one = pending(semaphore.acquire());
    let mut two = pending(semaphore.acquire());
    let mut three = pending(semaphore.acquire());
    drop(large);
    assert_eq!((one.woken(), two.woken(), three.woken()), (1, 1, 0));
    drop((one.assert_ready(), two.assert_ready()));
    drop(three.assert_ready().unwrap());
}

#[test]
fn sync_09_cancelling_a_served_waiter_serves_the_next() {
    let semaphore = Semaphore::new(0);
    let first = pending(semaphore.acquire());
    let mut second = pending(semaphore.acquire());
    semaphore.add_permits(1);
    drop(first);
    drop(second.assert_ready().unwrap());
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn sync_09_cancelling_the_only_waiter_frees_the_semaphore() {
    let semaphore = Semaphore::new(1);
    drop(pending(semaphore.acquire_many(2)));
    assert_eq!(semaphore.available_permits(), 1);
    semaphore.add_permits(1);
    assert_eq!(semaphore.available_permits(), 2);
    drop(now(semaphore.acquire_many(2)).unwrap());
}

#[test]
fn close_refuses_everybody_and_leaves_permits_valid() {
    let semaphore = Semaphore::new(3);
    let held = semaphore.try_acquire().unwrap();
    let mut half = pending(semaphore.acquire_many(3));
    let mut other = pending(semaphore.acquire());
    semaphore.close();
    semaphore.close();
    assert!(half.assert_ready().is_err());
    assert_eq!(
        other.assert_ready().unwrap_err().to_string(),
        "semaphore closed"
    );
    assert_eq!(
        semaphore.try_acquire().unwrap_err(),
        TryAcquireError::Closed
    );
    assert!(now(semaphore.acquire()).is_err());
    drop(held);
    assert_eq!(semaphore.available_permits(), 3);
    assert!(semaphore.is_closed());
}

#[test]
fn sync_12_add_permits_does_not_reopen() {
    let semaphore = Semaphore::new(0);
    semaphore.close();
    semaphore.add_permits(2);
    assert!(semaphore.is_closed());
    assert_eq!(
        semaphore.try_acquire().unwrap_err(),
        TryAcquireError::Closed
    );
}

#[test]
fn sync_12_the_limit_is_kept() {
    assert_eq!(Semaphore::MAX_PERMITS, usize::MAX >> 3);
    let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    assert!(catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(1))).is_err());
    assert_eq!(semaphore.available_permits(), Semaphore::MAX_PERMITS);
    assert!(catch_unwind(|| Semaphore::new(Semaphore::MAX_PERMITS + 1)).is_err());

    let waiting = Semaphore::new(0);
    let mut waiter = pending(waiting.acquire());
    assert!(catch_unwind(AssertUnwindSafe(|| waiting.add_permits(usize::MAX))).is_err());
    waiter.assert_pending();
    waiting.add_permits(1);
    drop(waiter.assert_ready().unwrap());
}

#[test]
fn forget_takes_what_is_there() {
    let semaphore = Semaphore::new(5);
    assert_eq!(semaphore.forget_permits(3), 3);
    assert_eq!(semaphore.forget_permits(3), 2);
    assert_eq!(semaphore.forget_permits(3), 0);
    assert_eq!(semaphore.forget_permits(0), 0);
    let _waiter = pending(semaphore.acquire());
    assert_eq!(semaphore.forget_permits(1), 0);
}

#[test]
fn nothing_can_be_acquired() {
    let semaphore = Semaphore::new(0);
    assert_eq!(now(semaphore.acquire_many(0)).unwrap().num_permits(), 0);
    semaphore.close();
    assert!(now(semaphore.acquire_many(0)).is_err());
}

#[test]
fn permits_merge_and_split() {
    let semaphore = Arc::new(Semaphore::new(5));
    let mut permit = semaphore.try_acquire_many(3).unwrap();
    assert!(permit.split(4).is_none());
    assert!(permit.split(usize::MAX).is_none());
    let part = permit.split(2).unwrap();
    assert_eq!((permit.num_permits(), part.num_permits()), (1, 2));
    permit.merge(part);
    assert_eq!(permit.num_permits(), 3);
    assert!(std::ptr::eq(permit.semaphore(), &*semaphore));
    drop(permit);
    let mut owned = Arc::clone(&semaphore).try_acquire_many_owned(4).unwrap();
    let part = owned.split(4).unwrap();
    assert_eq!(owned.num_permits(), 0);
    owned.merge(part);
    assert!(Arc::ptr_eq(owned.semaphore(), &semaphore));
    owned.forget();
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn merging_strangers_panics_and_loses_nothing() {
    let (one, two) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(1)));
    let mut permit = one.try_acquire().unwrap();
    let other = two.try_acquire().unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| permit.merge(other))).unwrap_err();
    let text = panic.downcast_ref::<&str>().unwrap();
    assert_eq!(*text, "merging permits from different semaphore instances");
    drop(permit);
    assert_eq!((one.available_permits(), two.available_permits()), (1, 1));
    let mut owned = Arc::clone(&one).try_acquire_owned().unwrap();
    let other = two.try_acquire_owned().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| owned.merge(other))).is_err());
}

#[test]
fn sync_16_a_forgotten_waiter_only_blocks_its_line() {
    // Leaked, so it stays in line for ever; the semaphore is leaked with it, as it is borrowed.
    let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
    std::mem::forget(pending(semaphore.acquire()));
    let mut second = pending(semaphore.acquire());
    semaphore.add_permits(1);
    second.assert_pending();
    semaphore.add_permits(1);
    drop(second.assert_ready().unwrap());
}

#[test]
fn sync_17_the_permit_waits_for_the_future_it_was_given_to() {
    // The documented order: what was handed over stays with the future until it is polled or dropped.
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let unpolled = pending(semaphore.acquire());
    drop(held);
    let mut other = pending(semaphore.acquire());
    other.assert_pending();
    drop(unpolled);
    drop(other.assert_ready().unwrap());
}

#[test]
fn threads_block() {
    within_a_minute(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let held = semaphore.blocking_acquire().unwrap();
        let other = Arc::clone(&semaphore);
        let thread =
            std::thread::spawn(move || other.blocking_acquire_many_owned(1).unwrap().num_permits());
        drop(held);
        assert_eq!(thread.join().unwrap(), 1);
        assert_eq!(semaphore.blocking_acquire_many(1).unwrap().num_permits(), 1);
        assert_eq!(
            Arc::clone(&semaphore)
                .blocking_acquire_owned()
                .unwrap()
                .num_permits(),
            1
        );
    });
}

#[test]
fn a_future_may_change_its_task() {
    let semaphore = Semaphore::new(0);
    let mut waiter = pending(semaphore.acquire());
    assert!(waiter.poll_elsewhere().is_pending());
    semaphore.add_permits(1);
    assert_eq!(waiter.woken(), 1);
    drop(waiter.assert_ready().unwrap());
}

#[test]
fn debug_shows_the_permits() {
    assert_eq!(
        format!("{:?}", Semaphore::new(3)),
        "Semaphore { ll_sem: Semaphore { permits: 3 } }"
    );
}
