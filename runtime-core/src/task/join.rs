//! The handles of a task.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::state::LeaveJoin;
use super::{Id, JoinError, TaskRef};
use crate::handle::Handle;
use crate::{coop, unwind};

/// The right to await a task's output.
///
/// A task starts when it is spawned, not when its handle is awaited. Dropping the handle *detaches* the task: it goes on, and its output is
/// dropped when it ends. The handle resolves with the output, with the task's panic, or as cancelled, also when the runtime shuts down first.
///
/// # Panics
///
/// Polling the handle again after it returned its output panics.
///
/// # Cancel safety
///
/// `&mut JoinHandle` may be awaited, dropped and awaited again without losing the output.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let answer = rt.block_on(async { runtime_core::spawn(async { 6 * 7 }).await });
/// assert_eq!(answer.unwrap(), 42);
/// ```
pub struct JoinHandle<T> {
    task: ManuallyDrop<TaskRef>,
    _output: PhantomData<T>,
}

// SAFETY: the handle moves the output, a `T`, to the thread that awaits it, and touches the task otherwise only through its atomic state.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: a shared handle gives no access to the output.
unsafe impl<T: Send> Sync for JoinHandle<T> {}
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    pub(crate) fn new(task: TaskRef) -> Self {
        Self {
            task: ManuallyDrop::new(task),
            _output: PhantomData,
        }
    }

    /// Asks the task to end at its next yield.
    ///
    /// The handle then resolves with an error that [`is_cancelled`](JoinError::is_cancelled), unless the task ends first. A blocking job that has
    /// started cannot be stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let handle = rt.spawn(std::future::pending::<()>());
    /// handle.abort();
    /// assert!(rt.block_on(handle).unwrap_err().is_cancelled());
    /// ```
    pub fn abort(&self) {
        self.task.cancel();
    }

    /// Returns true if the task has ended: its output is there or was taken.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut handle = rt.spawn(async {});
    /// assert!(!handle.is_finished());
    /// rt.block_on(&mut handle).unwrap();
    /// assert!(handle.is_finished());
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.header().state.load().is_complete()
    }

    /// Returns a handle that can only abort the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let handle = rt.spawn(std::future::pending::<()>());
    /// handle.abort_handle().abort();
    /// assert!(rt.block_on(handle).unwrap_err().is_cancelled());
    /// ```
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle {
            task: TaskRef::clone(&self.task),
        }
    }

    /// Returns the id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async { runtime_core::task::id() });
    /// let id = task.id();
    /// assert_eq!(rt.block_on(task).unwrap(), id);
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        self.task.id()
    }

    /// Returns the name that a [`Builder`](super::Builder) gave to the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = runtime_core::task::Builder::new().name("reader").spawn_on(async {}, rt.handle()).unwrap();
    /// assert_eq!(task.name(), Some("reader"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.task.name()
    }

    /// Returns the place in the source where the task was spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {});
    /// assert_eq!(task.spawned_at().line(), line!() - 1);
    /// ```
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.task.header().location
    }

    /// Schedules `f` to be run with the output of the task when it has ended, on the current runtime, as [`Handle::call_soon`] schedules it: never within the last
    /// poll of the task, nor within this call if the task has ended already.
    ///
    /// Aborting what is returned takes the callback away and leaves the task running.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let (send, receive) = std::sync::mpsc::channel();
    /// rt.block_on(async {
    ///     let task = runtime_core::spawn(async { 42 });
    ///     task.add_done_callback(move |output| send.send(output.unwrap()).unwrap());
    ///     while receive.try_recv() != Ok(42) {
    ///         runtime_core::task::yield_now().await;
    ///     }
    /// });
    /// ```
    #[track_caller]
    pub fn add_done_callback<F>(self, f: F) -> AbortHandle
    where
        T: Send + 'static,
        F: FnOnce(Result<T, JoinError>) + Send + 'static,
    {
        Handle::current().call_joined(self, f, Location::caller())
    }

    #[cfg(all(test, loom))]
    pub(super) fn task_for_model(&self) -> TaskRef {
        TaskRef::clone(&self.task)
    }

    /// Makes `waker` the one that completion wakes. False: the task is complete.
    pub(super) fn watch(&self, waker: &Waker) -> bool {
        let header = self.task.header();
        let now = header.state.load();
        if now.is_complete() {
            return false;
        }
        // While the bit is set the field is the runner's, even to look at: it is taken back before the wakers are compared.
        if now.has_join_waker() && header.state.retract_join_waker().is_err() {
            return false;
        }
        // SAFETY: the bit is clear and the task was not complete when it was cleared, so the field is the handle's.
        let slot = unsafe { &mut *header.join_waker() };
        match slot {
            Some(known) => known.clone_from(waker),
            None => *slot = Some(waker.clone()),
        }
        header.state.publish_join_waker().is_ok()
    }

    /// The output of a task that is complete.
    pub(super) fn take_output(&self) -> Result<T, JoinError> {
        let header = self.task.header();
        assert!(header.state.load().is_complete(), "the task has not ended");
        let mut output = Poll::Pending;
        // SAFETY: the task is complete, this is its join handle, and `output` has the type that the task was made with.
        unsafe { (header.vtable.take_output)(self.task.as_ptr(), (&raw mut output).cast()) };
        match output {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("a task that is complete gives its output or panics"),
        }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let budget = ready!(coop::poll_proceed(cx));
        if self.watch(cx.waker()) {
            return Poll::Pending;
        }
        budget.made_progress();
        Poll::Ready(self.take_output())
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let header = self.task.header();
        let owed = header.state.leave_join();
        if owed == LeaveJoin::Detached {
            return;
        }
        if matches!(owed, LeaveJoin::DropWaker | LeaveJoin::DropBoth) {
            // SAFETY: `leave_join` says that the field is the handle's.
            let waker = unsafe { &mut *header.join_waker() }.take();
            unwind::swallow(|| drop(waker));
        }
        if matches!(owed, LeaveJoin::DropOutput | LeaveJoin::DropBoth) {
            // SAFETY: the task is complete, and this was its join handle.
            unsafe { (header.vtable.drop_output)(self.task.as_ptr()) }
        }
        // SAFETY: dropped once, here; only `Detached` has released the reference already.
        unsafe { ManuallyDrop::drop(&mut self.task) }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
            .finish()
    }
}

