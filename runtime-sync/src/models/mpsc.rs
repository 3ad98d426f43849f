//! `mpsc`: the list of blocks, closing, permits, weak senders.

use std::pin::pin;

use loom::future::block_on;
use loom::model;
use loom::thread;

use super::poll_once;
use crate::mpsc;

#[test]
fn loom_mpsc_two_senders_cross_a_block() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || {
            other.send(1).unwrap();
            other.send(2).unwrap();
        });
        tx.send(10).unwrap();
        drop(tx);
        let (mut from_other, mut sum) = (0, 0);
        while let Some(value) = block_on(rx.recv()) {
            if value < 10 {
                assert_eq!(value, from_other + 1);
                from_other = value;
            }
            sum += value;
        }
        assert_eq!(sum, 13);
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_blocks_are_freed_and_used_again() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        // The first block is full and read already; the sender moves on to the second one, and to the third, for which
        // the receiver may have freed the first.
        for i in 0..2 {
            tx.send(Box::new(i)).unwrap();
            assert_eq!(*rx.try_recv().unwrap(), i);
        }
        let sender = thread::spawn(move || {
            for i in 2..5 {
                tx.send(Box::new(i)).unwrap();
            }
            tx
        });
        for i in 2..5 {
            assert_eq!(*block_on(rx.recv()).unwrap(), i);
        }
        drop(sender.join().unwrap());
    });
}

#[test]
fn loom_mpsc_close_divides_sent_from_refused() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let sender = thread::spawn(move || (0..3).filter(|&i| tx.send(i).is_ok()).count());
        rx.close();
        let mut received = 0;
        while block_on(rx.recv()).is_some() {
            received += 1;
        }
        assert_eq!(sender.join().unwrap(), received);
    });
}

#[test]
fn loom_mpsc_bounded_hands_room_over() {
    model(|| {
        let (tx, mut rx) = mpsc::channel(1);
        let sender = thread::spawn(move || {
            for i in 0..2 {
                block_on(tx.send(i)).unwrap();
            }
        });
        assert_eq!(block_on(rx.recv()), Some(0));
        assert_eq!(block_on(rx.recv()), Some(1));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

#[test]
fn loom_sync_11_a_returned_permit_wakes_a_closed_receiver() {
    model(|| {
        let (tx, mut rx) = mpsc::channel::<usize>(1);
        let permit = tx.try_reserve_owned().unwrap();
        rx.close();
        let sender = thread::spawn(move || drop(permit));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_try_recv_finds_what_was_sent_before() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(1).unwrap());
        tx.send(2).unwrap();
        assert!(rx.try_recv().is_ok());
        sender.join().unwrap();
        assert!(rx.try_recv().is_ok());
    });
}

#[test]
fn loom_sync_16_upgrade_races_with_the_last_sender() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let weak = tx.downgrade();
        let upgrader = thread::spawn(move || weak.upgrade().is_some_and(|tx| tx.send(1).is_ok()));
        drop(tx);
        let received = block_on(rx.recv()).is_some();
        assert_eq!(upgrader.join().unwrap(), received);
    });
}

#[test]
fn loom_sync_09_a_cancelled_send_races_with_recv() {
    model(|| {
        let (tx, mut rx) = mpsc::channel(1);
        tx.try_send(1).unwrap();
        let sender = thread::spawn(move || {
            drop(poll_once(pin!(tx.send(2))));
            tx
        });
        assert_eq!(block_on(rx.recv()), Some(1));
        let tx = sender.join().unwrap();
        // Either it was sent or its room is free.
        let _ = rx.try_recv();
        assert_eq!(tx.capacity(), 1);
        drop(tx);
        assert_eq!(block_on(rx.recv()), None);
    });
}
