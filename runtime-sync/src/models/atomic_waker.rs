//! The slot for one waker.

use std::future::poll_fn;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::task::{Poll, Waker};

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

use crate::atomic_waker::AtomicWaker;

#[test]
fn loom_atomic_waker_loses_no_wake_up() {
    model(|| {
        let shared = Arc::new((AtomicWaker::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            other.1.store(1, Relaxed);
            other.0.wake();
        });
        block_on(poll_fn(|cx| {
            // SAFETY: only this thread registers.
            unsafe { shared.0.register(cx.waker()) };
            if shared.1.load(Relaxed) == 1 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        waking.join().unwrap();
    });
}

#[test]
fn loom_atomic_waker_a_load_is_enough_with_a_word_between() {
    model(|| {
        let shared = Arc::new((AtomicWaker::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            other.1.fetch_or(1, AcqRel);
            other.0.wake_if_armed();
        });
        block_on(poll_fn(|cx| {
            // SAFETY: only this thread registers.
            unsafe { shared.0.register(cx.waker()) };
            if shared.1.fetch_or(0, AcqRel) == 1 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        waking.join().unwrap();
        // SAFETY: only this thread clears.
        unsafe { shared.0.clear() };
    });
}

#[test]
fn loom_atomic_waker_clear_races_with_wake() {
    model(|| {
        let slot = Arc::new(AtomicWaker::new());
        let waker = Arc::new(());
        let _keep = Arc::clone(&waker);
        // SAFETY: only this thread registers and clears.
        unsafe { slot.register(Waker::noop()) };
        let other = Arc::clone(&slot);
        let waking = thread::spawn(move || other.wake());
        // SAFETY: as above.
        unsafe { slot.clear() };
        waking.join().unwrap();
    });
}

/// Looks as a task does: arms the slot, then looks.
fn look(shared: &(AtomicWaker, AtomicUsize), waker: &Waker) -> bool {
    // SAFETY: only one thread registers.
    unsafe { shared.0.register(waker) };
    shared.1.load(Relaxed) == 1
}

#[test]
fn loom_atomic_waker_a_task_that_looks_again_loses_no_wake_up() {
    model(|| {
        let shared = Arc::new((AtomicWaker::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            other.1.store(1, Relaxed);
            other.0.wake();
        });
        block_on(poll_fn(|cx| {
            // The second time the slot is armed, or fires.
            if look(&shared, cx.waker()) || look(&shared, cx.waker()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        waking.join().unwrap();
    });
}

#[test]
fn loom_atomic_waker_another_waker_loses_no_wake_up() {
    model(|| {
        let shared = Arc::new((AtomicWaker::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            other.1.store(1, Relaxed);
            other.0.wake();
        });
        if !look(&shared, Waker::noop()) {
            block_on(poll_fn(|cx| {
                if look(&shared, cx.waker()) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }));
        }
        waking.join().unwrap();
    });
}

#[test]
fn loom_atomic_waker_clear_after_a_look_races_with_wake() {
    model(|| {
        let slot = Arc::new(AtomicWaker::new());
        // SAFETY: only this thread registers and clears.
        unsafe { slot.register(Waker::noop()) };
        let other = Arc::clone(&slot);
        let waking = thread::spawn(move || other.wake());
        // SAFETY: as above.
        unsafe { slot.register(Waker::noop()) };
        // SAFETY: as above.
        unsafe { slot.clear() };
        thread::yield_now();
        // The slot can be used again, if it is not about to be cleared.
        // SAFETY: as above.
        unsafe { slot.register(Waker::noop()) };
        waking.join().unwrap();
    });
}
