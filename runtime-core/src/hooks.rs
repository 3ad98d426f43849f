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
//! | unhandled | yes | yes | yes, not of `block_on` |
//!
//! A callable ([`call`](crate::task::call)) is a task of the runtime here, and its call a poll.
//!
//! A task that is spawned is terminated once, however it ends: by its output, a panic, an abort, the end of the runtime, or because the runtime had ended before.
//!
//! # Rejected
//!
//! * Lists of hooks: order and removal would need rules, and one function can call two.
//! * Letting a panic of the spawn hook reach the caller of `spawn`: it would meet code that never heard of the hook.

use std::any::Any;
use std::error::Error;
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

/// A function that is told of what nobody else is told of.
pub(crate) type UnhandledHook = Arc<dyn Fn(&Unhandled<'_>) + Send + Sync>;

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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, spawned) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_spawn(move |task| send.send(task.id()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async {});
    /// assert_eq!(spawned.recv(), Ok(task.id()));
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Returns the name that the task was given by [`task::Builder::name`](crate::task::Builder::name).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task;
    /// use std::sync::mpsc;
    ///
    /// let (send, spawned) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_spawn(move |task| send.send(task.name().map(str::to_owned)).unwrap())
    ///     .build()
    ///     .unwrap();
    /// task::Builder::new().name("reader").spawn_on(async {}, rt.handle()).unwrap();
    /// assert_eq!(spawned.recv().unwrap().as_deref(), Some("reader"));
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, spawned) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_spawn(move |task| send.send(task.spawned_at().line()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let line = line!() + 1;
    /// rt.spawn(async {});
    /// assert_eq!(spawned.recv(), Ok(line));
    /// ```
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

/// What went wrong without anybody to tell: see [`Builder::on_unhandled`](crate::Builder::on_unhandled).
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use runtime_core::{Builder, Unhandled};
///
/// let told = Arc::new(Mutex::new(Vec::new()));
/// let log = told.clone();
/// let rt = Builder::new_current_thread()
///     .on_unhandled(move |what| {
///         if let Unhandled::CallablePanicked { payload, .. } = what {
///             log.lock().unwrap().push(*payload.downcast_ref::<&str>().unwrap());
///         }
///     })
///     .build()
///     .unwrap();
/// rt.handle().call_soon(|| panic!("out of cheese"));
/// rt.block_on(runtime_core::task::yield_now());
/// assert_eq!(*told.lock().unwrap(), ["out of cheese"]);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Unhandled<'a> {
    /// A task or blocking job panicked, and its join handle is dropped without having told of it.
    #[non_exhaustive]
    TaskPanicked {
        /// Which one.
        task: TaskMeta<'a>,
        /// What the panic carried.
        payload: &'a (dyn Any + Send),
    },
    /// A callable panicked: a closure of `call_soon`, `call_later`, `call_at`, `add_done_callback`.
    #[non_exhaustive]
    CallablePanicked {
        /// Which one.
        callable: TaskMeta<'a>,
        /// What the panic carried.
        payload: &'a (dyn Any + Send),
    },
    /// The callback of `on_ready` returned an error, which ended it.
    #[non_exhaustive]
    WatchEnded {
        /// The task that called it.
        task: TaskMeta<'a>,
        /// What it returned.
        error: &'a (dyn Error + Send + Sync + 'static),
    },
}

impl Unhandled<'_> {
    /// Returns the task that it concerns.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, told) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_unhandled(move |unhandled| send.send(unhandled.task().id()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let id = rt.spawn(async { panic!("nobody waits for this task") }).id();
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert_eq!(told.recv(), Ok(id));
    /// ```
    #[must_use]
    pub fn task(&self) -> &TaskMeta<'_> {
        match self {
            Self::TaskPanicked { task, .. } | Self::WatchEnded { task, .. } => task,
            Self::CallablePanicked { callable, .. } => callable,
        }
    }
}

impl fmt::Display for Unhandled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.task().spawned_at();
        match self {
            Self::TaskPanicked { payload, .. } => {
                write!(f, "the task spawned at {place} panicked")?;
                fmt_panic(*payload, f)
            }
            Self::CallablePanicked { payload, .. } => {
                write!(f, "the callable scheduled at {place} panicked")?;
                fmt_panic(*payload, f)
            }
            Self::WatchEnded { error, .. } => {
                write!(f, "the callback of `on_ready` at {place} ended: {error}")
            }
        }
    }
}

fn fmt_panic(payload: &(dyn Any + Send), f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = payload.downcast_ref::<&'static str>().copied();
    match text.or_else(|| payload.downcast_ref::<String>().map(|text| &**text)) {
        Some(text) => write!(f, ": {text}"),
        None => Ok(()),
    }
}

/// Tells the current runtime that the callback of a watch, which is the task that runs, has ended with an error. For the crate that watches. Without a hook the error is printed.
///
/// # Panics
///
/// Panics outside of a task.
///
/// # Examples
///
/// ```
/// use std::panic::Location;
///
/// let rt = runtime_core::Builder::new_current_thread()
///     .on_unhandled(|what| assert!(what.to_string().contains("gone")))
///     .build()
///     .unwrap();
/// let here = Location::caller();
/// let task = rt.spawn(async move {
///     runtime_core::tell_watch_ended(&std::io::Error::other("gone"), here);
/// });
/// rt.block_on(task).unwrap();
/// ```
#[track_caller]
pub fn tell_watch_ended(
    error: &(dyn Error + Send + Sync + 'static),
    location: &'static Location<'static>,
) {
    let task = TaskMeta::new(crate::task::id(), location, None);
    let what = Unhandled::WatchEnded { task, error };
    if !TaskHooks::unhandled_here(&what) {
        eprintln!("heist: {what}");
    }
}

/// The hooks of a runtime that has any.
#[derive(Clone, Default)]
pub(crate) struct TaskHooks {
    pub(crate) spawn: Option<TaskHook>,
    pub(crate) before_poll: Option<TaskHook>,
    pub(crate) after_poll: Option<TaskHook>,
    pub(crate) terminate: Option<TaskHook>,
    pub(crate) panic: Option<PanicHook>,
    pub(crate) unhandled: Option<UnhandledHook>,
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
            || self.unhandled.is_some()
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

    /// Calls the hook for what nobody else is told of, on a thread that is in the context of the runtime.
    pub(crate) fn unhandled(&self, what: &Unhandled<'_>) {
        if let Some(hook) = &self.unhandled {
            unwind::swallow(|| hook(what));
        }
    }

    /// The same on any thread.
    pub(crate) fn unhandled_in(&self, shared: &Arc<Shared>, what: &Unhandled<'_>) {
        let entered = context::is_current(shared);
        // Without a context where the thread's own data are gone.
        let _entry = (!entered).then(|| context::try_enter(Handle::new(shared.clone())));
        self.unhandled(what);
    }

    /// The same for what belongs to no runtime, such as a task of a `LocalSet`: that of the thread is told, if there is one. False: nobody was.
    pub(crate) fn unhandled_here(what: &Unhandled<'_>) -> bool {
        let Ok(handle) = Handle::try_current() else {
            return false;
        };
        let hooks = handle.shared().config.task_hooks.as_deref();
        let hooks = hooks.filter(|hooks| hooks.unhandled.is_some());
        if let Some(hooks) = hooks {
            hooks.unhandled(what);
        }
        hooks.is_some()
    }
}
