//! When nothing can happen any more but time: what a stopped clock waits for.
//!
//! A runtime is *quiet* when every driven slot but the caller's sleeps, no queue holds a task, no blocking job is queued or runs, and no `block_on` future has
//! been woken. Only a timer or the outside world can then make a task run, so a stopped clock may jump to the next deadline.
//!
//! The driver asks with [`is_quiet`] from within its wait. If the answer is no, it asks to be [watched](Quiet::watch) and waits; whoever may have made the runtime
//! quiet then unparks the driver, which asks again:
//!
//! 1. Driver: set `watched`; fence; `is_quiet`; wait.
//! 2. Others: sleep, job or poll ends (its own write); fence; read `watched`; unpark.
//!
//! With either fence missing, both could read the old state and the clock would stand still for ever.

use super::Shared;
use crate::context;
use crate::primitive::atomic::{AtomicBool, AtomicUsize, Ordering::*, fence};

/// What a stopped clock must know beyond the slots.
#[derive(Debug)]
pub(crate) struct Quiet {
    watched: AtomicBool,
    /// Futures in `block_on` that were woken and not polled to `Pending` since.
    runnable_roots: AtomicUsize,
}

impl Quiet {
    pub(crate) fn new() -> Self {
        Self {
            watched: AtomicBool::new(false),
            runnable_roots: AtomicUsize::new(0),
        }
    }

    /// The driver wants to be unparked when the runtime may have become quiet.
    pub(crate) fn watch(&self, on: bool) {
        self.watched.store(on, SeqCst);
        fence(SeqCst);
    }

    /// A `block_on` future was woken.
    pub(crate) fn root_woken(&self) {
        self.runnable_roots.fetch_add(1, SeqCst);
    }

    /// A `block_on` future that was woken has been polled, or is gone.
    pub(crate) fn root_rests(&self, shared: &Shared) {
        self.runnable_roots.fetch_sub(1, SeqCst);
        self.may_be_quiet(shared);
    }

    /// Something ended: the driver may want to look again.
    pub(crate) fn may_be_quiet(&self, shared: &Shared) {
        fence(SeqCst);
        if self.watched.load(Relaxed) {
            shared.driver.unpark();
        }
    }
}

/// Whether only time or the outside world can make a task run, the calling thread aside.
pub(crate) fn is_quiet(shared: &Shared) -> bool {
    let own = context::slot();
    let slots_rest = shared.slots.iter().enumerate().all(|(index, slot)| {
        let rests = Some(index) == own || shared.idle.sleeps(index) || !slot.is_occupied();
        rests && slot.stealer.is_empty() && slot.lifo.is_empty()
    });
    slots_rest
        && shared.injector.is_empty()
        && shared.quiet.runnable_roots.load(SeqCst) == 0
        && shared.blocking.busy() == 0
}
