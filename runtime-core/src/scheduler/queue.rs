//! Where runnable tasks wait: the LIFO slot and the deque of each slot, and the injector of the runtime.
//!
//! The only file that names `crossbeam-deque`, whose injector is ours. Its elements are one pointer wide. It hands a batch out to a worker's queue of its own kind, which here is only a
//! tray: it is emptied at once, never stolen from, and never grows beyond its first buffer.
//!
//! | queue | who pushes | who pops | order |
//! |---|---|---|---|
//! | LIFO slot | the slot's thread, for a task woken by the running one | the slot's thread; a peer once the guard has opened it | one task |
//! | [`deque`] | the slot's thread | the slot's thread; peers steal half | first in, first out |
//! | injector | any thread | every slot's thread, in batches | first in, first out |

use std::fmt;
use std::ptr::{self, NonNull};

#[cfg(not(loom))]
use crossbeam_deque as crossbeam;

use self::crossbeam::Steal;
use super::deque;
#[cfg(loom)]
use super::queue_model as crossbeam;
use crate::primitive::atomic::{AtomicPtr, Ordering::*};
use crate::task::Runnable;
use crate::task::cell::Header;
use crate::util::lines::written;

/// The owner's end of a slot's queue.
pub(crate) struct Deque {
    tasks: deque::Deque<Header>,
    /// Empty but while a share of the injector is carried over.
    tray: crossbeam::Worker<Runnable>,
}

/// The peers' end of a slot's queue.
pub(crate) struct Stealer(deque::Stealer<Header>);

/// The queue for tasks that come from outside.
pub(crate) struct Injector(crossbeam::Injector<Runnable>);

impl Deque {
    pub(crate) fn new() -> (Self, Stealer) {
        let (tasks, stealer) = deque::Deque::new();
        let tray = crossbeam::Worker::new_fifo();
        (Self { tasks, tray }, Stealer(stealer))
    }

    pub(crate) fn push(&self, task: Runnable) {
        self.tasks.push(task.into_raw());
    }

    pub(crate) fn pop(&self) -> Option<Runnable> {
        self.tasks.pop().map(taken)
    }

    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Moves half of the victim's tasks here, up to a limit, and returns the first of them.
    pub(crate) fn steal_from(&self, victim: &Stealer) -> Option<Runnable> {
        // Two loads for an empty victim; stealing proper takes a lock.
        if victim.is_empty() {
            return None;
        }
        victim.0.steal_into(&self.tasks).map(taken)
    }

    /// Moves a fair share of the injected tasks here and returns the first of them.
    pub(crate) fn take_share(&self, injector: &Injector, sharers: usize) -> Option<Runnable> {
        if injector.0.is_empty() {
            return None;
        }
        let share = (injector.0.len() / sharers + 1).min(LARGEST_SHARE);
        let steal = || injector.0.steal_batch_with_limit_and_pop(&self.tray, share);
        let first = until_settled(steal);
        while let Some(task) = self.tray.pop() {
            self.push(task);
        }
        first
    }
}

/// A task that came out of a deque.
fn taken(header: NonNull<Header>) -> Runnable {
    // SAFETY: what was pushed came from `Runnable::into_raw`, and comes out once.
    unsafe { Runnable::from_raw(header) }
}

impl Drop for Deque {
    fn drop(&mut self) {
        while let Some(task) = self.pop() {
            drop(task);
        }
    }
}

impl Stealer {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Injector {
    pub(crate) fn new() -> Self {
        Self(crossbeam::Injector::new())
    }

    pub(crate) fn push(&self, task: Runnable) {
        written(&self.0);
        self.0.push(task);
    }

    pub(crate) fn pop(&self) -> Option<Runnable> {
        if self.0.is_empty() {
            return None;
        }
        until_settled(|| self.0.steal())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Room for the one task that the running task woke last.
pub(crate) struct LifoSlot(AtomicPtr<Header>);

impl LifoSlot {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Puts a task in and returns the one that was there. Only the slot's thread.
    pub(crate) fn replace(&self, task: Runnable) -> Option<Runnable> {
        let header = task.into_raw().as_ptr();
        if self.is_empty() {
            // Others only ever take out, so what this thread sees empty stays empty, and a store does. Release publishes the task to a peer that takes it.
            self.0.store(header, Release);
            return None;
        }
        Self::runnable(self.0.swap(header, AcqRel))
    }

    /// Takes the task out. The slot's thread, or a peer that the guard has allowed to.
    pub(crate) fn take(&self) -> Option<Runnable> {
        if self.is_empty() {
            return None;
        }
        Self::runnable(self.0.swap(ptr::null_mut(), AcqRel))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Relaxed).is_null()
    }

    fn runnable(header: *mut Header) -> Option<Runnable> {
        // SAFETY: every pointer stored came from `Runnable::into_raw`, and a swap takes each out once.
        NonNull::new(header).map(|header| unsafe { Runnable::from_raw(header) })
    }
}

impl Drop for LifoSlot {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// Repeats a look into the injector that lost a race; each retry means that another thread got a task.
fn until_settled(mut steal: impl FnMut() -> Steal<Runnable>) -> Option<Runnable> {
    loop {
        match steal() {
            Steal::Success(task) => return Some(task),
            Steal::Empty => return None,
            Steal::Retry => std::hint::spin_loop(),
        }
    }
}

/// At most this many tasks are taken from the injector at once, so that a burst is spread over the slots.
const LARGEST_SHARE: usize = 64;

macro_rules! debug_len {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("len", &self.len()).finish()
            }
        }
    )*};
}
debug_len!(Deque, Stealer, Injector);

impl fmt::Debug for LifoSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LifoSlot")
            .field("is_empty", &self.is_empty())
            .finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// QUEUE-02, QUEUE-07: an element is one pointer, so that no block of them is large, and a slot read while it is overwritten is read in one piece.
    #[test]
    fn queue_07_an_element_is_one_pointer_wide() {
        assert_eq!(size_of::<Runnable>(), size_of::<*const ()>());
        assert_eq!(size_of::<Option<Runnable>>(), size_of::<*const ()>());
    }
}
