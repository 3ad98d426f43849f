//! What is kept of a task in debug mode.
//!
//! A note lies beside the task's entry in the [registry](super::registry), at the same index, so that neither the cell nor the registry of a runtime that is not in debug mode grows by it. Who
//! writes it has the registry's lock, once per poll: that is the price of debug mode.
//!
//! A parent is named by its *serial number*, which no later task gets: its id may be another task's by the time somebody looks.

use std::time::Instant;

use crate::primitive::atomic::{AtomicU64, Ordering::*};

/// What is kept of one task.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Note {
    /// From 1, in the order of birth.
    pub(crate) serial: u64,
    /// The serial number of the task that spawned it, or 0.
    pub(crate) parent: u64,
    /// Polls that have begun.
    pub(crate) polls: u64,
    /// When the last of them began.
    pub(crate) last_poll: Option<Instant>,
}

/// Gives out serial numbers.
#[derive(Debug, Default)]
pub(crate) struct Births(AtomicU64);

impl Births {
    /// The note of a task that is born now.
    pub(crate) fn note(&self, parent: u64) -> Note {
        // Relaxed: a number on its own orders nothing.
        let serial = self.0.fetch_add(1, Relaxed) + 1;
        Note {
            serial,
            parent,
            polls: 0,
            last_poll: None,
        }
    }
}
