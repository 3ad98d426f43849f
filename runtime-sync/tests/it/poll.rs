//! What is polled by hand: `PollSender`, `PollSemaphore`, `ReusableBoxFuture`.

use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use futures_executor::block_on;
use futures_util::{SinkExt, StreamExt};
use runtime_sync::{PollSemaphore, PollSender, ReusableBoxFuture, Semaphore, mpsc};

fn now<T>(poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_sender_keeps_its_place_in_line_from_poll_to_poll() {
    let (send, mut receive) = mpsc::channel(1);
    let (mut one, mut other) = (PollSender::new(send.clone()), PollSender::new(send));
    assert!(now(|cx| one.poll_reserve(cx)).is_ready());
    one.send_item(1).unwrap();
    assert!(now(|cx| one.poll_reserve(cx)).is_pending());
    assert!(now(|cx| other.poll_reserve(cx)).is_pending());
    assert_eq!(receive.try_recv(), Ok(1));
    // The room belongs to who came first, whoever is polled first.
    assert!(now(|cx| other.poll_reserve(cx)).is_pending());
    assert!(now(|cx| one.poll_reserve(cx)).is_ready());
    assert!(now(|cx| one.poll_reserve(cx)).is_ready());
    one.send_item(2).unwrap();
    assert_eq!(receive.try_recv(), Ok(2));
    assert!(now(|cx| other.poll_reserve(cx)).is_ready());
}

#[test]
fn a_sender_that_gives_up_passes_its_place_on() {
    let (send, mut receive) = mpsc::channel(1);
    let (mut one, mut other) = (PollSender::new(send.clone()), PollSender::new(send.clone()));
    assert!(!one.abort_send());
    assert!(now(|cx| one.poll_reserve(cx)).is_ready());
    assert_eq!(send.capacity(), 0);
    assert!(one.abort_send());
    assert_eq!(send.capacity(), 1);

    send.try_send(1).unwrap();
    assert!(now(|cx| one.poll_reserve(cx)).is_pending());
    assert!(now(|cx| other.poll_reserve(cx)).is_pending());
    assert!(one.abort_send() && !one.is_closed());
    assert_eq!(receive.try_recv(), Ok(1));
    assert!(now(|cx| other.poll_reserve(cx)).is_ready());
    drop(other);
    assert!(now(|cx| one.poll_reserve(cx)).is_ready());
}

#[test]
fn a_closed_sender_may_use_the_room_it_has_and_no_more() {
    let (send, mut receive) = mpsc::channel(2);
    let mut sender = PollSender::new(send);
    assert!(now(|cx| sender.poll_reserve(cx)).is_ready());
    sender.close();
    assert!(sender.is_closed() && sender.get_ref().is_none());
    sender.send_item(1).unwrap();
    assert_eq!(receive.try_recv(), Ok(1));
    let error = sender.send_item(2).unwrap_err();
    assert_eq!(error.to_string(), "channel closed");
    assert_eq!(error.into_inner(), Some(2));
    assert!(matches!(
        now(|cx| sender.poll_reserve(cx)),
        Poll::Ready(Err(_))
    ));
    // The last sender has gone with it.
    assert_eq!(block_on(receive.recv()), None);
}

#[test]
fn a_sender_learns_that_the_channel_is_closed_while_it_waits() {
    let (send, receive) = mpsc::channel(1);
    send.try_send(1).unwrap();
    let mut sender = PollSender::new(send);
    assert!(now(|cx| sender.poll_reserve(cx)).is_pending());
    assert!(!sender.is_closed());
    drop(receive);
    let Poll::Ready(Err(error)) = now(|cx| sender.poll_reserve(cx)) else {
        panic!("the channel is closed")
    };
    assert!(error.into_inner().is_none() && sender.is_closed());
    assert!(sender.clone().get_ref().is_some());
    assert!(format!("{sender:?}").contains("state: Closed"));
}

#[test]
#[should_panic(expected = "`send_item` called without first calling `poll_reserve`")]
fn a_message_without_room_panics() {
    let (send, _receive) = mpsc::channel(1);
    let _ = PollSender::new(send).send_item(1);
}

#[test]
fn a_sender_is_a_sink() {
    let (send, mut receive) = mpsc::channel(2);
    let mut sender = PollSender::new(send);
    let receiver = std::thread::spawn(move || {
        let mut received = Vec::new();
        while let Some(number) = receive.blocking_recv() {
            received.push(number);
        }
        received
    });
    block_on(async {
        for number in 0..100 {
            sender.send(number).await.unwrap();
        }
        SinkExt::close(&mut sender).await.unwrap();
        assert!(sender.send(100).await.is_err());
    });
    assert_eq!(receiver.join().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_semaphore_polled_for_another_number_joins_the_line_anew() {
    let shared = Arc::new(Semaphore::new(2));
    let mut semaphore = PollSemaphore::new(shared.clone());
    let Poll::Ready(Some(two)) = now(|cx| semaphore.poll_acquire_many(cx, 2)) else {
        panic!("there are two")
    };
    assert!(now(|cx| semaphore.poll_acquire_many(cx, 2)).is_pending());
    assert!(now(|cx| semaphore.poll_acquire(cx)).is_pending());
    semaphore.add_permits(1);
    // Nothing is held for the request that was given up.
    let one = now(|cx| semaphore.poll_acquire(cx));
    assert!(matches!(&one, Poll::Ready(Some(permit)) if permit.num_permits() == 1));
    drop((one, two));
    assert_eq!(semaphore.available_permits(), 3);
    assert!(Arc::ptr_eq(&semaphore.clone_inner(), &shared));
    assert!(format!("{semaphore:?}").starts_with("PollSemaphore { semaphore: Semaphore"));
}

#[test]
fn a_semaphore_is_a_stream_that_ends_when_it_is_closed() {
    block_on(async {
        let mut permits = PollSemaphore::new(Arc::new(Semaphore::new(3)));
        let held: Vec<_> = permits.by_ref().take(3).collect().await;
        assert!(held.len() == 3 && permits.as_ref().available_permits() == 0);
        let other = permits.clone();
        let closes = poll_fn(|cx| {
            let polled = permits.poll_next_unpin(cx).map(|permit| permit.is_none());
            other.close();
            polled
        });
        assert!(closes.await);
        assert!(permits.next().await.is_none());
        assert_eq!(permits.into_inner().available_permits(), 0);
    });
}

/// Counts its drops, and panics at them if told to.
struct Drops<'a>(&'a AtomicUsize, bool);

impl Drop for Drops<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        assert!(!self.1, "an evil drop");
    }
}

