//! Ten thousand connections, all open at once. Server and clients are two processes, since each side needs ten thousand descriptors; where the limit allows fewer, the
//! output says how many there were.
//!
//! Each connection makes a round trip and stays. When the server has them all, it tells each; then one side says its last word and closes its writing side, and the other
//! side, at the end, does the same. Of the connections with even numbers it is the client that closes first, of the others the server. Everything is counted on both sides:
//! connections, numbers, ends, and descriptors.

#![cfg(unix)]

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use std::{env, fs, process, thread};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Runtime};
use heist::sync::{Barrier, Semaphore, oneshot};
use heist::task::JoinHandle;

/// So many connections, if the limit of open files allows them.
const CONNECTIONS: usize = 10_000;

/// Descriptors beside the connections: of the runtime, of the test harness, and of whoever started it.
const OTHERS: usize = 128;

/// So many clients connect at a time. More than fit into the listener's queue would wait for the system to try again.
const AT_ONCE: usize = 256;

/// The server's word that all are there.
const ALL_ARE_HERE: u8 = 7;

/// Added to the number of the connection, the last word of each side.
const LAST_WORD: u64 = 1 << 32;

/// Where the clients find the address of the server and their number. A process that has both is the clients.
const ADDRESS: &str = "HEIST_TEST_ADDRESS";
const COUNT: &str = "HEIST_TEST_CONNECTIONS";

#[test]
fn ten_thousand_connections() {
    let _watchdog = watchdog();
    match (env::var(ADDRESS), env::var(COUNT)) {
        (Ok(address), Ok(count)) => {
            exit_with_parent();
            be_clients(address.parse().unwrap(), count.parse().unwrap());
        }
        _ => be_server(possible_connections()),
    }
}

/// Raises the limit of open files as far as it goes.
fn possible_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    let raised = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    let now = if raised.is_ok() {
        current
    } else {
        limit.current
    };
    let most = now.map_or(usize::MAX, |now| usize::try_from(now).unwrap_or(usize::MAX));
    CONNECTIONS.min(most.saturating_sub(OTHERS))
}

fn be_server(count: usize) {
    if count < CONNECTIONS {
        say(&format!(
            "the limit of open files allows {count} connections instead of {CONNECTIONS}"
        ));
    }
    assert!(count > 0, "no connection is possible");
    let before = descriptors();
    let rt = runtime();
    rt.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let clients = Clients::start(listener.local_addr().unwrap(), count);
        heist::join!(serve(&listener, count), clients.succeed());
    });
    drop(rt);
    assert_eq!(descriptors(), before, "descriptors in the end");
    say(&format!("{count} connections at once"));
}

/// This program, started again.
struct Clients {
    /// They end with it.
    stdin: ChildStdin,
    waiter: thread::JoinHandle<()>,
    ended: oneshot::Receiver<ExitStatus>,
}

