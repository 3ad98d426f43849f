//! Models for loom: at most three threads, one question each.
//!
//! Loom goes back to the last access of an atomic alone: a plain load is not tried behind a load and an exchange of
//! another thread that follow it. Where a model looks at what the other side did, it may have to yield first.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=2 cargo test --release -p runtime-sync loom_`

mod atomic_waker;
mod beside;
mod broadcast;
mod cancellation;
mod mpsc;
mod mutex;
mod notify;
mod oneshot;
mod queue;
mod semaphore;
mod wait_list;
mod watch;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::primitive::UnsafeCell;

/// Polls once, without a task.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A cell that two threads must never touch at a time.
struct Guarded(UnsafeCell<usize>);

// SAFETY: what the models check.
unsafe impl Send for Guarded {}
// SAFETY: what the models check.
unsafe impl Sync for Guarded {}

impl Guarded {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn add(&self) -> usize {
        self.0.with_mut(|value| {
            // SAFETY: loom panics if this is not exclusive.
            unsafe { *value += 1 };
            // SAFETY: as above.
            unsafe { *value }
        })
    }
}
