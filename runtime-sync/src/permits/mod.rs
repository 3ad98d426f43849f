//! The counting semaphore underneath `Semaphore`, `Mutex`, `RwLock`, `OnceCell` and bounded `mpsc`: one fair queue,
//! proved once.
//!
//! # Words
//!
//! **Permits** are counted in one state word. A **waiter** asks for `needed` permits and **misses** some of them.
//! Permits that were given to a waiter are in nobody's count any more: they belong to the waiter, or to its drop.
//!
//! # The rule
//!
//! 1. With enough permits in the word and nobody waiting, taking is one compare-exchange, and so is giving back.
//! 2. Who finds too few takes what there is, sets `WAITERS` in the same step and queues for the rest. All of it under
//!    the queue's lock.
//! 3. While `WAITERS` is set the word holds no permits: whatever is given back goes to the head of the queue, under
//!    the lock. So nobody passes the queue, and a large request at its head is filled before the small ones behind
//!    it.
//! 4. `WAITERS` is cleared under the lock, by whoever leaves the list empty, together with adding what is left over.
//! 5. A waiter that is dropped gives back what it had. If it held up others, they are served at once.
//! 6. `close` sets `CLOSED` once and for ever, takes the permits of half-served waiters back, and wakes them all.
//! 7. A task that has used up the budget of its poll joins the line, so that nobody overtakes it there; but what is
//!    free it leaves alone until its next poll. Otherwise it would hold a lock while it does not run, and all who
//!    come meanwhile queue: a queue that does not end by itself, since with rule 3 each holder hands over to the next
//!    one and queues again behind it. Measured with two tasks on one mutex: six times the cost.
//!
//! ```text
//!   word:  │ permits … │ WAITERS │ CLOSED │
//!
//!          1 take, give back (CAS)
//!             ┌──────┐
//!             │      ▼      2 too few: take the rest, queue (lock + CAS)
//!          ┌──┴────────┐ ──────────────────────────► ┌─────────────┐
//!          │ no WAITERS│                             │ WAITERS, 0  │ ⟲ 3 give back: to the head (lock)
//!          └───────────┘ ◄────────────────────────── └─────────────┘
//!                           4 list empty: add the rest (lock + CAS)
//! ```
//!
//! # Why it holds
//!
//! *No permit is lost between a giver and a waiter that is about to queue:* the giver's CAS fails if `WAITERS` came
//! first, and it goes to the lock; if the giver came first, the CAS of step 2 fails and looks again.
//! *Nobody passes the queue:* taking needs permits in the word, and there are none while anyone waits (rule 3).
//!
//! # Rejected
//!
//! Waking the head and letting it compete: the one who wakes up latest starves. Adding with `fetch_add`: it cannot
//! look at `WAITERS` in the same step, so for a moment a passer-by could take what belongs to the head.

mod take;

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::primitive::AtomicUsize;
use crate::wait_list::{Locked, QueueGuard, WaitQueue, wake_each};

pub(crate) use take::Take;

/// No more permits will be handed out. Set by `close`, never cleared.
const CLOSED: usize = 1;
/// Somebody is queued; the word holds no permits. Set and cleared under the queue's lock.
const WAITERS: usize = 2;
/// Where the count begins.
const SHIFT: u32 = 2;
/// The waiter has all its permits.
const GRANTED: u8 = 2;
/// The semaphore was closed; the waiter has nothing.
const REFUSED: u8 = 3;

/// The semaphore.
pub(crate) struct Permits {
    state: AtomicUsize,
    queue: WaitQueue<(), Request>,
}

/// What a waiter asked for and what it has not got yet.
#[derive(Debug)]
pub(crate) struct Request {
    needed: usize,
    missing: usize,
}

/// Waiting ended because the semaphore was closed.
#[derive(Debug)]
pub(crate) struct Closed;

/// What a taker found under the lock.
enum Joined {
    /// All it asked for.
    Taken,
    /// The semaphore is closed.
    Refused,
    /// Too few permits: so many are missing.
    Missing(usize),
}

