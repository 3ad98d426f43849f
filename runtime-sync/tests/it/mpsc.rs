use crate::support::{Spawned, Tracked, living, now, pending, rounds, within_a_minute};
use runtime_sync::mpsc::{self, error::TryRecvError, error::TrySendError};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

#[test]
fn messages_keep_their_order() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    for i in 0..1000 {
        tx.send(i).unwrap();
    }
    assert_eq!(rx.len(), 1000);
    for i in 0..1000 {
        assert_eq!(now(rx.recv()), Some(i));
    }
    assert!(rx.is_empty());
}

#[test]
fn a_full_channel_makes_senders_wait_in_line() {
    let (tx, mut rx) = mpsc::channel(1);
    now(tx.send(0)).unwrap();
    let mut waiting: Vec<_> = (1..4).map(|i| pending(tx.send(i))).collect();
    assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)));
    for (i, waiting) in waiting.iter_mut().enumerate() {
        assert_eq!(now(rx.recv()), Some(i));
        // The room belongs to the first in line already.
        assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)));
        assert_eq!(waiting.woken(), 1);
        waiting.assert_ready().unwrap();
    }
    assert_eq!(now(rx.recv()), Some(3));
    assert_eq!(tx.capacity(), 1);
}

#[test]
fn the_receiver_is_woken_once_per_wait() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let mut receiving = pending(rx.recv());
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    assert_eq!(receiving.woken(), 1);
    assert_eq!(receiving.assert_ready(), Some(1));
}

#[test]
fn recv_ends_after_the_last_sender_and_the_last_message() {
    let (tx, mut rx) = mpsc::channel(4);
    let other = tx.clone();
    now(tx.send(1)).unwrap();
    drop(tx);
    now(other.send(2)).unwrap();
    drop(other);
    assert!(rx.is_closed());
    assert_eq!(
        (now(rx.recv()), now(rx.recv()), now(rx.recv())),
        (Some(1), Some(2), None)
    );
}

#[test]
fn dropping_the_last_sender_wakes() {
    let (tx, mut rx) = mpsc::channel::<i32>(4);
    let mut receiving = pending(rx.recv());
    drop(tx);
    assert_eq!(receiving.woken(), 1);
    assert_eq!(receiving.assert_ready(), None);

    let (tx, mut rx) = mpsc::unbounded_channel::<i32>();
    let mut receiving = pending(rx.recv());
    drop(tx);
    assert_eq!(receiving.assert_ready(), None);
}

#[test]
fn close_keeps_what_was_sent_and_what_was_reserved() {
    let (tx, mut rx) = mpsc::channel(2);
    let permit = tx.clone().try_reserve_owned().unwrap();
    now(tx.send(1)).unwrap();
    let mut waiting = pending(tx.send(3));
    rx.close();
    assert!(waiting.assert_ready().is_err());
    assert!(tx.is_closed());
    assert_eq!(tx.try_send(4), Err(TrySendError::Closed(4)));
    assert_eq!(now(rx.recv()), Some(1));
    let mut receiving = pending(rx.recv());
    let tx = permit.send(2);
    assert_eq!(receiving.assert_ready(), Some(2));
    drop(receiving);
    // The sender is alive, but nothing can come any more.
    assert_eq!(now(rx.recv()), None);
    drop(tx);
}

#[test]
fn sync_11_every_way_out_of_a_closed_channel_wakes_the_receiver() {
    // What happens to the last permit × how it was reserved.
    for (way, used) in [
        (0, false),
        (0, true),
        (1, false),
        (1, true),
        (2, false),
        (3, false),
        (4, false),
    ] {
        let (tx, mut rx) = mpsc::channel::<i32>(2);
        let keep = tx.clone();
        let end: Box<dyn FnOnce() + '_> = match (way, used) {
            (0, used) => {
                let permit = keep.try_reserve().unwrap();
                Box::new(move || if used { permit.send(1) } else { drop(permit) })
            }
            (1, used) => {
                let permit = tx.try_reserve_owned().unwrap();
                Box::new(move || {
                    if used {
                        drop(permit.send(1))
                    } else {
                        drop(permit)
                    }
                })
            }
            (2, _) => {
                let permits = keep.try_reserve_many(2).unwrap();
                Box::new(move || drop(permits))
            }
            (3, _) => {
                let permit = tx.try_reserve_owned().unwrap();
                Box::new(move || drop(permit.release()))
            }
            _ => {
                // Granted, but dropped before it was polled again.
                let full = keep.try_reserve_many(2).unwrap();
                let waiting = pending(keep.reserve());
                drop(full);
                Box::new(move || drop(waiting))
            }
        };
        rx.close();
        let mut receiving = pending(rx.recv());
        end();
        assert_eq!(receiving.woken(), 1, "way {way}");
        assert_eq!(receiving.assert_ready(), used.then_some(1));
    }
}

