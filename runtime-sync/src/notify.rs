//! A signal without a value.
//!
//! # Words
//!
//! A **permit** is a wake-up stored for later; there is at most one. A **call** is one `notify_waiters`; the calls
//! are counted. A `Notified` remembers the count of its creation, so a call in between has woken it, polled or not.
//!
//! ```text
//!   word:  │ calls … │ EMPTY / WAITING / NOTIFIED │
//!
//!              1 notify_one (CAS)                 3 poll (lock + CAS)
//!          ┌──────────────────────► NOTIFIED  EMPTY ──────────────► WAITING ⟲ 4 notify_one, more than one waits (lock)
//!        EMPTY                         │        ▲                     │
//!          ▲      2 poll (CAS)         │        │ 5 the last waiter is woken, or leaves; notify_waiters (lock)
//!          └───────────────────────────┘        └─────────────────────┘
//! ```
//!
//! `WAITING` is set and cleared under the queue's lock only, and it is set exactly while the list is not empty. Calls
//! are counted by a CAS on the same word, so a waiter that queues (edge 3) cannot miss a call: either it sees the new
//! count and is done, or the call sees `WAITING`.
//!
//! A waiter that was chosen by `notify_one` and is dropped before it could tell passes the wake-up on.

use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::{Context, Poll, Waker};

use crate::primitive::AtomicUsize;
use crate::wait_list::{HasQueue, Host, LINKED, Locked, WaitQueue, Waiter, wake_each};

/// No permit, nobody waits.
const EMPTY: usize = 0;
/// Somebody waits. Set and cleared under the queue's lock.
const WAITING: usize = 1;
/// A permit is stored.
const NOTIFIED: usize = 2;
/// The bits of the three states above.
const MODE: usize = 3;
/// One call of `notify_waiters`.
const CALL: usize = 4;

/// Signals: who woke the waiter. The first two are passed on when the waiter is dropped before it could tell.
const ONE: u8 = 2;
const LAST: u8 = 3;
const ALL: u8 = 4;

/// Wakes one task or all that wait, without carrying a value.
///
/// `Notify` is a semaphore that starts with no permit and holds one at most: [`notify_one`](Self::notify_one) wakes
/// the task that has waited longest, or stores the permit, and [`notified`](Self::notified) takes it or waits.
/// [`notify_waiters`](Self::notify_waiters) wakes all who wait now and stores nothing.
///
/// # Examples
///
/// ```
/// use runtime_sync::Notify;
/// use std::sync::Arc;
///
/// # futures_executor::block_on(async {
/// let ready = Arc::new(Notify::new());
/// let other = Arc::clone(&ready);
/// let thread = std::thread::spawn(move || other.notify_one());
/// ready.notified().await;
/// thread.join().unwrap();
/// # });
/// ```
pub struct Notify {
    state: AtomicUsize,
    queue: WaitQueue<(), ()>,
}

impl UnwindSafe for Notify {}
impl RefUnwindSafe for Notify {}

impl Notify {
    /// Creates a `Notify` without a permit.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = runtime_sync::Notify::new();
    /// notify.notify_one();
    /// ```
    pub fn new() -> Self {
        Self {
            state: AtomicUsize::new(EMPTY),
            queue: WaitQueue::new(()),
        }
    }

    /// Creates a `Notify` in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Notify;
    /// static WOKEN: Notify = Notify::const_new();
    /// WOKEN.notify_one();
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new() -> Self {
        Self {
            state: AtomicUsize::new(EMPTY),
            queue: WaitQueue::new(()),
        }
    }