/// Why taking without waiting failed.
#[derive(Debug)]
pub(crate) enum TryTakeError {
    /// The semaphore is closed.
    Closed,
    /// There are too few permits.
    TooFew,
}

impl Permits {
    /// The largest legal count: three bits are out of reach, as they are in tokio.
    pub(crate) const MAX: usize = usize::MAX >> 3;

    /// A semaphore with `permits` permits.
    #[track_caller]
    pub(crate) fn new(permits: usize) -> Self {
        assert!(
            permits <= Self::MAX,
            "a semaphore may not have more than MAX_PERMITS permits ({})",
            Self::MAX
        );
        Self {
            state: AtomicUsize::new(permits << SHIFT),
            queue: WaitQueue::new(()),
        }
    }

    /// A semaphore with `permits` permits, in a constant.
    #[cfg(not(loom))]
    #[track_caller]
    pub(crate) const fn const_new(permits: usize) -> Self {
        assert!(
            permits <= Self::MAX,
            "a semaphore may not have more than MAX_PERMITS permits"
        );
        Self {
            state: AtomicUsize::new(permits << SHIFT),
            queue: WaitQueue::new(()),
        }
    }

    /// A semaphore that was closed before its first use, in a constant.
    #[cfg(not(loom))]
    pub(crate) const fn const_new_closed() -> Self {
        Self {
            state: AtomicUsize::new(CLOSED),
            queue: WaitQueue::new(()),
        }
    }

    /// Permits that nobody holds and nobody queued for.
    pub(crate) fn available(&self) -> usize {
        self.state.load(Acquire) >> SHIFT
    }

    /// Whether `close` was called.
    pub(crate) fn is_closed(&self) -> bool {
        // Acquire: pairs with `close`.
        self.state.load(Acquire) & CLOSED != 0
    }

    /// Takes `n` permits, or nothing.
    #[inline]
    pub(crate) fn try_take(&self, n: usize) -> Result<(), TryTakeError> {
        // Relaxed: the CAS synchronises.
        let mut state = self.state.load(Relaxed);
        loop {
            if state & CLOSED != 0 {
                // Acquire: pairs with `close`, so that what was done before it is seen. `OnceCell` and `Queue` look.
                let _ = self.state.load(Acquire);
                return Err(TryTakeError::Closed);
            }
            if state >> SHIFT < n {
                return Err(TryTakeError::TooFew);
            }
            // Acquire: pairs with the Release of whoever gave the permits back.
            match self
                .state
                .compare_exchange_weak(state, state - (n << SHIFT), Acquire, Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(actual) => state = actual,
            }
        }
    }

