//! The name of a task.
//!
//! A task without a name pays nothing for those that have one: the name lies beside the scheduler in the cell, in a type of its own, and whoever asks for it goes through
//! the vtable. Rejected: a field in the header, which every task would carry; a name inside the future, which is gone when the task has ended and belongs to the runner before.

use super::registry::Home;
use super::{Runnable, Schedule};
use crate::hooks::TaskMeta;
use crate::unwind;

/// The scheduler of one task that has a name.
pub(crate) struct Named<S> {
    scheduler: S,
    name: Option<Box<str>>,
}

impl<S> Named<S> {
    pub(crate) fn new(scheduler: S, name: &str) -> Self {
        Self {
            scheduler,
            name: Some(name.into()),
        }
    }
}

/// A clone is made to queue the task with; the name stays in the cell.
impl<S: Clone> Clone for Named<S> {
    fn clone(&self) -> Self {
        Self {
            scheduler: self.scheduler.clone(),
            name: None,
        }
    }
}

impl<S: Schedule> Schedule for Named<S> {
    const REGISTRY_REFS: usize = S::REGISTRY_REFS;

    fn schedule(&self, task: Runnable) {
        self.scheduler.schedule(task);
    }

    fn reschedule(&self, task: Runnable) {
        self.scheduler.reschedule(task);
    }

    fn forget(&self, home: Home) {
        self.scheduler.forget(home);
    }

    fn panicked(&self, task: &TaskMeta<'_>, payload: &unwind::Payload) {
        self.scheduler.panicked(task, payload);
    }

    fn completed<'a>(&self, task: impl FnOnce() -> TaskMeta<'a>) {
        self.scheduler.completed(task);
    }

    fn aborted(&self) {
        self.scheduler.aborted();
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