#[test]
fn an_unbounded_channel_refuses_after_close() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    for i in 0..40 {
        tx.send(i).unwrap();
    }
    rx.close();
    for i in 40..120 {
        assert_eq!(tx.send(i).unwrap_err().0, i);
    }
    assert_eq!(rx.len(), 40);
    for i in 0..40 {
        assert_eq!(rx.try_recv(), Ok(i));
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(now(rx.recv()), None);
    drop(tx);
    rx.close();
    assert_eq!(now(rx.recv()), None);
}

#[test]
fn closed_is_told() {
    let (tx, mut rx) = mpsc::channel::<i32>(1);
    let mut closed = pending(tx.closed());
    rx.close();
    closed.assert_ready();
    let (tx, rx) = mpsc::unbounded_channel::<i32>();
    let mut closed = pending(tx.closed());
    drop(rx);
    closed.assert_ready();
    now(tx.closed());
}

#[test]
fn sync_15_length_is_right_around_a_block() {
    for n in [1, 31, 32, 33, 63, 64, 65, 96] {
        let (tx, mut rx) = mpsc::unbounded_channel();
        for i in 0..n {
            assert_eq!(rx.len(), i);
            tx.send(i).unwrap();
            assert!(!rx.is_empty());
        }
        for i in 0..n {
            assert_eq!(rx.len(), n - i);
            assert_eq!(rx.try_recv(), Ok(i));
        }
        assert!(rx.is_empty());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        drop(tx);
        assert!(rx.is_empty());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    }
}

#[test]
fn recv_many_takes_what_is_there() {
    let (tx, mut rx) = mpsc::channel(100);
    let mut buffer = vec![0];
    assert_eq!(now(rx.recv_many(&mut buffer, 0)), 0);
    let mut receiving = pending(rx.recv_many(&mut buffer, 10));
    for i in 1..=70 {
        tx.try_send(i).unwrap();
    }
    assert_eq!(receiving.assert_ready(), 10);
    drop(receiving);
    assert_eq!(now(rx.recv_many(&mut buffer, 1000)), 60);
    assert_eq!(buffer, (0..=70).collect::<Vec<_>>());
    assert_eq!(tx.capacity(), 100);
    drop(tx);
    assert_eq!(now(rx.recv_many(&mut buffer, 5)), 0);
}

#[test]
fn permits_are_counted() {
    let (tx, mut rx) = mpsc::channel(3);
    let permit = now(tx.reserve()).unwrap();
    let mut many = now(tx.reserve_many(2)).unwrap();
    assert_eq!(
        (
            tx.capacity(),
            rx.capacity(),
            tx.max_capacity(),
            rx.max_capacity()
        ),
        (0, 0, 3, 3)
    );
    assert_eq!(many.len(), 2);
    many.next().unwrap().send(1);
    assert_eq!(many.size_hint(), (1, Some(1)));
    drop(many);
    drop(permit);
    assert_eq!(tx.capacity(), 2);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(tx.capacity(), 3);
    assert!(now(tx.reserve_many(4)).is_err());
    assert!(matches!(
        tx.try_reserve_many(4),
        Err(TrySendError::Full(()))
    ));
    assert_eq!(now(tx.reserve_many(0)).unwrap().len(), 0);
    assert_eq!(now(tx.reserve_many(3)).unwrap().count(), 3);
}

#[test]
fn a_cancelled_reservation_passes_its_room_on() {
    let (tx, mut rx) = mpsc::channel(2);
    tx.try_send(0).unwrap();
    tx.try_send(1).unwrap();
    let many = pending(tx.reserve_many(2));
    let mut one = pending(tx.send(2));
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(one.woken(), 0);
    drop(many);
    assert_eq!(one.woken(), 1);
    one.assert_ready().unwrap();
}

#[test]
fn weak_senders_do_not_keep_a_channel_open() {
    let (tx, mut rx) = mpsc::channel::<i32>(1);
    let weak = tx.downgrade();
    let other = weak.clone();
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (1, 2));
    let upgraded = weak.upgrade().unwrap();
    assert!(upgraded.same_channel(&tx));
    drop(tx);
    assert_eq!(weak.strong_count(), 1);
    drop(upgraded);
    assert!(weak.upgrade().is_none());
    assert_eq!(now(rx.recv()), None);
    drop((weak, other));
    assert_eq!(rx.sender_weak_count(), 0);

    let (tx, mut rx) = mpsc::unbounded_channel::<i32>();
    let weak = tx.downgrade();
    assert_eq!(
        (tx.strong_count(), tx.weak_count(), weak.weak_count()),
        (1, 1, 1)
    );
    drop(tx);
    assert!(weak.upgrade().is_none());
    assert_eq!(now(rx.recv()), None);
}

