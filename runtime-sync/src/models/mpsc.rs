//! `mpsc`: the list of blocks, closing, permits, weak senders.

use std::pin::pin;

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::{Guarded, poll_once};
use crate::mpsc;
use crate::mpsc::SLOTS;
use crate::mpsc::error::{SendError, TryRecvError};

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
            let _ = poll_once(pin!(tx.send(2)));
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

#[test]
fn loom_mpsc_two_senders_enter_a_new_block() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        for i in 0..SLOTS {
            tx.send(i).unwrap();
        }
        let other = tx.clone();
        // One of them builds it, the other one may find it by the hint.
        let sender = thread::spawn(move || other.send(SLOTS).unwrap());
        tx.send(SLOTS).unwrap();
        sender.join().unwrap();
        drop(tx);
        let mut count = 0;
        while rx.try_recv().is_ok() {
            count += 1;
        }
        assert_eq!(count, SLOTS + 2);
    });
}

#[test]
fn loom_mpsc_a_block_is_free_when_nobody_can_be_in_it() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        for i in 0..SLOTS {
            tx.send(i).unwrap();
            assert_eq!(rx.try_recv(), Ok(i));
        }
        // The first block is read. The sender with the first ticket of the next one moves the hint; the other one still
        // comes by, or is behind it already.
        let (one, two) = (tx.clone(), tx);
        let first = thread::spawn(move || one.send(SLOTS).unwrap());
        let second = thread::spawn(move || two.send(SLOTS).unwrap());
        assert_eq!(block_on(rx.recv()), Some(SLOTS));
        assert_eq!(block_on(rx.recv()), Some(SLOTS));
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn loom_mpsc_the_end_shows_what_the_senders_did() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel::<usize>();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            other.add();
            drop(tx);
        });
        if rx.try_recv() == Err(TryRecvError::Disconnected) {
            shared.add();
        }
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_a_close_shows_what_the_receiver_did() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let receiver = thread::spawn(move || {
            other.add();
            rx.close();
        });
        if tx.is_closed() {
            shared.add();
        }
        receiver.join().unwrap();
        assert_eq!(tx.send(7), Err(SendError(7)));
    });
}

#[test]
fn loom_mpsc_the_last_sender_shows_what_all_of_them_did() {
    model(|| {
        let (tx, mut rx) = mpsc::unbounded_channel::<usize>();
        let other = tx.clone();
        let shared = Arc::new((Guarded::new(), Guarded::new()));
        let (first, second) = (Arc::clone(&shared), Arc::clone(&shared));
        let one = thread::spawn(move || {
            first.0.add();
            drop(tx);
        });
        let two = thread::spawn(move || {
            second.1.add();
            drop(other);
        });
        if rx.try_recv() == Err(TryRecvError::Disconnected) {
            shared.0.add();
            shared.1.add();
        }
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn loom_mpsc_a_count_of_none_shows_what_the_senders_did() {
    model(|| {
        let (tx, rx) = mpsc::unbounded_channel::<usize>();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            other.add();
            drop(tx);
        });
        if rx.sender_strong_count() == 0 {
            shared.add();
        }
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_the_end_of_a_closed_channel_shows_what_the_holder_of_a_permit_did() {
    model(|| {
        let (tx, mut rx) = mpsc::channel::<usize>(1);
        let permit = tx.try_reserve_owned().unwrap();
        rx.close();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let holder = thread::spawn(move || {
            other.add();
            drop(permit);
        });
        if rx.try_recv() == Err(TryRecvError::Disconnected) {
            shared.add();
        }
        holder.join().unwrap();
    });
}
