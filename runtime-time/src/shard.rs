//! The wheel of one slot behind its lock, and the deadline it publishes.
//!
//! # The rule
//!
//! * The wheel is touched under its lock only, by anyone: the slot's own thread when it arms and drops sleeps, any other
//!   thread for a sleep that moved, and whoever sits in the driver's seat to fire what is due. A slot whose thread blocks,
//!   left or never came is therefore served like any other.
//! * `next` is written under the lock, together with what changes it, and read without. It may be earlier than the
//!   truth (a cancelled sleep leaves it alone) but never later. Too early costs one look at the wheel at that time, after
//!   which it is exact again; so a server that arms and drops a timeout per request writes it about once per timeout's
//!   length, not once per request.
//! * Only lowering `next` has to be announced to the thread in the seat, by the handshake of [`crate::seat`].
//! * Wakers are cloned before the lock is taken, and woken or dropped after it was let go.
//!
//! # Shards are never freed
//!
//! A sleep refers to its shard as `&'static`, so that making and dropping it touches no reference count; two more atomic
//! operations would be a fifth of its whole cost. When a runtime goes its shards are kept for the next one, and the number
//! of shards is the largest number of slots that were alive at once. Each lease has a *term*; a sleep that outlives
//! its runtime names an old term, and gets nothing but the answer that its runtime has gone.

use crate::error::Error;
use crate::home::Home;
use crate::moment::{Moment, NEVER};
use crate::primitive::{AtomicU64, Mutex, Ordering};
use crate::wheel::{Fate, Key, Wheel};
use runtime_core::util::{WakeList, swallow};
use std::sync::Arc;
use std::task::Waker;

/// How many entries of a slot are looked at for its earliest deadline before its beginning is taken instead.
const EFFORT: usize = 32;

/// How many entries are fired or placed anew before the lock is let go for a moment: a microsecond or so.
const WORK: usize = 128;

/// The wheel of a slot.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Not later than the deadline of any armed entry; [`NEVER`] if there is none. Written under the lock.
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    wheel: Wheel,
    /// Counts the leases that ended.
    term: u32,
    /// What the shard belongs to; `None` while it is closed.
    home: Option<Arc<Home>>,
}

/// The right to arm timers at a shard during one term.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lease {
    pub(crate) shard: &'static Shard,
    pub(crate) term: u32,
}

/// What a look at an armed entry found.
#[derive(Debug)]
pub(crate) enum Look {
    /// It is armed.
    Armed(Key),
    /// It is armed, but wakes another task than the caller's.
    Other(Key),
    /// Its time has come; the entry is gone.
    Fired,
    /// Its runtime went away; the entry is gone.
    Closed,
}

impl Shard {
    pub(crate) fn new() -> Self {
        Self {
            next: AtomicU64::new(NEVER),
            state: Mutex::new(State {
                wheel: Wheel::new(0),
                term: 0,
                home: None,
            }),
        }
    }

    /// Lets a vacant shard to the wheels of a runtime.
    pub(crate) fn open(&'static self, home: Arc<Home>) -> Lease {
        let wheel = Wheel::new(home.clock.now());
        let mut state = self.state.lock();
        debug_assert!(state.home.is_none());
        state.wheel = wheel;
        state.home = Some(home);
        let term = state.term;
        Lease { shard: self, term }
    }

    /// Ends the term, and all waits with it: the shard is vacant afterwards.
    pub(crate) fn vacate(&self) {
        self.close();
        let mut state = self.state.lock();
        state.term = state.term.wrapping_add(1);
        let old = std::mem::replace(&mut state.wheel, Wheel::new(0));
        drop(state);
        drop(old);
    }

    /// Ends all waits, without their time having come. Later ones are refused.
    pub(crate) fn close(&self) {
        let mut batch = WakeList::new();
        loop {
            let mut state = self.state.lock();
            let home = state.home.take();
            self.next.store(NEVER, Ordering::Relaxed);
            while batch.can_push() {
                match state.wheel.pop_closed() {
                    Some(waker) => batch.push(waker),
                    None => break,
                }
            }
            drop(state);
            drop(home);
            if batch.is_empty() {
                return;
            }
            wake(&mut batch);
        }
    }

    /// The published deadline.
    pub(crate) fn next(&self) -> Moment {
        self.next.load(Ordering::Relaxed)
    }

    /// Looks up and publishes the exact next deadline.
    pub(crate) fn next_exact(&self) -> Moment {
        let mut state = self.state.lock();
        let next = state.wheel.next(usize::MAX).unwrap_or(NEVER);
        self.next.store(next, Ordering::Relaxed);
        next
    }

    /// Until the end of the term, what is due together fires in the order of its deadlines.
    pub(crate) fn fire_in_order(&self) {
        self.state.lock().wheel.fire_in_order();
    }

