use crate::support::{Spawned, now, pending, rounds, within_a_minute};
use runtime_sync::Notify;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

#[test]
fn one_permit_is_stored_and_no_more() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_one();
    now(notify.notified());
    pending(notify.notified());
}

#[test]
fn waiters_are_woken_in_order() {
    let notify = Notify::new();
    let mut waiters: Vec<_> = (0..4).map(|_| pending(notify.notified())).collect();
    for turn in 0..4 {
        notify.notify_one();
        let woken: Vec<_> = waiters.iter().map(Spawned::woken).collect();
        assert!(
            woken[..=turn].iter().all(|&n| n == 1) && woken[turn + 1..].iter().all(|&n| n == 0)
        );
        waiters[turn].assert_ready();
    }
}

#[test]
fn notify_last_wakes_the_newest() {
    let notify = Notify::new();
    let mut first = pending(notify.notified());
    let mut second = pending(notify.notified());
    notify.notify_last();
    second.assert_ready();
    first.assert_pending();
    notify.notify_last();
    first.assert_ready();
    notify.notify_last();
    now(notify.notified());
}

#[test]
fn notify_waiters_wakes_all_and_stores_nothing() {
    let notify = Notify::new();
    let mut one = pending(notify.notified());
    let mut two = pending(notify.notified());
    let mut unpolled = Spawned::new(notify.notified());
    notify.notify_waiters();
    one.assert_ready();
    two.assert_ready();
    unpolled.assert_ready();
    pending(notify.notified());
}

#[test]
fn notify_waiters_leaves_a_permit_alone() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_waiters();
    now(notify.notified());
    pending(notify.notified());
}

#[test]
fn sync_04_an_old_waiter_does_not_eat_a_later_permit() {
    let notify = Notify::new();
    let mut old = Spawned::new(notify.notified());
    notify.notify_waiters();
    notify.notify_one();
    old.assert_ready();
    // The permit is still there.
    now(notify.notified());
}

#[test]
fn sync_04_a_chosen_waiter_passes_the_wake_on_when_dropped() {
    let notify = Notify::new();
    let first = pending(notify.notified());
    let mut second = pending(notify.notified());
    notify.notify_one();
    drop(first);
    assert_eq!(second.woken(), 1);
    second.assert_ready();

    let only = pending(notify.notified());
    notify.notify_one();
    drop(only);
    now(notify.notified());
}

#[test]
fn sync_04_notify_last_is_passed_to_the_last() {
    let notify = Notify::new();
    let mut first = pending(notify.notified());
    let mut second = pending(notify.notified());
    let third = pending(notify.notified());
    notify.notify_last();
    drop(third);
    second.assert_ready();
    first.assert_pending();
}

#[test]
fn sync_04_a_waiter_woken_by_all_passes_nothing_on() {
    let notify = Notify::new();
    let first = pending(notify.notified());
    notify.notify_waiters();
    drop(first);
    pending(notify.notified());
}

