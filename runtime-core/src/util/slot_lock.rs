//! A lock for what belongs to one thread but must stay open to all.
//!
//! The registry and the timer wheel of a slot are used by the slot's thread all the time and by others hardly ever. What counts is therefore the price of a lock that nobody
//! else wants: here one exchange to take it and one plain store to give it back. A general lock needs a second exchange for the store, because it must learn whether somebody
//! sleeps; where a spawn or a timeout takes two locks, that is a fifth of its whole cost.
//!
//! The price is that nobody can sleep here: who finds the lock taken spins a little and then gives its time slice away. So the rules for what it guards are strict:
//!
//! * tens of nanoseconds under the lock, never a system call, never user code;
//! * one owner as a rule, visitors as the exception.
//!
//! A lock that many threads want at once (a channel, the blocking pool) is `parking_lot`'s.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::primitive::UnsafeCell;
use crate::primitive::atomic::{AtomicBool, Ordering::*};
use crate::primitive::{hint, thread};

/// A mutual exclusion lock whose uncontended cost is one exchange.
///
/// # Examples
///
/// ```
/// use runtime_core::util::SlotLock;
///
/// let lock = SlotLock::new(1);
/// *lock.lock() += 1;
/// assert_eq!(*lock.lock(), 2);
/// ```
pub struct SlotLock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the lock moves the value between threads like any mutex, and hands it to one of them at a time.
unsafe impl<T: Send> Send for SlotLock<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for SlotLock<T> {}

/// The right to the value of a [`SlotLock`]; gives the lock back when dropped.
pub struct SlotGuard<'a, T>(&'a SlotLock<T>);

impl<T> SlotLock<T> {
    /// Makes an open lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::SlotLock;
    /// assert_eq!(*SlotLock::new(1).lock(), 1);
    /// ```
    pub fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Takes the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::SlotLock;
    ///
    /// let lock = SlotLock::new(1);
    /// *lock.lock() += 1;
    /// assert_eq!(*lock.lock(), 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> SlotGuard<'_, T> {
        if !self.try_take() {
            self.wait();
        }
        SlotGuard(self)
    }

    #[inline]
    #[track_caller]
    fn try_take(&self) -> bool {
        // Acquire pairs with the Release of the guard's drop.
        self.taken
            .compare_exchange(false, true, Acquire, Relaxed)
            .is_ok()
    }

    #[cold]
    fn wait(&self) {
        let mut looks = 0;
        while !self.try_take() {
            looks += 1;
            if looks < LOOKS {
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }
}

impl<T> Deref for SlotGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists only while its thread has the lock, so nobody else reaches the value.
        self.0.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for SlotGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and `self` is borrowed exclusively.
        self.0.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for SlotGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Release publishes what was done under the lock.
        self.0.taken.store(false, Release);
    }
}

impl<T> fmt::Debug for SlotLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlotLock { <locked> }")
    }
}

impl<T: fmt::Debug> fmt::Debug for SlotGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Looks at a taken lock before the time slice is given away: a few hundred nanoseconds, longer than any owner holds it while it runs. A model
/// gives way at once, since it has no time to pass.
const LOOKS: u32 = if cfg!(loom) { 0 } else { 64 };

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn stress_no_increment_is_lost() {
        let lock = Arc::new(SlotLock::new(0_u64));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || (0..10_000).for_each(|_| *lock.lock() += 1))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*lock.lock(), 40_000);
    }

    #[test]
    fn a_panic_gives_the_lock_back() {
        let lock = SlotLock::new(1);
        let result = crate::unwind::catch(|| {
            let _guard = lock.lock();
            panic!("under the lock");
        });
        assert!(result.is_err());
        assert_eq!(*lock.lock(), 1);
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::sync::Arc;

    #[test]
    fn loom_slot_lock_excludes_and_publishes() {
        loom::model(|| {
            let lock = Arc::new(SlotLock::new(0));
            let other = {
                let lock = lock.clone();
                loom::thread::spawn(move || *lock.lock() += 1)
            };
            *lock.lock() += 1;
            other.join().expect("the other thread ends");
            assert_eq!(*lock.lock(), 2);
        });
    }
}
