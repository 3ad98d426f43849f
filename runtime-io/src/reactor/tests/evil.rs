//! Wakers that panic, when they are woken and when they are dropped.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use super::*;

/// Panics when it is woken, with something that panics when it is dropped, and once more when it is dropped itself.
struct Evil;

impl Wake for Evil {
    fn wake(self: Arc<Self>) {
        // Without the panic hook, which would fill the output.
        resume_unwind(Box::new(Bomb));
    }
}

impl Drop for Evil {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("evil to the end"));
        }
    }
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("evil still"));
    }
}

/// Closes the sockets it holds when it is woken.
struct Closer(parking_lot::Mutex<Vec<Evented<UnixStream>>>);

impl Wake for Closer {
    fn wake(self: Arc<Self>) {
        let sockets = mem::take(&mut *self.0.lock());
        drop(sockets);
    }
}

/// A waker that is never dropped by the test itself.
fn evil() -> mem::ManuallyDrop<Waker> {
    mem::ManuallyDrop::new(Waker::from(Arc::new(Evil)))
}

fn wait_for_both(socket: &Evented<UnixStream>, waker: &Waker) {
    let mut cx = Context::from_waker(waker);
    assert!(read(socket, &mut cx).is_pending());
    let full = socket.poll_io(&mut cx, Side::Write, |mut socket, _| {
        while socket.write(&[0; 4096])? > 0 {}
        Ok(())
    });
    assert!(full.is_pending());
}

fn readable(peers: &mut [UnixStream]) {
    for peer in peers {
        peer.write_all(b"x").unwrap();
    }
}

/// What is thrown here must not reach the test harness, which would drop it.
fn stays_inside(f: impl FnOnce()) {
    if let Err(bomb) = catch_unwind(AssertUnwindSafe(f)) {
        mem::forget(bomb);
        panic!("the panic of a waker came out of the reactor");
    }
}

/// Ends, or fails, even if the driver never returns.
fn unpark_still_works(reactor: &Arc<Reactor>) {
    let (returned, has_returned) = mpsc::channel();
    let waiting = {
        let reactor = Arc::clone(reactor);
        std::thread::spawn(move || {
            reactor.park(None);
            returned.send(()).unwrap();
        })
    };
    reactor.unpark();
    has_returned
        .recv_timeout(Duration::from_secs(20))
        .expect("`unpark` ends a wait");
    waiting.join().unwrap();
}

/// Promise 11: the panic of a waker stays where it is, and the events that came with it reach their tasks.
#[test]
fn an_evil_waker_keeps_no_event_and_no_wake_up_from_others() {
    on_each(|reactor| {
        let (mut sockets, mut peers): (Vec<_>, Vec<_>) = (0..80).map(|_| pair(&reactor)).unzip();
        let evil = evil();
        wait_for_both(&sockets[0], &evil);
        let mut crowd: Vec<_> = (0..70)
            .map(|_| Box::pin(sockets[1].ready(Interest::READABLE)))
            .collect();
        let count = Arc::new(Count::default());
        let good = Waker::from(Arc::clone(&count));
        assert!(read(&sockets[1], &mut Context::from_waker(&good)).is_pending());
        for (n, wait) in crowd.iter_mut().enumerate() {
            let waker = if n == 69 { &good } else { &*evil };
            assert!(
                wait.as_mut()
                    .poll(&mut Context::from_waker(waker))
                    .is_pending()
            );
        }
        for socket in &sockets[2..] {
            assert!(read(socket, &mut Context::from_waker(&good)).is_pending());
        }
        readable(&mut peers);
        reactor.unpark();
        // One event each on some of these reactors, and everything has happened by now.
        (0..200).for_each(|_| stays_inside(|| reactor.park(Some(Duration::ZERO))));
        assert_eq!(
            count.get(),
            80,
            "78 sockets, and two tasks at one with evil ones"
        );
        unpark_still_works(&reactor);
        drop(crowd);
        sockets.clear();
        assert_eq!(reactor.registered(), 0);
    });
}

/// A task closes, while a batch is dispatched, sockets that hold evil wakers: they are freed by the thread in the seat.
#[test]
fn evil_wakers_that_go_away_within_a_batch_keep_no_event_from_others() {
    on_each(|reactor| {
        let (mut sockets, mut peers): (Vec<_>, Vec<_>) = (0..80).map(|_| pair(&reactor)).unzip();
        let victims = sockets.split_off(70);
        for victim in &victims {
            let evil = evil();
            wait_for_both(victim, &evil);
            // From here on only the sockets have it.
            drop(mem::ManuallyDrop::into_inner(evil));
        }
        let closer = Waker::from(Arc::new(Closer(parking_lot::Mutex::new(victims))));
        let count = Arc::new(Count::default());
        let good = Waker::from(Arc::clone(&count));
        assert!(read(&sockets[0], &mut Context::from_waker(&closer)).is_pending());
        for socket in &sockets[1..] {
            assert!(read(socket, &mut Context::from_waker(&good)).is_pending());
        }
        readable(&mut peers[..70]);
        reactor.unpark();
        (0..200).for_each(|_| stays_inside(|| reactor.park(Some(Duration::ZERO))));
        assert_eq!(count.get(), 69);
        assert_eq!(reactor.registered(), 70);
        unpark_still_works(&reactor);
    });
}

#[test]
fn evil_wakers_do_not_keep_a_shutdown_from_others() {
    on_each(|reactor| {
        let (sockets, _peers): (Vec<_>, Vec<_>) = (0..3).map(|_| pair(&reactor)).unzip();
        let evil = evil();
        wait_for_both(&sockets[0], &evil);
        let mut evil_wait = Box::pin(sockets[1].ready(Interest::READABLE));
        let count = Arc::new(Count::default());
        let good = Waker::from(Arc::clone(&count));
        assert!(read(&sockets[1], &mut Context::from_waker(&good)).is_pending());
        let mut cx = Context::from_waker(&evil);
        assert!(evil_wait.as_mut().poll(&mut cx).is_pending());
        assert!(read(&sockets[2], &mut Context::from_waker(&good)).is_pending());
        stays_inside(|| reactor.shutdown());
        assert_eq!(count.get(), 2);
    });
}
