//! The contexts of tasks that have set a variable without having been in a context before.
//!
//! Such a task has no place for a context in its cell, and no code of ours around its poll. So its context is kept here, by its id, which is its own while it lives. Whoever looks
//! asks a flag first, which is set once in the life of a process that does such a thing; nobody else pays more than that.
//!
//! An entry goes when its task is complete, and once more when its cell is freed: the drop of an output may set a variable, too.
//!
//! Nothing of a user runs under the locks: values are cloned by their counts, and dropped outside.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::bindings::{Bindings, Key, Value};
use crate::lock::Mutex;
use crate::task::Id;

/// Whether there ever was an entry. Relaxed: whoever looks for an entry is the task that made it, or comes after it.
static EVER: AtomicBool = AtomicBool::new(false);

static SHARDS: [Shard; 16] = [const { Mutex::new(None) }; 16];

/// `None` until its first use.
type Shard = Mutex<Option<HashMap<Id, Bindings>>>;

fn shard(task: Id) -> &'static Shard {
    &SHARDS[task.spread(SHARDS.len())]
}

/// The context of a task.
#[inline]
pub(super) fn of(task: Option<Id>) -> Option<Bindings> {
    if !EVER.load(Relaxed) {
        return None;
    }
    let task = task?;
    shard(task).lock().as_ref()?.get(&task).cloned()
}

/// Changes the context of a task, or begins one; returns the value from before.
pub(super) fn set(task: Id, key: Key, value: Value) -> Option<Value> {
    EVER.store(true, Relaxed);
    let mut contexts = shard(task).lock();
    let contexts = contexts.get_or_insert_default();
    contexts
        .entry(task)
        .or_insert_with(Bindings::new)
        .set(key, value)
}

/// The task has ended.
#[inline]
pub(crate) fn forget(task: Id) {
    if EVER.load(Relaxed) {
        drop_context(task);
    }
}

#[cold]
fn drop_context(task: Id) {
    let mut contexts = shard(task).lock();
    let gone = contexts
        .as_mut()
        .and_then(|contexts| contexts.remove(&task));
    drop(contexts);
    if gone.is_some() {
        let _current = crate::context::enter_task(task);
        crate::unwind::swallow(|| drop(gone));
    }
}

#[cfg(all(test, not(loom)))]
pub(super) fn is_kept(task: Id) -> bool {
    of(Some(task)).is_some()
}
