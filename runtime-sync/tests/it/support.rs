//! Tools of the tests: wakers that count or misbehave, futures polled by hand, a watchdog.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// As many rounds as asked for; under the interpreter a few.
pub(crate) const fn rounds(n: usize) -> usize {
    if cfg!(miri) {
        if n > 50_000 { 500 } else { n / 100 + 2 }
    } else {
        n
    }
}

/// Counts how often it was woken.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A future polled by hand, with a waker that counts.
pub(crate) struct Spawned<F> {
    future: Pin<Box<F>>,
    count: Arc<Count>,
}

impl<F: Future> Spawned<F> {
    pub(crate) fn new(future: F) -> Self {
        Self {
            future: Box::pin(future),
            count: Arc::default(),
        }
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(&self.count));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Polls with a waker of another task.
    pub(crate) fn poll_elsewhere(&mut self) -> Poll<F::Output> {
        self.count = Arc::default();
        self.poll()
    }

    #[track_caller]
    pub(crate) fn assert_pending(&mut self) {
        assert!(self.poll().is_pending());
    }

    #[track_caller]
    pub(crate) fn assert_ready(&mut self) -> F::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("should be ready"),
        }
    }

    pub(crate) fn woken(&self) -> usize {
        self.count.0.load(SeqCst)
    }

    /// How many references to the waker there are, apart from that of the test.
    pub(crate) fn retained(&self) -> usize {
        Arc::strong_count(&self.count) - 1
    }
}

/// A future, polled once and pending.
#[track_caller]
pub(crate) fn pending<F: Future>(future: F) -> Spawned<F> {
    let mut spawned = Spawned::new(future);
    spawned.assert_pending();
    spawned
}

/// The output of a future that is ready at once.
#[track_caller]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    Spawned::new(future).assert_ready()
}

/// Runs a test that could hang on a thread of its own; fails instead of hanging.
#[track_caller]
pub(crate) fn within_a_minute(test: impl FnOnce() + Send + 'static) {
    let (done, wait) = channel::<()>();
    let thread = std::thread::spawn(move || {
        let _done = done;
        test();
    });
    // The interpreter is a few hundred times slower.
    let bound = Duration::from_secs(if cfg!(miri) { 3600 } else { 60 });
    match wait.recv_timeout(bound) {
        Err(RecvTimeoutError::Timeout) => panic!("hangs"),
        _ => {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// Counts how many of its kind are alive.
#[derive(Debug)]
pub(crate) struct Tracked(Arc<()>);

impl Tracked {
    pub(crate) fn new(alive: &Arc<()>) -> Self {
        Self(Arc::clone(alive))
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// How many values made from `alive` exist.
pub(crate) fn living(alive: &Arc<()>) -> usize {
    Arc::strong_count(alive) - 1
}
