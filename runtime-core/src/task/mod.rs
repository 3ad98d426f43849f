//! The task cell.
//!
//! # Words
//!
//! A *task* is a future with its output, its state and its waker in one allocation, the *cell*. A [`Runnable`] is the right to run it once: the
//! one reference that a queue holds. A [`TaskRef`] is any other counted reference. A [`JoinHandle`] awaits the output, an
//! [`AbortHandle`] only cancels. The *runner* is the thread between [`State::start`](state::State::start) and the pause or completion that follows.
//!
//! # The rule
//!
//! Header, future or output, and join waker lie in one allocation; the state word ([`state`]) decides who may touch what:
//!
//! | field | who may touch it, and when |
//! |---|---|
//! | `state` | anybody, by the verbs of [`state`] |
//! | `vtable`, `location`, `scheduler` | anybody reads; written at birth. A name, if the task has one, is a part of `scheduler` ([`name`]) |
//! | `home` | written under the registry's lock before the task is published; read by whoever frees the cell |
//! | `stage` | the runner while `RUNNING`; the join handle once `COMPLETE` while it has `JOIN_INTEREST`; the runner at completion if there is no interest |
//! | `join_waker` | the join handle while `JOIN_WAKER` is clear and the task is not complete; the runner at completion if it is set; the handle's drop if [`state::LeaveJoin`] says so |
//!
//! # Life
//!
//! 1. [`new_task`] allocates with three references (registry, queue, join handle) and the scheduler queues the `Runnable`.
//! 2. A worker runs it: poll, then pause or complete ([`harness`]).
//! 3. A waker ([`waker`]) turns an idle task into a `Runnable` again, exactly one however many wakes there are.
//! 4. Completion stores the output, wakes the joiner, gives back the runner's and the registry's reference at once.
//! 5. Whoever releases the last reference frees the cell and its registry entry. The future is gone by then, so this may happen anywhere.
//!
//! # Designs rejected
//!
//! * A process-wide id counter: every spawn of every core would write one line. The [`Id`] is the cell's address, unique among tasks that live.
//! * An `Arc` of the runtime per task: two more writes to a shared line for each spawn. Instead the registry of a slot keeps the runtime's memory
//!   alive until the last cell registered there is freed (see [`registry`]).
//! * An intrusive list for the registry: 16 bytes in each cell and two cold neighbours touched per removal; a slab of pointers costs 8.
//! * A `JoinError` stored inline in the cell: 24 bytes in every task for a case that is rare; it is boxed.

pub(crate) mod abort_on_drop;
pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod cell;
pub(crate) mod context_vars;
pub(crate) mod error;
pub(crate) mod harness;
pub(crate) mod id;
pub(crate) mod join;
pub(crate) mod join_map;
pub(crate) mod join_queue;
pub mod join_set;
pub(crate) mod local_set;
pub(crate) mod name;
pub(crate) mod note;
pub(crate) mod registry;
pub(crate) mod state;
pub(crate) mod strand;
pub(crate) mod task_local;
pub(crate) mod tracker;
pub(crate) mod waker;
pub(crate) mod yield_now;

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;

pub use self::abort_on_drop::{AbortOnDrop, AbortOnDropHandle};
pub use self::builder::Builder;
pub use self::call::call_soon;
pub use self::context_vars::{ContextScope, ContextSnapshot, ContextVar, NoContextError};
pub use self::error::{JoinError, cancelled_error, catch_panic};
pub use self::id::{Id, id, try_id};
pub use self::join::{AbortHandle, JoinHandle};
pub use self::join_map::{JoinMap, JoinMapKeys};
pub use self::join_queue::JoinQueue;
pub use self::join_set::JoinSet;
pub use self::local_set::{LocalEnterGuard, LocalSet, spawn_local};
pub use self::strand::Strand;
pub use self::task_local::{AccessError, LocalKey, TaskLocalFuture};
pub use self::tracker::{TaskTracker, TaskTrackerToken, TaskTrackerWaitFuture, TrackedFuture};
pub use self::yield_now::yield_now;
pub use crate::observe::tasks::{TaskInfo, TaskList, TaskState, current};
pub use crate::observe::tree::TaskTree;
pub use crate::scheduler::own::block_in_place;

