//! Models of the future of `block_on`: where it sleeps, who wakes it, and who hears of a vacant slot.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use loom::sync::atomic::{AtomicBool, Ordering::*};
use loom::thread;

use super::super::Shared;
use super::super::quiet::is_quiet;
use super::super::root::{Caller, Finish, Root, wait_beside};
use super::super::shutdown::shut_down;
use crate::Builder;
use crate::handle::Handle;
use crate::util::explore::{explore, explore_with};

/// A current-thread runtime: one slot, and no threads but those of the model.
fn runtime() -> Handle {
    Builder::new_current_thread().assemble(None)
}

/// A future that is ready once the flag is set; only the wake orders the flag.
async fn flagged(flag: &AtomicBool) {
    poll_fn(|_| match flag.load(Relaxed) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await
}

/// Sets the flag and wakes the root, on a thread of its own.
fn wake(root: &Arc<Root>, flag: &Arc<AtomicBool>) -> thread::JoinHandle<()> {
    let (waker, flag) = (Waker::from(root.clone()), flag.clone());
    thread::spawn(move || {
        flag.store(true, Relaxed);
        waker.wake();
    })
}

/// What a drive of slot 0 does with a root.
fn sleep_in_slot(shared: &Shared, root: &Root) {
    root.sleep_in(Some(0));
    while !root.is_woken() {
        shared.slots[0].parker.park(None);
    }
}

/// PARK-04: a wake finds the root where it sleeps, however often it moves between its own parker and that of a slot.
#[test]
fn loom_park_04_a_wake_meets_a_root_that_moves() {
    for stays_in_slot in [true, false] {
        explore(move || {
            let handle = runtime();
            let root = Root::new(handle.shared());
            let flag = Arc::new(AtomicBool::new(false));
            let mut future = pin!(flagged(&flag));
            assert!(root.poll(future.as_mut()).is_none());
            if !stays_in_slot {
                root.sleep_in(Some(0));
            }
            let waking = wake(&root, &flag);
            let output = if stays_in_slot {
                sleep_in_slot(handle.shared(), &root);
                root.poll(future)
            } else {
                root.sleep_in(None);
                wait_beside(&root, future, None)
            };
            assert!(
                output.is_some(),
                "the poll sees what was written before the wake"
            );
            waking.join().expect("the waking thread ends");
            root.finish();
            drop(root);
            shut_down(&handle, None);
        });
    }
}

/// A second wake, during the poll that the first one caused, leads to another poll.
#[test]
fn loom_root_a_wake_during_the_poll_is_not_lost() {
    explore(|| {
        let handle = runtime();
        let root = Root::new(handle.shared());
        let flags = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let wakers = flags.each_ref().map(|flag| wake(&root, flag));
        let future = pin!(async {
            flagged(&flags[0]).await;
            flagged(&flags[1]).await;
        });
        assert!(wait_beside(&root, future, None).is_some());
        for waker in wakers {
            waker.join().expect("a waking thread ends");
        }
        root.finish();
        drop(root);
        shut_down(&handle, None);
    });
}

/// A stopped clock hears that nothing is to be done, and never while a root is still to be polled.
#[test]
fn loom_root_a_stopped_clock_counts_every_wake() {
    explore_with(3, || {
        let handle = runtime();
        let shared = handle.shared();
        let root = Finish(Root::new(shared));
        let flag = Arc::new(AtomicBool::new(false));
        let waking = wake(&root.0, &flag);
        let clock = {
            let handle = handle.clone();
            thread::spawn(move || {
                let shared = handle.shared();
                shared.quiet.watch(true);
                while !is_quiet(shared) {
                    shared.driver.park(None);
                }
            })
        };
        let output = wait_beside(&root.0, pin!(flagged(&flag)), None);
        assert!(output.is_some());
        drop(root);
        waking.join().expect("the waking thread ends");
        clock.join().expect("the clock goes on");
        shut_down(&handle, None);
    });
}

/// Drives the slot for a moment.
fn drive_if_vacant(handle: &Handle) -> bool {
    let shared = handle.shared();
    let Some(deque) = shared.slots[0].claim(crate::observe::thread::Driver::UNKNOWN) else {
        return false;
    };
    shared.slots[0].vacate(deque);
    shared.vacancies.announce();
    true
}

/// Waits for a slot to drive, as `block_on` does, and drives it.
fn drive_once(handle: &Handle) {
    let shared = handle.shared();
    let root = Finish(Root::new(shared));
    let mut future = pin!(pending::<()>());
    while !drive_if_vacant(handle) {
        let _: Option<()> = wait_beside(&root.0, future.as_mut(), Some(Caller::Runtime));
    }
}

/// A thread that waits for a slot hears when it falls vacant, whenever it comes.
#[test]
fn loom_root_a_vacancy_is_announced() {
    explore(|| {
        let handle = runtime();
        let other = {
            let handle = handle.clone();
            thread::spawn(move || drive_once(&handle))
        };
        drive_once(&handle);
        other.join().expect("the other thread has driven");
        shut_down(&handle, None);
    });
}

/// One that is told of a vacancy and leaves without taking it passes the word on.
#[test]
fn loom_root_a_vacancy_is_passed_on() {
    explore(|| {
        let handle = runtime();
        let shared = handle.shared();
        let deque = shared.slots[0]
            .claim(crate::observe::thread::Driver::UNKNOWN)
            .expect("nobody drives yet");
        let root = Root::new(shared);
        let flag = Arc::new(AtomicBool::new(false));
        let leaving = {
            let (handle, root, flag) = (handle.clone(), Finish(root.clone()), flag.clone());
            thread::spawn(move || {
                if wait_beside(&root.0, pin!(flagged(&flag)), Some(Caller::Runtime)).is_none() {
                    drive_if_vacant(&handle);
                }
            })
        };
        let staying = {
            let handle = handle.clone();
            thread::spawn(move || drive_once(&handle))
        };
        shared.slots[0].vacate(deque);
        shared.vacancies.announce();
        // From here on the one that leaves does not want to drive any more.
        flag.store(true, Relaxed);
        Waker::from(root).wake();
        leaving.join().expect("the leaving thread ends");
        staying.join().expect("the staying thread has driven");
        shut_down(&handle, None);
    });
}
