//! The identity of a task.

use std::fmt;
use std::num::NonZeroU64;
use std::ptr::NonNull;

use super::cell::Header;
use crate::{context, messages};

/// An opaque id that is unique among the tasks alive at one moment.
///
/// It is made from the address of the task, so that spawning touches no shared counter; after a task is gone and all its handles are dropped, a
/// later task may get the same id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(NonZeroU64);

impl Id {
    /// As a number, for texts.
    pub(crate) fn to_u64(self) -> u64 {
        self.0.get()
    }

    pub(crate) fn of(header: NonNull<Header>) -> Self {
        // An address is never zero, so the fallback is never taken.
        Self(NonZeroU64::new(header.addr().get() as u64).unwrap_or(NonZeroU64::MIN))
    }

    /// A number below `n`, another one for tasks that lie beside each other.
    pub(crate) fn spread(self, n: usize) -> usize {
        // The lower bits of an address say nothing.
        (self.0.get() >> 7) as usize % n
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Id").field(&self.0.get()).finish()
    }
}

/// Returns the [`Id`] of the task that runs on this thread.
///
/// # Panics
///
/// Panics outside a task; the future of `block_on` is none. Use [`try_id`] where that may be.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let handle = rt.spawn(async { runtime_core::task::id() });
/// let outside = handle.id();
/// assert_eq!(rt.block_on(handle).unwrap(), outside);
/// ```
#[track_caller]
pub fn id() -> Id {
    match try_id() {
        Some(id) => id,
        None => panic!("{}", messages::NO_TASK_ID),
    }
}

/// Returns the [`Id`] of the task that runs on this thread, or `None` outside a task.
///
/// # Examples
///
/// ```
/// assert!(runtime_core::task::try_id().is_none());
/// ```
#[must_use]
pub fn try_id() -> Option<Id> {
    context::current_task()
}
