//! `oneshot`.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::{Guarded, poll_once};
use crate::oneshot;
use crate::oneshot::error::TryRecvError;

#[test]
fn loom_oneshot_delivers() {
    model(|| {
        let (tx, rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).unwrap());
        assert_eq!(*block_on(rx).unwrap(), 7);
        sender.join().unwrap();
    });
}

#[test]
fn loom_oneshot_a_dropped_sender_wakes() {
    model(|| {
        let (tx, rx) = oneshot::channel::<usize>();
        let sender = thread::spawn(move || drop(tx));
        assert!(block_on(rx).is_err());
        sender.join().unwrap();
    });
}

#[test]
fn loom_sync_01_close_and_await_race_with_send() {
    model(|| {
        let (tx, mut rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)));
        rx.close();
        let received = block_on(rx);
        let sent = sender.join().unwrap();
        // The value is on exactly one side.
        assert_eq!(sent.is_ok(), received.is_ok());
    });
}

#[test]
fn loom_sync_02_poll_and_drop_race_with_send() {
    model(|| {
        let (tx, mut rx) = oneshot::channel();
        let alive = Arc::new(());
        let value = Arc::clone(&alive);
        let sender = thread::spawn(move || drop(tx.send(value)));
        let received = poll_once(pin!(&mut rx));
        drop((received, rx));
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn loom_oneshot_closed_is_told() {
    model(|| {
        let (mut tx, rx) = oneshot::channel::<usize>();
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        assert!(tx.is_closed());
        receiver.join().unwrap();
    });
}

#[test]
fn loom_sync_02_a_changed_waker_races_with_send() {
    model(|| {
        let (tx, mut rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).unwrap());
        // Another task polls first, and its waker is replaced.
        let received = match poll_once(pin!(&mut rx)) {
            Poll::Ready(received) => received,
            Poll::Pending => block_on(&mut rx),
        };
        assert_eq!(*received.unwrap(), 7);
        sender.join().unwrap();
    });
}

#[test]
fn loom_oneshot_the_end_of_the_sender_shows_what_it_did() {
    model(|| {
        let (tx, mut rx) = oneshot::channel::<usize>();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            other.add();
            drop(tx);
        });
        if rx.try_recv() == Err(TryRecvError::Closed) {
            shared.add();
        }
        sender.join().unwrap();
    });
}

#[test]
fn loom_oneshot_a_close_shows_what_the_receiver_did() {
    model(|| {
        let (tx, mut rx) = oneshot::channel();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let receiver = thread::spawn(move || {
            other.add();
            rx.close();
        });
        if tx.is_closed() || tx.send(7).is_err() {
            shared.add();
        }
        receiver.join().unwrap();
    });
}

#[test]
fn loom_oneshot_the_last_half_is_alone() {
    model(|| {
        let (mut tx, rx) = oneshot::channel::<usize>();
        let receiver = thread::spawn(move || {
            let mut rx = pin!(rx);
            drop(poll_once(rx.as_mut()));
        });
        // Both leave a waker, and both go.
        let mut cx = Context::from_waker(Waker::noop());
        let _ = tx.poll_closed(&mut cx);
        drop(tx);
        receiver.join().unwrap();
    });
}
