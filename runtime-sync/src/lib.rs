//! Channels, locks and signals between tasks.

mod atomic_waker;
mod blocking;
pub mod mpsc;
mod mutex;
mod notify;
pub mod oneshot;
mod pad;
mod panics;
mod permits;
mod primitive;
mod semaphore;
mod wait_list;

pub use mutex::{
    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError,
};
pub use notify::{Notified, Notify, OwnedNotified};
pub use semaphore::{
    AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError,
};
