//! When nothing can happen any more but time: what a stopped clock waits for.
//!
//! A runtime is *quiet* when every driven slot but the caller's sleeps, no queue holds a task, no blocking job is queued or runs, no `block_on` future has
//! been woken, and no task blocks in place. Only a timer or the outside world can then make a task run, so a stopped clock may jump to the next deadline.
//!
//! The driver asks with [`is_quiet`] from within its wait. If the answer is no, it asks to be [watched](Quiet::watch) and waits; whoever may have made the runtime
//! quiet then unparks the driver, which asks again:
//!
//! 1. Driver: set `watched`; fence; `is_quiet`; wait.
//! 2. Others: sleep, job or poll ends (its own write); fence; read `watched`; unpark.
//!
//! With either fence missing, both could read the old state and the clock would stand still for ever.
//!
//! # Why it looks twice
//!
//! Work goes in circles, from a slot to a blocking job to the injector to another slot, and a look visits one place after the other: in whatever order, work can
//! move from a place that is still to come to one that was found empty. Therefore two looks must find nothing, and between them nothing may have
//! [moved](Moves): then nothing was there in between either.

use super::Shared;
use crate::context;
use crate::primitive::atomic::{AtomicBool, AtomicU64, Ordering::*, fence};

/// What a stopped clock must know beyond the slots.
#[derive(Debug)]
pub(crate) struct Quiet {
    watched: AtomicBool,
    /// What runs beside the slots: futures in `block_on` that were woken and not polled to `Pending` since, and tasks whose thread has handed its slot over. Lower
    /// half: how many now. Upper half: how many ever.
    beside: AtomicU64,
}

impl Quiet {
    pub(crate) fn new() -> Self {
        Self {
            watched: AtomicBool::new(false),
            beside: AtomicU64::new(0),
        }
    }

    /// The driver wants to be unparked when the runtime may have become quiet.
    pub(crate) fn watch(&self, on: bool) {
        self.watched.store(on, SeqCst);
        fence(SeqCst);
    }

    /// A `block_on` future was woken.
    pub(crate) fn root_woken(&self) {
        self.beside.fetch_add(ONE_EVER | 1, SeqCst);
    }

    /// A `block_on` future that was woken has been polled, or is gone.
    pub(crate) fn root_rests(&self, shared: &Shared) {
        self.beside.fetch_sub(1, SeqCst);
        self.may_be_quiet(shared);
    }

    /// A task goes on without a slot.
    pub(crate) fn task_leaves(&self) {
        self.beside.fetch_add(ONE_EVER | 1, SeqCst);
    }

    /// A task that went on without a slot has one again, or has been polled to the end.
    pub(crate) fn task_is_back(&self, shared: &Shared) {
        self.beside.fetch_sub(1, SeqCst);
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
    let before = look(shared);
    before.is_some() && before == look(shared)
}

/// What tells that work has moved.
#[derive(PartialEq, Eq)]
struct Moves {
    /// Polls begun and ended, in all slots. A slot counts them before it announces that it sleeps.
    polls: u64,
    /// The word of [`Quiet::beside`].
    beside: u64,
    /// Blocking jobs ever accepted.
    jobs: u64,
}

/// `None`: something is to be done.
fn look(shared: &Shared) -> Option<Moves> {
    let own = context::slot();
    let mut polls = 0_u64;
    for (index, slot) in shared.slots.iter().enumerate() {
        let rests = Some(index) == own || shared.idle.sleeps(index) || !slot.is_occupied();
        if !(rests && slot.stealer.is_empty() && slot.lifo.is_empty()) {
            return None;
        }
        polls = polls.wrapping_add(slot.watch.sequence());
    }
    let beside = shared.quiet.beside.load(SeqCst);
    // A replacement that is not there yet drives a slot of whose task `beside` knows.
    let nothing =
        shared.injector.is_empty() && beside % ONE_EVER == 0 && shared.blocking.busy() == 0;
    nothing.then(|| Moves {
        polls,
        beside,
        jobs: shared.blocking.accepted(),
    })
}

/// One in the upper half.
const ONE_EVER: u64 = 1 << 32;
