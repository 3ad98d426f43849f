//! Channels, locks and signals between tasks; part of heist.
//!
//! Everything here works under any executor and, where it does not wait, from any thread. Of the runtime it uses the
//! budget of a poll, if there is one, and the answer to "may this thread block?". Two methods need a runtime:
//! [`mpsc::Sender::send_timeout`], which takes its timer, and [`Completion::add_done_callback`], which schedules.
//!
//! | to | use |
//! |---|---|
//! | send one value once | [`oneshot`] |
//! | send values from many to one | [`mpsc`] |
//! | send every value to everyone | [`broadcast`] |
//! | let everyone see the latest value | [`watch`] |
//! | wake a task, without a value | [`Notify`] |
//! | share work among many | [`Queue`], [`LifoQueue`], [`PriorityQueue`] |
//! | wait for a flag that can be taken down again | [`Event`] |
//! | hold something across an `.await` | [`Mutex`], [`RwLock`] |
//! | wait until what a mutex guards has changed | [`Condvar`] |
//! | limit how many do something at a time | [`Semaphore`]; and know who they are: [`CapacityLimiter`] |
//! | compute a value once | [`OnceCell`]; set it once and wait for it: [`SetOnce`]; with callbacks, from anywhere: [`Completion`] |
//! | let tasks meet | [`Barrier`] |
//! | tell tasks to stop | [`CancellationToken`] |
//! | wait in a `poll_…` method | [`PollSender`], [`PollSemaphore`], [`ReusableBoxFuture`] |
//! | cancel something as a whole, run tasks that fail together | [`scope`] |
//!
//! # Rules that hold everywhere
//!
//! * **Fairness.** Who waits is served in the order of arrival, and what is given back goes to the first in line
//!   directly.
//! * **Cancelling** is dropping a future. It gives up the place in line, and passes on what was granted already.
//! * **No lock is held while a user's code runs**: wakers are cloned before and woken or dropped after; values are
//!   dropped after. The exceptions say so: a `T::clone` in [`broadcast`], closures and borrows in [`watch`], comparisons in
//!   [`PriorityQueue`].
//! * **Panics of users** end with their call. No type is poisoned.
//!
//! # Map
//!
//! `wait_list` is the one intrusive list, and the place for unsafe code about linked nodes. On it stand `permits`
//! (the counting semaphore underneath `Semaphore`, `Mutex`, `RwLock`, `OnceCell`, `queue` and bounded `mpsc`),
//! `Notify`, `broadcast`, `Barrier`, `Condvar` and `CapacityLimiter`; on `Notify` stand `watch`, `SetOnce`, `Event` and
//! `CancellationToken`; on `SetOnce` stands `Completion`. `atomic_waker` is the slot for the one receiver of an `mpsc` channel. `primitive` swaps in the
//! model checker.

mod access;
mod atomic_waker;
mod barrier;
mod blocking;
pub mod broadcast;
mod cancellation;
pub mod completion;
mod condvar;
mod event;
mod limiter;
#[cfg(all(test, loom))]
mod models;
pub mod mpsc;
mod mutex;
mod notify;
mod once_cell;
pub mod oneshot;
mod pad;
mod panics;
#[cfg(not(loom))]
mod park;
mod permits;
mod poll;
mod primitive;
pub mod queue;
mod rwlock;
pub mod scope;
mod semaphore;
mod senders;
mod set_once;
mod wait_list;
pub mod watch;

pub use barrier::{Barrier, BarrierWaitResult};
pub use cancellation::{
    CancellationToken, DropGuard, DropGuardRef, WaitForCancellationFuture,
    WaitForCancellationFutureOwned,
};
pub use completion::Completion;
pub use condvar::Condvar;
pub use event::Event;
pub use limiter::{
    AlreadyBorrowed, Borrower, CapacityLimiter, CapacityLimiterStatistics, CapacityToken,
    OwnedCapacityToken, TryAcquireTokenError,
};
pub use mutex::{
    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError,
};
pub use notify::Notify;
pub use once_cell::{OnceCell, SetError};
pub use poll::{PollSemaphore, PollSendError, PollSender, ReusableBoxFuture};
pub use queue::{LifoQueue, PriorityQueue, Queue};
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{
    AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError,
};
pub use set_once::{SetOnce, SetOnceError};

/// Futures with a name.
pub mod futures {
    pub use crate::notify::{Notified, OwnedNotified};
}
