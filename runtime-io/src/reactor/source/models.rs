//! What several threads do to a source, in every order.

use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker, ready};

use loom::future::block_on;
use loom::thread;

use super::*;
use crate::primitive::Mutex;
use crate::reactor::poll::Event;
use crate::reactor::registry::Registry;

fn source(initial: Ready) -> Arc<Source> {
    Arc::new(Source::new(Key::new(0, 0), initial))
}

/// What the kernel has for the reader. Behind a lock, as in the kernel.
type Data = loom::sync::Arc<Mutex<bool>>;

fn no_data() -> Data {
    loom::sync::Arc::new(Mutex::new(false))
}

/// Reads until there is something.
async fn read(source: &Source, data: &Mutex<bool>) {
    poll_fn(|cx| {
        loop {
            let seen = ready!(source.poll_ready(cx, Side::Read));
            if mem::take(&mut *data.lock()) {
                return Poll::Ready(());
            }
            source.clear(seen, Side::Read.mask());
        }
    })
    .await;
}

/// The kernel reports data. The reader has stale readiness to clear, and must not clear this.
#[test]
fn react_01_set_against_clear() {
    loom::model(|| {
        let source = source(Ready::READABLE);
        let data = no_data();
        let kernel = {
            let (source, data) = (Arc::clone(&source), data.clone());
            thread::spawn(move || {
                *data.lock() = true;
                source.dispatch(Ready::READABLE);
            })
        };
        block_on(read(&source, &data));
        kernel.join().unwrap();
    });
}

/// Data come twice, and are read twice: the second event finds the waker of the first wait.
#[test]
fn react_01_two_events() {
    loom::model(|| {
        let source = source(Ready::EMPTY);
        let (first, second) = (no_data(), no_data());
        let kernel = {
            let (source, first, second) = (Arc::clone(&source), first.clone(), second.clone());
            thread::spawn(move || {
                *first.lock() = true;
                source.dispatch(Ready::READABLE);
                *second.lock() = true;
                source.dispatch(Ready::READABLE | Ready::WRITABLE);
            })
        };
        block_on(async {
            read(&source, &first).await;
            read(&source, &second).await;
        });
        kernel.join().unwrap();
    });
}

/// A clear of the reader's leaves what an event gives the writer.
#[test]
fn react_03_read_clear_against_write_set() {
    loom::model(|| {
        let source = source(Ready::READABLE);
        let kernel = {
            let source = Arc::clone(&source);
            thread::spawn(move || source.dispatch(Ready::WRITABLE))
        };
        let seen = source.snapshot();
        source.clear(seen, Side::Read.mask());
        kernel.join().unwrap();
        assert_eq!(source.snapshot().ready(), Ready::WRITABLE);
    });
}

/// A task waits for both directions while one event concerns both.
#[test]
fn two_sides_against_one_event() {
    loom::model(|| {
        let source = source(Ready::EMPTY);
        let kernel = {
            let source = Arc::clone(&source);
            thread::spawn(move || source.dispatch(Ready::READABLE | Ready::WRITABLE))
        };
        block_on(poll_fn(|cx| {
            let read = source.poll_ready(cx, Side::Read);
            let write = source.poll_ready(cx, Side::Write);
            if read.is_ready() {
                write
            } else {
                Poll::Pending
            }
        }));
        kernel.join().unwrap();
    });
}

/// Another task registers for the same direction in the middle of an event; the last one to call is woken or sees it.
#[test]
fn a_second_caller_against_an_event() {
    loom::model(|| {
        let source = source(Ready::EMPTY);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
        let kernel = {
            let source = Arc::clone(&source);
            thread::spawn(move || source.dispatch(Ready::READABLE))
        };
        block_on(poll_fn(|cx| source.poll_ready(cx, Side::Read)));
        kernel.join().unwrap();
    });
}

/// A task of the crowd against an event.
#[test]
fn crowd_against_an_event() {
    loom::model(|| {
        let source = source(Ready::EMPTY);
        let kernel = {
            let source = Arc::clone(&source);
            thread::spawn(move || source.dispatch(Ready::READABLE))
        };
        let seen = block_on(source.wait(Side::Read.mask()));
        assert!(seen.ready().is_readable());
        kernel.join().unwrap();
    });
}

/// One of two waiting tasks gives up while the event comes; the other one hears of it.
#[test]
fn react_24_a_cancelled_wait_against_an_event() {
    loom::model(|| {
        let source = source(Ready::EMPTY);
        let kernel = {
            let source = Arc::clone(&source);
            thread::spawn(move || source.dispatch(Ready::READABLE))
        };
        let mut cx = Context::from_waker(Waker::noop());
        let mut other = Box::pin(source.wait(Side::Read.mask()));
        let _ = other.as_mut().poll(&mut cx);
        let mine = pin!(source.wait(Side::Read.mask()));
        block_on(async {
            let mut mine = mine;
            let _ = poll_fn(|cx| Poll::Ready(mine.as_mut().poll(cx).is_ready())).await;
            drop(other);
            mine.await
        });
        kernel.join().unwrap();
    });
}

/// A source is made and waited for while the reactor closes: it is refused, or its wait ends.
#[test]
fn down_08_register_and_poll_against_close() {
    loom::model(|| {
        let registry = loom::sync::Arc::new(Registry::new());
        let closer = {
            let registry = registry.clone();
            thread::spawn(move || {
                for source in registry.shut_down() {
                    source.shut_down();
                }
            })
        };
        if let Ok(source) = registry.insert(Ready::EMPTY) {
            let seen = block_on(poll_fn(|cx| source.poll_ready(cx, Side::Read)));
            assert!(seen.is_shut_down());
            let seen = block_on(source.wait(Side::Write.mask()));
            assert!(seen.is_shut_down());
        }
        closer.join().unwrap();
        assert!(registry.insert(Ready::EMPTY).is_err());
    });
}

/// A source goes away while its event is being dispatched.
#[test]
fn react_04_remove_against_dispatch() {
    loom::model(|| {
        let registry = loom::sync::Arc::new(Registry::new());
        let source = registry.insert(Ready::EMPTY).unwrap();
        let event = Event {
            key: source.key(),
            ready: Ready::READABLE,
        };
        let mut cx = Context::from_waker(Waker::noop());
        assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
        let seat = {
            let registry = registry.clone();
            thread::spawn(move || registry.dispatch(&[event]))
        };
        registry.remove(source.key());
        drop(source);
        seat.join().unwrap();
        assert_eq!(registry.len(), 0);
    });
}