/// QUEUE-09, with the models of the channels, and with Miri.
#[test]
fn every_message_is_dropped_once() {
    let alive = Arc::new(());
    for received in [0, 1, 31, 32, 33, 80] {
        let (tx, mut rx) = mpsc::unbounded_channel();
        for _ in 0..80 {
            tx.send(Tracked::new(&alive)).unwrap();
        }
        for _ in 0..received {
            drop(rx.try_recv().unwrap());
        }
        assert_eq!(living(&alive), 80 - received);
        // Dropping the receiver drops the buffer, though there is a sender.
        drop(rx);
        assert_eq!(living(&alive), 0);
        drop(tx.send(Tracked::new(&alive)).unwrap_err());
    }
    let (tx, rx) = mpsc::channel(3);
    let permit = tx.clone().try_reserve_owned().unwrap();
    tx.try_send(Tracked::new(&alive)).unwrap();
    drop(rx);
    drop(permit.send(Tracked::new(&alive)));
    drop(tx);
    assert_eq!(living(&alive), 0);
}

#[test]
fn large_messages_do_not_go_over_the_stack() {
    let (tx, mut rx) = mpsc::channel::<[u8; 64 * 1024]>(1);
    tx.try_send([7; 64 * 1024]).unwrap();
    assert_eq!(rx.try_recv().unwrap()[9], 7);
}

#[test]
fn the_receiver_may_change_its_task() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let mut receiving = pending(rx.recv());
    assert!(receiving.poll_elsewhere().is_pending());
    tx.send(1).unwrap();
    assert_eq!(receiving.woken(), 1);
}

#[test]
fn the_waker_goes_with_the_receiver() {
    let (tx, mut rx) = mpsc::unbounded_channel::<i32>();
    let mut owner = Spawned::new(async move { rx.recv().await });
    owner.assert_pending();
    assert_eq!(owner.retained(), 1);
    tx.send(1).unwrap();
    assert_eq!(owner.assert_ready(), Some(1));
    assert_eq!(owner.retained(), 0);
    drop(tx);
}

#[test]
#[should_panic(expected = "mpsc bounded channel requires buffer > 0")]
fn zero_capacity_panics() {
    mpsc::channel::<i32>(0);
}

#[test]
fn threads_send_and_receive() {
    within_a_minute(|| {
        let (tx, mut rx) = mpsc::channel(3);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let tx = tx.clone();
                std::thread::spawn(move || {
                    (0..rounds(500)).for_each(|i| tx.blocking_send(i).unwrap())
                })
            })
            .collect();
        drop(tx);
        let mut sum = 0;
        let mut buffer = Vec::new();
        while rx.blocking_recv_many(&mut buffer, 7) > 0 {
            sum += buffer.drain(..).sum::<usize>();
        }
        assert_eq!(sum, 4 * (0..rounds(500)).sum::<usize>());
        assert_eq!(rx.blocking_recv(), None);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn errors_say_what_happened() {
    use mpsc::error::{SendError, SendTimeoutError};
    assert_eq!(format!("{:?}", SendError(1)), "SendError { .. }");
    assert_eq!(format!("{:?}", TrySendError::Full(1)), "\"Full(..)\"");
    assert_eq!(TrySendError::Closed(1).to_string(), "channel closed");
    assert_eq!(TrySendError::Full(1).to_string(), "no available capacity");
    assert_eq!(
        TryRecvError::Empty.to_string(),
        "receiving on an empty channel"
    );
    assert_eq!(
        SendTimeoutError::Timeout(1).to_string(),
        "timed out waiting on send operation"
    );
    assert_eq!(TrySendError::from(SendError(1)), TrySendError::Closed(1));
    let (tx, rx) = mpsc::channel::<std::cell::Cell<i32>>(1);
    assert!(format!("{tx:?} {rx:?}").contains("Chan"));
}

#[test]
fn halves_are_unwind_safe_for_every_message() {
    fn check<T: UnwindSafe + RefUnwindSafe>() {}
    check::<mpsc::Sender<&mut i32>>();
    check::<mpsc::Receiver<&mut i32>>();
    check::<mpsc::UnboundedSender<std::cell::Cell<i32>>>();
    check::<mpsc::UnboundedReceiver<&mut i32>>();
}
