//! What the blocking pool runs: a blocking closure as a task, or a slot that was handed over.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use super::Shared;
use super::own::drive_handed_slot;
use crate::blocking::{self, Kind};
use crate::handle::Handle;
use crate::hooks::{TaskHooks, TaskMeta, Unhandled};
use crate::task::context_vars::{self, Inherited};
use crate::task::name::{Label, Named};
use crate::task::registry::Home;
use crate::task::{JoinHandle, Runnable, Schedule, new_task};
use crate::unwind;
use crate::{context, coop};

/// One job of the blocking pool.
#[derive(Debug)]
pub(crate) enum Job {
    /// A closure of `spawn_blocking`.
    Task(Runnable),
    /// A slot whose thread blocks.
    Slot(Handle, usize),
}

impl Job {
    /// Drives a slot that was handed over, until it is handed over again or the runtime closes.
    pub(crate) fn drive(handle: Handle, slot: usize) -> Self {
        Self::Slot(handle, slot)
    }
}

impl blocking::Job for Job {
    fn run(self) {
        match self {
            Self::Task(task) => task.run(),
            Self::Slot(handle, slot) => drive_handed_slot(&handle, slot),
        }
    }

    fn cancel(self) {
        match self {
            Self::Task(task) => task.shut_down(),
            // The runtime is closing: whoever takes the slot gives its count up, this thread or the one that blocks.
            Self::Slot(handle, slot) => drive_handed_slot(&handle, slot),
        }
    }
}

/// Submits a closure to the blocking pool, in a copy of the caller's context if it has one. If it cannot be accepted, the handle resolves as cancelled.
pub(crate) fn spawn_blocking<F, R>(
    shared: &Arc<Shared>,
    f: F,
    kind: Kind,
    location: &'static Location<'static>,
) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    submit(shared, f, Unscheduled::new(shared), kind, location)
}

/// [`spawn_blocking`] with a name.
pub(crate) fn spawn_blocking_named<F, R>(
    shared: &Arc<Shared>,
    f: F,
    label: Label,
    location: &'static Location<'static>,
) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let scheduler = Named::new(Unscheduled::new(shared), label);
    submit(shared, f, scheduler, Kind::Ordinary, location)
}

/// [`spawn_blocking`] for a closure that would like to know that its handle was aborted: each abort calls `on_abort`.
pub(crate) fn spawn_told<R: Send + 'static>(
    shared: &Arc<Shared>,
    f: Box<dyn FnOnce() -> R + Send>,
    on_abort: OnAbort,
    location: &'static Location<'static>,
) -> JoinHandle<R> {
    let scheduler = Told {
        unscheduled: Unscheduled::new(shared),
        on_abort,
    };
    submit(shared, f, scheduler, Kind::Ordinary, location)
}

/// A closure for a pool that is not the runtime's: its caller runs the task or shuts it down.
pub(crate) fn closure<F, R>(
    shared: &Arc<Shared>,
    f: F,
    location: &'static Location<'static>,
) -> (Runnable, JoinHandle<R>)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    prepare(shared, f, Unscheduled::new(shared), location)
}

fn prepare<F, R, S>(
    shared: &Arc<Shared>,
    f: F,
    scheduler: S,
    location: &'static Location<'static>,
) -> (Runnable, JoinHandle<R>)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
    S: Schedule,
{
    let (task, handle) = match context_vars::inherit_call(f) {
        Inherited::Bare(f) => new_task(Blocking(Some(f)), scheduler, location),
        Inherited::Wrapped(f) => new_task(Blocking(Some(f)), scheduler, location),
    };
    if let Some(hooks) = &shared.config.task_hooks {
        hooks.spawned(shared, &task);
    }
    (task, handle)
}

fn submit<F, R, S>(
    shared: &Arc<Shared>,
    f: F,
    scheduler: S,
    kind: Kind,
    location: &'static Location<'static>,
) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
    S: Schedule,
{
    let (task, handle) = prepare(shared, f, scheduler, location);
    if let Err(refused) = shared.blocking.submit(Job::Task(task), kind) {
        let _entry = context::try_enter(Handle::new(shared.clone()));
        blocking::Job::cancel(refused.job);
    }
    handle
}

/// A closure as a future that is ready at its first poll.
struct Blocking<F>(Option<F>);

impl<F> Unpin for Blocking<F> {}

impl<F: FnOnce() -> R, R> Future for Blocking<F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<R> {
        let f = self
            .0
            .take()
            .expect("a blocking task is ready at its first poll");
        Poll::Ready(coop::without_budget(f))
    }
}

/// A blocking task is queued once, at birth, and runs to its end in one go, so there is never anything to schedule. It runs and is cancelled in the context of the runtime, whose
/// hooks it carries if there are any; with them the runtime, weakly, for a panic that is found in a handle dropped elsewhere.
#[derive(Clone)]
struct Unscheduled(Option<(Arc<TaskHooks>, Weak<Shared>)>);

impl Unscheduled {
    fn new(shared: &Arc<Shared>) -> Self {
        let hooks = shared.config.task_hooks.clone();
        Self(hooks.map(|hooks| (hooks, Arc::downgrade(shared))))
    }
}

impl Schedule for Unscheduled {
    const REGISTRY_REFS: usize = 0;

    fn schedule(&self, task: Runnable) {
        drop(task);
    }

    fn forget(&self, _: Home) {}

    #[cold]
    fn panicked(&self, task: &TaskMeta<'_>, payload: &unwind::Payload) {
        if let Some((hooks, _)) = &self.0 {
            hooks.panicked(task, payload);
        }
    }

    #[cold]
    fn unhandled(&self, what: &Unhandled<'_>) {
        let Some((hooks, runtime)) = &self.0 else {
            return;
        };
        match runtime.upgrade() {
            Some(shared) => hooks.unhandled_in(&shared, what),
            None => hooks.unhandled(what),
        }
    }

    fn completed<'a>(&self, task: impl FnOnce() -> TaskMeta<'a>) {
        if let Some((hooks, _)) = &self.0 {
            TaskHooks::call(hooks.terminate.as_ref(), &task());
        }
    }
}

/// What an abort calls, beside what it does itself.
pub(crate) type OnAbort = Arc<dyn Fn() + Send + Sync>;

/// [`Unscheduled`], and tells of an abort, however far the job is.
#[derive(Clone)]
struct Told {
    unscheduled: Unscheduled,
    on_abort: OnAbort,
}

impl Schedule for Told {
    const REGISTRY_REFS: usize = Unscheduled::REGISTRY_REFS;

    fn schedule(&self, task: Runnable) {
        self.unscheduled.schedule(task);
    }

    fn forget(&self, home: Home) {
        self.unscheduled.forget(home);
    }

    #[cold]
    fn panicked(&self, task: &TaskMeta<'_>, payload: &unwind::Payload) {
        self.unscheduled.panicked(task, payload);
    }

    #[cold]
    fn unhandled(&self, what: &Unhandled<'_>) {
        self.unscheduled.unhandled(what);
    }

    fn completed<'a>(&self, task: impl FnOnce() -> TaskMeta<'a>) {
        self.unscheduled.completed(task);
    }

    fn aborted(&self) {
        (self.on_abort)();
    }
}
