//! The context that is in force on a thread.
//!
//! Nothing of a user runs while the cell is borrowed: values are cloned by their counts, and dropped outside.

use std::cell::{Cell, RefCell};

use super::bindings::Bindings;
use crate::context;
use crate::task::Id;

thread_local! {
    /// Whether `CURRENT` has a context: a flag without a destructor, all that a spawn looks at where there is none.
    static IN_CONTEXT: Cell<bool> = const { Cell::new(false) };
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

struct Current {
    bindings: Bindings,
    /// The task whose code runs in this context; `None` outside of tasks.
    owner: Option<Id>,
}

impl Current {
    fn is_mine(&self) -> bool {
        self.owner == context::current_task()
    }
}

/// A copy of the context of the code that runs.
#[inline]
pub(super) fn snapshot() -> Option<Bindings> {
    if !IN_CONTEXT.get() {
        return None;
    }
    read(Bindings::clone)
}

/// Looks at the context of the code that runs; `None` if it has none.
pub(super) fn read<R>(f: impl FnOnce(&Bindings) -> R) -> Option<R> {
    let looked = CURRENT.try_with(|current| {
        let current = current.borrow();
        let current = current.as_ref().filter(|current| current.is_mine())?;
        Some(f(&current.bindings))
    });
    // While the thread ends there is no context.
    looked.ok().flatten()
}

/// Changes the context of the code that runs; `None` if it has none.
pub(super) fn change<R>(f: impl FnOnce(&mut Bindings) -> R) -> Option<R> {
    let changed = CURRENT.try_with(|current| {
        let mut current = current.borrow_mut();
        let current = current.as_mut().filter(|current| current.is_mine())?;
        Some(f(&mut current.bindings))
    });
    changed.ok().flatten()
}

/// Step 1: moves a context to the thread until the guard goes.
pub(super) fn enter(slot: &mut Option<Bindings>) -> Entered<'_> {
    let next = slot.take().map(|bindings| Current {
        bindings,
        owner: context::current_task(),
    });
    let previous = replace(next);
    Entered { slot, previous }
}

/// Step 3, when dropped.
#[must_use = "dropping the guard leaves the context"]
pub(super) struct Entered<'a> {
    slot: &'a mut Option<Bindings>,
    previous: Option<Current>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let left = replace(self.previous.take());
        *self.slot = left.map(|current| current.bindings);
    }
}

/// What cannot be stored because the thread ends is dropped.
fn replace(next: Option<Current>) -> Option<Current> {
    let is_some = next.is_some();
    let previous = CURRENT.try_with(|current| {
        IN_CONTEXT.set(is_some);
        current.replace(next)
    });
    previous.ok().flatten()
}
