//! Runtimes to test on, and a watchdog.

use std::io;
use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use runtime_core::{Builder, Runtime};
use runtime_io::net::{TcpListener, TcpStream};
use runtime_io::reactor::{Backend, Reactor};
use runtime_time::Timer;

/// A test that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Ends the process if it is not dropped in time.
pub(crate) struct Watchdog(
    #[expect(dead_code, reason = "dropping it tells the thread")] Sender<()>,
);

impl Watchdog {
    #[track_caller]
    pub(crate) fn new() -> Self {
        let (sender, receiver) = channel();
        let place = Location::caller();
        thread::spawn(move || {
            if receiver.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                eprintln!("the test at {place} hangs");
                std::process::abort();
            }
        });
        Self(sender)
    }
}

/// A runtime with sockets and timers, and its reactor.
pub(crate) fn runtime(builder: &mut Builder, backend: Backend) -> (Runtime, Arc<Reactor>) {
    let reactor = Arc::new(Reactor::with_backend(backend, 64).unwrap());
    let timer = Arc::new(Timer::new(Arc::clone(&reactor), builder.slot_count()));
    let timers = Arc::clone(timer.timers());
    let runtime = builder
        .driver(timer)
        .extension(timers)
        .extension(Arc::clone(&reactor))
        .build()
        .unwrap();
    (runtime, reactor)
}

/// Each kind of runtime.
pub(crate) fn runtimes() -> impl Iterator<Item = (Runtime, Arc<Reactor>)> {
    [Backend::Native, Backend::Portable]
        .into_iter()
        .flat_map(|backend| {
            let mut many = Builder::new_multi_thread();
            many.worker_threads(2);
            [
                runtime(&mut Builder::new_current_thread(), backend),
                runtime(&mut many, backend),
            ]
        })
}

/// Runs a test on each kind of runtime.
#[track_caller]
pub(crate) fn on_each(test: impl AsyncFn()) {
    on_each_with(async |_| test().await);
}

/// The same, for a test that asks the reactor.
#[track_caller]
pub(crate) fn on_each_with(test: impl AsyncFn(Arc<Reactor>)) {
    let _watchdog = Watchdog::new();
    for (runtime, reactor) in runtimes() {
        runtime.block_on(test(reactor));
    }
}

/// The same, for what only the wait of Linux sees.
#[track_caller]
pub(crate) fn on_native(test: impl AsyncFn(Arc<Reactor>)) {
    if cfg!(any(not(target_os = "linux"), heist_portable_poll)) {
        return;
    }
    let _watchdog = Watchdog::new();
    let (runtime, reactor) = runtime(&mut Builder::new_current_thread(), Backend::Native);
    runtime.block_on(test(reactor));
}

/// A folder that goes away at the end of the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heist-unix-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("socket")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Two ends of a connection.
pub(crate) async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (client, server)
}

/// The same, with the other end in the hands of std, in blocking mode.
pub(crate) async fn pair_with_std() -> (TcpStream, std::net::TcpStream) {
    let (ours, theirs) = pair().await;
    let theirs = theirs.into_std().unwrap();
    theirs.set_nonblocking(false).unwrap();
    (ours, theirs)
}

/// Writes until the connection takes no more.
pub(crate) fn fill(stream: &TcpStream) -> usize {
    let mut total = 0;
    loop {
        match stream.try_write(&[7; 65536]) {
            Ok(count) => total += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return total,
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) fn is_would_block<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Lets everything else run for a while; for showing that something does not happen.
pub(crate) async fn settle() {
    for _ in 0..50 {
        runtime_core::task::yield_now().await;
    }
    runtime_time::sleep(Duration::from_millis(2)).await;
}
