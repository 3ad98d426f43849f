//! Accepting while the process has no file descriptors left. Its own process, because the limit is the process's.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "net/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime_core::Builder;
use runtime_io::net::unix::pipe;
use runtime_io::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixSocket,
    UnixStream,
};
use runtime_io::reactor::Reactor;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use support::{Watchdog, on_each_with};

/// Lets the process have no more than a few file descriptors, and takes all of them.
struct Scarcity {
    before: Rlimit,
    hoard: Vec<File>,
}

impl Scarcity {
    fn begin() -> Self {
        let before = getrlimit(Resource::Nofile);
        let lower = Rlimit {
            current: Some(128),
            maximum: before.maximum,
        };
        setrlimit(Resource::Nofile, lower).unwrap();
        let mut hoard = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            hoard.push(file);
        }
        Self { before, hoard }
    }

    /// Gives some back.
    fn relieve(&mut self, count: usize) {
        self.hoard.truncate(self.hoard.len() - count);
    }
}

impl Drop for Scarcity {
    fn drop(&mut self) {
        self.hoard.clear();
        setrlimit(Resource::Nofile, self.before).unwrap();
    }
}

fn is_scarcity(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::MFILE)
}

/// A listener with a connection in its queue, made while there still were descriptors.
async fn listener_with_clients(count: usize) -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(256).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(TcpStream::connect(addr).await.unwrap());
    }
    (listener, clients)
}

/// Rule N8.
///
/// REACT-29: the error comes to the caller, the next attempt waits, and the listener recovers. One test, for the limit is shared.
#[test]
fn react_29_accept_without_descriptors_backs_off_and_recovers() {
    on_each_with(async |reactor| {
        a_naive_loop_does_not_spin(&reactor).await;
        polling_does_not_spin(&reactor).await;
        each_way_to_make_a_socket_says_that_none_is_left().await;
    });
    without_timers();
}

async fn a_naive_loop_does_not_spin(reactor: &Reactor) {
    let (listener, clients) = listener_with_clients(3).await;
    let mut scarcity = Scarcity::begin();
    let errors = Arc::new(AtomicUsize::new(0));
    let accepted = Arc::new(AtomicUsize::new(0));
    let server = {
        let (errors, accepted) = (Arc::clone(&errors), Arc::clone(&accepted));
        runtime_core::spawn(async move {
            let mut streams = Vec::new();
            while accepted.load(Ordering::Relaxed) < 3 {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        streams.push(stream);
                        accepted.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => {
                        assert!(is_scarcity(&error), "{error}");
                        errors.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            listener
        })
    };
    // 5 + 10 + 20 ms have passed when the fourth error comes.
    while errors.load(Ordering::Relaxed) < 4 {
        runtime_time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(accepted.load(Ordering::Relaxed), 0);
    assert!(errors.load(Ordering::Relaxed) <= 6, "it spins");
    assert!(reactor.accept_backoffs() >= 4);
    scarcity.relieve(8);
    let listener = server.await.unwrap();
    // A success ends the waiting.
    let addr = listener.local_addr().unwrap();
    drop((scarcity, clients));
    let client = runtime_core::spawn(TcpStream::connect(addr));
    listener.accept().await.unwrap();
    client.await.unwrap().unwrap();
}

async fn polling_does_not_spin(reactor: &Reactor) {
    let (listener, clients) = listener_with_clients(1).await;
    let mut scarcity = Scarcity::begin();
    let before = reactor.accept_backoffs();
    let mut polls = 0;
    for _ in 0..3 {
        let error = poll_fn(|cx| {
            polls += 1;
            listener.poll_accept(cx)
        });
        assert!(is_scarcity(&error.await.unwrap_err()));
    }
    assert_eq!(reactor.accept_backoffs() - before, 3);
    assert!(polls <= 10, "{polls}");
    scarcity.relieve(4);
    poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
    drop(clients);
}

/// And what makes two descriptors leaves none behind if there is only one.
async fn each_way_to_make_a_socket_says_that_none_is_left() {
    let folder = support::Folder::new();
    let path = folder.socket();
    let mut scarcity = Scarcity::begin();
    let nowhere = "127.0.0.1:9";
    let errors = [
        TcpListener::bind("127.0.0.1:0").await.err(),
        TcpStream::connect(nowhere).await.err(),
        TcpSocket::new_v4().err(),
        TcpSocket::new_v6().err(),
        UdpSocket::bind("127.0.0.1:0").await.err(),
        UnixListener::bind(&path).err(),
        UnixStream::connect(&path).await.err(),
        UnixStream::pair().err(),
        UnixDatagram::bind(&path).err(),
        UnixDatagram::unbound().err(),
        UnixDatagram::pair().err(),
        UnixSocket::new_stream().err(),
        UnixSocket::new_datagram().err(),
        pipe::pipe().err(),
        pipe::OpenOptions::new().open_receiver(&path).err(),
        Reactor::new().err(),
        Reactor::portable().err(),
    ];
    for (n, error) in errors.iter().enumerate() {
        let error = error.as_ref().expect("there are no descriptors");
        assert!(is_scarcity(error), "number {n}: {error}");
    }
    assert!(!path.exists());
    scarcity.relieve(1);
    let errors = [
        UnixStream::pair().err(),
        UnixDatagram::pair().err(),
        pipe::pipe().err(),
        Reactor::new().err(),
        Reactor::portable().err(),
    ];
    for (n, error) in errors.iter().enumerate() {
        let error = error.as_ref().expect("there is only one descriptor");
        assert!(is_scarcity(error), "number {n}: {error}");
    }
    drop(File::open("/dev/null").expect("the one descriptor is still there"));
}

/// A runtime with sockets and without timers waits on the blocking pool.
fn without_timers() {
    let _watchdog = Watchdog::new();
    let reactor = Arc::new(Reactor::new().unwrap());
    let runtime = Builder::new_current_thread()
        .driver(Arc::clone(&reactor) as _)
        .extension(Arc::clone(&reactor))
        .build()
        .unwrap();
    runtime.block_on(async {
        let (listener, clients) = listener_with_clients(1).await;
        // The blocking pool needs its thread before there is nothing left to make one of.
        runtime_core::spawn_blocking(|| {}).await.unwrap();
        let mut scarcity = Scarcity::begin();
        for _ in 0..3 {
            let error = listener.accept().await.unwrap_err();
            assert!(is_scarcity(&error), "{error}");
        }
        assert_eq!(reactor.accept_backoffs(), 3);
        scarcity.relieve(4);
        listener.accept().await.unwrap();
        drop(clients);
    });
}
