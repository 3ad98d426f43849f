//! What sleeps, timeouts and intervals have in common: one deadline, in one wheel at most.
//!
//! ```text
//!              (1) deadline passed
//!       ┌───────────────────────────────┐
//!       │                               ▼
//!   ┌───┴───┐   (2) arm   ┌───────┐   ┌──────┐
//!   │ Idle, ├────────────►│ Armed ├──►│ Done │
//!   │ Fresh │◄────────────┤       │(3)│      │
//!   └───────┘  (4) reset  └───────┘   └──┬───┘
//!       ▲          fired or closed       │
//!       └────────────────────────────────┘
//!                  (5) reset
//! ```
//!
//! (1), (2) [`Alarm::poll`] on an alarm that is in no wheel, (2) also [`Alarm::arm`]. (3) [`Alarm::poll`] after its wheel fired it. (4)
//! [`Alarm::reset`]; while the entry still waits it stays armed and only its deadline moves. (5) [`Alarm::reset`]. An
//! alarm whose runtime went away goes to Idle, and answers with an error from there.
//!
//! An alarm is not pinned to its place: the wheel knows the waker, not the alarm.

use crate::clock;
use crate::error::Error;
use crate::instant::Instant;
use crate::moment::{self, Moment};
use crate::shard::{Lease, Look, Shard};
use crate::timers;
use crate::wheel::Key;
use runtime_core::coop;
use std::fmt;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

/// One deadline, to be polled.
pub(crate) struct Alarm {
    shard: &'static Shard,
    deadline: Moment,
    term: u32,
    stage: Stage,
}

/// The stage of an alarm in four bytes: a key, or one of the marks above the largest key.
struct Stage(u32);

impl Stage {
    /// In no wheel.
    const IDLE: Self = Self(Key::MAX + 1);
    /// In no wheel yet, and its deadline was computed from a clock read just before, to lie in the future.
    const FRESH: Self = Self(Key::MAX + 2);
    /// Its time has come.
    const DONE: Self = Self(Key::MAX + 3);

    fn armed(key: Key) -> Self {
        Self(key.into_index())
    }

    fn is(&self, mark: Self) -> bool {
        self.0 == mark.0
    }

    /// Leaves IDLE behind and returns the key of an armed stage.
    #[inline]
    fn take_key(&mut self) -> Option<Key> {
        (self.0 <= Key::MAX).then(|| Key::from_index(std::mem::replace(self, Self::IDLE).0))
    }
}

/// From this length on a new alarm is taken to lie in the future at its first poll; see [`Alarm::is_due`].
const FRESH: Duration = Duration::from_millis(1);

impl Alarm {
    /// An alarm of the current runtime for this instant.
    #[track_caller]
    pub(crate) fn at(deadline: Instant) -> Self {
        let lease = timers::with_current(|timers| timers.lease());
        Self::new(lease, deadline.to_moment(), Stage::IDLE)
    }

    /// An alarm of the current runtime that lies `duration` ahead; about 30 years if that cannot be represented.
    #[track_caller]
    #[inline]
    pub(crate) fn after(duration: Duration) -> Self {
        let (lease, now) = timers::with_current(|timers| (timers.lease(), timers.clock().soon()));
        let stage = if duration < FRESH {
            Stage::IDLE
        } else {
            Stage::FRESH
        };
        Self::new(lease, moment::deadline(now, duration), stage)
    }

    #[inline]
    fn new(lease: Lease, deadline: Moment, stage: Stage) -> Self {
        Self {
            shard: lease.shard,
            deadline,
            term: lease.term,
            stage,
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        Instant::from_moment(self.deadline)
    }

    /// Whether its time has come, as far as its wheel or the last poll knows.
    pub(crate) fn is_elapsed(&self) -> bool {
        self.stage.is(Stage::DONE)
            || self.stage.0 <= Key::MAX && self.lease().has_fired(&Key::from_index(self.stage.0))
    }

    /// Moves the deadline. Who waits goes on waiting for the new one.
    pub(crate) fn reset(&mut self, deadline: Instant) {
        self.deadline = deadline.to_moment();
        self.stage = match self.stage.take_key() {
            Some(key) => match self.lease().reset(key, self.rounded()) {
                Some(key) => Stage::armed(key),
                None => Stage::IDLE,
            },
            None => Stage::IDLE,
        };
    }

    /// Waits for the deadline. Ready once it has passed, and from then on.
    ///
    /// # Errors
    ///
    /// Fails if the runtime went away first.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), Error>> {
        if self.stage.is(Stage::DONE) {
            return Poll::Ready(Ok(()));
        }
        match self.stage.take_key() {
            Some(key) => self.poll_armed(key, cx.waker()),
            None => self.poll_idle(cx.waker()),
        }
    }

