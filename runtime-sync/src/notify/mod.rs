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

mod wait;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::primitive::AtomicUsize;
use crate::wait_list::{HasQueue, Locked, WaitQueue, wake_each};

pub(crate) use wait::Wait;
pub use wait::{Notified, OwnedNotified};

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
        // Relaxed: the CAS synchronises, or the lock.
        let mut state = self.state.load(Relaxed);
        while state & MODE != WAITING {
            // Release, also when the permit is there already: what was written before this call is seen by whoever
            // takes the permit (edge 2). So is what the earlier caller wrote, as this is a read-modify-write.
            match self.state.compare_exchange_weak(
                state,
                state & !MODE | NOTIFIED,
                Release,
                Relaxed,
            ) {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
        false
    }

    /// Edge 5 if the list is empty. The caller holds the lock.
    fn settle(&self, locked: &Locked<(), ()>) {
        // Relaxed, both: while `WAITING` is set the word changes only under this lock, and who was woken has it by signal.
        if locked.is_empty() && self.state.load(Relaxed) & MODE == WAITING {
            self.state.fetch_xor(EMPTY ^ WAITING, Relaxed);
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
        // One call more, and nobody waits: one step, as the word changes only under this lock now. Release: futures that
        // have not queued see the call in the word alone.
        self.state.fetch_add(CALL - WAITING, Release);
        locked.depart_all();
        wake_each(&self.queue, locked, |locked| locked.pop_departing(ALL));
    }

    /// Counts a call of `notify_waiters`, unless somebody waits.
    fn count_call(&self) -> bool {
        // Relaxed: the CAS synchronises, or the lock.
        let mut state = self.state.load(Relaxed);
        while state & MODE != WAITING {
            // Release: as in `notify_waiters`.
            match self.state.compare_exchange_weak(
                state,
                state.wrapping_add(CALL),
                Release,
                Relaxed,
            ) {
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
        // Acquire, here and on failure: pairs with the Release of a call.
        let mut state = self.state.load(Acquire);
        loop {
            // The count first: a future that a call has woken must not take a permit that is for another.
            if state & !MODE != calls {
                return true;
            }
            if state & MODE != NOTIFIED {
                return false;
            }
            // Acquire: pairs with the Release of the notifiers.
            match self
                .state
                .compare_exchange_weak(state, state & !MODE | EMPTY, Acquire, Acquire)
            {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
    }

    /// Edge 3, under the lock: whether a future created at `calls` has to wait.
    fn begin_wait(&self, calls: usize) -> bool {
        while !self.take_permit(calls) {
            // The bit is not set twice: it changes under this lock only, and whoever has seen it comes to the lock.
            // Relaxed: who finds `WAITING` comes to the lock.
            if self.state.load(Relaxed) == calls | WAITING {
                return true;
            }
            // AcqRel: what this task did before is seen by the notifier that finds `WAITING`. And what was written
            // before a permit that came since the look above, and went to another task, is seen by this one: after
            // `enable` it looks for work itself, and two calls may have stored one permit.
            if self
                .state
                .compare_exchange(calls | EMPTY, calls | WAITING, AcqRel, Acquire)
                .is_ok()
            {
                return true;
            }
        }
        false
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
        let mode = match self.state.load(Relaxed) & MODE {
            EMPTY => "empty",
            WAITING => "waiting",
            _ => "notified",
        };
        f.debug_struct("Notify")
            .field("state", &mode)
            .finish_non_exhaustive()
    }
}
