//! `watch`.

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::Guarded;
use crate::watch;

#[test]
fn loom_watch_a_change_is_seen() {
    model(|| {
        let (tx, mut rx) = watch::channel(0);
        let sender = thread::spawn(move || tx.send(1).unwrap());
        block_on(rx.changed()).unwrap();
        assert_eq!(*rx.borrow(), 1);
        sender.join().unwrap();
    });
}

#[test]
fn loom_watch_the_last_value_is_seen_before_the_close() {
    model(|| {
        let (tx, mut rx) = watch::channel(0);
        let sender = thread::spawn(move || {
            tx.send_replace(1);
            tx.send_replace(2);
        });
        let last = block_on(async {
            while rx.changed().await.is_ok() {}
            *rx.borrow()
        });
        assert_eq!(last, 2);
        sender.join().unwrap();
    });
}

#[test]
fn loom_watch_the_last_receiver_wakes_the_sender() {
    model(|| {
        let (tx, rx) = watch::channel(0);
        let other = rx.clone();
        let receiver = thread::spawn(move || drop(other));
        drop(rx);
        block_on(tx.closed());
        receiver.join().unwrap();
    });
}

#[test]
fn loom_watch_a_receiver_made_at_the_same_time_has_seen_the_value_or_will() {
    model(|| {
        let (tx, rx) = watch::channel(0);
        let tx = Arc::new(tx);
        let other = Arc::clone(&tx);
        let subscriber = thread::spawn(move || {
            let mut late = other.subscribe();
            if *late.borrow_and_update() == 0 {
                block_on(late.changed()).unwrap();
            }
            assert_eq!(*late.borrow(), 1);
        });
        tx.send(1).unwrap();
        subscriber.join().unwrap();
        drop(rx);
    });
}

#[test]
fn loom_watch_a_version_and_the_close_show_what_the_sender_did() {
    model(|| {
        let (tx, rx) = watch::channel(());
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            other.add();
            tx.send_replace(());
            // Closed.
        });
        if !matches!(rx.has_changed(), Ok(false)) {
            shared.add();
        }
        sender.join().unwrap();
    });
}

#[test]
fn loom_watch_a_close_shows_what_the_sender_did() {
    model(|| {
        let (tx, rx) = watch::channel(());
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            other.add();
            drop(tx);
        });
        if rx.has_changed().is_err() {
            shared.add();
        }
        sender.join().unwrap();
    });
}

#[test]
fn loom_watch_no_receivers_shows_what_all_of_them_did() {
    model(|| {
        let (tx, rx) = watch::channel(());
        let other = rx.clone();
        let shared = Arc::new((Guarded::new(), Guarded::new()));
        let (first, second) = (Arc::clone(&shared), Arc::clone(&shared));
        let one = thread::spawn(move || {
            first.0.add();
            drop(rx);
        });
        let two = thread::spawn(move || {
            second.1.add();
            drop(other);
        });
        if tx.is_closed() {
            shared.0.add();
            shared.1.add();
        }
        one.join().unwrap();
        two.join().unwrap();
    });
}
