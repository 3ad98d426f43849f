//! `Notify`.

use std::pin::pin;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

use super::{Guarded, poll_once};
use crate::Notify;

#[test]
fn loom_park_10_notify_one_is_not_lost() {
    model(|| {
        let shared = Arc::new((Notify::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&shared);
        let notifier = thread::spawn(move || {
            other.1.store(1, Relaxed);
            other.0.notify_one();
        });
        block_on(shared.0.notified());
        assert_eq!(shared.1.load(Relaxed), 1);
        notifier.join().unwrap();
    });
}

#[test]
fn loom_notify_two_permits_wake_two_waiters() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let (one, two) = (Arc::clone(&notify), Arc::clone(&notify));
        let waiter = thread::spawn(move || {
            block_on(one.notified());
            one.notify_one();
        });
        let notifier = thread::spawn(move || two.notify_one());
        block_on(async {
            notify.notified().await;
            notify.notify_one();
        });
        waiter.join().unwrap();
        notifier.join().unwrap();
    });
}

#[test]
fn loom_notify_waiters_reaches_every_future_made_before() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let waiting = Arc::clone(&notify);
        let made = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&made);
        let waiter = thread::spawn(move || {
            let notified = waiting.notified();
            seen.store(1, std::sync::atomic::Ordering::Release);
            block_on(notified);
        });
        while made.load(Acquire) == 0 {
            thread::yield_now();
        }
        notify.notify_waiters();
        waiter.join().unwrap();
        // Nothing was stored.
        assert!(poll_once(pin!(notify.notified())).is_pending());
    });
}

#[test]
fn loom_sync_04_a_dropped_waiter_passes_the_wake_on() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let notifier = thread::spawn(move || other.notify_one());
        let woken = {
            let mut first = pin!(notify.notified());
            poll_once(first.as_mut()).is_ready()
        };
        notifier.join().unwrap();
        // Either the first one took it, or it is there for the next one.
        assert_ne!(woken, poll_once(pin!(notify.notified())).is_ready());
    });
}

#[test]
fn loom_sync_04_a_dropped_waiter_races_with_notify_waiters() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let mut waiting = Box::pin(notify.notified());
        assert!(poll_once(waiting.as_mut()).is_pending());
        let notifier = thread::spawn(move || {
            other.notify_waiters();
            other.notify_one();
        });
        drop(waiting);
        notifier.join().unwrap();
        // Everybody's wake-up is not passed on, and the permit that came after it is not eaten.
        assert!(poll_once(pin!(notify.notified())).is_ready());
        assert!(poll_once(pin!(notify.notified())).is_pending());
    });
}

#[test]
fn loom_notify_a_permit_is_a_lock() {
    model(|| {
        let shared = Arc::new((Notify::new(), Guarded::new()));
        shared.0.notify_one();
        let other = Arc::clone(&shared);
        let enter = |shared: &(Notify, Guarded)| {
            if poll_once(pin!(shared.0.notified())).is_ready() {
                shared.1.add();
                shared.0.notify_one();
            }
        };
        let thread = thread::spawn(move || enter(&other));
        enter(&shared);
        thread.join().unwrap();
    });
}

#[test]
fn loom_notify_a_call_shows_what_the_caller_did() {
    model(|| {
        let shared = Arc::new((Notify::new(), Guarded::new()));
        let mut woken = pin!(shared.0.notified());
        let other = Arc::clone(&shared);
        let notifier = thread::spawn(move || {
            other.1.add();
            other.0.notify_waiters();
        });
        if poll_once(woken.as_mut()).is_ready() {
            shared.1.add();
        }
        notifier.join().unwrap();
    });
}

#[test]
fn loom_notify_a_call_that_finds_somebody_shows_what_the_caller_did() {
    model(|| {
        let shared = Arc::new((Notify::new(), Guarded::new()));
        let mut queued = pin!(shared.0.notified());
        assert!(poll_once(queued.as_mut()).is_pending());
        let mut woken = pin!(shared.0.notified());
        let other = Arc::clone(&shared);
        let notifier = thread::spawn(move || {
            other.1.add();
            other.0.notify_waiters();
        });
        thread::yield_now();
        // It is not in line, so it has only the count to see.
        if poll_once(woken.as_mut()).is_ready() {
            shared.1.add();
        }
        notifier.join().unwrap();
    });
}

#[test]
fn loom_notify_a_call_overtakes_a_permit() {
    model(|| {
        let shared = Arc::new((Notify::new(), Guarded::new()));
        let mut woken = pin!(shared.0.notified());
        shared.0.notify_one();
        let other = Arc::clone(&shared);
        let notifier = thread::spawn(move || {
            other.1.add();
            other.0.notify_waiters();
        });
        assert!(poll_once(woken.as_mut()).is_ready());
        // If the permit is still there, it was the call. Looked at in a way that synchronises with nobody.
        if format!("{:?}", shared.0).contains("notified") {
            shared.1.add();
        }
        notifier.join().unwrap();
    });
}