    /// The same, but its completion takes a unit of the task's budget.
    #[inline]
    pub(crate) fn poll_with_budget(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let result = ready!(self.poll(cx));
        ready!(coop::poll_proceed(cx)).made_progress();
        Poll::Ready(result)
    }

    /// Enters its wheel, also if the deadline has passed: the wheel then wakes at its next look. For an alarm that was never polled.
    ///
    /// # Errors
    ///
    /// Fails if the runtime went away.
    #[inline]
    pub(crate) fn arm(&mut self, waker: &Waker) -> Result<(), Error> {
        debug_assert!(self.stage.0 > Key::MAX, "armed twice");
        let key = self.lease().arm(self.rounded(), waker.clone())?;
        self.stage = Stage::armed(key);
        Ok(())
    }

    #[inline]
    fn poll_idle(&mut self, waker: &Waker) -> Poll<Result<(), Error>> {
        if self.is_due() {
            self.stage = Stage::DONE;
            return Poll::Ready(Ok(()));
        }
        let key = self.lease().arm(self.rounded(), waker.clone())?;
        self.stage = Stage::armed(key);
        Poll::Pending
    }

    fn poll_armed(&mut self, key: Key, waker: &Waker) -> Poll<Result<(), Error>> {
        let look = match self.lease().look(key, waker) {
            Look::Other(key) => {
                // The clone is a stranger's code and may unwind: the key stays in the stage meanwhile.
                self.stage = Stage::armed(key);
                let waker = waker.clone();
                let key = self.stage.take_key();
                key.map_or(Look::Closed, |key| self.lease().change_waker(key, waker))
            }
            look => look,
        };
        match look {
            Look::Armed(key) | Look::Other(key) => {
                self.stage = Stage::armed(key);
                Poll::Pending
            }
            Look::Fired => {
                self.stage = Stage::DONE;
                Poll::Ready(Ok(()))
            }
            Look::Closed => Poll::Ready(Err(Error::shutdown())),
        }
    }

    /// Whether the deadline has passed, before it is armed.
    ///
    /// A fresh alarm is usually polled right after it was made, so the clock, the dearest part of a short-lived sleep, is
    /// not read a second time if its wheel has an earlier deadline anyway. Should this deadline have passed all the same,
    /// then so has the wheel's, and the next look at the wheel fires both.
    #[inline]
    fn is_due(&self) -> bool {
        if clock::ever_frozen() {
            return self.is_due_by_clock();
        }
        if self.stage.is(Stage::FRESH) && self.shard.next() <= self.deadline {
            return false;
        }
        self.deadline <= moment::now()
    }

    #[cold]
    fn is_due_by_clock(&self) -> bool {
        match self.lease().home() {
            Some(home) => home.clock.round(self.deadline) <= home.clock.now(),
            None => self.deadline <= moment::now(),
        }
    }

    /// The deadline as the clock wants it.
    #[inline]
    fn rounded(&self) -> Moment {
        if clock::ever_frozen() {
            let home = self.lease().home();
            return home.map_or(self.deadline, |home| home.clock.round(self.deadline));
        }
        self.deadline
    }

    fn lease(&self) -> Lease {
        Lease {
            shard: self.shard,
            term: self.term,
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(key) = self.stage.take_key() {
            self.lease().disarm(key);
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("deadline", &self.deadline())
            .field("armed", &(self.stage.0 <= Key::MAX))
            .finish()
    }
}
