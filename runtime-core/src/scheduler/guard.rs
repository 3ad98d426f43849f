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
//! The questions compare two moments, so they want a pause between them. A guard that is roused for something else, as pumps do, asks them no sooner for it: two pumps that came to it within
//! microseconds made every slot look as if it stood still.
//!
//! It also [invites](super::linger) a sleeper to share a backlog that one worker alone never gets the better of. That is no rescue: nothing is stuck.
//!
//! If there is a limit for polls, it then looks which of them are [beyond it](crate::observe).
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
//! # When nobody drives
//!
//! A hosted runtime has no worker that could sit while it is idle. There the guard is the one who waits in the seat when no slot has a thread. Its rule:
//!
//! 1. *No slot has a thread, and none is awaited*: it sits down and waits in the driver. What becomes ready it pushes from outside.
//! 2. *It returns from a wait, or is roused*: as long as somebody drives it leaves the seat to those who do, and guards. If they all sleep it offers them the seat.
//! 3. *The last one leaves* ([`Shared::offer_seat`]): it rouses the guard, who sits down again.
//!
//! Who comes to drive while the guard sits rouses it as one who comes while it sleeps deep. So between 2 and 3 an event costs no hop from thread to thread, and after 3 the first one
//! does, which is what the lack of an idle thread costs.
//!
//! # Designs rejected
//!
//! * Rousing the guard at every start of work: a futex wake per request at low load. Patience makes it one per idle spell.
//! * A clock stamp per poll: the sequence number in [`Watch`] tells as much for plain stores.

use std::time::{Duration, Instant};

use super::Shared;
use super::linger::Invitations;
use super::park::Parker;
use super::stats::Counter;
use super::watch::Watch;
use crate::context;
use crate::embed::pump;
use crate::handle::Handle;
use crate::observe::lookout::Lookout;
use crate::primitive::atomic::{AtomicBool, Ordering::*, fence};

/// What the guard shares with the workers.
#[derive(Debug)]
pub(crate) struct Guard {
    deep: AtomicBool,
    parker: Parker,
    /// Rescues, written by the guard only.
    pub(crate) rescues: Counter,
    /// Polls that took longer than they may. Written by the guard, or by who drives where there is none.
    pub(crate) slow_polls: Counter,
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            deep: AtomicBool::new(false),
            parker: Parker::new(),
            rescues: Counter::default(),
            slow_polls: Counter::default(),
        }
    }

    /// A slot has just stopped to sleep, or to be without a thread.
    pub(crate) fn somebody_is_awake(&self, wake_driver: impl FnOnce()) {
        // Pairs with the fence in `while_deep`: after it, this load sees the guard deep, or the guard's look saw the sleeper bit cleared.
        fence(SeqCst);
        if self.deep.load(Relaxed) && self.deep.swap(false, AcqRel) {
            self.parker.unpark(wake_driver);
        }
    }

    /// Sleeps without limit if `idle` still holds once the workers know; see the essay.
    pub(crate) fn dive_while(&self, idle: impl Fn() -> bool) {
        self.while_deep(idle, || {
            self.parker.park(None);
        });
    }

    /// Waits in the driver without limit if `idle` still holds once the workers know.
    pub(crate) fn sit_while(&self, idle: impl Fn() -> bool, wait: impl FnOnce()) {
        self.while_deep(idle, || self.parker.park_seated(wait));
    }

    fn while_deep(&self, idle: impl Fn() -> bool, sleep: impl FnOnce()) {
        self.deep.store(true, Relaxed);
        // Pairs with the fence in `somebody_is_awake`.
        fence(SeqCst);
        if idle() {
            sleep();
        }
        self.deep.store(false, Relaxed);
    }

    /// Whether the guard sleeps without limit, or is about to.
    pub(crate) fn is_deep(&self) -> bool {
        self.deep.load(SeqCst)
    }

    /// Ends the current or next sleep of the guard.
    pub(crate) fn rouse(&self, wake_driver: impl FnOnce()) {
        self.parker.unpark(wake_driver);
    }
}

