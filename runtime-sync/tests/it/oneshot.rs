use crate::support::{Spawned, Tracked, living, now, pending, rounds, within_a_minute};
use runtime_sync::oneshot::{self, error::TryRecvError};
use std::sync::Arc;

#[test]
fn a_value_sent_before_the_first_poll_is_there() {
    let (tx, rx) = oneshot::channel();
    tx.send(1).unwrap();
    assert_eq!(now(rx), Ok(1));
}

#[test]
fn sending_wakes_the_receiver_once() {
    let (tx, rx) = oneshot::channel();
    let mut rx = pending(rx);
    tx.send(1).unwrap();
    assert_eq!(rx.woken(), 1);
    assert_eq!(rx.retained(), 0);
    assert_eq!(rx.assert_ready(), Ok(1));
}

#[test]
fn only_the_last_waker_is_woken() {
    let (tx, mut rx) = oneshot::channel::<i32>();
    let first = pending(async { (&mut rx).await });
    assert_eq!(first.retained(), 1);
    drop(first);
    let second = pending(rx);
    tx.send(1).unwrap();
    assert_eq!(second.woken(), 1);
}

#[test]
fn a_moved_receiver_drops_the_old_waker() {
    let (tx, rx) = oneshot::channel::<i32>();
    let mut rx = pending(rx);
    assert!(rx.poll_elsewhere().is_pending());
    tx.send(1).unwrap();
    assert_eq!(rx.woken(), 1);
    assert_eq!(rx.assert_ready(), Ok(1));
}

#[test]
fn a_dropped_sender_is_an_error() {
    let (tx, rx) = oneshot::channel::<i32>();
    let mut rx = pending(rx);
    drop(tx);
    assert_eq!(rx.woken(), 1);
    let error = rx.assert_ready().unwrap_err();
    assert_eq!(error.to_string(), "channel closed");
}

#[test]
fn sending_to_nobody_returns_the_value() {
    let (tx, rx) = oneshot::channel();
    drop(rx);
    assert!(tx.is_closed());
    assert_eq!(tx.send(7), Err(7));
}

#[test]
fn close_refuses_later_values_and_keeps_earlier_ones() {
    let (tx, mut rx) = oneshot::channel();
    tx.send(1).unwrap();
    rx.close();
    assert_eq!(now(&mut rx), Ok(1));
    assert!(rx.is_terminated());

    let (tx, mut rx) = oneshot::channel();
    rx.close();
    rx.close();
    assert_eq!(tx.send(1), Err(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn closed_is_told_on_close_and_on_drop() {
    let (mut tx, mut rx) = oneshot::channel::<i32>();
    let mut closed = pending(tx.closed());
    rx.close();
    assert_eq!(closed.woken(), 1);
    closed.assert_ready();

    let (mut tx, rx) = oneshot::channel::<i32>();
    let mut closed = pending(tx.closed());
    drop(rx);
    assert_eq!(closed.woken(), 1);
    closed.assert_ready();
}

#[test]
fn a_sender_that_waited_for_the_close_can_still_send() {
    let (mut tx, rx) = oneshot::channel();
    let closed = pending(tx.closed());
    assert_eq!(closed.retained(), 1);
    let count = {
        drop(closed);
        pending(tx.closed())
    };
    drop(count);
    tx.send(1).unwrap();
    assert_eq!(now(rx), Ok(1));
}

#[test]
fn sync_02_no_waker_is_kept_after_the_end() {
    let (mut tx, rx) = oneshot::channel::<i32>();
    let mut rx = pending(rx);
    assert_eq!(rx.retained(), 1);
    let mut closing = Spawned::new(async { tx.closed().await });
    closing.assert_pending();
    assert_eq!(closing.retained(), 1);
    rx.assert_pending();
    drop(closing);
    tx.send(1).unwrap();
    assert_eq!(rx.retained(), 0);
    assert_eq!(rx.assert_ready(), Ok(1));
}

#[test]
fn sync_02_dropping_the_receiver_drops_its_waker() {
    let (_tx, mut rx) = oneshot::channel::<i32>();
    let waiting = pending(async { (&mut rx).await });
    assert_eq!(waiting.retained(), 1);
    let mut waiting = waiting;
    waiting.assert_pending();
    drop(waiting);
    drop(rx);
}

#[test]
fn try_recv_tells_empty_from_closed() {
    let (tx, mut rx) = oneshot::channel::<i32>();
    assert!(rx.is_empty());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert!(rx.is_terminated());
    assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
}

#[test]
#[should_panic(expected = "called after complete")]
fn polling_again_after_ready_panics() {
    let (tx, mut rx) = oneshot::channel();
    tx.send(1).unwrap();
    now(&mut rx).unwrap();
    let _ = now(&mut rx);
}

/// QUEUE-09, with the models of the channel, and with Miri.
#[test]
fn every_value_is_dropped_once() {
    let alive = Arc::new(());
    for (send, receive) in [(true, true), (true, false), (false, true), (false, false)] {
        for receiver_first in [true, false] {
            let (tx, rx) = oneshot::channel();
            let value = Tracked::new(&alive);
            if receiver_first && !receive {
                drop(rx);
                if send {
                    drop(tx.send(value).unwrap_err());
                }
            } else {
                if send {
                    tx.send(value).unwrap();
                } else {
                    drop(tx);
                }
                if receive {
                    assert_eq!(now(rx).is_ok(), send);
                }
            }
        }
    }
    assert_eq!(living(&alive), 0);
}

#[test]
fn threads_pass_values() {
    within_a_minute(|| {
        for i in 0..rounds(200) {
            let (tx, rx) = oneshot::channel();
            let thread = std::thread::spawn(move || rx.blocking_recv());
            tx.send(i).unwrap();
            assert_eq!(thread.join().unwrap(), Ok(i));
        }
    });
}

#[test]
fn debug_says_what_happened() {
    let (tx, rx) = oneshot::channel::<i32>();
    assert!(format!("{rx:?}").contains("is_complete: false"));
    tx.send(1).unwrap();
    assert!(format!("{rx:?}").contains("is_complete: true"));
}
