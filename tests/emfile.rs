//! No descriptor left: each call that needs one says so, a connection that waits is accepted later, and a loop that only goes on does not take a whole CPU. In a process of
//! its own, whose limit is lowered.

#![cfg(unix)]

use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::process::Stdio;
use std::time::{Duration, Instant};

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::unix::pipe;
use heist::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixSocket,
    UnixStream,
};
use heist::process::Command;
use heist::runtime::{Builder, Runtime};
use heist::signal::unix::{SignalKind, signal};
use rustix::process::{Resource, Rlimit, WaitId, WaitIdOptions, getrlimit, setrlimit, waitid};

/// While it lives, this process can open nothing more.
struct Full {
    limit: Rlimit,
    _taken: Vec<std::fs::File>,
}

impl Full {
    fn new() -> Self {
        let limit = getrlimit(Resource::Nofile);
        // The system gives the lowest free number; from there on nothing is allowed. Duplicates are asked for from 3 on, and where not even that is
        // allowed, the answer is another one.
        let open = || std::fs::File::open("/dev/null").unwrap();
        let mut taken = vec![open()];
        while taken.last().unwrap().as_raw_fd() <= 3 {
            taken.push(open());
        }
        let lowest = taken.pop().unwrap().as_raw_fd();
        let full = Rlimit {
            current: Some(lowest.try_into().unwrap()),
            ..limit
        };
        setrlimit(Resource::Nofile, full).unwrap();
        Self {
            limit,
            _taken: taken,
        }
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.limit).unwrap();
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
    for (n, (name, rt)) in runtimes().into_iter().enumerate() {
        eprintln!("on {name}");
        rt.block_on(bounded(accept_and_connect()));
        rt.block_on(bounded(everything_else()));
        rt.block_on(bounded(programs_and_signals(n == 0)));
        build();
    }
}

/// Each other call that makes a descriptor.
async fn everything_else() {
    let file = heist::fs::File::open("/dev/null").await.unwrap();
    let _full = Full::new();
    let path = "/nonexistent/socket";
    assert_emfile(TcpSocket::new_v4());
    assert_emfile(TcpSocket::new_v6());
    assert_emfile(UdpSocket::bind("127.0.0.1:0").await);
    assert_emfile(UnixListener::bind(path));
    assert_emfile(UnixStream::connect(path).await);
    assert_emfile(UnixStream::pair());
    assert_emfile(UnixDatagram::bind(path));
    assert_emfile(UnixDatagram::unbound());
    assert_emfile(UnixDatagram::pair());
    assert_emfile(UnixSocket::new_stream());
    assert_emfile(UnixSocket::new_datagram());
    assert_emfile(pipe::pipe());
    assert_emfile(pipe::OpenOptions::new().open_receiver("/dev/null"));
    assert_emfile(heist::fs::File::open("/dev/null").await);
    assert_emfile(heist::fs::File::create("/dev/null").await);
    assert_emfile(heist::fs::read("/dev/null").await);
    assert_emfile(heist::fs::write("/dev/null", "x").await);
    assert_emfile(heist::fs::read_dir("/").await);
    assert_emfile(file.try_clone().await);
}

/// Programs and signals. The process keeps what it needs to hear signals, so only the `first` runtime lacks that.
async fn programs_and_signals(first: bool) {
    let full = Full::new();
    assert_emfile(Command::new("true").stdout(Stdio::piped()).spawn());
    assert_emfile(Command::new("true").output().await);
    if first {
        assert_emfile(signal(SignalKind::user_defined1()));
    }
    // To start a program that inherits everything takes no descriptor. To watch it does, if nothing is there to hear of its end; it is
    // looked after later then.
    let unwatched = Command::new("true").spawn();
    if first {
        assert!(unwatched.is_err());
    }
    drop(full);
    match unwatched {
        Ok(mut child) => drop(child.wait().await.unwrap()),
        Err(error) => assert_emfile::<()>(Err(error)),
    }
    assert!(Command::new("true").status().await.unwrap().success());
    let _signals = signal(SignalKind::user_defined1()).unwrap();
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    while waitid(WaitId::All, look).err() != Some(rustix::io::Errno::CHILD) {
        heist::time::sleep(Duration::from_millis(1)).await;
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
