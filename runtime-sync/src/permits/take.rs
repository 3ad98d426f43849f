//! Taking permits in line: the future, and what becomes of the permits when it is dropped.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::{Closed, GRANTED, Joined, Permits, Request, TryTakeError};
use crate::wait_list::{WaitQueue, Waiter};

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
    /// A taker of `needed` permits that is not in line yet.
    pub(super) fn new(permits: &'a Permits, needed: usize) -> Self {
        let request = Request {
            needed,
            missing: needed,
        };
        Self {
            waiter: Waiter::new(&permits.queue, request),
            permits,
            needed,
            phase: Phase::New,
        }
    }

    fn project(self: Pin<&mut Self>) -> (Pin<&mut TakeWaiter<'a>>, &'a Permits, usize, &mut Phase) {
        // SAFETY: nothing is moved out; `waiter` is only reached through the pin made below.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `waiter` is pinned because `self` is, and has no other way out.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (waiter, this.permits, this.needed, &mut this.phase)
    }

    /// Whether nothing would have to be waited for.
    #[cold]
    fn are_free(&self) -> bool {
        self.permits.available() >= self.needed
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
        let missing = match permits.take_or_join(needed, &locked) {
            Joined::Taken => {
                *phase = Phase::Held;
                return Poll::Ready(Ok(()));
            }
            Joined::Refused => return Poll::Ready(Err(Closed)),
            Joined::Missing(missing) => missing,
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
        // Rule 7.
        if self.phase == Phase::New && !coop::has_budget_remaining() && self.are_free() {
            drop(ready!(coop::poll_proceed(cx)));
        }
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
