use crate::support::{Tracked, living, now, pending, rounds, within_a_minute};
use runtime_sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};
use std::panic::catch_unwind;
use std::sync::Arc;

#[test]
fn every_receiver_gets_every_value() {
    let (tx, mut one) = broadcast::channel(4);
    let mut two = tx.subscribe();
    assert_eq!(tx.send(1).unwrap(), 2);
    assert_eq!(tx.send(2).unwrap(), 2);
    for rx in [&mut one, &mut two] {
        assert_eq!((now(rx.recv()), now(rx.recv())), (Ok(1), Ok(2)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn sending_wakes_all_once() {
    let (tx, rx) = broadcast::channel(4);
    let mut receivers: Vec<_> = (0..100).map(|_| rx.resubscribe()).collect();
    let mut waiting: Vec<_> = receivers.iter_mut().map(|rx| pending(rx.recv())).collect();
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    for receiving in &mut waiting {
        assert_eq!(receiving.woken(), 1);
        assert_eq!(receiving.assert_ready(), Ok(1));
    }
}

#[test]
fn a_lag_is_told_once() {
    let (tx, mut rx) = broadcast::channel(3);
    for i in 0..10 {
        tx.send(i).unwrap();
    }
    assert_eq!(rx.len(), 10);
    // The capacity was rounded up to 4.
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(6)));
    for i in 6..10 {
        assert_eq!(rx.try_recv(), Ok(i));
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    for i in 0..5 {
        tx.send(i).unwrap();
    }
    assert_eq!(now(rx.recv()), Err(RecvError::Lagged(1)));
}

#[test]
fn the_backlog_comes_before_the_close() {
    let (tx, mut rx) = broadcast::channel(4);
    let other = tx.clone();
    tx.send(1).unwrap();
    drop(tx);
    assert!(!rx.is_closed());
    drop(other);
    assert!(rx.is_closed());
    assert_eq!(
        (now(rx.recv()), now(rx.recv())),
        (Ok(1), Err(RecvError::Closed))
    );
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    // SYNC-07: a receiver made after the close does not hang.
    assert_eq!(now(rx.resubscribe().recv()), Err(RecvError::Closed));
}

#[test]
fn sync_07_closing_takes_no_room_and_wakes() {
    let (tx, mut rx) = broadcast::channel(2);
    let mut late = tx.subscribe();
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    assert_eq!((now(late.recv()), now(late.recv())), (Ok(1), Ok(2)));
    let mut waiting = pending(late.recv());
    drop(tx);
    assert_eq!(waiting.assert_ready(), Err(RecvError::Closed));
    assert_eq!(
        (now(rx.recv()), now(rx.recv()), now(rx.recv())),
        (Ok(1), Ok(2), Err(RecvError::Closed))
    );
}

#[test]
fn sending_to_nobody_fails_until_somebody_comes() {
    let (tx, rx) = broadcast::channel(2);
    drop(rx);
    assert_eq!(tx.send(1).unwrap_err().0, 1);
    let mut rx = tx.subscribe();
    tx.send(2).unwrap();
    assert_eq!(now(rx.recv()), Ok(2));
}

#[test]
fn values_are_dropped_when_all_have_seen_them() {
    let alive = Arc::new(());
    let (tx, mut one) = broadcast::channel(4);
    let mut two = tx.subscribe();
    tx.send(Tracked::new(&alive)).unwrap();
    drop(now(one.recv()).unwrap());
    assert_eq!((living(&alive), tx.len()), (1, 1));
    drop(now(two.recv()).unwrap());
    assert_eq!((living(&alive), tx.len()), (0, 0));
    tx.send(Tracked::new(&alive)).unwrap();
    tx.send(Tracked::new(&alive)).unwrap();
    drop(one);
    assert_eq!(living(&alive), 2);
    drop(two);
    assert_eq!(living(&alive), 0);
    assert!(tx.is_empty());
}

#[test]
fn overwritten_values_are_dropped() {
    let alive = Arc::new(());
    let (tx, rx) = broadcast::channel(2);
    for _ in 0..10 {
        tx.send(Tracked::new(&alive)).unwrap();
    }
    assert_eq!((living(&alive), tx.len()), (2, 2));
    drop((tx, rx));
    assert_eq!(living(&alive), 0);
}

#[test]
fn a_lagging_receiver_can_go() {
    let (tx, rx) = broadcast::channel(2);
    let mut other = tx.subscribe();
    for i in 0..10 {
        tx.send(i).unwrap();
    }
    drop(rx);
    assert_eq!(now(other.recv()), Err(RecvError::Lagged(8)));
    assert_eq!((now(other.recv()), now(other.recv())), (Ok(8), Ok(9)));
    assert_eq!(tx.len(), 0);
}

#[test]
fn senders_learn_that_they_are_alone() {
    let (tx, rx) = broadcast::channel::<i32>(2);
    let mut closed = pending(tx.closed());
    drop(rx);
    closed.assert_ready();
    assert_eq!(tx.receiver_count(), 0);
}

#[test]
fn weak_senders_do_not_keep_a_channel_open() {
    let (tx, mut rx) = broadcast::channel::<i32>(2);
    let weak = tx.downgrade();
    assert_eq!((tx.strong_count(), tx.weak_count()), (1, 1));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (1, 1));
    assert!(weak.upgrade().unwrap().same_channel(&tx));
    drop(tx);
    assert!(weak.clone().upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 1));
    assert_eq!(now(rx.recv()), Err(RecvError::Closed));
}

#[test]
fn capacities_are_checked() {
    assert!(catch_unwind(|| broadcast::channel::<i32>(0)).is_err());
    assert!(catch_unwind(|| broadcast::channel::<i32>(usize::MAX / 2 + 1)).is_err());
}

#[test]
fn sync_08_cancelled_receives_leave_nothing() {
    let (tx, mut rx) = broadcast::channel::<i32>(2);
    for _ in 0..rounds(100_000) {
        drop(pending(rx.recv()));
    }
    let mut receiving = pending(rx.recv());
    assert!(receiving.poll_elsewhere().is_pending());
    tx.send(1).unwrap();
    assert_eq!((receiving.woken(), receiving.assert_ready()), (1, Ok(1)));
}

#[test]
fn sync_03_values_need_not_be_sync() {
    fn check<T: Send + Sync>(_: &T) {}
    // A `Cell` is cloned under the lock of its slot, by one thread at a time.
    #[derive(Clone)]
    struct Counting(std::cell::Cell<i32>);
    let (tx, rx) = broadcast::channel::<Counting>(16);
    check(&tx);
    check(&rx);
    within_a_minute(move || {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mut rx = tx.subscribe();
                std::thread::spawn(move || {
                    let mut sum = 0;
                    while let Ok(value) = rx.blocking_recv() {
                        value.0.set(value.0.get() + 1);
                        sum += value.0.get();
                    }
                    sum
                })
            })
            .collect();
        for i in 0..16 {
            assert!(tx.send(Counting(std::cell::Cell::new(i))).is_ok());
        }
        drop(tx);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), (1..=16).sum::<i32>());
        }
        drop(rx);
    });
}

#[test]
fn debug_and_display_name_the_type() {
    let (tx, rx) = broadcast::channel::<i32>(2);
    assert_eq!(
        format!("{tx:?} {rx:?} {:?}", tx.downgrade()),
        "broadcast::Sender broadcast::Receiver broadcast::WeakSender"
    );
    assert_eq!(RecvError::Lagged(3).to_string(), "channel lagged by 3");
    assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
}
