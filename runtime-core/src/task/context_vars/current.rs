//! The context that is in force on a thread.
//!
//! Code outside of tasks that sets a variable without being in a context begins one for its thread. `block_on` has a context of its own, so that what its future sets ends with it.
//!
//! Nothing of a user runs while the cell is borrowed: values are cloned by their counts, and dropped outside.

use std::cell::{Cell, RefCell};

use super::bindings::{Bindings, Key, Value};
use super::kept;
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
    if IN_CONTEXT.get() {
        let here = CURRENT.try_with(|current| {
            let current = current.borrow();
            let current = current.as_ref().filter(|current| current.is_mine())?;
            Some(current.bindings.clone())
        });
        // While the thread ends there is no context.
        if let Ok(Some(here)) = here {
            return Some(here);
        }
    }
    kept::of(context::current_task())
}

/// Changes the context of the code that runs, or begins one, and returns the value from before. `Err`: the thread ends, and nothing can be kept.
pub(super) fn set(key: Key, value: Value) -> Result<Option<Value>, Value> {
    let mut value = Some(value);
    let changed = CURRENT.try_with(|current| {
        let mut current = current.borrow_mut();
        let mine = current.as_mut().filter(|current| current.is_mine())?;
        Some(mine.bindings.set(key, value.take()?))
    });
    let (value, task) = match (changed, value) {
        (Ok(Some(replaced)), _) => return Ok(replaced),
        (_, None) => return Ok(None),
        (_, Some(value)) => (value, context::current_task()),
    };
    match task {
        Some(task) => Ok(kept::set(task, key, value)),
        None => begin(key, value),
    }
}

/// Begins a context of the thread: that of code outside of tasks, until the `block_on` around it ends.
fn begin(key: Key, value: Value) -> Result<Option<Value>, Value> {
    let mut value = Some(value);
    // If the thread ends, the value is left over.
    let _ = CURRENT.try_with(|current| {
        let mut current = current.borrow_mut();
        if current.is_some() {
            return;
        }
        if let Some(value) = value.take() {
            let mut bindings = Bindings::new();
            bindings.set(key, value);
            let owner = None;
            *current = Some(Current { bindings, owner });
            IN_CONTEXT.set(true);
        }
    });
    match value {
        None => Ok(None),
        Some(value) => Err(value),
    }
}

/// A context of its own for the future of a `block_on`, which begins as a copy of the one around it, and ends with the guard.
pub(crate) fn branch() -> Branch {
    let owner = context::current_task();
    // Within a task there is one in any case: else what is set here would stay with the task.
    let bindings = snapshot().or_else(|| owner.is_some().then(Bindings::new));
    let next = bindings.map(|bindings| Current { bindings, owner });
    Branch {
        previous: replace(next),
    }
}

/// Puts the context from before back, when dropped.
#[must_use = "dropping the guard ends the context"]
pub(crate) struct Branch {
    previous: Option<Current>,
}

impl Drop for Branch {
    fn drop(&mut self) {
        let left = replace(self.previous.take());
        drop(left);
    }
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
