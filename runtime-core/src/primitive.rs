//! The one place that knows about loom: the primitives a protocol is written with, real or modelled.
//!
//! Files that hold a protocol take atomics, locks, cells and threads from here and nowhere else. In a normal build these
//! are std's own types, the locks in the shape of parking_lot's (see `lock`), at no cost. Under `--cfg loom` they are loom's, brought into the same shape:
//!
//! * [`Mutex`] and [`Condvar`] look like parking_lot's: no poisoning, and a wait borrows its guard. In a model a timed wait
//!   always ends by its timeout, after every interleaving of the other threads has had its chance; a wait that nothing
//!   ends is therefore written as one without a limit.
//! * [`UnsafeCell`] gives its pointer only to a closure (`with`, `with_mut`), which is where loom looks for races.
//! * [`Arc`] has no weak form and cannot hold a trait object in a model. Use std's where those are needed and the count
//!   itself is not what is being proved.
//! * [`thread_local`] is for what the threads of a model must not share; its statics are initialised by `const { … }`.

// Each protocol takes what it needs; not every name is in use in each of the two builds.
#![allow(unused_imports, reason = "a shim offers the whole shape")]

pub(crate) use imp::{
    Arc, Condvar, Mutex, MutexGuard, UnsafeCell, atomic, hint, thread, thread_local,
};

#[cfg(not(loom))]
mod imp {
    pub(crate) use crate::util::lines::atomic;
    pub(crate) use std::hint;
    pub(crate) use std::sync::Arc;
    pub(crate) use std::{thread, thread_local};

    pub(crate) use crate::lock::{Condvar, Mutex, MutexGuard};

    /// A cell whose content is reached through a pointer, by a caller who proves that nobody else does.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    // Not every protocol needs every verb, and the shape is that of the model.
    #[allow(dead_code, reason = "a shim offers the whole shape")]
    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    #[allow(dead_code, reason = "a shim offers the whole shape")]
    impl<T: ?Sized> UnsafeCell<T> {
        /// Reads: no `with_mut` may overlap.
        #[inline]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        /// Writes: no other `with` or `with_mut` may overlap.
        #[inline]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

#[cfg(loom)]
mod imp {
    use std::fmt;
    use std::ops::{Deref, DerefMut};
    use std::time::{Duration, Instant};

    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::hint;
    pub(crate) use loom::sync::{Arc, atomic};
    pub(crate) use loom::thread;

    /// loom's thread-locals, one for each thread of the model: those of std belong to the one thread that runs them all.
    macro_rules! of_each_model_thread {
        ($($(#[$attribute:meta])* static $name:ident: $type:ty = const { $init:expr };)*) => {
            $(::loom::thread_local! { $(#[$attribute])* static $name: $type = $init; })*
        };
    }
    pub(crate) use of_each_model_thread as thread_local;

    /// loom's mutex in parking_lot's shape.
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    /// The lock is held while this lives. `None` only in the middle of a wait.
    pub(crate) struct MutexGuard<'a, T> {
        lock: &'a Mutex<T>,
        held: Option<loom::sync::MutexGuard<'a, T>>,
    }

    /// loom's condition variable in parking_lot's shape.
    #[derive(Debug)]
    pub(crate) struct Condvar(loom::sync::Condvar);

    /// Says whether a timed wait ended by its timeout.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct WaitTimeoutResult(bool);

    #[allow(dead_code, reason = "a shim offers the whole shape")]
    impl<T> Mutex<T> {
        #[track_caller]
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        #[track_caller]
        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            let held = self.0.lock().expect("loom's mutex is never poisoned");
            MutexGuard {
                lock: self,
                held: Some(held),
            }
        }

        #[track_caller]
        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            let held = self.0.try_lock().ok()?;
            Some(MutexGuard {
                lock: self,
                held: Some(held),
            })
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut().expect("loom's mutex is never poisoned")
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner().expect("loom's mutex is never poisoned")
        }
    }

    impl<T> fmt::Debug for Mutex<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Mutex { data: <locked> }")
        }
    }

    impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.held.fmt(f)
        }
    }

    #[allow(dead_code, reason = "a shim offers the whole shape")]
    impl<T> MutexGuard<'_, T> {
        /// Runs `f` without the lock.
        #[track_caller]
        pub(crate) fn unlocked<R>(guard: &mut Self, f: impl FnOnce() -> R) -> R {
            drop(guard.held.take());
            let result = f();
            guard.held = guard.lock.lock().held.take();
            result
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.held.as_deref().expect("nobody looks during a wait")
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.held
                .as_deref_mut()
                .expect("nobody looks during a wait")
        }
    }

    #[allow(dead_code, reason = "a shim offers the whole shape")]
    impl Condvar {
        #[track_caller]
        pub(crate) fn new() -> Self {
            Self(loom::sync::Condvar::new())
        }

        #[track_caller]
        pub(crate) fn notify_one(&self) -> bool {
            self.0.notify_one();
            true
        }

        #[track_caller]
        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }

        #[track_caller]
        pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            let held = guard.held.take().expect("a guard holds its lock");
            guard.held = Some(self.0.wait(held).expect("loom's mutex is never poisoned"));
        }

        #[track_caller]
        pub(crate) fn wait_for<T>(
            &self,
            guard: &mut MutexGuard<'_, T>,
            _limit: Duration,
        ) -> WaitTimeoutResult {
            MutexGuard::unlocked(guard, thread::yield_now);
            WaitTimeoutResult(true)
        }

        #[track_caller]
        pub(crate) fn wait_until<T>(
            &self,
            guard: &mut MutexGuard<'_, T>,
            _deadline: Instant,
        ) -> WaitTimeoutResult {
            self.wait_for(guard, Duration::ZERO)
        }
    }

    #[allow(dead_code, reason = "a shim offers the whole shape")]
    impl WaitTimeoutResult {
        pub(crate) fn timed_out(self) -> bool {
            self.0
        }
    }
}
