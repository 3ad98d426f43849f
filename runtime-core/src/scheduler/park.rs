//! Going to sleep and being woken: the parker of a slot, and the seat.
//!
//! # Words
//!
//! A *parker* is the sticky wake token of one slot (or of one `block_on`). The *seat* is the right to wait in the driver; there is one for the
//! runtime, and [`SeatToken`] is the proof of sitting in it, so "one thread polls at a time" is checked by the compiler.
//!
//! # The parker
//!
//! ```text
//!                1 park                        ┌──────────┐
//!            ┌───────────────────────────────► │ PARKED   │ ──┐
//!            │                                 └──────────┘   │ 3 unpark: under the lock, then notify
//!        ┌───┴───┐   2 park_seated             ┌──────────┐   │
//!   ┌──► │ EMPTY │ ──────────────────────────► │ SEATED   │ ──┤ 4 unpark: wakes the driver
//!   │    └───┬───┘                             └────┬─────┘   │
//!   │        │ 5 unpark                             │         ▼
//!   │        └──────────────────────────────────────┼──► ┌──────────┐
//!   │                     6 return without a token  │    │ NOTIFIED │
//!   └───────────────────────────────────────────────┘    └────┬─────┘
//!   ▲                       7 park, park_seated, or return    │
//!   └──────────────────────────────────────────────────────────┘
//! ```
//!
//! `unpark` is one swap: whatever the sleeper was doing, the token is there. What is owed beyond that depends on the state found: nothing (5), a
//! notification (3), or [`Driver::unpark`] (4). The swap is Release and the sleeper's exchange Acquire, so the sleeper sees what was
//! written before.
//!
//! Without the lock in edge 3 a sleeper between its exchange to `PARKED` and its wait on the condition variable would miss the notification.
//!
//! # Designs rejected
//!
//! * `std::thread::park`: one token per thread that user code may consume, and a slot changes its thread.
//! * A parker that always waits in the driver: a second waiter would have to wait for the seat, and every wake would cost a write to an eventfd.

use std::time::{Duration, Instant};

use crate::context::{self, Entered};
use crate::driver::Driver;
use crate::primitive::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::*};
use crate::primitive::{Condvar, Mutex, MutexGuard};
use crate::unwind;

const EMPTY: usize = 0;
const PARKED: usize = 1;
const SEATED: usize = 2;
const NOTIFIED: usize = 3;

/// The state of a parker, as [`Parker::posture`] sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posture {
    Awake,
    Parked,
    Seated,
    /// It holds a wake token that was not taken yet.
    Notified,
}

/// A sticky wake token that one thread at a time waits for.
#[derive(Debug)]
pub(crate) struct Parker {
    state: AtomicUsize,
    // No user code runs under this lock; it only orders a notification after the start of the wait.
    lock: Mutex<()>,
    condvar: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicUsize::new(EMPTY),
            lock: Mutex::new(()),
            condvar: Condvar::new(),
        }
    }

    /// Edges 1 and 7: waits for the token, at most for `timeout`. True: the token came.
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        if self.take_token() {
            return true;
        }
        if timeout.is_some_and(|limit| limit.is_zero()) {
            return false;
        }
        let deadline = timeout.and_then(|limit| Instant::now().checked_add(limit));
        let mut lock = self.lock.lock();
        if self
            .state
            .compare_exchange(EMPTY, PARKED, AcqRel, Acquire)
            .is_ok()
        {
            while self.state.load(Acquire) == PARKED {
                match deadline {
                    None => self.condvar.wait(&mut lock),
                    Some(deadline) => {
                        if self.condvar.wait_until(&mut lock, deadline).timed_out() {
                            break;
                        }
                    }
                }
            }
        }
        self.state.swap(EMPTY, AcqRel) == NOTIFIED
    }

    /// Edges 2, 6 and 7: waits inside `wait`, which `unpark` ends through the driver.
    pub(crate) fn park_seated(&self, wait: impl FnOnce()) {
        if self
            .state
            .compare_exchange(EMPTY, SEATED, AcqRel, Acquire)
            .is_ok()
        {
            wait();
        }
        self.state.swap(EMPTY, AcqRel);
    }

    /// Edges 3, 4 and 5: leaves the token; `wake_driver` is called if the thread waits in the driver.
    pub(crate) fn unpark(&self, wake_driver: impl FnOnce()) {
        match self.state.swap(NOTIFIED, AcqRel) {
            PARKED => {
                drop(self.lock.lock());
                self.condvar.notify_one();
            }
            SEATED => wake_driver(),
            _ => {}
        }
    }

    /// What the thread of the slot does about sleep, for people: a look that leaves no trace.
    pub(crate) fn posture(&self) -> Posture {
        match self.state.load(Relaxed) {
            PARKED => Posture::Parked,
            SEATED => Posture::Seated,
            NOTIFIED => Posture::Notified,
            _ => Posture::Awake,
        }
    }

    fn take_token(&self) -> bool {
        self.state
            .compare_exchange(NOTIFIED, EMPTY, AcqRel, Acquire)
            .is_ok()
    }
}

