//! What must not pile up: descriptors, threads, memory. In a process of its own, since it counts the whole process; a thread of the test harness waits meanwhile, so the
//! parts run one after another in one test.
//!
//! Counts are compared exactly. Memory is compared after a warm-up, with some slack: a leak of a few bytes per round shows all the same, because there are thousands of
//! rounds. What is allocated is compared, and what is in memory, where the allocator has a say too.

#![allow(
    clippy::disallowed_methods,
    reason = "waits until the system has taken a thread off its list"
)]
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};

use heist::net::TcpListener;
use heist::runtime::{Builder, Runtime};
use heist::task;
use heist::time::{Duration, sleep};

/// Runtimes per flavour, small ones. A kilobyte lost by each would be seen.
const RUNTIMES: usize = if cfg!(debug_assertions) { 5000 } else { 20_000 };

/// Runtimes that are dropped with an accept loop inside.
const SERVERS: usize = if cfg!(debug_assertions) { 300 } else { 1000 };

/// Tasks that live at once.
const BURST: usize = if cfg!(debug_assertions) {
    50_000
} else {
    200_000
};

/// What may be in memory beyond what was: more than the allocator keeps, less than what is looked for.
const RESIDENT_SLACK: usize = 2 << 20;

/// What may be allocated beyond what was: garbage of lock-free queues that waits for its time (one buffer of a deque that held a burst is a quarter of a
/// mebibyte, another its successor), and caches. A burst that stayed would be ten times as much.
const ALLOCATED_SLACK: usize = 640 << 10;

/// Counts what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: passes on to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Relaxed);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn entries(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// Descriptors, without the one that lists them, and threads of this process.
fn fds_and_threads() -> (usize, usize) {
    (entries("/proc/self/fd") - 1, entries("/proc/self/task"))
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|text| text.trim().strip_suffix("kB"));
    kilobytes.unwrap().trim().parse::<usize>().unwrap() << 10
}

/// Nothing more than before. A joined thread may be in the list for a moment longer, and an idle one of a pool may have retired.
fn assert_back_to(before: (usize, usize), what: &str) {
    let back = || {
        let now = fds_and_threads();
        now.0 <= before.0 && now.1 <= before.1
    };
    for _ in 0..1000 {
        if back() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(
        fds_and_threads(),
        before,
        "descriptors and threads after {what}"
    );
}

fn current_thread() -> Runtime {
    Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Runs `round` often, and demands that nothing grows after the first tenth.
fn flat(what: &str, rounds: usize, round: impl Fn()) {
    let before = fds_and_threads();
    (0..rounds / 10).for_each(|_| round());
    let warm = (resident(), ALLOCATED.load(Relaxed));
    (0..rounds).for_each(|_| round());
    assert_back_to(before, what);
    let allocated = ALLOCATED.load(Relaxed).saturating_sub(warm.1);
    let grown = resident().saturating_sub(warm.0);
    eprintln!("{what}: {rounds} rounds, {grown} bytes more in memory, {allocated} allocated");
    assert!(grown < RESIDENT_SLACK, "{what}: memory");
    assert!(allocated < ALLOCATED_SLACK, "{what}: allocations");
}

/// A runtime with a task that ends, one that does not, a timer that is due and one that is not.
fn used(rt: &Runtime) {
    rt.spawn(pending::<()>());
    rt.spawn(sleep_in(Duration::from_secs(3600)));
    let ends = rt.spawn(sleep_in(Duration::ZERO));
    rt.block_on(ends).unwrap();
}

async fn sleep_in(duration: Duration) {
    sleep(duration).await;
}

/// A runtime dropped in the middle of accepting.
fn accepting(rt: &Runtime) {
    let addr = rt.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        heist::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                heist::spawn(async move {
                    let _ = stream.readable().await;
                });
            }
        });
        addr
    });
    rt.block_on(async {
        let stream = heist::net::TcpStream::connect(addr).await.unwrap();
        task::yield_now().await;
        // Gone while it is registered.
        heist::spawn(async move { stream.readable().await });
        task::yield_now().await;
    });
}

