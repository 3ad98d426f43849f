//! The standard library's lock and condition variable, in parking_lot's shape: no poisoning, and a wait borrows its guard.
//!
//! The rest of heist locks with parking_lot. Here threads *sleep*: workers, the guard, the blocking pool. parking_lot queues its sleepers in one table of the process, in nodes
//! that lie on their stacks. A forked child inherits the table and not the threads, and takes their stacks back; the first sleep of a new runtime in the child would
//! walk into them. The standard library's sleep in the kernel, by the address of the lock itself, and leave nothing behind that a child could trip over.

#![allow(clippy::disallowed_types, reason = "the place that wraps them")]

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{self, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::util::lines::written;

/// A lock that a panic of its holder leaves usable.
pub(crate) struct Mutex<T>(sync::Mutex<T>);

/// The lock is held while this lives.
pub(crate) struct MutexGuard<'a, T> {
    lock: &'a Mutex<T>,
    /// `None` only in the middle of a wait.
    held: Option<sync::MutexGuard<'a, T>>,
}

/// A condition variable.
#[derive(Debug)]
pub(crate) struct Condvar(sync::Condvar);

/// Says whether a timed wait ended by its timeout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitTimeoutResult(bool);

// Not every protocol needs every verb, and the shape is that of the model.
#[allow(dead_code, reason = "a shim offers the whole shape")]
impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    #[inline]
    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        written(&self.0);
        self.guard(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[inline]
    #[track_caller]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        written(&self.0);
        match self.0.try_lock() {
            Ok(held) => Some(self.guard(held)),
            Err(TryLockError::Poisoned(poisoned)) => Some(self.guard(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn guard<'a>(&'a self, held: sync::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard {
            lock: self,
            held: Some(held),
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(held) => f.debug_struct("Mutex").field("data", &*held).finish(),
            None => f.write_str("Mutex { data: <locked> }"),
        }
    }
}

impl<T> MutexGuard<'_, T> {
    /// Runs `f` without the lock.
    pub(crate) fn unlocked<R>(guard: &mut Self, f: impl FnOnce() -> R) -> R {
        drop(guard.held.take());
        let result = f();
        guard.held = guard.lock.lock().held.take();
        result
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.held.as_deref().expect("nobody looks during a wait")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.held
            .as_deref_mut()
            .expect("nobody looks during a wait")
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

#[allow(dead_code, reason = "a shim offers the whole shape")]
impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.held.take().expect("a guard holds its lock");
        let held = self.0.wait(held).unwrap_or_else(PoisonError::into_inner);
        guard.held = Some(held);
    }

    pub(crate) fn wait_for<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        limit: Duration,
    ) -> WaitTimeoutResult {
        let held = guard.held.take().expect("a guard holds its lock");
        let (held, result) = self
            .0
            .wait_timeout(held, limit)
            .unwrap_or_else(PoisonError::into_inner);
        guard.held = Some(held);
        WaitTimeoutResult(result.timed_out())
    }

    pub(crate) fn wait_until<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Instant,
    ) -> WaitTimeoutResult {
        self.wait_for(guard, deadline.saturating_duration_since(Instant::now()))
    }
}

impl WaitTimeoutResult {
    pub(crate) fn timed_out(self) -> bool {
        self.0
    }
}
