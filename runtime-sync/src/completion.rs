//! A value that is completed elsewhere, once: what asyncio calls a future.
//!
//! A [`SetOnce`] of a result behind a count. What it adds are the cancelled state, and callbacks: each is a callable of a runtime that waits as a task would, so that completing never
//! runs a callback, it only queues them.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use runtime_core::Handle;
use runtime_core::task::AbortHandle;

use crate::set_once::{SetOnce, SetOnceError};

/// A value that somebody will complete, and that any number of tasks and callbacks wait for.
///
/// Clones are the same completion. It is completed once, by a value or by [`cancel`](Self::cancel), from any thread. Unlike a [`oneshot`](crate::oneshot) it may be completed by
/// anybody who has it and is not cancelled when the others go away.
///
/// # Examples
///
/// ```
/// use runtime_sync::Completion;
///
/// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// # rt.block_on(async {
/// let answer = Completion::new();
/// let asks = answer.clone();
/// let task = runtime_core::spawn(async move { asks.wait().await.copied() });
/// answer.set(42).unwrap();
/// assert_eq!(task.await.unwrap(), Ok(42));
/// assert_eq!(answer.set(43), Err(43));
/// # });
/// ```
pub struct Completion<T> {
    cell: Arc<SetOnce<Result<T, Cancelled>>>,
}

/// A [`Completion`] was cancelled instead of completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the completion was cancelled")
    }
}

impl Error for Cancelled {}

impl<T> Completion<T> {
    /// Makes one that is not complete.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    /// assert!(!Completion::<u8>::new().is_done());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            cell: Arc::new(SetOnce::new()),
        }
    }

    /// Completes it: whoever waits is woken, the callbacks are scheduled.
    ///
    /// # Errors
    ///
    /// Returns the value if it is complete or cancelled already.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    ///
    /// let completion = Completion::new();
    /// assert_eq!(completion.set("first"), Ok(()));
    /// assert_eq!(completion.set("second"), Err("second"));
    /// assert_eq!(completion.get(), Some(Ok(&"first")));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        match self.cell.set(Ok(value)) {
            Err(SetOnceError(Ok(value))) => Err(value),
            Ok(()) | Err(SetOnceError(Err(_))) => Ok(()),
        }
    }

    /// Cancels it: whoever waits is woken with an error. False: it is complete or cancelled already.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    /// use runtime_sync::completion::Cancelled;
    ///
    /// let completion = Completion::new();
    /// assert!(completion.cancel());
    /// assert_eq!(completion.get(), Some(Err(Cancelled)));
    /// assert_eq!(completion.set(1), Err(1));
    /// ```
    pub fn cancel(&self) -> bool {
        self.cell.set(Err(Cancelled)).is_ok()
    }

    /// Returns true if it is complete or cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    ///
    /// let completion = Completion::<u8>::new();
    /// assert!(!completion.is_done());
    /// completion.cancel();
    /// assert!(completion.is_done());
    /// ```
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.cell.initialized()
    }

    /// Returns the value, or that it was cancelled; `None` as long as neither has happened. Never waits: a deadline is a `timeout` around [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    ///
    /// let completion = Completion::new();
    /// assert_eq!(completion.get(), None);
    /// completion.set("done").unwrap();
    /// assert_eq!(completion.get(), Some(Ok(&"done")));
    /// ```
    ///
    /// Waiting for it, but no longer than that:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use runtime_core::{Builder, ThreadDriver};
    /// use runtime_sync::Completion;
    /// use runtime_time::{Timer, timeout};
    ///
    /// # let timer = Timer::new(ThreadDriver::new(), 1);
    /// # let timers = Arc::clone(timer.timers());
    /// # let rt = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build().unwrap();
    /// # rt.block_on(async {
    /// let completion = Completion::<u32>::new();
    /// assert!(timeout(Duration::from_millis(1), completion.wait()).await.is_err());
    /// # });
    /// ```
    #[must_use]
    pub fn get(&self) -> Option<Result<&T, Cancelled>> {
        self.cell.get().map(as_seen)
    }

    /// Waits until it is complete or cancelled.
    ///
    /// # Errors
    ///
    /// It was cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the wait changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    /// use runtime_sync::completion::Cancelled;
    ///
    /// # futures_executor::block_on(async {
    /// let completion = Completion::<u8>::new();
    /// let other = completion.clone();
    /// let thread = std::thread::spawn(move || other.cancel());
    /// assert_eq!(completion.wait().await, Err(Cancelled));
    /// assert!(thread.join().unwrap());
    /// # });
    /// ```
    pub async fn wait(&self) -> Result<&T, Cancelled> {
        as_seen(self.cell.wait().await)
    }

    /// Schedules `f` on the current runtime when it is complete or cancelled, as [`Handle::call_soon`] does: never within [`set`](Self::set), nor within this call. Callbacks of
    /// one thread are scheduled in the order in which they were added.
    ///
    /// Aborting what is returned takes the callback away.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Completion;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let completion = Completion::new();
    /// let (send, receive) = std::sync::mpsc::channel();
    /// completion.add_done_callback(move |value| send.send(value.copied()).unwrap());
    /// completion.set(1).unwrap();
    /// assert!(receive.try_recv().is_err());
    /// runtime_core::task::yield_now().await;
    /// assert_eq!(receive.try_recv(), Ok(Ok(1)));
    /// # });
    /// ```
    #[track_caller]
    pub fn add_done_callback<F>(&self, f: F) -> AbortHandle
    where
        T: Send + Sync + 'static,
        F: FnOnce(Result<&T, Cancelled>) + Send + 'static,
    {
        let (waits, shows) = (self.clone(), self.clone());
        type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;
        let mut wait: Option<Wait> = Some(Box::pin(async move {
            waits.cell.wait().await;
        }));
        let due = poll_fn(move |cx| {
            if let Some(future) = &mut wait {
                ready!(future.as_mut().poll(cx));
                wait = None;
            }
            Poll::Ready(true)
        });
        Handle::current().call_when(due, move || {
            if let Some(result) = shows.get() {
                f(result);
            }
        })
    }
}

fn as_seen<T>(result: &Result<T, Cancelled>) -> Result<&T, Cancelled> {
    result.as_ref().map_err(|cancelled| *cancelled)
}

impl<T> Clone for Completion<T> {
    fn clone(&self) -> Self {
        Self {
            cell: self.cell.clone(),
        }
    }
}

impl<T> Default for Completion<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Completion<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion")
            .field("result", &self.get())
            .finish()
    }
}
