//! A waker that a source keeps.
//!
//! Waking and dropping a waker is code of a stranger, and the thread that does it here is the one in the seat: with events of other
//! sources still in its hands, which the kernel will not tell a second time, and perhaps its own wake-up among them. So a panic ends where it
//! arose. The panic hook has reported it, and nobody else notices.

use std::task::Waker;

use runtime_core::util::swallow;

/// A waker, or none. Neither waking nor dropping it panics.
#[derive(Debug, Default)]
pub(super) struct Kept(Option<Waker>);

impl Kept {
    pub(super) fn new(waker: Waker) -> Self {
        Self(Some(waker))
    }

    pub(super) fn will_wake(&self, waker: &Waker) -> bool {
        self.0.as_ref().is_some_and(|kept| kept.will_wake(waker))
    }

    /// Wakes the task and keeps its waker for the next event.
    pub(super) fn wake_by_ref(&mut self) {
        if let Some(waker) = &self.0 {
            swallow(|| waker.wake_by_ref());
        }
    }

    /// Wakes the task for the last time.
    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.0.take() {
            swallow(|| waker.wake());
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(waker) = self.0.take() {
            swallow(|| drop(waker));
        }
    }
}
