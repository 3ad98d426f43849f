//! The way from a waiter to its queue.

use std::sync::Arc;

use super::WaitQueue;

/// Something that leads to a queue: a reference, or shared ownership of an object around one.
///
/// # Safety
///
/// `queue` returns the same queue on every call, and the queue stays alive and in place as long as `self` does, also
/// when `self` moves.
pub(crate) unsafe trait Host {
    type State;
    type Payload;
    fn queue(&self) -> &WaitQueue<Self::State, Self::Payload>;
}

/// An object that contains its queue as a field, so that a reference to it or an `Arc` of it is a [`Host`].
///
/// # Safety
///
/// `queue_of` returns a reference to a field of the object, the same one on every call.
pub(crate) unsafe trait HasQueue {
    type State;
    type Payload;
    /// The field.
    fn queue_of(this: &Self) -> &WaitQueue<Self::State, Self::Payload>;
}

// SAFETY: the object is the queue.
unsafe impl<S, P> HasQueue for WaitQueue<S, P> {
    type State = S;
    type Payload = P;

    #[inline]
    fn queue_of(this: &Self) -> &Self {
        this
    }
}
// SAFETY: a shared reference always leads to the same object and keeps it borrowed; the queue is a field of it.
unsafe impl<T: HasQueue> Host for &T {
    type State = T::State;
    type Payload = T::Payload;

    #[inline]
    fn queue(&self) -> &WaitQueue<T::State, T::Payload> {
        T::queue_of(self)
    }
}
// SAFETY: an `Arc` keeps its object alive and in place; the queue is a field of it.
unsafe impl<T: HasQueue> Host for Arc<T> {
    type State = T::State;
    type Payload = T::Payload;

    #[inline]
    fn queue(&self) -> &WaitQueue<T::State, T::Payload> {
        T::queue_of(self)
    }
}