/// One of each thing that has a descriptor, used and dropped: sockets, a pipe, a file, framed halves, a child, a listener of signals.
fn one_of_each(rt: &Runtime) {
    use futures_util::{SinkExt, StreamExt};
    use heist::codec::{Framed, FramedRead, FramedWrite, LinesCodec};
    use heist::io::{AsyncReadExt, AsyncWriteExt};
    use heist::net::{TcpStream, UdpSocket, UnixStream, unix::pipe};
    use heist::signal::unix::{SignalKind, signal};

    rt.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, server) = heist::join!(client, listener.accept());
        let mut client = Framed::new(client.unwrap(), LinesCodec::new());
        let (read, write) = server.unwrap().0.into_split();
        let mut read = FramedRead::new(read, LinesCodec::new());
        let mut write = FramedWrite::new(write, LinesCodec::new());
        client.send("question").await.unwrap();
        assert_eq!(read.next().await.unwrap().unwrap(), "question");
        write.send("answer").await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), "answer");

        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket
            .send_to(b"x", socket.local_addr().unwrap())
            .await
            .unwrap();
        socket.recv_from(&mut [0; 2]).await.unwrap();
        let (mut near, mut far) = UnixStream::pair().unwrap();
        near.write_all(b"x").await.unwrap();
        far.read_exact(&mut [0]).await.unwrap();
        let (mut sender, mut receiver) = pipe::pipe().unwrap();
        sender.write_all(b"x").await.unwrap();
        receiver.read_exact(&mut [0]).await.unwrap();
        let mut file = heist::fs::File::open("/proc/self/stat").await.unwrap();
        file.read_exact(&mut [0]).await.unwrap();
        let mut child = heist::process::Command::new("true").spawn().unwrap();
        child.wait().await.unwrap();
        // Given up while it waits.
        let mut signals = signal(SignalKind::user_defined1()).unwrap();
        let wait = heist::time::timeout(Duration::ZERO, signals.recv()).await;
        assert!(wait.is_err());
    });
}

/// Many tasks at once; what they took goes back when they are gone.
fn burst(rt: &Runtime) {
    let live = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..BURST)
        .map(|_| {
            let live = live.clone();
            rt.spawn(async move {
                live.fetch_add(1, SeqCst);
                sleep(Duration::from_secs(3600)).await;
            })
        })
        .collect();
    rt.block_on(async {
        while live.load(SeqCst) < BURST {
            sleep(Duration::from_millis(1)).await;
        }
        tasks.iter().for_each(task::JoinHandle::abort);
        for task in tasks {
            assert!(task.await.unwrap_err().is_cancelled());
        }
    });
}

/// One test, so that no other runs in this process meanwhile.
#[test]
fn down_07_down_06_nothing_piles_up() {
    flat("built and dropped, current-thread", RUNTIMES, || {
        drop(current_thread())
    });
    flat("built and dropped, multi-thread", RUNTIMES / 2, || {
        drop(multi_thread())
    });
    flat("used and dropped, current-thread", RUNTIMES, || {
        used(&current_thread())
    });
    flat("used and dropped, multi-thread", RUNTIMES / 2, || {
        used(&multi_thread())
    });
    // DOWN-06.
    flat("accept loop, current-thread", SERVERS, || {
        accepting(&current_thread())
    });
    flat("accept loop, multi-thread", SERVERS, || {
        accepting(&multi_thread())
    });

    // What the process keeps for good is made first.
    one_of_each(&current_thread());
    flat(
        "one of each, runtime and all, current-thread",
        SERVERS,
        || one_of_each(&current_thread()),
    );
    flat(
        "one of each, runtime and all, multi-thread",
        SERVERS,
        || one_of_each(&multi_thread()),
    );

    let (one, many) = (current_thread(), multi_thread());
    one_of_each(&one);
    flat("one of each", SERVERS, || one_of_each(&one));
    // A first job, so that each pool has its thread, which stays a while.
    let jobs = || {
        one.block_on(task_that_blocks(&one));
        one.block_on(task_that_blocks(&many));
    };
    jobs();
    flat("jobs", SERVERS, jobs);
    let before = ALLOCATED.load(Relaxed);
    for rt in [&one, &many] {
        flat("bursts of tasks", 10, || burst(rt));
        rt.block_on(async {
            assert_eq!(
                heist::runtime::Handle::current()
                    .metrics()
                    .num_alive_tasks(),
                0
            );
        });
    }
    // The first burst too has given everything back.
    let kept = ALLOCATED.load(Relaxed).saturating_sub(before);
    eprintln!("after all bursts: {kept} bytes more allocated");
    assert!(kept < ALLOCATED_SLACK, "bursts of tasks: allocations");
}

async fn task_that_blocks(rt: &Runtime) {
    rt.spawn_blocking(|| ()).await.unwrap();
}
