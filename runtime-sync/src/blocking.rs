//! Waiting on a plain thread: what the `blocking_*` methods share.

#[cfg(not(loom))]
pub(crate) use real::block_on;

#[cfg(loom)]
pub(crate) use loom::future::block_on;

/// Panics (P5) if this thread is inside a poll of a runtime: to block it would stop every other task on it.
#[track_caller]
pub(crate) fn forbid_in_task() {
    assert!(
        !runtime_core::context::in_task(),
        "{}",
        runtime_core::messages::BLOCKING_IN_ASYNC
    );
}

/// Runs `future` on this thread, which sleeps in between. Panics inside a task.
#[track_caller]
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    forbid_in_task();
    block_on(future)
}

#[cfg(not(loom))]
mod real {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering::{AcqRel, Release};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, Thread};

    /// Wakes a thread that sleeps in [`block_on`].
    struct Parker {
        thread: Thread,
        /// Set by `wake`, taken by the sleeper: `unpark` alone could be eaten by a poll that parks on its own.
        woken: AtomicBool,
    }

    impl Wake for Parker {
        fn wake(self: Arc<Self>) {
            self.wake_by_ref();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            // Release: pairs with the AcqRel swap of the sleeper.
            self.woken.store(true, Release);
            self.thread.unpark();
        }
    }

    /// Polls `future` on this thread until it is ready.
    pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        if let Poll::Ready(output) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return output;
        }
        let parker = Arc::new(Parker {
            thread: thread::current(),
            woken: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&parker));
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            while !parker.woken.swap(false, AcqRel) {
                thread::park();
            }
        }
    }
}