#[test]
fn a_box_is_used_again_where_the_future_fits() {
    let drops = AtomicUsize::new(0);
    let future = |number: u8, evil| {
        let counts = Drops(&drops, evil);
        async move {
            let _counts = counts;
            number
        }
    };
    let mut reused = ReusableBoxFuture::new(future(1, false));
    let place = std::ptr::from_ref(&*reused.get_pin()).addr();
    reused.set(future(2, false));
    assert_eq!(drops.load(SeqCst), 1);
    assert_eq!(std::ptr::from_ref(&*reused.get_pin()).addr(), place);
    assert_eq!(now(|cx| reused.poll(cx)), Poll::Ready(2));
    assert_eq!(drops.load(SeqCst), 2);

    // Of another size: refused, or moved into another box.
    assert!(reused.try_set(ready(3)).is_err());
    reused.set(ready(3));
    assert_eq!(block_on(&mut reused), 3);

    // The drop of the old one panics: the new one is there all the same, and nothing is dropped twice.
    reused.set(future(4, true));
    let caught = catch_unwind(AssertUnwindSafe(|| reused.set(future(5, false))));
    assert!(caught.is_err());
    assert_eq!(drops.load(SeqCst), 3);
    assert_eq!(now(|cx| Pin::new(&mut reused).poll(cx)), Poll::Ready(5));
    assert_eq!(drops.load(SeqCst), 4);
    assert_eq!(format!("{reused:?}"), "ReusableBoxFuture");
}

#[test]
fn a_box_takes_futures_that_borrow_and_need_not_be_sync() {
    let number = 7;
    let cell = Cell::new(1);
    let mut boxed = ReusableBoxFuture::new(async {
        let seen = cell;
        seen.get() + number
    });
    fn is_sync<T: Sync>(_: &T) {}
    is_sync(&boxed);
    assert_eq!(now(|cx| boxed.poll(cx)), Poll::Ready(8));
}
