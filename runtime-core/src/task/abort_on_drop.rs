//! Handles that take their task with them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{AbortHandle, JoinError, JoinHandle};

/// A [`JoinHandle`] that aborts its task when it is dropped, instead of detaching it.
///
/// # Cancel safety
///
/// `&mut AbortOnDropHandle` may be awaited, dropped and awaited again without losing the output.
///
/// # Examples
///
/// ```
/// use runtime_core::task::AbortOnDropHandle;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// rt.block_on(async {
///     let task = runtime_core::spawn(std::future::pending::<()>());
///     let watch = task.abort_handle();
///     drop(AbortOnDropHandle::new(task));
///     while !watch.is_finished() {
///         runtime_core::task::yield_now().await;
///     }
/// });
/// ```
#[must_use = "dropping the handle aborts the task at once"]
pub struct AbortOnDropHandle<T> {
    // `None` only within `detach`.
    task: Option<JoinHandle<T>>,
}

impl<T> AbortOnDropHandle<T> {
    /// Takes over a join handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDropHandle;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = runtime_core::spawn(std::future::pending::<()>());
    /// let aborts = task.abort_handle();
    /// drop(AbortOnDropHandle::new(task));
    /// runtime_core::task::yield_now().await;
    /// assert!(aborts.is_finished());
    /// # });
    /// ```
    pub fn new(handle: JoinHandle<T>) -> Self {
        Self { task: Some(handle) }
    }

    /// Asks the task to end at its next yield, as [`JoinHandle::abort`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDropHandle;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = AbortOnDropHandle::new(runtime_core::spawn(std::future::pending::<()>()));
    /// task.abort();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort(&self) {
        self.task().abort();
    }

    /// Returns true if the task has ended, as [`JoinHandle::is_finished`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDropHandle;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = AbortOnDropHandle::new(runtime_core::spawn(async {}));
    /// assert!(!task.is_finished());
    /// runtime_core::task::yield_now().await;
    /// assert!(task.is_finished());
    /// # });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task().is_finished()
    }

    /// Returns a handle that can only abort the task. Dropping that one does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDropHandle;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = AbortOnDropHandle::new(runtime_core::spawn(async { 1 }));
    /// drop(task.abort_handle());
    /// assert_eq!(task.await.unwrap(), 1);
    /// # });
    /// ```
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        self.task().abort_handle()
    }

    /// Returns the join handle, so that the task is not aborted.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDropHandle;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let kept = AbortOnDropHandle::new(rt.spawn(async { 1 }));
    /// assert_eq!(rt.block_on(kept.detach()).unwrap(), 1);
    /// ```
    pub fn detach(mut self) -> JoinHandle<T> {
        match self.task.take() {
            Some(task) => task,
            None => unreachable!("{THERE}"),
        }
    }

    fn task(&self) -> &JoinHandle<T> {
        self.task.as_ref().expect(THERE)
    }
}

const THERE: &str = "the handle is there until it is detached";

impl<T> Future for AbortOnDropHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(self.task.as_mut().expect(THERE)).poll(cx)
    }
}

impl<T> AsRef<JoinHandle<T>> for AbortOnDropHandle<T> {
    fn as_ref(&self) -> &JoinHandle<T> {
        self.task()
    }
}

impl<T> Drop for AbortOnDropHandle<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl<T> fmt::Debug for AbortOnDropHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortOnDropHandle")
            .field("id", &self.task().id())
            .finish()
    }
}

/// An [`AbortHandle`] that aborts its task when it is dropped.
///
/// Unlike an [`AbortOnDropHandle`] it has no type parameter, and the output cannot be awaited through it.
///
/// # Examples
///
/// ```
/// use runtime_core::task::AbortOnDrop;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let task = rt.spawn(std::future::pending::<()>());
/// drop(AbortOnDrop::new(task.abort_handle()));
/// assert!(rt.block_on(task).unwrap_err().is_cancelled());
/// ```
#[must_use = "dropping the handle aborts the task at once"]
pub struct AbortOnDrop {
    // `None` only within `detach`.
    task: Option<AbortHandle>,
}

impl AbortOnDrop {
    /// Takes over an abort handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDrop;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = runtime_core::spawn(std::future::pending::<()>());
    /// drop(AbortOnDrop::new(task.abort_handle()));
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn new(handle: AbortHandle) -> Self {
        Self { task: Some(handle) }
    }

    /// Asks the task to end at its next yield, as [`AbortHandle::abort`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDrop;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = runtime_core::spawn(std::future::pending::<()>());
    /// let aborts = AbortOnDrop::new(task.abort_handle());
    /// aborts.abort();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort(&self) {
        self.task().abort();
    }

    /// Returns true if the task has ended, as [`AbortHandle::is_finished`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDrop;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = runtime_core::spawn(async {});
    /// let aborts = AbortOnDrop::new(task.abort_handle());
    /// task.await.unwrap();
    /// assert!(aborts.is_finished());
    /// # });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task().is_finished()
    }

    /// Returns the abort handle, so that the task is not aborted.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::AbortOnDrop;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = runtime_core::spawn(async { 1 });
    /// drop(AbortOnDrop::new(task.abort_handle()).detach());
    /// assert_eq!(task.await.unwrap(), 1);
    /// # });
    /// ```
    pub fn detach(mut self) -> AbortHandle {
        match self.task.take() {
            Some(task) => task,
            None => unreachable!("{THERE}"),
        }
    }

    fn task(&self) -> &AbortHandle {
        self.task.as_ref().expect(THERE)
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Debug for AbortOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortOnDrop")
            .field("id", &self.task().id())
            .finish()
    }
}
