//! The name of a task, and what its spawner wants hooks to find with it: together its *label*.
//!
//! A task without a label pays nothing for those that have one: it lies beside the scheduler in the cell, in a type of its own, and whoever asks for it goes through
//! the vtable. Rejected: a field in the header, which every task would carry; a label inside the future, which is gone when the task has ended and belongs to the runner before.

use std::any::Any;
use std::sync::Arc;

use super::registry::Home;
use super::{Runnable, Schedule};
use crate::hooks::{TaskMeta, Unhandled};
use crate::unwind;

/// What a task is called, and a value of the user that belongs to it.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) name: Option<Box<str>>,
    pub(crate) data: Option<Data>,
}

/// A value that hooks find with the task.
pub(crate) type Data = Arc<dyn Any + Send + Sync>;

/// The scheduler of one task that has a label.
pub(crate) struct Named<S> {
    scheduler: S,
    label: Option<Box<Label>>,
}

impl<S> Named<S> {
    pub(crate) fn new(scheduler: S, label: Label) -> Self {
        Self {
            scheduler,
            label: Some(Box::new(label)),
        }
    }
}

/// A clone is made to queue the task with; the label stays in the cell.
impl<S: Clone> Clone for Named<S> {
    fn clone(&self) -> Self {
        Self {
            scheduler: self.scheduler.clone(),
            label: None,
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

    fn unhandled(&self, what: &Unhandled<'_>) {
        self.scheduler.unhandled(what);
    }

    fn completed<'a>(&self, task: impl FnOnce() -> TaskMeta<'a>) {
        self.scheduler.completed(task);
    }

    fn aborted(&self) {
        self.scheduler.aborted();
    }

    fn label(&self) -> Option<&Label> {
        self.label.as_deref()
    }
}
