//! Models of closing: beside a slot that is handed over, beside a lent thread, beside a wake from outside.
//!
//! Whole runtimes, whose threads are those of the model. Each is asked at its end whether the last one out, and only that one, has finished it.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering::*};
use loom::thread;

use super::super::own::drive_own_slot;
use super::super::shutdown::shut_down;
use super::super::worker::Worker;
use crate::handle::Handle;
use crate::primitive::{Condvar, Mutex};
use crate::task::block_in_place;
use crate::util::explore::explore;
use crate::{Builder, Driver, ThreadDriver};

/// Counts the ends of a runtime, and that nobody is inside then.
struct Probe {
    inner: ThreadDriver,
    inside: AtomicUsize,
    ends: Mutex<usize>,
    ended: Condvar,
}

impl Probe {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: ThreadDriver::new(),
            inside: AtomicUsize::new(0),
            ends: Mutex::new(0),
            ended: Condvar::new(),
        })
    }

    fn ends(&self) -> usize {
        *self.ends.lock()
    }

    /// Blocks until the runtime has ended.
    fn wait(&self) {
        let mut ends = self.ends.lock();
        while *ends == 0 {
            self.ended.wait(&mut ends);
        }
    }
}

impl Driver for Probe {
    fn park(&self, timeout: Option<Duration>) {
        assert_eq!(
            self.ends(),
            0,
            "nobody waits in a driver that was shut down"
        );
        self.inside.fetch_add(1, SeqCst);
        self.inner.park(timeout);
        self.inside.fetch_sub(1, SeqCst);
    }
    fn unpark(&self) {
        self.inner.unpark();
    }
    fn shutdown(&self) {
        assert_eq!(self.inside.load(SeqCst), 0);
        *self.ends.lock() += 1;
        self.ended.notify_all();
    }
}

/// A runtime with one own slot and so many for guests. Its guard has gone home; so has its thread, unless there is to be one.
fn runtime(threads: usize, guests: usize) -> (Handle, Arc<Probe>) {
    let probe = Probe::new();
    let handle = Builder::new_multi_thread()
        .worker_threads(1)
        .guest_slots(guests)
        .driver(probe.clone())
        .assemble(None);
    (threads..2).for_each(|_| handle.shared().shutdown.go_out(&handle));
    (handle, probe)
}

/// DOWN-04: a task offers its slot in `block_in_place` while the runtime closes, and its closure waits for nothing less than the end of the runtime: whoever meets
/// the slot counts it out, once.
#[test]
fn loom_down_04_an_own_slot_is_handed_over_beside_close() {
    explore(|| {
        let (handle, probe) = runtime(1, 0);
        let end = probe.clone();
        let task = handle.spawn(async move { block_in_place(|| end.wait()) });
        let worker = {
            let handle = handle.clone();
            thread::spawn(move || drive_own_slot(&handle, 0))
        };
        shut_down(&handle, None);
        worker.join().expect("the worker ends");
        assert!(task.is_finished());
        assert_eq!(probe.ends(), 1);
    });
}

/// DOWN-04: the same on a lent thread, whose slot nobody takes over.
#[test]
fn loom_down_04_a_lent_slot_is_handed_over_beside_close() {
    explore(|| {
        let (handle, probe) = runtime(0, 1);
        let lent = {
            let (handle, end) = (handle.clone(), probe.clone());
            thread::spawn(move || {
                let Ok(mut lent) = handle.lend() else { return };
                let _ = lent.run_until(async {
                    block_in_place(|| end.wait());
                    pending::<()>().await;
                });
            })
        };
        shut_down(&handle, None);
        lent.join().expect("the lent thread comes back");
        assert_eq!(probe.ends(), 1);
    });
}

/// DOWN-02: a task is woken from outside while the runtime closes: it ends, and nothing of it is left in a queue.
#[test]
fn loom_down_02_a_wake_from_outside_beside_close() {
    explore(|| {
        let (handle, probe) = runtime(0, 0);
        let token = Arc::new(());
        let task = handle.spawn({
            let token = token.clone();
            async move {
                let _token = token;
                pending::<()>().await;
            }
        });
        let worker = Worker::claim(&handle, 0).expect("it is vacant");
        assert_eq!(worker.turn(Some(1), None), (1, false));
        drop(worker);
        let waking = {
            let task = task.abort_handle();
            // Queues the task once more, as an event would.
            thread::spawn(move || task.abort())
        };
        shut_down(&handle, None);
        waking.join().expect("the waking thread ends");
        assert!(task.is_finished());
        assert_eq!(Arc::strong_count(&token), 1);
        assert!(handle.shared().injector.is_empty());
        assert_eq!(probe.ends(), 1);
    });
}
