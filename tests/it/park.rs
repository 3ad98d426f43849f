//! Parking, searching, lost wake-ups: rows PARK-01 to PARK-22 of the catalogue.
//!
//! Where the catalogue names a time, the tests here use cause and effect: a poll that spins until something else has happened ends only if that
//! happens beside it, and the watchdog fails what does not end.

mod fairness;
mod rescue;
mod sleep;
mod stress;

use std::sync::Arc;
use std::sync::mpsc;

use heist::runtime::{Handle, Runtime};
use parking_lot::{Condvar, Mutex};

/// What threads wait at until it is opened, for good.
#[derive(Default)]
pub(crate) struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    /// Blocks the thread.
    pub(crate) fn wait(&self) {
        self.changed
            .wait_while(&mut self.open.lock(), |open| !*open);
    }

    pub(crate) fn open(&self) {
        *self.open.lock() = true;
        self.changed.notify_all();
    }
}

/// Workers that block until this is opened or dropped.
pub(crate) struct Blocked(Arc<Gate>);

impl Blocked {
    pub(crate) fn open(&self) {
        self.0.open();
    }
}

/// A test that fails ends instead of waiting for its own workers.
impl Drop for Blocked {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Blocks as many workers of the runtime, each inside the poll of a task, and returns when all of them are.
pub(crate) fn block_workers(handle: &Handle, workers: usize) -> Blocked {
    let gate = Arc::new(Gate::default());
    let (tell, told) = mpsc::channel();
    for _ in 0..workers {
        let (gate, tell) = (gate.clone(), tell.clone());
        handle.spawn(async move {
            tell.send(()).unwrap();
            gate.wait();
        });
    }
    (0..workers).for_each(|_| told.recv().unwrap());
    Blocked(gate)
}

/// Waits until a condition holds that another thread brings about.
pub(crate) fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}

/// Waits until every own worker sleeps.
pub(crate) fn wait_until_asleep(handle: &Handle) {
    let metrics = handle.metrics();
    let asleep = |worker| metrics.worker_park_unpark_count(worker) % 2 == 1;
    wait_until(|| (0..metrics.num_workers()).all(asleep));
}

/// Runs the same work on a fresh runtime until the reactor thread has not had to help.
///
/// A healthy run counts no rescue; but the operating system may stop a worker in the middle of a poll for longer than the guard's patience, which the
/// guard cannot tell from a poll that blocks. A protocol that needs rescuing needs it in every attempt.
#[track_caller]
pub(crate) fn needs_no_rescue(make: impl Fn() -> Runtime, work: impl Fn(&Runtime)) {
    let mut counts = Vec::new();
    for _ in 0..20 {
        let rt = make();
        work(&rt);
        match rt.metrics().rescue_count() {
            0 => return,
            count => counts.push(count),
        }
    }
    panic!("rescues in every attempt: {counts:?}");
}