    /// The number of armed timers.
    pub(crate) fn armed(&self) -> usize {
        self.state.lock().wheel.armed()
    }

    /// Wakes all whose deadline is not after `now`, and says how many that were.
    pub(crate) fn fire(&self, now: Moment) -> usize {
        let mut batch = WakeList::new();
        let mut fired = 0;
        loop {
            let mut effort = WORK;
            let mut state = self.state.lock();
            while batch.can_push() {
                match state.wheel.pop_due(now, &mut effort) {
                    Some(waker) => batch.push(waker),
                    None => break,
                }
            }
            let next = state.wheel.next(EFFORT).unwrap_or(NEVER);
            self.next.store(next, Ordering::Relaxed);
            drop(state);
            fired += batch.len();
            let more = !batch.can_push() || effort == 0;
            wake(&mut batch);
            if !more {
                return fired;
            }
        }
    }
}

impl State {
    /// Ends an entry that is not armed, so that there is no waker to drop.
    fn end(&mut self, key: Key, look: Look) -> Look {
        let none = self.wheel.remove(key);
        debug_assert!(none.is_none(), "only armed entries have wakers");
        look
    }
}

impl Lease {
    /// What the shard belongs to, if this term has not ended.
    pub(crate) fn home(self) -> Option<Arc<Home>> {
        let state = self.shard.state.lock();
        state.home.clone().filter(|_| state.term == self.term)
    }

    /// Arms a new entry.
    ///
    /// # Errors
    ///
    /// Fails if the runtime went away.
    #[inline]
    pub(crate) fn arm(self, deadline: Moment, waker: Waker) -> Result<Key, Error> {
        let mut state = self.shard.state.lock();
        if state.term != self.term || state.home.is_none() {
            drop(state);
            return Err(Error::shutdown());
        }
        let key = state.wheel.insert(deadline, waker);
        let sitter = self.publish(&state, deadline);
        drop(state);
        unpark(sitter);
        Ok(key)
    }

    /// Looks at an entry; it is ended if it is not armed any more.
    pub(crate) fn look(self, key: Key, waker: &Waker) -> Look {
        let mut state = self.shard.state.lock();
        match self.look_under_lock(&mut state, key) {
            Look::Armed(key) if !state.wheel.will_wake(&key, waker) => Look::Other(key),
            look => look,
        }
    }

    /// The same, and from now on the entry wakes `waker` if it is still armed.
    pub(crate) fn change_waker(self, key: Key, waker: Waker) -> Look {
        let mut state = self.shard.state.lock();
        let look = self.look_under_lock(&mut state, key);
        let unused = match &look {
            Look::Armed(key) => state.wheel.set_waker(key, waker),
            _ => Some(waker),
        };
        drop(state);
        drop(unused);
        look
    }

    fn look_under_lock(self, state: &mut State, key: Key) -> Look {
        if state.term != self.term {
            return Look::Closed;
        }
        match state.wheel.fate(&key) {
            Fate::Armed => Look::Armed(key),
            Fate::Fired => state.end(key, Look::Fired),
            Fate::Closed => state.end(key, Look::Closed),
        }
    }

    /// Moves the deadline of an entry if it is still armed, else ends the entry.
    pub(crate) fn reset(self, key: Key, deadline: Moment) -> Option<Key> {
        let mut state = self.shard.state.lock();
        let Look::Armed(key) = self.look_under_lock(&mut state, key) else {
            return None;
        };
        state.wheel.reset(&key, deadline);
        let sitter = self.publish(&state, deadline);
        drop(state);
        unpark(sitter);
        Some(key)
    }

    /// Whether the time of an entry has come.
    pub(crate) fn has_fired(self, key: &Key) -> bool {
        let state = self.shard.state.lock();
        state.term == self.term && state.wheel.fate(key) == Fate::Fired
    }

    /// Ends an entry.
    #[inline]
    pub(crate) fn disarm(self, key: Key) {
        let mut state = self.shard.state.lock();
        if state.term == self.term {
            let waker = state.wheel.remove(key);
            drop(state);
            drop(waker);
        }
    }

    /// Publishes a deadline if it is the earliest. Returns whom to unpark, which is done without the lock.
    #[inline]
    fn publish(self, state: &State, deadline: Moment) -> Option<Arc<Home>> {
        if deadline >= self.shard.next.load(Ordering::Relaxed) {
            return None;
        }
        self.shard.next.store(deadline, Ordering::Relaxed);
        let home = state.home.as_ref()?;
        home.seat.must_hear_of(deadline).then(|| Arc::clone(home))
    }
}

fn unpark(sitter: Option<Arc<Home>>) {
    if let Some(home) = sitter {
        home.driver.unpark();
    }
}

/// Wakes a batch. A waker of a foreign executor that panics takes neither the other timers nor this thread with it.
fn wake(batch: &mut WakeList) {
    swallow(|| batch.wake_all());
}