    /// Waits for a wake-up, or takes the stored permit.
    ///
    /// The future counts as waiting for [`notify_waiters`](Self::notify_waiters) from its creation, and for
    /// [`notify_one`](Self::notify_one) from its first poll or [`enable`](Notified::enable).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses its place in line. A wake-up by `notify_one` that it had not told yet goes to the
    /// next.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let notify = runtime_sync::Notify::new();
    /// let waiting = notify.notified();
    /// notify.notify_waiters();
    /// waiting.await;
    /// # });
    /// ```
    pub fn notified(&self) -> Notified<'_> {
        Notified(Wait::new(self))
    }

    /// Like [`notified`](Self::notified), with a future that may outlive every borrow.
    ///
    /// # Cancel safety
    ///
    /// As [`notified`](Self::notified).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Notify;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let notify = Arc::new(Notify::new());
    /// let waiting = Arc::clone(&notify).notified_owned();
    /// notify.notify_one();
    /// waiting.await;
    /// # });
    /// ```
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        OwnedNotified(Wait::new(self))
    }

    /// Wakes the task that has waited longest; if none waits, stores a permit for the next one.
    ///
    /// Permits do not add up: two calls without a waiter store one.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let notify = runtime_sync::Notify::new();
    /// notify.notify_one();
    /// notify.notify_one();
    /// notify.notified().await;
    /// # });
    /// ```
    pub fn notify_one(&self) {
        self.notify(ONE);
    }

    /// Wakes the task that began to wait last; if none waits, stores a permit for the next one.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let notify = runtime_sync::Notify::new();
    /// notify.notify_last();
    /// notify.notified().await;
    /// # });
    /// ```
    pub fn notify_last(&self) {
        self.notify(LAST);
    }

    fn notify(&self, which: u8) {
        if self.store_permit() {
            return;
        }
        let waker = {
            let mut locked = self.queue.lock();
            // `WAITING` cannot go away any more, but it may be gone already.
            if self.store_permit() {
                return;
            }
            let waker = match which {
                LAST => locked.pop_back(LAST),
                _ => locked.pop_front(ONE),
            };
            self.settle(&locked);
            waker.flatten()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Edge 1, unless somebody waits.
    fn store_permit(&self) -> bool {
        let mut state = self.state.load(Acquire);
        while state & MODE != WAITING {
            // AcqRel, also when the permit is there already: what was written before this call is seen by whoever
            // takes the permit (edge 2), and this caller sees what the earlier one wrote.
            match self
                .state
                .compare_exchange_weak(state, state & !MODE | NOTIFIED, AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
        false
    }

    /// Edge 5 if the list is empty. The caller holds the lock.
    fn settle(&self, locked: &Locked<(), ()>) {
        if locked.is_empty() && self.state.load(Acquire) & MODE == WAITING {
            // While `WAITING` is set the word changes only under this lock, so the CAS cannot fail.
            self.state.fetch_xor(EMPTY ^ WAITING, AcqRel);
        }
    }

    /// Wakes every task that waits, and every `Notified` that exists; stores nothing.
    ///
    /// A task that waits again while the others are still being woken is not woken twice.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let notify = runtime_sync::Notify::new();
    /// let (one, two) = (notify.notified(), notify.notified());
    /// notify.notify_waiters();
    /// one.await;
    /// two.await;
    /// # });
    /// ```
    pub fn notify_waiters(&self) {
        if self.count_call() {
            return;
        }
        let mut locked = self.queue.lock();
        if self.count_call() {
            return;
        }
        // One call more, and nobody waits: one step, as the word changes only under this lock now.
        self.state.fetch_add(CALL - WAITING, AcqRel);
        locked.depart_all();
        wake_each(&self.queue, locked, |locked| locked.pop_departing(ALL));
    }

    /// Counts a call of `notify_waiters`, unless somebody waits.
    fn count_call(&self) -> bool {
        let mut state = self.state.load(Acquire);
        while state & MODE != WAITING {
            match self
                .state
                .compare_exchange_weak(state, state.wrapping_add(CALL), AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
        false
    }

    /// The wait list, for owners of a `Notify` that are a host themselves.
    pub(crate) fn queue(&self) -> &WaitQueue<(), ()> {
        &self.queue
    }

    /// How many calls of `notify_waiters` there were.
    fn calls(&self) -> usize {
        self.state.load(Acquire) & !MODE
    }

    /// Edge 2, or the news that a call came: whether a future created at `calls` is done without waiting.
    fn take_permit(&self, calls: usize) -> bool {
        let mut state = self.state.load(Acquire);
        loop {
            // The count first: a future that a call has woken must not take a permit that is for another.
            if state & !MODE != calls {
                return true;
            }
            if state & MODE != NOTIFIED {
                return false;
            }
            match self
                .state
                .compare_exchange_weak(state, state & !MODE | EMPTY, AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
    }

    /// Edge 3, under the lock: whether a future created at `calls` has to wait.
    fn begin_wait(&self, calls: usize) -> bool {
        loop {
            if self.take_permit(calls) {
                return false;
            }
            // AcqRel: what this task did before is seen by the notifier that finds `WAITING`.
            match self
                .state
                .compare_exchange(calls | EMPTY, calls | WAITING, AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(actual) if actual == calls | WAITING => return true,
                Err(_) => {}
            }
        }
    }
}

// SAFETY: `queue_of` names a field.
unsafe impl HasQueue for Notify {
    type State = ();
    type Payload = ();

    fn queue_of(this: &Self) -> &WaitQueue<(), ()> {
        &this.queue
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.state.load(Acquire) & MODE {
            EMPTY => "empty",
            WAITING => "waiting",
            _ => "notified",
        };
        f.debug_struct("Notify")
            .field("state", &mode)
            .finish_non_exhaustive()
    }
}

/// The future of [`Notify::notified`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct Notified<'a>(Wait<&'a Notify>);

/// The future of [`Notify::notified_owned`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct OwnedNotified(Wait<Arc<Notify>>);

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
