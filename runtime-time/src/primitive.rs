//! The one place that knows about loom: what the protocol files are written with, real or modelled.

pub(crate) use imp::{AtomicU64, Mutex, fence};
pub(crate) use std::sync::atomic::Ordering;

#[cfg(not(loom))]
mod imp {
    pub(crate) use runtime_core::util::SlotLock as Mutex;
    pub(crate) use runtime_core::util::lines::atomic::{AtomicU64, fence};
}

#[cfg(loom)]
mod imp {
    pub(crate) use loom::sync::atomic::{AtomicU64, fence};

    /// loom's mutex in parking_lot's shape.
    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().expect("loom's mutex is never poisoned")
        }
    }
}
