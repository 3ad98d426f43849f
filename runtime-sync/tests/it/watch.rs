use crate::support::{now, pending, rounds, within_a_minute};
use runtime_sync::watch;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn the_initial_value_counts_as_seen() {
    let (tx, mut rx) = watch::channel(1);
    assert!(!rx.has_changed().unwrap());
    let mut changed = pending(rx.changed());
    tx.send(2).unwrap();
    assert_eq!(changed.woken(), 1);
    changed.assert_ready().unwrap();
    drop(changed);
    assert_eq!(*rx.borrow(), 2);
    pending(rx.changed());
}

#[test]
fn only_the_latest_value_is_seen() {
    let (tx, mut rx) = watch::channel(0);
    for i in 1..5 {
        tx.send(i).unwrap();
    }
    now(rx.changed()).unwrap();
    assert_eq!(*rx.borrow_and_update(), 4);
    pending(rx.changed());
}

#[test]
fn all_receivers_are_woken_once() {
    let (tx, rx) = watch::channel(0);
    let mut receivers: Vec<_> = (0..100).map(|_| rx.clone()).collect();
    let mut waiting: Vec<_> = receivers
        .iter_mut()
        .map(|rx| pending(rx.changed()))
        .collect();
    tx.send(1).unwrap();
    for changed in &mut waiting {
        assert_eq!(changed.woken(), 1);
        changed.assert_ready().unwrap();
    }
}

#[test]
fn the_last_value_comes_before_the_close() {
    let (tx, mut rx) = watch::channel(0);
    tx.send(1).unwrap();
    drop(tx);
    assert!(rx.has_changed().is_err());
    assert!(rx.is_closed());
    now(rx.changed()).unwrap();
    assert!(now(rx.changed()).is_err());
    assert_eq!(*rx.borrow(), 1);
}

#[test]
fn closing_wakes() {
    let (tx, mut rx) = watch::channel(0);
    let other = tx.clone();
    let mut changed = pending(rx.changed());
    drop(tx);
    changed.assert_pending();
    drop(other);
    assert!(changed.assert_ready().is_err());
}

#[test]
fn sending_without_receivers_stores_nothing() {
    let (tx, rx) = watch::channel(0);
    drop(rx);
    assert_eq!(tx.send(1).unwrap_err().0, 1);
    assert_eq!(*tx.borrow(), 0);
    tx.send_modify(|value| *value = 2);
    assert_eq!(tx.send_replace(3), 2);
    assert_eq!(*tx.subscribe().borrow(), 3);
}

#[test]
fn send_if_modified_wakes_only_if_modified() {
    let (tx, mut rx) = watch::channel(0);
    let mut changed = pending(rx.changed());
    assert!(!tx.send_if_modified(|value| {
        *value = 1;
        false
    }));
    assert_eq!(changed.woken(), 0);
    assert!(tx.send_if_modified(|_| true));
    changed.assert_ready().unwrap();
}

#[test]
fn marks_can_be_set_by_hand() {
    let (tx, mut rx) = watch::channel(0);
    rx.mark_changed();
    now(rx.changed()).unwrap();
    tx.send(1).unwrap();
    rx.mark_unchanged();
    pending(rx.changed());
}

#[test]
fn a_clone_has_seen_what_the_original_has() {
    let (tx, rx) = watch::channel(0);
    tx.send(1).unwrap();
    assert!(rx.clone().has_changed().unwrap());
    let mut late = tx.subscribe();
    pending(late.changed());
    assert!(rx.same_channel(&late) && tx.same_channel(&tx.clone()));
}

#[test]
fn wait_for_looks_at_the_current_value_first() {
    let (tx, mut rx) = watch::channel(1);
    assert_eq!(*now(rx.wait_for(|value| *value == 1)).unwrap(), 1);
    let mut waiting = pending(rx.wait_for(|value| *value == 3));
    tx.send(2).unwrap();
    waiting.assert_pending();
    tx.send(3).unwrap();
    let found = waiting.assert_ready().unwrap();
    assert!(found.has_changed());
    drop(found);
    drop(waiting);
    tx.send(4).unwrap();
    drop(tx);
    assert!(now(rx.wait_for(|value| *value == 9)).is_err());
    assert!(!rx.borrow().has_changed());
}

#[test]
fn sync_14_a_panic_in_a_closure_wakes_nobody_and_poisons_nothing() {
    let (tx, mut rx) = watch::channel(0);
    let mut changed = pending(rx.changed());
    assert!(
        catch_unwind(AssertUnwindSafe(
            || tx.send_modify(|_| panic!("in the closure"))
        ))
        .is_err()
    );
    assert_eq!(changed.woken(), 0);
    changed.assert_pending();
    drop(changed);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        drop(now(rx.wait_for(|_| panic!("in the predicate"))))
    }));
    assert!(panic.is_err());
    tx.send(1).unwrap();
    now(rx.changed()).unwrap();
}

#[test]
fn senders_learn_that_they_are_alone() {
    let (tx, rx) = watch::channel(0);
    let other = rx.clone();
    let mut closed = pending(tx.closed());
    drop(rx);
    closed.assert_pending();
    drop(other);
    closed.assert_ready();
    assert!(tx.is_closed());
    assert_eq!((tx.receiver_count(), tx.sender_count()), (0, 1));
    // A new receiver opens the channel again.
    let _rx = tx.subscribe();
    assert!(!tx.is_closed());
}

#[test]
fn threads_watch() {
    within_a_minute(|| {
        let (tx, rx) = watch::channel(0);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mut rx = rx.clone();
                std::thread::spawn(move || {
                    futures_executor::block_on(async {
                        let mut last = 0;
                        while rx.changed().await.is_ok() {
                            let value = *rx.borrow();
                            assert!(value >= last);
                            last = value;
                        }
                        last
                    })
                })
            })
            .collect();
        drop(rx);
        for i in 1..=rounds(1000) {
            tx.send(i).unwrap();
        }
        drop(tx);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), rounds(1000));
        }
    });
}

#[test]
fn debug_shows_the_value() {
    let (tx, rx) = watch::channel(7);
    assert!(format!("{tx:?}").contains('7') && format!("{rx:?}").contains("ref_count_rx: 1"));
    assert_eq!(watch::Sender::<i32>::default().borrow().clone(), 0);
}
