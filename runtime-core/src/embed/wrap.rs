//! Futures of a runtime under somebody else's executor.
//!
//! Sockets and timers that exist carry their runtime with them and need nothing here. What is *made* while a future runs (a socket, a sleep, a task) looks for the current
//! runtime, and under a foreign executor there is none: [`WithRuntime`] makes it the current one for the length of each poll, and of the drop, where a future may spawn or arm
//! as well as in a poll. Nothing is driven by it.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::context;
use crate::handle::Handle;

pin_project! {
    /// A future with a runtime around each of its polls and its drop; made by [`Handle::wrap`].
    #[must_use = "a future does nothing unless it is awaited"]
    pub struct WithRuntime<F> {
        // Taken out by the drop, in context.
        #[pin]
        future: Option<F>,
        handle: Handle,
    }

    impl<F> PinnedDrop for WithRuntime<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Without a context while the thread's local values are being destroyed.
            let _entry = context::try_enter(this.handle.clone());
            this.future.set(None);
        }
    }
}

impl Handle {
    /// Wraps a future so that this runtime is the current one in each of its polls and in its drop, whichever executor polls it.
    ///
    /// The future is polled where the wrapper is; it is no task of this runtime. Somebody must drive the runtime's sockets and timers: its own threads, or on a hosted runtime its
    /// reactor thread.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let wrapped = rt.handle().wrap(async { runtime_core::spawn(async { 7 }).await.unwrap() });
    /// // An executor that knows nothing of the runtime.
    /// let other = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(other.block_on(wrapped), 7);
    /// ```
    pub fn wrap<F: IntoFuture>(&self, future: F) -> WithRuntime<F::IntoFuture> {
        WithRuntime {
            future: Some(future.into_future()),
            handle: self.clone(),
        }
    }
}

impl<F: Future> Future for WithRuntime<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entry = context::enter(this.handle.clone());
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => unreachable!("only the drop takes it out"),
        }
    }
}

impl<F> fmt::Debug for WithRuntime<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithRuntime")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}
