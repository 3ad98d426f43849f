//! How many senders a channel has, strong and weak: when the last strong one is gone, it closes for ever.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use crate::primitive::AtomicUsize;

/// The two counts. The memory of the channel is not their concern.
pub(crate) struct Senders {
    strong: AtomicUsize,
    weak: AtomicUsize,
}

impl Senders {
    /// One strong sender.
    pub(crate) fn one() -> Self {
        Self {
            strong: AtomicUsize::new(1),
            weak: AtomicUsize::new(0),
        }
    }

    /// How many strong senders there are.
    pub(crate) fn strong(&self) -> usize {
        // Acquire: pairs with `remove`.
        self.strong.load(Acquire)
    }

    /// How many weak senders there are.
    pub(crate) fn weak(&self) -> usize {
        // Relaxed: a count only.
        self.weak.load(Relaxed)
    }

    /// One more strong sender, made from another one.
    pub(crate) fn add(&self) {
        // Relaxed: the count is not zero, as the other one is counted.
        self.strong.fetch_add(1, Relaxed);
    }

    /// One more strong sender, unless there is none left.
    pub(crate) fn revive(&self) -> bool {
        // Acquire, here and on failure: pairs with `remove`. Who finds no sender left sees what the last one did.
        let mut count = self.strong.load(Acquire);
        while count != 0 {
            match self
                .strong
                .compare_exchange_weak(count, count + 1, AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(actual) => count = actual,
            }
        }
        false
    }

    /// One strong sender less. If it was the last one, the caller closes the channel.
    #[must_use = "the last sender closes the channel"]
    pub(crate) fn remove(&self) -> bool {
        // AcqRel: the last one closes after all others have sent.
        self.strong.fetch_sub(1, AcqRel) == 1
    }

    /// One more weak sender.
    pub(crate) fn add_weak(&self) {
        // Relaxed: a count only.
        self.weak.fetch_add(1, Relaxed);
    }

    /// One weak sender less.
    pub(crate) fn remove_weak(&self) {
        // Relaxed: a count only.
        self.weak.fetch_sub(1, Relaxed);
    }
}
