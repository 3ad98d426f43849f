//! `broadcast`.

use std::pin::pin;

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::poll_once;
use crate::broadcast;

#[test]
fn loom_sync_07_broadcast_loses_no_wake_up() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(2);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        assert_eq!(block_on(rx.recv()), Ok(1));
        assert_eq!(block_on(rx.recv()), Ok(2));
        assert_eq!(
            block_on(rx.recv()),
            Err(broadcast::error::RecvError::Closed)
        );
        sender.join().unwrap();
    });
}

#[test]
fn loom_broadcast_a_lag_is_counted() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(1);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        let mut total = 0;
        loop {
            match block_on(rx.recv()) {
                Ok(_) => total += 1,
                Err(broadcast::error::RecvError::Lagged(missed)) => total += missed,
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
        assert_eq!(total, 2);
        sender.join().unwrap();
    });
}

#[test]
fn loom_broadcast_every_receiver_gets_the_value_or_its_drop_frees_it() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(2);
        let other = tx.subscribe();
        let alive = Arc::new(());
        tx.send(Arc::clone(&alive)).unwrap();
        let dropper = thread::spawn(move || drop(other));
        drop(block_on(rx.recv()).unwrap());
        dropper.join().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn loom_sync_07_a_cancelled_receiver_races_with_send() {
    model(|| {
        let (tx, mut rx) = broadcast::channel(2);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx
        });
        let early = poll_once(pin!(rx.recv())).is_ready();
        let tx = sender.join().unwrap();
        assert_eq!(rx.try_recv().is_ok(), !early);
        assert!(tx.is_empty());
    });
}
