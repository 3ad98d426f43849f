//! Polling by hand, with the wake-ups counted.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A task that is polled by hand.
#[derive(Default)]
pub(crate) struct Task {
    wakes: Arc<Wakes>,
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Task {
    pub(crate) fn poll<F: Future + ?Sized>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        self.with_context(|cx| future.poll(cx))
    }

    pub(crate) fn with_context<T>(&self, f: impl FnOnce(&mut Context<'_>) -> T) -> T {
        f(&mut Context::from_waker(&Waker::from(Arc::clone(
            &self.wakes,
        ))))
    }

    /// How often the task was woken so far.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::Relaxed)
    }
}

/// Polls to the end.
#[track_caller]
pub(crate) fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let task = Task::default();
    for _ in 0..POLLS {
        let before = task.wakes();
        match task.poll(future.as_mut()) {
            Poll::Ready(output) => return output,
            Poll::Pending => assert!(task.wakes() > before, "pending, and nobody has woken it"),
        }
    }
    panic!("still pending after {POLLS} polls");
}

/// Makes a future anew for each poll and drops it when it is pending: what a `select!` in a loop does.
#[track_caller]
pub(crate) fn drive_cancelling<S, T>(
    state: &mut S,
    mut poll: impl for<'a> FnMut(&'a mut S, &mut Context<'_>) -> Poll<T>,
) -> T {
    let task = Task::default();
    for _ in 0..POLLS {
        let before = task.wakes();
        match task.with_context(|cx| poll(state, cx)) {
            Poll::Ready(output) => return output,
            Poll::Pending => assert!(task.wakes() > before, "pending, and nobody has woken it"),
        }
    }
    panic!("still pending after {POLLS} polls");
}

/// More polls than any script has steps.
const POLLS: usize = 100_000;