/// The right to abort a task, without awaiting it.
///
/// Dropping it does nothing to the task.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let handle = rt.spawn(std::future::pending::<()>());
/// let abort = handle.abort_handle();
/// abort.abort();
/// rt.block_on(handle).unwrap_err();
/// assert!(abort.is_finished());
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    task: TaskRef,
}

impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

impl AbortHandle {
    pub(super) fn new(task: TaskRef) -> Self {
        Self { task }
    }

    /// Asks the task to end at its next yield, as [`JoinHandle::abort`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(std::future::pending::<()>());
    /// task.abort_handle().abort();
    /// assert!(rt.block_on(task).unwrap_err().is_cancelled());
    /// ```
    pub fn abort(&self) {
        self.task.cancel();
    }

    /// Returns true if the task has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {});
    /// let watch = task.abort_handle();
    /// rt.block_on(task).unwrap();
    /// assert!(watch.is_finished());
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.header().state.load().is_complete()
    }

    /// Returns the id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {});
    /// assert_eq!(task.abort_handle().id(), task.id());
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        self.task.id()
    }

    /// Returns the name that a [`Builder`](super::Builder) gave to the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = runtime_core::task::Builder::new().name("reader").spawn_on(async {}, rt.handle()).unwrap();
    /// assert_eq!(task.abort_handle().name(), Some("reader"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.task.name()
    }

    /// Returns the place in the source where the task was spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let line = line!() + 1;
    /// let task = rt.spawn(async {});
    /// assert_eq!(task.abort_handle().spawned_at().line(), line);
    /// ```
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.task.header().location
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("id", &self.id())
            .finish()
    }
}
