//! `watch`.

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

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
