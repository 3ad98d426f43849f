//! Hooks: functions of the user that look at tasks.
//!
//! # The rule
//!
//! * A hook runs in the context of its runtime, so it may spawn. It is told which task it is about by a [`TaskMeta`].
//! * **A panic in a hook** is reported by the panic hook of the process, ends the hook, and goes no further: the task, the thread and the caller of `spawn` go on as if the
//!   hook had returned. A hook that always panics is as good as none.
//! * A hook runs on the thread where the thing happens, in the way of what comes next: what it blocks, it blocks. No lock of the runtime is held meanwhile.
//! * Unset, hooks cost a branch on a field that the caller has in its cache anyway: one per spawn, one per task that ends; none per poll, because a worker that has hooks around
//!   polls takes the road of the polls that are timed, see [`stats`](crate::scheduler::stats).
//!
//! # Which tasks
//!
//! | hook | tasks of the runtime | jobs of `spawn_blocking` | tasks of a `LocalSet`, the future of `block_on` |
//! |---|---|---|---|
//! | spawn, terminate, panic | yes | yes | no |
//! | before and after a poll | yes | no | no |
//!
//! A task that is spawned is terminated once, however it ends: by its output, a panic, an abort, the end of the runtime, or because the runtime had ended before.
//!
//! # Rejected
//!
//! * Lists of hooks: order and removal would need rules, and one function can call two.
//! * Letting a panic of the spawn hook reach the caller of `spawn`: it would meet code that never heard of the hook.

use std::any::Any;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::context;
use crate::handle::Handle;
use crate::scheduler::Shared;
use crate::task::name::Label;
use crate::task::{Id, Runnable};
use crate::unwind;

/// A function that is told of a task.
pub(crate) type TaskHook = Arc<dyn Fn(&TaskMeta<'_>) + Send + Sync>;

/// A function that is told of a task's panic.
pub(crate) type PanicHook = Arc<dyn Fn(&TaskMeta<'_>, &(dyn Any + Send)) + Send + Sync>;

/// Which task a hook is about.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let log = seen.clone();
/// let rt = runtime_core::Builder::new_current_thread()
///     .on_task_spawn(move |task| log.lock().unwrap().push((task.id(), task.spawned_at().line())))
///     .build()
///     .unwrap();
/// let line = line!() + 1;
/// let handle = rt.spawn(async {});
/// assert_eq!(*seen.lock().unwrap(), [(handle.id(), line)]);
/// ```
pub struct TaskMeta<'a> {
    id: Id,
    location: &'static Location<'static>,
    label: Option<&'a Label>,
}

impl<'a> TaskMeta<'a> {
    pub(crate) fn new(
        id: Id,
        location: &'static Location<'static>,
        label: Option<&'a Label>,
    ) -> Self {
        Self {
            id,
            location,
            label,
        }
    }

    pub(crate) fn label(&self) -> Option<&'a Label> {
        self.label
    }

    /// Returns the id of the task.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Returns the name that the task was given by [`task::Builder::name`](crate::task::Builder::name).
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.label?.name.as_deref()
    }

    /// Returns the value that the task was given by [`task::Builder::data`](crate::task::Builder::data), if it is of this type.
    ///
    /// # Examples
    ///
    /// How often the tasks of each customer are polled:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// use runtime_core::{Builder, task};
    ///
    /// #[derive(Default)]
    /// struct Customer { polls: AtomicUsize }
    ///
    /// let rt = Builder::new_current_thread()
    ///     .on_before_task_poll(|task| {
    ///         if let Some(customer) = task.data::<Customer>() {
    ///             customer.polls.fetch_add(1, Relaxed);
    ///         }
    ///     })
    ///     .build()?;
    /// let customer = Arc::new(Customer::default());
    /// let builder = task::Builder::new().data(customer.clone());
    /// rt.block_on(builder.spawn_on(task::yield_now(), rt.handle())?)?;
    /// assert_eq!(customer.polls.load(Relaxed), 2);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn data<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.label?.data.as_deref()?.downcast_ref()
    }

    /// Returns the place in the source where the task was spawned.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Debug for TaskMeta<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskMeta")
            .field("id", &self.id)
            .field("name", &self.name())
            .field("spawned_at", &self.location)
            .finish()
    }
}

/// What a runtime does when a spawned task panics.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, UnhandledPanic};
///
/// let rt = Builder::new_current_thread()
///     .unhandled_panic(UnhandledPanic::Ignore)
///     .build()
///     .unwrap();
/// let task = rt.spawn(async { panic!("told by the handle only") });
/// assert!(rt.block_on(task).unwrap_err().is_panic());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UnhandledPanic {
    /// The panic travels in the task's join handle, and everything else goes on.
    #[default]
    Ignore,
    /// The runtime shuts down at once, also if somebody awaits the join handle: all tasks end, later spawns resolve as cancelled, and `Runtime::block_on` panics, the running calls
    /// included. For current-thread runtimes.
    ShutdownRuntime,
}

/// The hooks of a runtime that has any.
#[derive(Clone, Default)]
pub(crate) struct TaskHooks {
    pub(crate) spawn: Option<TaskHook>,
    pub(crate) before_poll: Option<TaskHook>,
    pub(crate) after_poll: Option<TaskHook>,
    pub(crate) terminate: Option<TaskHook>,
    pub(crate) panic: Option<PanicHook>,
    pub(crate) unhandled_panic: UnhandledPanic,
}

impl TaskHooks {
    /// Itself, if anything is set.
    pub(crate) fn if_any(&self) -> Option<Arc<Self>> {
        let hooks = [
            &self.spawn,
            &self.before_poll,
            &self.after_poll,
            &self.terminate,
        ];
        let any = hooks.into_iter().any(Option::is_some)
            || self.panic.is_some()
            || self.unhandled_panic != UnhandledPanic::Ignore;
        any.then(|| Arc::new(self.clone()))
    }

    /// Whether each poll concerns a hook.
    pub(crate) fn watches_polls(&self) -> bool {
        self.before_poll.is_some() || self.after_poll.is_some()
    }

    /// Calls a hook on a thread that is in the context of the runtime.
    pub(crate) fn call(hook: Option<&TaskHook>, task: &TaskMeta<'_>) {
        if let Some(hook) = hook {
            unwind::swallow(|| hook(task));
        }
    }

    /// Calls the hook for new tasks.
    #[cold]
    #[inline(never)]
    pub(crate) fn spawned(&self, shared: &Arc<Shared>, task: &Runnable) {
        Self::call_in(shared, self.spawn.as_ref(), &task.task().meta());
    }

    /// Calls a hook on any thread.
    pub(crate) fn call_in(shared: &Arc<Shared>, hook: Option<&TaskHook>, task: &TaskMeta<'_>) {
        if hook.is_some() {
            let entered = context::is_current(shared);
            // Without a context where the thread's own data are gone.
            let _entry = (!entered).then(|| context::try_enter(Handle::new(shared.clone())));
            Self::call(hook, task);
        }
    }

    /// Calls the hook for panics, on a thread that is in the context of the runtime, where tasks run and end.
    pub(crate) fn panicked(&self, task: &TaskMeta<'_>, payload: &unwind::Payload) {
        if let Some(hook) = &self.panic {
            unwind::swallow(|| hook(task, &**payload));
        }
    }
}
