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

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use crate::primitive::AtomicUsize;
use crate::wait_list::{Locked, QueueGuard, WaitQueue, Waiter, wake_each};

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
        Take {
            waiter: Waiter::new(
                &self.queue,
                Request {
                    needed: n,
                    missing: n,
                },
            ),
            permits: self,
            needed: n,
            phase: Phase::New,
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
            // Release: pairs with the Acquire of whoever takes them. Acquire: an RMW in a chain of permits.
            match self
                .state
                .compare_exchange_weak(state, new, AcqRel, Relaxed)
            {
                Ok(_) => return,
                Err(actual) => state = actual,
            }
        }
    }

    /// Takes up to `n` permits away for good; says how many.
    pub(crate) fn forget(&self, n: usize) -> usize {
        let mut state = self.state.load(Acquire);
        loop {
            let taken = n.min(state >> SHIFT);
            if taken == 0 {
                return 0;
            }
            // AcqRel: a taker and a giver in one.
            match self
                .state
                .compare_exchange_weak(state, state - (taken << SHIFT), AcqRel, Acquire)
            {
                Ok(_) => return taken,
                Err(actual) => state = actual,
            }
        }
    }

    /// Rule 6.
    pub(crate) fn close(&self) {
        let locked = self.queue.lock();
        // AcqRel: what happened before `close` is seen by whoever sees it closed.
        if self.state.fetch_or(CLOSED, AcqRel) & CLOSED != 0 {
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

/// The place in line of one taker.
type TakeWaiter<'a> = Waiter<&'a WaitQueue<(), Request>>;

/// The future of [`Permits::take`]. It owns the permits from the moment they are granted until it returns `Ready`.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub(crate) struct Take<'a> {
    waiter: TakeWaiter<'a>,
    permits: &'a Permits,
    needed: usize,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Not polled yet.
    New,
    /// In line, or told the result by the queue.
    Queued,
    /// The permits are ours, but the budget of this poll was used up.
    Held,
    /// Returned `Ready`.
    Done,
}

impl<'a> Take<'a> {
    fn project(self: Pin<&mut Self>) -> (Pin<&mut TakeWaiter<'a>>, &'a Permits, usize, &mut Phase) {
        // SAFETY: nothing is moved out; `waiter` is only reached through the pin made below.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `waiter` is pinned because `self` is, and has no other way out.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (waiter, this.permits, this.needed, &mut this.phase)
    }

    /// The first poll: take, or queue (rule 2).
    fn start(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let (waiter, permits, needed, phase) = self.project();
        match permits.try_take(needed) {
            Ok(()) => {
                *phase = Phase::Held;
                return Poll::Ready(Ok(()));
            }
            Err(TryTakeError::Closed) => return Poll::Ready(Err(Closed)),
            Err(TryTakeError::TooFew) => {}
        }
        let waker = cx.waker().clone();
        let mut locked = permits.queue.lock();
        // Relaxed: the CAS synchronises.
        let mut state = permits.state.load(Relaxed);
        let missing = loop {
            let found = state >> SHIFT;
            let (result, new) = if state & CLOSED != 0 {
                (Some(Err(Closed)), state)
            } else if found >= needed {
                (Some(Ok(())), state - (needed << SHIFT))
            } else {
                (None, WAITERS)
            };
            // Acquire: pairs with the Release of whoever gave these permits back. Release: the giver who sees
            // `WAITERS` goes to the lock, which orders the rest.
            match permits
                .state
                .compare_exchange_weak(state, new, AcqRel, Relaxed)
            {
                Ok(_) => match result {
                    Some(result) => {
                        drop(locked);
                        if result.is_ok() {
                            *phase = Phase::Held;
                        }
                        return Poll::Ready(result);
                    }
                    None => break needed - found,
                },
                Err(actual) => state = actual,
            }
        };
        waiter.push(&mut locked, Some(waker), Request { needed, missing });
        *phase = Phase::Queued;
        Poll::Pending
    }

    /// A later poll: read the signal, or leave a fresh waker.
    fn check(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let (waiter, _, _, phase) = self.project();
        match ready!(waiter.as_ref().poll_signal(cx.waker())) {
            GRANTED => {
                *phase = Phase::Held;
                Poll::Ready(Ok(()))
            }
            _ => {
                *phase = Phase::Done;
                Poll::Ready(Err(Closed))
            }
        }
    }
}

impl Future for Take<'_> {
    type Output = Result<(), Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The place in line is taken before the budget is asked: a task without budget must not be overtaken.
        let result = match self.phase {
            Phase::New => ready!(self.as_mut().start(cx)),
            Phase::Queued => ready!(self.as_mut().check(cx)),
            Phase::Held => Ok(()),
            Phase::Done => panic!("permits were polled for after they had been taken"),
        };
        if result.is_ok() {
            ready!(coop::poll_proceed(cx)).made_progress();
        }
        *self.project().3 = Phase::Done;
        Poll::Ready(result)
    }
}

impl Drop for Take<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.phase {
            Phase::New | Phase::Done => {}
            Phase::Held => self.permits.give(self.needed),
            Phase::Queued => self.cancel(),
        }
    }
}

impl Take<'_> {
    /// Rule 5.
    #[cold]
    fn cancel(&mut self) {
        // SAFETY: the future was pinned when it queued, and it does not move between here and its end.
        let (mut waiter, permits, needed, _) = unsafe { Pin::new_unchecked(self) }.project();
        let mut locked = permits.queue.lock();
        let Some(waker) = waiter.as_ref().remove(&mut locked) else {
            drop(locked);
            if waiter.signal() == GRANTED {
                permits.give(needed);
            }
            return;
        };
        let request = waiter.as_mut().payload_mut();
        let served = request.needed - request.missing;
        // Also with nothing to give back: the list may be empty now (rule 4).
        permits.serve(served, locked);
        drop(waker);
    }
}

impl fmt::Debug for Take<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire")
            .field("needed", &self.needed)
            .finish_non_exhaustive()
    }
}