use self::cell::{Cell, Header};
use self::context_vars::Inherited;
use self::name::Label;
use self::state::{Seize, Wake};
use crate::handle::LARGEST_INLINE_FUTURE;
use crate::hooks::{TaskHooks, TaskMeta, Unhandled};
use crate::unwind;

/// Where a task goes when it is to run, and what it leaves behind when it ends.
///
/// Implemented by the runtime's scheduler, the blocking pool and the local set; stored in the cell, and cloned out of it where the cell may go meanwhile.
pub(crate) trait Schedule: Clone + 'static {
    /// References that a registry holds until the task is complete: 1, or 0 if nobody keeps such tasks.
    const REGISTRY_REFS: usize;

    /// Queues a task that was woken. Called by wakers on any thread.
    fn schedule(&self, task: Runnable);

    /// Queues a task that was woken while it ran, behind everything else. Called by the runner.
    fn reschedule(&self, task: Runnable) {
        self.schedule(task);
    }

    /// Forgets the cell, which is about to be freed. Called on any thread; `self` is still whole.
    fn forget(&self, home: registry::Home);

    /// The future panicked, in its poll or its drop. Called by the runner, before anybody else learns of it.
    fn panicked(&self, _task: &TaskMeta<'_>, _payload: &unwind::Payload) {}

    /// Something went wrong of which no handle tells. Called by the runner, in the context of its runtime, or by who drops the last handle.
    fn unhandled(&self, what: &Unhandled<'_>) {
        let _told = TaskHooks::unhandled_here(what);
    }

    /// The task is complete: its future is gone, and nobody has been told yet. Called by the runner, with what tells which task it is.
    fn completed<'a>(&self, _task: impl FnOnce() -> TaskMeta<'a>) {}

    /// The label of the task in whose cell this lies.
    fn label(&self) -> Option<&Label> {
        None
    }

    /// A handle asks the task to end. Called on any thread, also while the task runs and more than once.
    fn aborted(&self) {}
}

/// A new task: its right to run, its join handle, and a reference for the registry if [`Schedule::REGISTRY_REFS`] asks for one.
pub(crate) fn new_task<F, S>(
    future: F,
    scheduler: S,
    location: &'static Location<'static>,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    let header = Cell::<F, S>::allocate(future, scheduler, location);
    (Runnable(TaskRef(header)), JoinHandle::new(TaskRef(header)))
}

/// A new task that stays on this thread, in a copy of its spawner's context if it has one. A large future is boxed first.
#[inline]
pub(crate) fn new_local_task<F, S>(
    future: F,
    scheduler: S,
    location: &'static Location<'static>,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    if size_of::<F>() > LARGEST_INLINE_FUTURE {
        new_inheriting(Box::pin(future), scheduler, location)
    } else {
        new_inheriting(future, scheduler, location)
    }
}

fn new_inheriting<F, S>(
    future: F,
    scheduler: S,
    location: &'static Location<'static>,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    match context_vars::inherit_local(future) {
        Inherited::Bare(future) => new_task(future, scheduler, location),
        Inherited::Wrapped(future) => new_task(future, scheduler, location),
    }
}

