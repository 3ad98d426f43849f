//! Waiting for a notification: the futures, and to whom it goes when they are dropped.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::{LAST, Notify, ONE};
use crate::wait_list::{Host, LINKED, Locked, Waiter};

/// The future of [`Notify::notified`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct Notified<'a>(pub(super) Wait<&'a Notify>);

/// The future of [`Notify::notified_owned`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct OwnedNotified(pub(super) Wait<Arc<Notify>>);

impl<'a> Notified<'a> {
    fn wait(self: Pin<&mut Self>) -> Pin<&mut Wait<&'a Notify>> {
        // SAFETY: the only field, pinned because `self` is; nothing else leads to it mutably.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }
    }

    /// Begins to wait without awaiting; returns whether the wake-up is there already.
    ///
    /// From now on [`Notify::notify_one`] can choose this future. If this returns `true`, the next poll is ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// # futures_executor::block_on(async {
    /// let notify = runtime_sync::Notify::new();
    /// let mut waiting = pin!(notify.notified());
    /// assert!(!waiting.as_mut().enable());
    /// notify.notify_one();
    /// assert!(waiting.as_mut().enable());
    /// waiting.await;
    /// # });
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.wait().advance(None).is_ready()
    }
}

impl OwnedNotified {
    fn wait(self: Pin<&mut Self>) -> Pin<&mut Wait<Arc<Notify>>> {
        // SAFETY: the only field, pinned because `self` is; nothing else leads to it mutably.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }
    }

    /// Begins to wait without awaiting; returns whether the wake-up is there already.
    ///
    /// As [`Notified::enable`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Notify;
    /// use std::{pin::pin, sync::Arc};
    ///
    /// let notify = Arc::new(Notify::new());
    /// let mut waiting = pin!(Arc::clone(&notify).notified_owned());
    /// assert!(!waiting.as_mut().enable());
    /// notify.notify_one();
    /// assert!(waiting.as_mut().enable());
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.wait().advance(None).is_ready()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.wait().advance(Some(cx.waker()))
    }
}

impl Future for OwnedNotified {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.wait().advance(Some(cx.waker()))
    }
}

/// What the two futures have in common; `R` is the way to the `Notify`.
pub(crate) struct Wait<R>
where
    R: Host<State = (), Payload = ()> + Deref<Target = Notify>,
{
    waiter: Waiter<R>,
    /// The count of calls when the future was made.
    calls: usize,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Not in line.
    New,
    /// In line, or told by the queue.
    Queued,
    /// Woken, and it was told.
    Done,
}

impl<R> Wait<R>
where
    R: Host<State = (), Payload = ()> + Deref<Target = Notify>,
{
    pub(crate) fn new(notify: R) -> Self {
        Self {
            calls: notify.calls(),
            waiter: Waiter::new(notify, ()),
            phase: Phase::New,
        }
    }

    fn project(self: Pin<&mut Self>) -> (Pin<&mut Waiter<R>>, usize, &mut Phase) {
        // SAFETY: nothing is moved out; `waiter` is only reached through the pin made below.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `waiter` is pinned because `self` is, and has no other way out.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (waiter, this.calls, &mut this.phase)
    }

    /// Polls; without a waker it only takes a place in line.
    pub(crate) fn advance(self: Pin<&mut Self>, waker: Option<&Waker>) -> Poll<()> {
        let (waiter, calls, phase) = self.project();
        let woken = match *phase {
            Phase::New => Self::start(waiter, calls, waker),
            Phase::Queued => Self::check(waiter, calls, waker),
            Phase::Done => true,
        };
        *phase = if woken { Phase::Done } else { Phase::Queued };
        if woken {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn start(waiter: Pin<&mut Waiter<R>>, calls: usize, waker: Option<&Waker>) -> bool {
        if waiter.host().take_permit(calls) {
            return true;
        }
        let waker = waker.cloned();
        !waiter.push_if(waker, (), |host| host.begin_wait(calls))
    }

    fn check(waiter: Pin<&mut Waiter<R>>, calls: usize, waker: Option<&Waker>) -> bool {
        if waiter.signal() != LINKED {
            return true;
        }
        let waiter = waiter.as_ref();
        let fresh = {
            let mut locked = waiter.lock();
            if let Some(stale) = Self::look(waiter, calls, &mut locked) {
                drop(locked);
                drop(stale);
                return true;
            }
            match waker {
                Some(waker) if !waiter.will_wake(&locked, waker) => waker,
                _ => return false,
            }
        };
        // The clone runs without the lock, so a notifier may have been faster.
        let fresh = fresh.clone();
        let mut locked = waiter.lock();
        let (woken, stale) = match Self::look(waiter, calls, &mut locked) {
            Some(stale) => (true, stale),
            None => (false, waiter.replace_waker(&mut locked, fresh)),
        };
        drop(locked);
        drop(stale);
        woken
    }

    /// Under the lock: `None` if this waiter has to wait on; otherwise it is out of the list, and this is its waker.
    fn look(
        waiter: Pin<&Waiter<R>>,
        calls: usize,
        locked: &mut Locked<(), ()>,
    ) -> Option<Option<Waker>> {
        if waiter.signal() != LINKED {
            return Some(None);
        }
        if waiter.host().calls() == calls {
            return None;
        }
        waiter.remove(locked)
    }
}

impl<R> Drop for Wait<R>
where
    R: Host<State = (), Payload = ()> + Deref<Target = Notify>,
{
    fn drop(&mut self) {
        if self.phase != Phase::Queued {
            return;
        }
        // SAFETY: the future was pinned when it queued, and it does not move between here and its end.
        let waiter = unsafe { Pin::new_unchecked(&self.waiter) };
        let mut locked = waiter.lock();
        let waker = waiter.remove(&mut locked).flatten();
        waiter.host().settle(&locked);
        drop(locked);
        drop(waker);
        // Chosen, but nobody was told: the next one is.
        if let which @ (ONE | LAST) = waiter.signal() {
            waiter.host().notify(which);
        }
    }
}

impl<R> fmt::Debug for Wait<R>
where
    R: Host<State = (), Payload = ()> + Deref<Target = Notify>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}
