//! What a task of the scheduler knows of its runtime: a pointer, and how it may be followed.
//!
//! A task does not own its runtime. The pointer is good as long as the task's cell is registered, because the registry's keepalive owns the runtime that
//! long (see [`registry`](crate::task::registry)). A thread that drives this very runtime holds it anyway. Any other thread takes a reference of its
//! own *while it holds a counted reference to the task*, and only then queues the task, after which the task may be freed at any time.

use std::ptr::NonNull;
use std::sync::Arc;

use super::Shared;
use super::shutdown::shut_down_after_panic;
use super::worker::Worker;
use crate::context;
use crate::handle::Handle;
use crate::hooks::{TaskHooks, TaskMeta, Unhandled, UnhandledPanic};
use crate::task::registry::Home;
use crate::task::{Runnable, Schedule};
use crate::unwind;

/// The scheduler that a task belongs to.
#[derive(Clone)]
pub(crate) struct Binding(NonNull<Shared>);

impl Binding {
    /// From the `Arc`, not from a reference into it: only the former's pointer leads back to the counts.
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        // SAFETY: an `Arc` never points to null.
        Self(unsafe { NonNull::new_unchecked(Arc::as_ptr(shared).cast_mut()) })
    }

    /// Runs `here` on the worker that this thread drives if it belongs to the task's runtime, else `outside` with an owned runtime.
    fn with<T, R>(
        &self,
        value: T,
        here: impl FnOnce(&Worker, T) -> R,
        outside: impl FnOnce(&Shared, T) -> R,
    ) -> R {
        let shared = self.0;
        let is_here = |worker: &Worker| {
            Arc::as_ptr(worker.shared()) == shared.as_ptr().cast_const() && worker.is_driving()
        };
        context::with_worker(|worker| match worker {
            Some(worker) if is_here(worker) => here(worker, value),
            _ => outside(&Self::retain(shared), value),
        })
    }

    /// The hooks of the runtime; for the runner of a task, and for its join handle.
    #[inline]
    fn hooks(&self) -> Option<&TaskHooks> {
        // SAFETY: the runner holds a counted reference to its task, which is registered, so the registry's keepalive owns the runtime; or which the thread that spawns it ends because
        // the runtime is shut down, and that thread owns a reference to the runtime. Both outlast the call of the runner that `self` lives for.
        unsafe { self.0.as_ref() }.config.task_hooks.as_deref()
    }

    #[cold]
    #[inline(never)]
    fn tell_of_the_end(&self, hooks: &TaskHooks, task: &TaskMeta<'_>) {
        TaskHooks::call_in(&Self::retain(self.0), hooks.terminate.as_ref(), task);
    }

    fn retain(shared: NonNull<Shared>) -> Arc<Shared> {
        // SAFETY: the caller holds a counted reference to a registered task or is about to remove its entry, so the registry's keepalive is a strong reference: the count is not zero, and
        // the pointer is an `Arc`'s own.
        unsafe { Arc::increment_strong_count(shared.as_ptr()) };
        // SAFETY: the reference counted above is given to the `Arc` made here.
        unsafe { Arc::from_raw(shared.as_ptr()) }
    }
}

impl Schedule for Binding {
    const REGISTRY_REFS: usize = 1;

    fn schedule(&self, task: Runnable) {
        self.with(task, Worker::push_next, Shared::push_outside);
    }

    fn reschedule(&self, task: Runnable) {
        self.with(task, Worker::push_tail, Shared::push_outside);
    }

    #[cold]
    fn panicked(&self, task: &TaskMeta<'_>, payload: &unwind::Payload) {
        let Some(hooks) = self.hooks() else { return };
        let shared = Self::retain(self.0);
        hooks.panicked(task, payload);
        if hooks.unhandled_panic == UnhandledPanic::ShutdownRuntime {
            shut_down_after_panic(&Handle::new(shared));
        }
    }

    #[cold]
    fn unhandled(&self, what: &Unhandled<'_>) {
        if let Some(hooks) = self.hooks() {
            hooks.unhandled_in(&Self::retain(self.0), what);
        }
    }

    #[inline]
    fn completed<'a>(&self, task: impl FnOnce() -> TaskMeta<'a>) {
        if let Some(hooks) = self.hooks() {
            self.tell_of_the_end(hooks, &task());
        }
    }

    fn forget(&self, home: Home) {
        let keepalive = self.with(
            home,
            |worker, home| {
                worker.shared().slots[home.slot as usize]
                    .registry
                    .forget(home)
            },
            |shared, home| shared.slots[home.slot as usize].registry.forget(home),
        );
        drop(keepalive);
    }
}