/// The life of the reactor thread.
pub(crate) fn stand_guard(handle: &Handle) {
    let _entry = context::enter(handle.clone());
    let shared = handle.shared();
    let mut post = Post::new(shared);
    let mut pumps = pump::Watch::new(handle);
    while !shared.shutdown.is_closed() {
        if let Some(pumps) = &mut pumps {
            pumps.look();
        }
        if shared.is_deserted() {
            sit(shared);
        } else if shared.config.rescue {
            if post.is_due() {
                let rescued = post.look_around();
                post.invite();
                post.look_for_slow_polls();
                post.plan(rescued);
            }
            post.pause();
        } else {
            shared.guard.parker.park(pumps.as_ref().map(|_| SHORTEST));
        }
    }
}

/// Waits in the seat of a runtime that nobody drives, until something happens or somebody comes.
fn sit(shared: &Shared) {
    if let Some(mut seat) = shared.seat.try_sit() {
        let idle = || shared.is_deserted() && !shared.shutdown.is_closed();
        let wait = || seat.wait(&*shared.driver, None);
        shared.guard.sit_while(idle, wait);
    } else {
        // Somebody is on the way out of it, or looks whether it is free, and offers it then.
        shared.guard.parker.park(None);
    }
    // Who came and found the seat taken sleeps beside it.
    shared.guard_offers_seat();
}

/// What the guard remembers from one look to the next.
struct Post<'a> {
    shared: &'a Shared,
    visits: u64,
    polls: Vec<u64>,
    injected: bool,
    quiet_looks: u32,
    pause: Duration,
    /// When it looks again.
    due: Instant,
    lookout: Option<Lookout<'a>>,
    invitations: Invitations,
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
            due: Instant::now(),
            lookout: Lookout::new(shared),
            invitations: Invitations::new(),
        }
    }

    /// Who is roused for something else looks no sooner for it: what has not moved for a few microseconds need not be stuck.
    fn is_due(&self) -> bool {
        self.due <= Instant::now()
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

    /// No rescue: what is queued is served, if by one alone.
    fn invite(&mut self) {
        if self.invitations.are_due(self.shared) {
            self.shared
                .wake_or_call(self.shared.idle.claim_unless_searching());
        }
    }

    /// After what is stuck has been freed: whoever is told may take their time.
    fn look_for_slow_polls(&mut self) {
        if let Some(lookout) = &mut self.lookout {
            lookout.look();
        }
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

    /// When to look next: sooner after a rescue.
    fn plan(&mut self, rescued: bool) {
        self.pause = if rescued {
            SHORTEST
        } else {
            (self.pause * 2).min(LONGEST)
        };
        self.due = Instant::now() + self.pause;
        // A hosted runtime without a sleeper is one that awaits a thread.
        let awaits_thread = self.shared.guard_sits() && !self.shared.idle.any_sleeps();
        let idle = self.shared.all_sleep() && !awaits_thread;
        self.quiet_looks = if idle { self.quiet_looks + 1 } else { 0 };
    }

    /// Sleeps until the next look, and deep when there is nothing to guard.
    fn pause(&mut self) {
        if self.quiet_looks < PATIENCE {
            let left = self.due.saturating_duration_since(Instant::now());
            self.shared.guard.parker.park(Some(left));
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
        self.due = Instant::now() + SHORTEST;
    }
}

/// Wakes any sleeper to work, also if somebody searches already; else calls a host.
fn wake_any(shared: &Shared) -> bool {
    match shared.idle.claim() {
        Some(slot) => {
            shared.wake_claimed(slot);
            true
        }
        None => {
            shared.call_host();
            false
        }
    }
}

/// The pause after a rescue or after deep sleep.
const SHORTEST: Duration = Duration::from_millis(1);

/// The longest pause while anybody works. Two pauses bound how long a blocked worker can blind the runtime: the promise is 10 ms.
const LONGEST: Duration = Duration::from_millis(4);

/// Looks at an idle runtime before the guard sleeps deep.
const PATIENCE: u32 = 32;