#[test]
fn sync_05_waking_all_is_one_event() {
    // A hundred waiters that wait again from within the wake: none is woken twice by one call.
    struct Again {
        notify: Arc<Notify>,
        woken: AtomicUsize,
        waiting: parking_lot::Mutex<Vec<std::pin::Pin<Box<runtime_sync::futures::OwnedNotified>>>>,
    }
    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            self.woken.fetch_add(1, SeqCst);
            let mut waiting = Box::pin(Arc::clone(&self.notify).notified_owned());
            let waker = Waker::from(Arc::clone(&self));
            assert!(
                waiting
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            self.waiting.lock().push(waiting);
        }
    }
    let notify = Arc::new(Notify::new());
    let task = Arc::new(Again {
        notify: Arc::clone(&notify),
        woken: AtomicUsize::new(0),
        waiting: Default::default(),
    });
    let waker = Waker::from(Arc::clone(&task));
    let mut first: Vec<_> = (0..100)
        .map(|_| Box::pin(Arc::clone(&notify).notified_owned()))
        .collect();
    for waiting in &mut first {
        assert!(
            waiting
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    for round in 1..=3 {
        notify.notify_waiters();
        assert_eq!(task.woken.load(SeqCst), 100 * round);
    }
    task.waiting.lock().clear();
}

#[test]
fn sync_05_a_permit_between_the_batches_goes_to_a_new_waiter() {
    // The first wake of the batch calls notify_one: the others, though not reached yet, are woken already.
    struct NotifiesOne(Arc<Notify>, AtomicUsize);
    impl Wake for NotifiesOne {
        fn wake(self: Arc<Self>) {
            if self.1.fetch_add(1, SeqCst) == 0 {
                self.0.notify_one();
            }
        }
    }
    let notify = Arc::new(Notify::new());
    let waker = Waker::from(Arc::new(NotifiesOne(
        Arc::clone(&notify),
        AtomicUsize::new(0),
    )));
    let mut all: Vec<_> = (0..100)
        .map(|_| Box::pin(Arc::clone(&notify).notified_owned()))
        .collect();
    for waiting in &mut all {
        assert!(
            waiting
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    notify.notify_waiters();
    for waiting in &mut all {
        assert!(
            waiting
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_ready()
        );
    }
    now(notify.notified());
}

#[test]
fn enable_takes_a_place_in_line() {
    let notify = Notify::new();
    let mut enabled = pin!(notify.notified());
    assert!(!enabled.as_mut().enable());
    let mut later = pending(notify.notified());
    notify.notify_one();
    assert!(enabled.as_mut().enable());
    later.assert_pending();
    now(enabled);
}

#[test]
fn an_enabled_future_gets_a_waker_at_its_first_poll() {
    let notify = Arc::new(Notify::new());
    let mut waiting = Box::pin(Arc::clone(&notify).notified_owned());
    assert!(!waiting.as_mut().enable());
    let mut waiting = pending(waiting);
    notify.notify_one();
    assert_eq!(waiting.woken(), 1);
    waiting.assert_ready();
}

#[test]
fn a_future_may_change_its_task() {
    let notify = Notify::new();
    let mut waiting = pending(notify.notified());
    assert!(waiting.poll_elsewhere().is_pending());
    notify.notify_one();
    assert_eq!(waiting.woken(), 1);
}

#[test]
fn a_ready_future_stays_ready() {
    let notify = Arc::new(Notify::new());
    notify.notify_one();
    let mut waiting = Spawned::new(Arc::clone(&notify).notified_owned());
    waiting.assert_ready();
    waiting.assert_ready();
}

#[test]
fn sync_08_cancelled_waiters_leave_nothing() {
    let notify = Notify::new();
    for _ in 0..rounds(1_000_000) {
        let mut waiting = pin!(notify.notified());
        assert!(
            waiting
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    notify.notify_one();
    now(notify.notified());
}

#[test]
fn a_waiter_may_leave_from_the_middle() {
    let notify = Notify::new();
    let mut waiters: Vec<_> = (0..5).map(|_| pending(notify.notified())).collect();
    drop(waiters.remove(2));
    drop(waiters.remove(3));
    drop(waiters.remove(0));
    for waiter in &mut waiters {
        notify.notify_one();
        waiter.assert_ready();
    }
}

#[test]
fn threads_wake_each_other() {
    within_a_minute(|| {
        let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (a, b) = (Arc::clone(&ping), Arc::clone(&pong));
        let thread = std::thread::spawn(move || {
            futures_executor::block_on(async {
                for _ in 0..rounds(1000) {
                    a.notified().await;
                    b.notify_one();
                }
            });
        });
        futures_executor::block_on(async {
            for _ in 0..rounds(1000) {
                ping.notify_one();
                pong.notified().await;
            }
        });
        thread.join().unwrap();
    });
}
