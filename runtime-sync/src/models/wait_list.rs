//! The wait list: popping, leaving, the signal.

use std::pin::pin;
use std::task::Waker;

use loom::model;
use loom::sync::Arc;
use loom::thread;

use crate::wait_list::{IDLE, LINKED, WaitQueue, Waiter, wake_each};

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
fn loom_wait_list_leaving_races_with_waking_everybody() {
    model(|| {
        let queue = Arc::new(WaitQueue::<(), ()>::new(()));
        let other = Arc::clone(&queue);
        let mut waiter = Box::pin(Waiter::new(&*queue, ()));
        waiter
            .as_mut()
            .push(&mut queue.lock(), Some(Waker::noop().clone()), ());
        let waking = thread::spawn(move || {
            let mut locked = other.lock();
            locked.depart_all();
            drop(locked);
            // Between the two a departing node may leave.
            wake_each(&other, other.lock(), |locked| locked.pop_departing(7));
        });
        // Out of whichever list it is in.
        drop(waiter);
        waking.join().unwrap();
        assert!(queue.lock().pop_departing(7).is_none());
        assert!(queue.lock().is_empty());
    });
}
