//! A channel in which every receiver gets every value.
//!
//! # Words
//!
//! Values are numbered by **position**. The **ring** keeps the last `capacity` of them, each in the **slot** of its
//! position. A slot counts the receivers that have not seen its value; the last one to see it takes it out. A
//! receiver whose next value was overwritten has **lagged**.
//!
//! # How it works
//!
//! The tail, with the next position and those who wait, is behind the lock of a wait queue. A sender takes that lock,
//! then the lock of the slot, puts the value in, and wakes everybody as one event. A receiver looks into the slot of
//! its next position alone, and takes the tail's lock only if the value is not there: to wait, or to find out how far
//! it lags. Locks are taken in the order tail, slot.
//!
//! Only `T: Send + Clone` is asked for, so a value is never cloned by two threads at once: `clone` runs under the
//! lock of its slot, and of nothing else. A `clone` that uses the same channel could meet that lock again: it must
//! not. Values are dropped without any lock.

pub mod error;
mod receiver;
mod ring;
mod sender;

pub use receiver::Receiver;
pub use sender::{Sender, WeakSender};

/// Creates a channel that keeps the last `capacity` values, rounded up to a power of two.
///
/// # Panics
///
/// Panics if `capacity` is 0 or exceeds `usize::MAX / 2`.
///
/// # Examples
///
/// ```
/// use runtime_sync::broadcast;
///
/// # futures_executor::block_on(async {
/// let (tx, mut one) = broadcast::channel(16);
/// let mut two = tx.subscribe();
/// tx.send(10).unwrap();
/// assert_eq!(one.recv().await, Ok(10));
/// assert_eq!(two.recv().await, Ok(10));
/// # });
/// ```
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let tx = Sender::new(capacity);
    let rx = tx.subscribe();
    (tx, rx)
}
