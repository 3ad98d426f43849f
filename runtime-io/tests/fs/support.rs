//! Runtimes and places to test on, and a watchdog.

use std::panic::Location;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use runtime_core::{Builder, Runtime};
use tempfile::TempDir;

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

/// Each kind of runtime.
pub(crate) fn runtimes() -> [Runtime; 2] {
    let mut many = Builder::new_multi_thread();
    many.worker_threads(2);
    [Builder::new_current_thread(), many].map(|mut builder| builder.build().unwrap())
}

/// A runtime with one thread for blocking jobs.
pub(crate) fn narrow() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.max_blocking_threads(1).build().unwrap()
}

/// Directories on different file systems: the usual one, and one in memory, which the system does not let read in place.
pub(crate) fn places() -> Vec<TempDir> {
    let memory = Path::new("/dev/shm");
    let memory = memory
        .is_dir()
        .then(|| tempfile::tempdir_in(memory).unwrap());
    let usual = tempfile::tempdir().unwrap();
    [usual].into_iter().chain(memory).collect()
}

/// Runs a test on each kind of runtime and in each place.
#[track_caller]
pub(crate) fn on_each(test: impl AsyncFn(&Path)) {
    let _watchdog = Watchdog::new();
    for runtime in runtimes() {
        for place in places() {
            runtime.block_on(test(place.path()));
        }
    }
}

/// Keeps the one thread of a [`narrow`] runtime busy until it is dropped.
pub(crate) struct Busy(#[expect(dead_code, reason = "dropping it tells the job")] Sender<()>);

impl Busy {
    pub(crate) fn new(runtime: &Runtime) -> Self {
        let (started, start) = channel();
        let (sender, receiver) = channel::<()>();
        runtime.spawn_blocking(move || {
            started.send(()).unwrap();
            let _ = receiver.recv();
        });
        start.recv().unwrap();
        Self(sender)
    }
}

/// Bytes of which each stretch is different.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|place| (place % 251) as u8 ^ (place / 251) as u8)
        .collect()
}
