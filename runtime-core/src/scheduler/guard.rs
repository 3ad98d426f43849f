//! The reactor thread: guard of the seat.
//!
//! # The rule
//!
//! Idle workers poll sockets and timers themselves, in the seat. That is fast, but it rests on some worker becoming idle. The guard is one thread per runtime that takes
//! nothing for granted: while workers are busy it wakes every [`SHORTEST`] to [`LONGEST`] and asks three questions.
//!
//! 1. *Has anybody polled since I last looked?* If not, and nobody sits, the guard sits down, polls with zero timeout and fires what is due.
//! 2. *Is a slot in the same poll as last time, or without a thread, with tasks queued in it?* Then it opens the slot's LIFO slot and wakes a sleeper to steal.
//! 3. *Does the injector hold tasks while somebody sleeps and nobody searches?* Then it wakes a sleeper.
//!
//! Each "yes" that led to something is a rescue and is counted. A healthy run counts none: the guard is a net, not a path.
//!
//! # When the runtime is idle
//!
//! After [`PATIENCE`] looks at a runtime whose slots all sleep, the guard sleeps without limit (*deep*). The first worker that wakes up after that rouses it:
//!
//! 1. Guard: set `deep`; fence; look at the sleepers; park.
//! 2. Worker: clear its sleeper bit, or take over a slot that was handed over; fence; read `deep`; rouse.
//!
//! So either the guard sees a slot awake or the worker sees the guard deep. An idle process makes no system call at all, and under load the check is one load of a
//! line that hardly ever changes.
//!
//! # Designs rejected
//!
//! * Rousing the guard at every start of work: a futex wake per request at low load. Patience makes it one per idle spell.
//! * A clock stamp per poll: the sequence number in [`Watch`] tells as much for two plain stores.

use std::time::Duration;

use super::Shared;
use super::park::Parker;
use super::slot::Watch;
use super::stats::Counter;
use crate::context;
use crate::handle::Handle;
use crate::primitive::atomic::{AtomicBool, Ordering::*, fence};

/// What the guard shares with the workers.
#[derive(Debug)]
pub(crate) struct Guard {
    deep: AtomicBool,
    parker: Parker,
    /// Rescues, written by the guard only.
    pub(crate) rescues: Counter,
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            deep: AtomicBool::new(false),
            parker: Parker::new(),
            rescues: Counter::default(),
        }
    }

    /// A slot has just stopped to sleep, or to be without a thread.
    pub(crate) fn somebody_is_awake(&self) {
        // Pairs with the fence in `dive_while`: after it, this load sees the guard deep, or the guard's look saw the sleeper bit cleared.
        fence(SeqCst);
        if self.deep.load(Relaxed) && self.deep.swap(false, AcqRel) {
            self.parker.unpark(|| {});
        }
    }

    /// Sleeps without limit if `idle` still holds once the workers know; see the essay.
    pub(crate) fn dive_while(&self, idle: impl Fn() -> bool) {
        self.deep.store(true, Relaxed);
        // Pairs with the fence in `somebody_is_awake`.
        fence(SeqCst);
        if idle() {
            self.parker.park(None);
        }
        self.deep.store(false, Relaxed);
    }

    /// Whether the guard sleeps without limit, or is about to.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn is_deep(&self) -> bool {
        self.deep.load(SeqCst)
    }

    /// Ends the current or next sleep of the guard.
    pub(crate) fn rouse(&self) {
        self.parker.unpark(|| {});
    }
}

/// The life of the reactor thread.
pub(crate) fn stand_guard(handle: &Handle) {
    let _entry = context::enter(handle.clone());
    let shared = handle.shared();
    while !shared.config.rescue && !shared.shutdown.is_closed() {
        shared.guard.parker.park(None);
    }
    let mut post = Post::new(shared);
    while !shared.shutdown.is_closed() {
        let rescued = post.look_around();
        post.pause(rescued);
    }
}

/// What the guard remembers from one look to the next.
struct Post<'a> {
    shared: &'a Shared,
    visits: u64,
    polls: Vec<u64>,
    injected: bool,
    quiet_looks: u32,
    pause: Duration,
}

impl<'a> Post<'a> {
    fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            visits: shared.seat.visits(),
            polls: vec![0; shared.slots.len()],
            injected: false,
            quiet_looks: 0,
            pause: SHORTEST,
        }
    }

    /// The three questions. True: something had to be rescued.
    fn look_around(&mut self) -> bool {
        let polled = self.poll_for_busy_workers();
        let freed = self.free_stuck_tasks();
        let injected = self.serve_injector();
        let rescued = polled || freed || injected;
        if rescued {
            self.shared.guard.rescues.bump(1);
        }
        rescued
    }

    /// Question 1.
    fn poll_for_busy_workers(&mut self) -> bool {
        let visits = self.shared.seat.visits();
        let stood_still = std::mem::replace(&mut self.visits, visits) == visits;
        if !stood_still {
            return false;
        }
        let Some(mut seat) = self.shared.seat.try_sit() else {
            return false;
        };
        let before = context::outside_pushes();
        seat.glance(&*self.shared.driver, Some(Duration::ZERO));
        drop(seat);
        // A worker that went to sleep while the guard sat found the seat taken and sleeps beside it.
        self.shared.offer_seat();
        context::outside_pushes() != before
    }

    /// Question 2.
    fn free_stuck_tasks(&mut self) -> bool {
        let mut freed = false;
        for (slot, seen) in self.shared.slots.iter().zip(&mut self.polls) {
            let sequence = slot.watch.sequence();
            let same = std::mem::replace(seen, sequence) == sequence;
            if same
                && !(slot.stealer.is_empty() && slot.lifo.is_empty())
                && (Watch::is_poll(sequence) || !slot.is_occupied())
            {
                slot.watch.open(sequence);
                freed |= wake_any(self.shared);
            }
        }
        freed
    }

    /// Question 3, asked of the same state twice in a row.
    fn serve_injector(&mut self) -> bool {
        let idle = &self.shared.idle;
        let waits = !self.shared.injector.is_empty() && idle.any_sleeps() && !idle.any_searches();
        std::mem::replace(&mut self.injected, waits) && waits && wake_any(self.shared)
    }

    /// Sleeps until the next look: shorter after a rescue, deep when there is nothing to guard.
    fn pause(&mut self, rescued: bool) {
        self.pause = if rescued {
            SHORTEST
        } else {
            (self.pause * 2).min(LONGEST)
        };
        let idle = self.shared.all_sleep();
        self.quiet_looks = if idle { self.quiet_looks + 1 } else { 0 };
        if self.quiet_looks < PATIENCE {
            self.shared.guard.parker.park(Some(self.pause));
        } else {
            self.dive();
        }
    }

    fn dive(&mut self) {
        self.shared
            .guard
            .dive_while(|| self.shared.all_sleep() && !self.shared.shutdown.is_closed());
        self.quiet_looks = 0;
        self.pause = SHORTEST;
    }
}

/// Wakes any sleeper to work, also if somebody searches already.
fn wake_any(shared: &Shared) -> bool {
    match shared.idle.claim() {
        Some(slot) => {
            shared.wake_claimed(slot);
            true
        }
        None => false,
    }
}

/// The pause after a rescue or after deep sleep.
const SHORTEST: Duration = Duration::from_millis(1);

/// The longest pause while anybody works. Two pauses bound how long a blocked worker can blind the runtime: the promise is 10 ms.
const LONGEST: Duration = Duration::from_millis(4);

/// Looks at an idle runtime before the guard sleeps deep.
const PATIENCE: u32 = 32;