/// A counted reference to a task of any type.
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: a reference gives access to the state word, which is atomic, and through the vtable to operations whose preconditions the state word checks.
// A task whose future is not `Send` is polled and dropped only by its owner thread, which its scheduler ensures.
unsafe impl Send for TaskRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    /// Takes over a reference that was counted already.
    ///
    /// # Safety
    ///
    /// `header` must point to a live cell, and the caller must own one reference, which it gives up.
    pub(crate) unsafe fn from_raw(header: NonNull<Header>) -> Self {
        Self(header)
    }

    /// Gives the counted reference out as a pointer.
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    pub(crate) fn header(&self) -> &Header {
        // SAFETY: a counted reference keeps the cell alive, and the header is only read through shared references after birth.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn as_ptr(&self) -> NonNull<Header> {
        self.0
    }

    pub(crate) fn id(&self) -> Id {
        Id::of(self.0)
    }

    /// Where the registry keeps the task, once it has been entered or refused.
    #[inline]
    pub(crate) fn home(&self) -> registry::Home {
        // SAFETY: the home is written before the task is published, and who asks has it from a queue or a registry.
        unsafe { self.header().home() }
    }

    /// The type of the future.
    pub(crate) fn type_name(&self) -> &'static str {
        (self.header().vtable.type_name)()
    }

    /// The name, if the task was given one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.label()?.name.as_deref()
    }

    fn label(&self) -> Option<&Label> {
        // SAFETY: a counted reference keeps the cell alive.
        let label = unsafe { (self.header().vtable.label)(self.0) };
        // SAFETY: the label lies behind a box in the cell, and nobody changes it after birth; it is borrowed no longer than the reference is.
        label.map(|label| unsafe { label.as_ref() })
    }

    /// What hooks are told of the task.
    pub(crate) fn meta(&self) -> TaskMeta<'_> {
        TaskMeta::new(self.id(), self.header().location, self.label())
    }

    /// Asks the task to end; takes effect where tasks run.
    pub(crate) fn cancel(&self) {
        match self.header().state.cancel() {
            // SAFETY: `cancel` set a reference aside for the queue.
            Wake::Submit => unsafe { submit(self.0) },
            Wake::Nothing | Wake::Free => {}
        }
        let aborted = self.header().vtable.aborted;
        // SAFETY: the reference keeps the cell alive.
        unsafe { aborted(self.0) }
    }

    /// Ends the task here and now, unless it runs on another thread, which then ends it. For shutdown, on a thread where the future may drop.
    pub(crate) fn shut_down(self) {
        if self.header().state.seize() == Seize::Seized {
            let cancel = self.header().vtable.cancel;
            // SAFETY: `seize` made this thread the runner, and the reference given up becomes the runner's.
            unsafe { cancel(self.into_raw()) }
        }
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        self.header().state.retain();
        Self(self.0)
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        if self.header().state.release(1) {
            // SAFETY: that was the last reference.
            unsafe { free(self.0) }
        }
    }
}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id())
            .field("state", &self.header().state)
            .finish()
    }
}

/// The right to run a task once: what queues hold. Dropped unrun, it only gives its reference back.
#[derive(Debug)]
#[must_use = "a runnable task that is dropped never runs"]
pub(crate) struct Runnable(TaskRef);

impl Runnable {
    /// Runs the task: one poll, or its cancellation, or nothing if it has ended.
    pub(crate) fn run(self) {
        let run = self.0.header().vtable.run;
        // SAFETY: a `Runnable` is the queue's reference, which the harness takes over.
        unsafe { run(self.0.into_raw()) }
    }

    /// Ends the task without running it.
    pub(crate) fn shut_down(self) {
        self.0.shut_down();
    }

    pub(crate) fn task(&self) -> &TaskRef {
        &self.0
    }

    /// For queues that store plain pointers.
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        self.0.into_raw()
    }

    /// # Safety
    ///
    /// `header` must come from [`Runnable::into_raw`], once.
    pub(crate) unsafe fn from_raw(header: NonNull<Header>) -> Self {
        // SAFETY: passed on to the caller.
        Self(unsafe { TaskRef::from_raw(header) })
    }
}

/// Hands a queue's reference to the task's scheduler.
///
/// # Safety
///
/// The caller owns one reference of the live cell, set aside by a verb that answered [`Wake::Submit`].
pub(crate) unsafe fn submit(header: NonNull<Header>) {
    // SAFETY: the reference keeps the cell alive.
    let schedule = unsafe { header.as_ref() }.vtable.schedule;
    // SAFETY: the reference is the queue's, which `schedule` takes over.
    unsafe { schedule(header) }
}

/// Frees the cell.
///
/// # Safety
///
/// The caller has released the last reference.
pub(crate) unsafe fn free(header: NonNull<Header>) {
    // SAFETY: the cell is whole until the call below.
    let free = unsafe { header.as_ref() }.vtable.free;
    // SAFETY: no reference is left, so nobody else can reach the cell.
    unsafe { free(header) }
}
