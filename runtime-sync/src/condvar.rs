//! Waiting, with a lock given up, until somebody says that what the lock guards has changed.
//!
//! # The rule
//!
//! 1. Who waits joins the queue first and unlocks the mutex after that. So whoever changes the value under the lock
//!    and notifies later on finds it in the queue.
//! 2. A notified waiter locks the mutex again, in line with all others, before it goes on.
//! 3. A waiter that was chosen by `notify_one` and is dropped before it has the lock passes the turn on.

use std::fmt;
use std::pin::{Pin, pin};
use std::task::Poll;

use crate::mutex::MutexGuard;
use crate::wait_list::{WaitQueue, Waiter, wake_each};

/// Signals: who woke the waiter. Only the first one is passed on.
const ONE: u8 = 2;
const ALL: u8 = 3;

/// A queue of tasks that wait until a value behind a [`Mutex`](crate::Mutex) has changed.
///
/// Nothing is stored: a notification that finds nobody waiting is gone. What to wait for is in the value, and is looked
/// at under the lock, again after each wake-up: [`wait_while`](Self::wait_while) does that. Notifying does not need the
/// lock, but the change does.
///
/// # Examples
///
/// ```
/// use runtime_sync::{Condvar, Mutex};
/// use std::sync::Arc;
///
/// # futures_executor::block_on(async {
/// let shared = Arc::new((Mutex::new(false), Condvar::new()));
/// let other = Arc::clone(&shared);
/// let thread = std::thread::spawn(move || {
///     *other.0.blocking_lock() = true;
///     other.1.notify_one();
/// });
/// let (mutex, changed) = &*shared;
/// let ready = changed.wait_while(mutex.lock().await, |ready| !*ready).await;
/// assert!(*ready);
/// thread.join().unwrap();
/// # });
/// ```
pub struct Condvar {
    queue: WaitQueue<(), ()>,
}

impl Condvar {
    /// Creates a condition variable.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_sync::Condvar::new().notify_one();
    /// ```
    pub fn new() -> Self {
        Self {
            queue: WaitQueue::new(()),
        }
    }

    /// Creates a condition variable in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Condvar;
    /// static CHANGED: Condvar = Condvar::const_new();
    /// CHANGED.notify_all();
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new() -> Self {
        Self {
            queue: WaitQueue::new(()),
        }
    }

    /// Unlocks the mutex, waits for a notification, and locks the mutex again.
    ///
    /// The future joins the queue, and unlocks, when it is polled for the first time. What was waited for may be untrue
    /// again when the lock is back: [`wait_while`](Self::wait_while) looks.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the mutex unlocked and loses the place in line. A notification by
    /// [`notify_one`](Self::notify_one) that it had not told yet goes to the next one.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Condvar, Mutex};
    ///
    /// # futures_executor::block_on(async {
    /// let (mutex, changed) = (Mutex::new(0), Condvar::new());
    /// let waiting = async { *changed.wait(mutex.lock().await).await };
    /// let changing = async {
    ///     *mutex.lock().await = 1;
    ///     changed.notify_one();
    /// };
    /// assert_eq!(futures_util::join!(waiting, changing).0, 1);
    /// # });
    /// ```
    pub async fn wait<'a, T: ?Sized>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let mutex = MutexGuard::mutex(&guard);
        let mut turn = Turn {
            condvar: self,
            waiter: pin!(Waiter::new(&self.queue, ())),
            taken: false,
        };
        let mut unlock = Some(guard);
        std::future::poll_fn(|cx| {
            let Some(guard) = unlock.take() else {
                return turn.waiter.as_ref().poll_signal(cx.waker());
            };
            let waker = cx.waker().clone();
            let mut locked = self.queue.lock();
            turn.waiter.as_mut().push(&mut locked, Some(waker), ());
            drop(locked);
            drop(guard);
            Poll::Pending
        })
        .await;
        let guard = mutex.lock().await;
        turn.taken = true;
        guard
    }

    /// Waits as [`wait`](Self::wait) does, as long as `condition` says so.
    ///
    /// `condition` is asked with the lock held: before the first wait, and after each wake-up.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Condvar, Mutex};
    ///
    /// # futures_executor::block_on(async {
    /// let (mutex, changed) = (Mutex::new(Some(1)), Condvar::new());
    /// let guard = changed.wait_while(mutex.lock().await, |value| value.is_none()).await;
    /// assert_eq!(*guard, Some(1));
    /// # });
    /// ```
    pub async fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> MutexGuard<'a, T>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// Wakes the task that has waited longest, if one waits.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_sync::Condvar::new().notify_one();
    /// ```
    pub fn notify_one(&self) {
        let woken = self.queue.lock().pop_front(ONE);
        if let Some(Some(waker)) = woken {
            waker.wake();
        }
    }

    /// Wakes every task that waits now.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_sync::Condvar::new().notify_all();
    /// ```
    pub fn notify_all(&self) {
        let mut locked = self.queue.lock();
        locked.depart_all();
        wake_each(&self.queue, locked, |locked| locked.pop_departing(ALL));
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}

/// One wait, from the queue to the lock.
struct Turn<'a, 'p> {
    condvar: &'a Condvar,
    waiter: Pin<&'p mut Waiter<&'a WaitQueue<(), ()>>>,
    /// The waiter has the lock.
    taken: bool,
}

impl Drop for Turn<'_, '_> {
    /// Rule 3.
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let waker = {
            let mut locked = self.condvar.queue.lock();
            self.waiter.as_ref().remove(&mut locked)
        };
        drop(waker);
        if self.waiter.signal() == ONE {
            self.condvar.notify_one();
        }
    }
}
