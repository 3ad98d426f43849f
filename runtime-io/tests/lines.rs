//! Which lines of memory the paths that run all the time write, and that workers share none of them: see `runtime_core::util::lines`.

#![cfg(all(debug_assertions, target_os = "linux"))]

use std::collections::BTreeSet;
use std::future::{pending, poll_fn};
use std::io::Write as _;
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use runtime_core::task::yield_now;
use runtime_core::util::lines::{Write, record};
use runtime_core::{Builder, Runtime, spawn, worker_index};
use runtime_io::io::{AsyncRead, ReadBuf};
use runtime_io::net::{TcpListener, TcpStream};
use runtime_io::reactor::Reactor;
use runtime_time::{Timer, sleep};

/// What a path wrote, on each of two workers at the same time.
struct Seen([Vec<Write>; 2]);

impl Seen {
    /// How often a worker wrote.
    fn writes(&self) -> usize {
        let [one, other] = &self.0;
        assert_eq!(one.len(), other.len(), "{one:?}\n{other:?}");
        one.len()
    }

    /// The lines that both have written, by the files that did.
    fn shared(&self) -> BTreeSet<&'static str> {
        let [one, other] = self.0.each_ref().map(|writes| {
            let line = |write: &Write| write.address / LINE;
            writes.iter().map(line).collect::<BTreeSet<_>>()
        });
        let both: BTreeSet<_> = one.intersection(&other).collect();
        let shared = self.0[0]
            .iter()
            .filter(|write| both.contains(&(write.address / LINE)));
        shared.map(file).collect()
    }
}

const LINE: usize = 64;
const NONE: BTreeSet<&str> = BTreeSet::new();

fn file(write: &Write) -> &'static str {
    let path = write.place.file();
    path.rsplit('/').next().unwrap_or(path)
}

fn runtime() -> Runtime {
    let reactor = Arc::new(Reactor::new().unwrap());
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2);
    let timer = Arc::new(Timer::new(Arc::clone(&reactor), builder.slot_count()));
    let timers = Arc::clone(timer.timers());
    builder.driver(timer).extension(timers).extension(reactor);
    builder.build().unwrap()
}

/// Makes what `path` needs in one task each, waits until the two are on different workers, and records.
fn on_two_workers<T, M>(make: impl Fn() -> M, path: fn(T)) -> Seen
where
    M: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let runtime = runtime();
    // They meet on threads that block, so on different ones.
    let (begin, end) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let tasks = [(); 2].map(|()| {
        let (made, begin, end) = (make(), Arc::clone(&begin), Arc::clone(&end));
        runtime.spawn(async move {
            let made = made.await;
            begin.wait();
            let (worker, writes) = (worker_index(), record(|| path(made)).1);
            end.wait();
            (worker, writes)
        })
    });
    runtime.block_on(async {
        let [one, other] = tasks;
        let ((first, one), (second, other)) = (one.await.unwrap(), other.await.unwrap());
        assert_ne!(first, second);
        Seen([one, other])
    })
}

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// The waker of a task that waits.
async fn waker() -> Waker {
    let place = Arc::new(Mutex::new(None));
    let put = Arc::clone(&place);
    spawn(poll_fn(move |cx| -> Poll<()> {
        *put.lock() = Some(cx.waker().clone());
        Poll::Pending
    }));
    loop {
        if let Some(waker) = place.lock().take() {
            return waker;
        }
        yield_now().await;
    }
}

/// A listener with a connection that nobody has accepted, and its other end.
async fn offer() -> (TcpListener, std::net::TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener, stream)
}

/// A connection that has been read from until nothing was left, so that the kernel knows it, and has something again.
async fn connection() -> (TcpStream, std::net::TcpStream) {
    let (listener, mut far) = offer().await;
    let (near, _) = listener.accept().await.unwrap();
    near.readable().await.unwrap();
    while near.try_read(&mut [0; 8]).is_ok() {}
    far.write_all(b"x").unwrap();
    near.readable().await.unwrap();
    (near, far)
}

#[test]
fn spawning_a_task() {
    let seen = on_two_workers(async || (), |()| drop(spawn(pending::<()>())));
    assert_eq!(seen.writes(), 4);
    assert_eq!(seen.shared(), NONE);
}

#[test]
fn waking_a_task() {
    let seen = on_two_workers(waker, Waker::wake);
    assert_eq!(seen.writes(), 2);
    assert_eq!(seen.shared(), NONE);
}

#[test]
fn arming_and_cancelling_a_timer() {
    let seen = on_two_workers(
        async || (),
        |()| {
            let mut timer = pin!(sleep(Duration::from_secs(3600)));
            assert!(timer.as_mut().poll(&mut noop()).is_pending());
        },
    );
    assert_eq!(seen.writes(), 5);
    assert_eq!(seen.shared(), NONE);
}

#[test]
fn accepting_a_connection() {
    let seen = on_two_workers(offer, |(listener, _far)| {
        let Poll::Ready(accepted) = listener.poll_accept(&mut noop()) else {
            panic!("it is there");
        };
        std::mem::forget(accepted.unwrap());
        std::mem::forget(listener);
    });
    assert_eq!(seen.writes(), 1);
    // The reference to the reactor.
    assert_eq!(seen.shared(), BTreeSet::from(["registration.rs"]));
}

#[test]
fn telling_the_kernel_of_a_socket() {
    let accepted = async || {
        let (listener, far) = offer().await;
        (listener.accept().await.unwrap().0, far)
    };
    let seen = on_two_workers(accepted, |(mut near, _far)| {
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = pin!(&mut near).poll_read(&mut noop(), &mut buffer);
        assert!(read.is_pending());
        std::mem::forget(near);
    });
    assert_eq!(seen.writes(), 4);
    assert_eq!(seen.shared(), BTreeSet::from(["registry.rs"]));
}

#[test]
fn reading_what_has_come() {
    let seen = on_two_workers(connection, |(mut near, _far)| {
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = pin!(&mut near).poll_read(&mut noop(), &mut buffer);
        assert!(read.is_ready());
        std::mem::forget(near);
    });
    assert_eq!(seen.writes(), 1);
    assert_eq!(seen.shared(), NONE);
}
