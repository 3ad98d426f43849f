//! Runtimes to test on, and a watchdog. Also used by the other tests of processes and signals.

use std::panic::Location;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use runtime_core::{Builder, Runtime};
use runtime_io::reactor::{Backend, Reactor};
use runtime_time::Timer;

/// A test that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(120);

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

/// A runtime with descriptors and timers, and its reactor.
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

/// A runtime of one thread.
pub(crate) fn one() -> (Runtime, Arc<Reactor>) {
    runtime(&mut Builder::new_current_thread(), Backend::Native)
}

/// A runtime of two threads.
pub(crate) fn two() -> (Runtime, Arc<Reactor>) {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2);
    runtime(&mut builder, Backend::Native)
}

/// Runs a test on each kind of runtime.
#[track_caller]
pub(crate) fn on_each(test: impl AsyncFn()) {
    let _watchdog = Watchdog::new();
    let portable = runtime(&mut Builder::new_current_thread(), Backend::Portable);
    for (runtime, _) in [one(), two(), portable] {
        runtime.block_on(test());
    }
}