impl Clients {
    fn start(address: SocketAddr, count: usize) -> Self {
        let mut clients = Command::new(env::current_exe().unwrap())
            .args(["--exact", "ten_thousand_connections", "--nocapture"])
            .env(ADDRESS, address.to_string())
            .env(COUNT, count.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // `wait` would close it.
        let stdin = clients.stdin.take().unwrap();
        let (tell, ended) = oneshot::channel();
        let waiter = thread::spawn(move || {
            let _ = tell.send(clients.wait().unwrap());
        });
        Self {
            stdin,
            waiter,
            ended,
        }
    }

    async fn succeed(self) {
        let status = self.ended.await.unwrap();
        assert!(status.success(), "the clients failed: {status}");
        drop(self.stdin);
        // It has woken this task, and may still hold the waker and with it the runtime.
        self.waiter.join().unwrap();
    }
}

async fn serve(listener: &TcpListener, count: usize) {
    let before = descriptors();
    let side = Side::new(count, before);
    let tasks = FuturesUnordered::new();
    while tasks.len() < count {
        let (mut stream, _) = listener.accept().await.unwrap();
        let side = side.clone();
        tasks.push(heist::spawn(async move {
            let number = stream.read_u64().await.unwrap();
            stream.write_u64(number).await.unwrap();
            side.all_are_open(number).await;
            stream.write_u8(ALL_ARE_HERE).await.unwrap();
            side.close(stream, number, number % 2 == 1).await;
        }));
    }
    side.complete(tasks).await;
    assert_eq!(descriptors(), before, "all connections are closed");
}

fn be_clients(address: SocketAddr, count: usize) {
    runtime().block_on(async {
        let before = descriptors();
        let side = Side::new(count, before);
        let turn = Arc::new(Semaphore::new(AT_ONCE));
        let tasks = FuturesUnordered::new();
        for number in 0..count as u64 {
            let (side, turn) = (side.clone(), turn.clone());
            tasks.push(heist::spawn(async move {
                let permit = turn.acquire().await.unwrap();
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_u64(number).await.unwrap();
                assert_eq!(stream.read_u64().await.unwrap(), number);
                drop(permit);
                assert_eq!(stream.read_u8().await.unwrap(), ALL_ARE_HERE);
                side.all_are_open(number).await;
                side.close(stream, number, number % 2 == 0).await;
            }));
        }
        side.complete(tasks).await;
        assert_eq!(descriptors(), before, "all connections are closed");
    });
}

/// What one of the two processes counts.
struct Side {
    /// Open descriptors before the first connection.
    before: usize,
    /// Which numbers there were.
    seen: Vec<AtomicBool>,
    /// Where all wait until all are open, and until that has been looked at.
    all: Barrier,
    looks: AtomicUsize,
    /// Connections that ended as they should.
    ends: AtomicUsize,
}

impl Side {
    fn new(count: usize, before: usize) -> Arc<Self> {
        Arc::new(Self {
            before,
            seen: (0..count).map(|_| AtomicBool::new(false)).collect(),
            all: Barrier::new(count),
            looks: AtomicUsize::new(0),
            ends: AtomicUsize::new(0),
        })
    }

    /// Returns when each connection has made its round trip, and none has been closed.
    async fn all_are_open(&self, number: u64) {
        let seen = &self.seen[usize::try_from(number).unwrap()];
        assert!(!seen.swap(true, SeqCst), "number {number} came twice");
        if self.all.wait().await.is_leader() {
            self.looks.fetch_add(1, SeqCst);
            assert_eq!(descriptors() - self.before, self.seen.len());
        }
        self.all.wait().await;
    }

    /// Says the last word and finds that of the peer, with nothing behind it.
    async fn close(&self, mut stream: TcpStream, number: u64, first: bool) {
        if first {
            say_last_word(&mut stream, number).await;
        }
        assert_eq!(stream.read_u64().await.unwrap(), LAST_WORD + number);
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        if !first {
            say_last_word(&mut stream, number).await;
        }
        self.ends.fetch_add(1, SeqCst);
    }

    /// Waits for the tasks, and ends with the panic of the first that panics.
    async fn complete(&self, mut tasks: FuturesUnordered<JoinHandle<()>>) {
        while let Some(result) = tasks.next().await {
            result.unwrap();
        }
        assert!(self.seen.iter().all(|seen| seen.load(SeqCst)));
        assert_eq!(self.looks.load(SeqCst), 1);
        assert_eq!(self.ends.load(SeqCst), self.seen.len());
    }
}

async fn say_last_word(stream: &mut TcpStream, number: u64) {
    stream.write_u64(LAST_WORD + number).await.unwrap();
    stream.shutdown().await.unwrap();
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Open descriptors of this process, without the one that lists them.
fn descriptors() -> usize {
    fs::read_dir("/dev/fd").unwrap().count() - 1
}

/// Prints what is to be read also when the test passes, where `println!` is captured.
fn say(text: &str) {
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Ends this process if it is not dropped in time, far more than it takes.
fn watchdog() -> Sender<()> {
    let (keep, kept) = channel();
    thread::spawn(move || {
        if kept.recv_timeout(Duration::from_secs(120)) == Err(RecvTimeoutError::Timeout) {
            say("no end after 120 s");
            process::abort();
        }
    });
    keep
}

/// Ends this process when its parent has closed the other end of its input, however that came about.
fn exit_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        process::exit(1);
    });
}
