//! Giving way to the other tasks.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets every task that is ready now run before this one goes on.
///
/// The task goes to the tail of the queue of the thread that runs it, without a visit to the driver in between; sockets and timers get their turn
/// within the runtime's event interval.
///
/// # Cancel safety
///
/// Dropping the future before it is ready only means that the task did not wait.
///
/// # Examples
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// let order = Rc::new(RefCell::new(Vec::new()));
/// let (first, second) = (order.clone(), order.clone());
/// let local = runtime_core::task::LocalSet::new();
/// local.spawn_local(async move {
///     first.borrow_mut().push(1);
///     runtime_core::task::yield_now().await;
///     first.borrow_mut().push(3);
/// });
/// local.spawn_local(async move { second.borrow_mut().push(2) });
/// runtime_core::Builder::new_current_thread().build().unwrap().block_on(local);
/// assert_eq!(*order.borrow(), [1, 2, 3]);
/// ```
pub async fn yield_now() {
    YieldNow { yielded: false }.await;
}

struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        // The task runs, so this wake only marks it: its runner queues it behind all others after the poll.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
