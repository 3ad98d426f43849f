//! What the halves share: the value, its version, and those who wait for the next one.

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::error::RecvError;
use crate::notify::Notify;
use crate::panics::FirstPanic;
use crate::primitive::{AtomicUsize, RwLock};
use crate::senders::Senders;

/// The last sender is gone.
const CLOSED: usize = 1;
/// From one version to the next.
pub(super) const STEP: usize = 2;
/// How many wait lists there are. One, in a model.
const SHARDS: usize = if cfg!(loom) { 1 } else { 8 };

pub(super) struct Shared<T> {
    pub(super) value: RwLock<T>,
    /// Version and `CLOSED`. Raised under the write lock.
    version: AtomicUsize,
    receivers: AtomicUsize,
    pub(super) senders: Senders,
    /// Which wait list the next receiver gets.
    next_shard: AtomicUsize,
    /// Wakes receivers after a new version and at the close.
    changed: [Notify; SHARDS],
    /// Wakes senders when the last receiver is gone.
    pub(super) deserted: Notify,
}

impl<T> Shared<T> {
    /// A channel with one sender and one receiver, which waits in shard 0.
    pub(super) fn new(init: T) -> Self {
        Self {
            value: RwLock::new(init),
            version: AtomicUsize::new(0),
            receivers: AtomicUsize::new(1),
            senders: Senders::one(),
            next_shard: AtomicUsize::new(1),
            changed: std::array::from_fn(|_| Notify::new()),
            deserted: Notify::new(),
        }
    }

    /// The version and whether the channel is closed.
    pub(super) fn load(&self) -> (usize, bool) {
        // Acquire: pairs with the Release of `raise_version` and `remove_sender`.
        let word = self.version.load(Acquire);
        (word & !CLOSED, word & CLOSED != 0)
    }

    /// The value is another one. The caller holds the write lock, so that a version belongs to a value.
    pub(super) fn raise_version(&self) {
        // Release: pairs with `load`.
        self.version.fetch_add(STEP, Release);
    }

    /// Waits for a version other than `seen`, or the close.
    pub(super) async fn next_version(&self, shard: usize, seen: usize) -> Result<usize, RecvError> {
        loop {
            // Before the look, so that a change after the look wakes.
            let woken = self.changed[shard].notified();
            match self.load() {
                (version, _) if version != seen => return Ok(version),
                (_, true) => return Err(RecvError(())),
                (_, false) => woken.await,
            }
        }
    }

    /// Wakes all shards; a waker that panics keeps none of them from its turn.
    pub(super) fn wake_receivers(&self) {
        let mut panic = FirstPanic::default();
        for shard in &self.changed {
            panic.catch(|| shard.notify_waiters());
        }
        panic.resume();
    }

    /// How many receivers there are.
    pub(super) fn receivers(&self) -> usize {
        // Acquire: pairs with `remove_receiver`.
        self.receivers.load(Acquire)
    }

    /// One more receiver; returns its shard.
    pub(super) fn add_receiver(&self) -> usize {
        // Relaxed: a count only; what the receiver sees is loaded by itself.
        self.receivers.fetch_add(1, Relaxed);
        // Relaxed: any number will do.
        self.next_shard.fetch_add(1, Relaxed) % SHARDS
    }

    /// One receiver less; the last one wakes the senders that wait for it.
    pub(super) fn remove_receiver(&self) {
        // Release: pairs with the Acquire of `receivers`, for every receiver: the later ones are read-modify-writes.
        if self.receivers.fetch_sub(1, Release) == 1 {
            self.deserted.notify_waiters();
        }
    }

    /// One sender less; the last one closes the channel.
    pub(super) fn remove_sender(&self) {
        if self.senders.remove() {
            // Release: pairs with `load`.
            self.version.fetch_or(CLOSED, Release);
            self.wake_receivers();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, closed) = self.load();
        f.debug_struct("Shared")
            .field("value", &self.value)
            .field("version", &version)
            .field("is_closed", &closed)
            .field("ref_count_rx", &self.receivers.load(Relaxed))
            .finish()
    }
}
