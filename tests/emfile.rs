//! No descriptor left: each call that needs one says so, a connection that waits is accepted later, and a loop that only goes on does not take a whole CPU. In a process of
//! its own, whose limit is lowered.

#![cfg(unix)]

use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Runtime};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// While it lives, this process can open nothing more.
struct Full(Rlimit);

impl Full {
    fn new() -> Self {
        let limit = getrlimit(Resource::Nofile);
        // The system gives the lowest free number; from there on nothing is allowed.
        let lowest = std::fs::File::open("/dev/null").unwrap().as_raw_fd();
        let full = Rlimit {
            current: Some(lowest.try_into().unwrap()),
            ..limit
        };
        setrlimit(Resource::Nofile, full).unwrap();
        Self(limit)
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.0).unwrap();
    }
}

#[track_caller]
fn assert_emfile<T>(result: io::Result<T>) {
    let error = result.err().expect("no descriptor is left");
    let code = rustix::io::Errno::MFILE.raw_os_error();
    assert_eq!(error.raw_os_error(), Some(code), "{error}");
}

fn runtimes() -> Vec<(&'static str, Runtime)> {
    let mut runtimes = Vec::new();
    for (name, mut builder) in [
        ("current_thread", Builder::new_current_thread()),
        ("multi_thread", Builder::new_multi_thread()),
    ] {
        runtimes.push((
            name,
            builder.worker_threads(2).enable_all().build().unwrap(),
        ));
    }
    let portable = Builder::new_current_thread()
        .enable_all()
        .portable_poll(true)
        .build()
        .unwrap();
    runtimes.push(("current_thread, portable poll", portable));
    runtimes
}

/// Fails instead of hanging; the bound is far above what is needed.
async fn bounded<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    heist::time::timeout(limit, future).await.expect("it hangs")
}

/// One test, so that no other runs in this process meanwhile.
#[test]
fn react_29_no_descriptor_left() {
    for (name, rt) in runtimes() {
        eprintln!("on {name}");
        rt.block_on(bounded(accept_and_connect()));
        build();
    }
}

async fn accept_and_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    // Connected by the system, waiting to be accepted.
    let mut client = std::net::TcpStream::connect(addr).unwrap();
    io::Write::write_all(&mut client, b"early words").unwrap();

    let full = Full::new();
    let start = Instant::now();
    for _ in 0..4 {
        assert_emfile(listener.accept().await);
    }
    // 5, 10 and 20 ms between the four.
    assert!(
        start.elapsed() >= Duration::from_millis(35),
        "the loop spins"
    );
    assert_emfile(TcpStream::connect(addr).await);
    assert_emfile(TcpListener::bind("127.0.0.1:0").await);
    // What is open works on.
    io::Write::write_all(&mut client, b", late words").unwrap();
    heist::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(heist::spawn(async { 1 }).await.unwrap(), 1);
    drop(full);

    // Nothing was lost.
    let (mut accepted, _) = listener.accept().await.unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut words = String::new();
    accepted.read_to_string(&mut words).await.unwrap();
    assert_eq!(words, "early words, late words");

    // The next failure starts with the short wait again, and giving a descriptor back is enough.
    let _second = std::net::TcpStream::connect(addr).unwrap();
    let _full = Full::new();
    assert_emfile(listener.accept().await);
    drop(accepted);
    let (mut accepted, _) = listener.accept().await.unwrap();
    accepted.write_all(b"hello").await.unwrap();
}

/// A runtime that cannot have its descriptors is an error, and leaves nothing behind.
fn build() {
    let rest = std::fs::File::open("/dev/null").unwrap().as_raw_fd();
    {
        let _full = Full::new();
        assert_emfile(Builder::new_current_thread().enable_all().build());
        let mut builder = Builder::new_multi_thread();
        assert_emfile(builder.worker_threads(1).enable_io().build());
        // Without sockets it needs none.
        let rt = Builder::new_current_thread().enable_time().build().unwrap();
        rt.block_on(async { heist::time::sleep(Duration::from_millis(1)).await });
    }
    assert_eq!(std::fs::File::open("/dev/null").unwrap().as_raw_fd(), rest);
    let rt = Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async { heist::time::sleep(Duration::from_millis(1)).await });
}
