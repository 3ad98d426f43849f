//! A sender's share of a channel.

use std::fmt;

use super::chan::Chan;
use super::gate::Gate;
use crate::primitive::Arc;

/// A sender's share of the channel.
pub(super) struct Tx<T, G: Gate> {
    pub(super) chan: Arc<Chan<T, G>>,
}

/// A share that does not keep the channel open.
pub(super) struct WeakTx<T, G: Gate> {
    pub(super) chan: Arc<Chan<T, G>>,
}

impl<T, G: Gate> Tx<T, G> {
    #[inline]
    pub(super) fn chan(&self) -> &Chan<T, G> {
        &self.chan
    }

    pub(super) fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chan, &other.chan)
    }

    pub(super) fn downgrade(&self) -> WeakTx<T, G> {
        self.chan.senders.add_weak();
        WeakTx {
            chan: Arc::clone(&self.chan),
        }
    }
}

impl<T, G: Gate> WeakTx<T, G> {
    pub(super) fn chan(&self) -> &Chan<T, G> {
        &self.chan
    }

    /// A sender, unless the last one is gone.
    pub(super) fn upgrade(&self) -> Option<Tx<T, G>> {
        self.chan.senders.revive().then(|| Tx {
            chan: Arc::clone(&self.chan),
        })
    }
}

impl<T, G: Gate> Clone for Tx<T, G> {
    fn clone(&self) -> Self {
        self.chan.senders.add();
        Self {
            chan: Arc::clone(&self.chan),
        }
    }
}

impl<T, G: Gate> Clone for WeakTx<T, G> {
    fn clone(&self) -> Self {
        self.chan.senders.add_weak();
        Self {
            chan: Arc::clone(&self.chan),
        }
    }
}

impl<T, G: Gate> Drop for Tx<T, G> {
    fn drop(&mut self) {
        self.chan.remove_sender();
    }
}

impl<T, G: Gate> Drop for WeakTx<T, G> {
    fn drop(&mut self) {
        self.chan.senders.remove_weak();
    }
}

impl<T, G: Gate + fmt::Debug> fmt::Debug for Tx<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("inner", &self.chan).finish()
    }
}