    /// Takes `n` permits, waiting for them in line.
    ///
    /// # Panics
    ///
    /// Panics when `n` is more than there can ever be.
    #[inline]
    #[track_caller]
    pub(crate) fn take(&self, n: usize) -> Take<'_> {
        assert!(
            n <= Self::MAX,
            "a semaphore may not have more than MAX_PERMITS permits ({})",
            Self::MAX
        );
        Take::new(self, n)
    }

    /// Rule 2: takes `needed` permits or, if there are too few, what there is, and says how many are missing. Then the
    /// caller queues for them, under the same lock.
    fn take_or_join(&self, needed: usize, _: &Locked<(), Request>) -> Joined {
        // Relaxed: the CAS synchronises.
        let mut state = self.state.load(Relaxed);
        loop {
            let found = state >> SHIFT;
            let (joined, new) = if state & CLOSED != 0 {
                (Joined::Refused, state)
            } else if found >= needed {
                (Joined::Taken, state - (needed << SHIFT))
            } else {
                (Joined::Missing(needed - found), WAITERS)
            };
            // Acquire: pairs with the Release of whoever gave these permits back, and with `close`. The giver who sees
            // `WAITERS` goes to the lock, which orders the rest.
            match self
                .state
                .compare_exchange_weak(state, new, Acquire, Relaxed)
            {
                Ok(_) => return joined,
                Err(actual) => state = actual,
            }
        }
    }

    /// Gives `n` permits back, or adds them.
    ///
    /// # Panics
    ///
    /// Panics when there would be more than [`MAX`](Self::MAX).
    #[inline]
    pub(crate) fn give(&self, n: usize) {
        if n == 0 {
            return;
        }
        // Relaxed: the CAS synchronises.
        let mut state = self.state.load(Relaxed);
        while state & WAITERS == 0 {
            let new = sum(state, n);
            // Release: pairs with the Acquire of whoever takes them.
            match self
                .state
                .compare_exchange_weak(state, new, Release, Relaxed)
            {
                Ok(_) => return,
                Err(actual) => state = actual,
            }
        }
        self.give_in_line(n);
    }

    #[cold]
    fn give_in_line(&self, n: usize) {
        // Checked before anybody is served: a panic half way would swallow wake-ups.
        let _ = sum(0, n);
        self.serve(n, self.queue.lock());
    }

    /// Rule 3 and 4: fills requests from the head with `rest` permits; leaves what nobody waits for in the word.
    fn serve(&self, mut rest: usize, locked: QueueGuard<'_, (), Request>) {
        wake_each(&self.queue, locked, |locked| {
            // Relaxed: `CLOSED` is set under this lock.
            if self.state.load(Relaxed) & CLOSED != 0 || locked.is_empty() {
                self.settle(std::mem::take(&mut rest), locked);
                return None;
            }
            let request = locked.front_mut()?;
            let given = rest.min(request.missing);
            request.missing -= given;
            rest -= given;
            if request.missing > 0 {
                return None;
            }
            locked.pop_front(GRANTED)
        });
    }

    /// Adds `rest` to the word and, if nobody waits, clears `WAITERS`.
    fn settle(&self, rest: usize, locked: &Locked<(), Request>) {
        let keep = if locked.is_empty() { !WAITERS } else { !0 };
        // Relaxed: the CAS synchronises.
        let mut state = self.state.load(Relaxed);
        loop {
            let new = sum(state, rest) & keep;
            // Release: pairs with the Acquire of whoever takes them. What other givers released goes on, as this is a
            // read-modify-write.
            match self
                .state
                .compare_exchange_weak(state, new, Release, Relaxed)
            {
                Ok(_) => return,
                Err(actual) => state = actual,
            }
        }
    }

    /// Takes up to `n` permits away for good; says how many.
    pub(crate) fn forget(&self, n: usize) -> usize {
        // Relaxed: the CAS synchronises.
        let mut state = self.state.load(Relaxed);
        loop {
            let taken = n.min(state >> SHIFT);
            if taken == 0 {
                return 0;
            }
            // Acquire: as every taker.
            match self.state.compare_exchange_weak(
                state,
                state - (taken << SHIFT),
                Acquire,
                Relaxed,
            ) {
                Ok(_) => return taken,
                Err(actual) => state = actual,
            }
        }
    }

    /// Rule 6.
    pub(crate) fn close(&self) {
        let locked = self.queue.lock();
        // Release: what happened before `close` is seen by whoever sees it closed.
        if self.state.fetch_or(CLOSED, Release) & CLOSED != 0 {
            return;
        }
        wake_each(&self.queue, locked, |locked| {
            let Some(request) = locked.front_mut() else {
                self.settle(0, locked);
                return None;
            };
            let served = request.needed - request.missing;
            if served > 0 {
                self.settle(served, locked);
            }
            locked.pop_front(REFUSED)
        });
    }
}

/// The state with `n` more permits.
#[inline]
fn sum(state: usize, n: usize) -> usize {
    let permits = state >> SHIFT;
    match permits.checked_add(n) {
        Some(new) if new <= Permits::MAX => state + (n << SHIFT),
        _ => overflow(n),
    }
}

#[cold]
fn overflow(n: usize) -> ! {
    assert!(
        n <= Permits::MAX,
        "cannot add more than MAX_PERMITS permits ({})",
        Permits::MAX
    );
    panic!(
        "number of added permits ({n}) would overflow MAX_PERMITS ({})",
        Permits::MAX
    )
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("permits", &self.available())
            .finish()
    }
}