/// The one seat of a runtime.
#[derive(Debug)]
pub(crate) struct Seat {
    // Held for the length of a wait; wakers of user tasks run under it, which is safe because nobody ever waits for it but shutdown.
    taken: Mutex<()>,
    /// Held by the one thread that watches whether others go on visiting. No code at all runs under it but its holder's wait.
    watched: Mutex<()>,
    visits: AtomicU64,
    /// It belongs to a host, and nobody else sits down.
    reserved: AtomicBool,
}

/// Proof of sitting in the seat: whoever holds it may wait in the driver.
pub(crate) struct SeatToken<'a> {
    seat: &'a Seat,
    _taken: MutexGuard<'a, ()>,
}

/// Standing by the seat, while it lives.
#[must_use = "the watch ends when this is dropped"]
pub(crate) struct Standby<'a>(#[expect(dead_code, reason = "held")] MutexGuard<'a, ()>);

impl Seat {
    pub(crate) fn new() -> Self {
        Self {
            taken: Mutex::new(()),
            watched: Mutex::new(()),
            visits: AtomicU64::new(0),
            reserved: AtomicBool::new(false),
        }
    }

    /// Sits down unless somebody else sits.
    pub(crate) fn try_sit(&self) -> Option<SeatToken<'_>> {
        self.taken.try_lock().map(|taken| SeatToken {
            seat: self,
            _taken: taken,
        })
    }

    /// Whether nobody sits, and anybody may.
    pub(crate) fn is_free(&self) -> bool {
        self.try_sit().is_some() && !self.is_reserved()
    }

    /// Reserves the seat for a host, or gives it back. False: it was.
    pub(crate) fn reserve(&self, yes: bool) -> bool {
        self.reserved.swap(yes, SeqCst) != yes
    }

    /// For who has just sat down, or does not care that the answer may be old.
    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.load(SeqCst)
    }

    /// Becomes the one who watches the visits, unless somebody is.
    pub(crate) fn try_stand_by(&self) -> Option<Standby<'_>> {
        self.watched.try_lock().map(Standby)
    }

    /// Waits until the seat is free. For shutdown, when every other sitter is on its way out.
    pub(crate) fn sit(&self) -> SeatToken<'_> {
        SeatToken {
            seat: self,
            _taken: self.taken.lock(),
        }
    }

    /// How many waits in the driver have begun, apart from the guard's: if it stands still, nobody polls.
    pub(crate) fn visits(&self) -> u64 {
        self.visits.load(Relaxed)
    }
}

impl SeatToken<'_> {
    /// Waits in the driver.
    ///
    /// Wakers of strangers run in here. One that panics must not take the thread with it, and none may hand over the slot of a thread that sleeps.
    pub(crate) fn wait(&mut self, driver: &dyn Driver, timeout: Option<Duration>) {
        // A plain add: only the holder of the seat writes.
        self.seat
            .visits
            .store(self.seat.visits.load(Relaxed).wrapping_add(1), Relaxed);
        self.glance(driver, timeout);
    }

    /// As [`wait`](Self::wait), but does not count as a visit: for the guard, who must not be taken for a worker that is alive.
    pub(crate) fn glance(&mut self, driver: &dyn Driver, timeout: Option<Duration>) {
        let _async = context::enter_async(Entered::Alone);
        unwind::swallow(|| driver.park(timeout));
    }
}
