//! A future run by a plain thread that sleeps in between. In models the checker's own stands in for it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Release};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

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
        // AcqRel: pairs with the Release of `wake_by_ref`.
        while !parker.woken.swap(false, AcqRel) {
            thread::park();
        }
    }
}

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
