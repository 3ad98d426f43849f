//! `embed::foreign`: the runtime on threads of another runtime, its futures under other executors, other libraries' under ours, and a real foreign event loop.

mod calloop_loop;
mod foreign;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Runs `test` on a thread of its own; panics if it does not return in time.
fn watched(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let runner = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    match finished.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the test hangs"),
        // Disconnected: it panicked, and `join` says with what.
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
            if let Err(payload) = runner.join() {
                std::panic::resume_unwind(payload);
            }
        }
    }
}
