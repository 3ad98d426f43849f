//! Pumps that the guard posts again, from outside of the host's pool.
//!
//! A pump posts its continuation on a thread of the pool. Where a thread prefers what it has queued itself to what comes from outside, as in rayon, it would run one pump after the other, and the host's jobs
//! that came from outside would wait for ever. So each pump is posted by the guard once per [`LEG`]: then it queues up behind them.

use std::time::Duration;

use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicU64, Ordering::*};
use crate::util::clock::not_before_now;

/// For so long pumps post themselves: a delay that the host's own jobs bear, and seldom enough to cost nothing.
const LEG: Duration = Duration::from_millis(5);

pub(super) struct Relay {
    /// When the guard last posted the pump of a slot, or the first was posted. Relaxed: whoever has the slot writes, and passes it on by a lock.
    legs: Box<[AtomicU64]>,
    // No user code runs under this lock.
    waiting: Mutex<Vec<usize>>,
}

impl Relay {
    pub(super) fn new(pumps: usize) -> Self {
        Self {
            legs: (0..pumps).map(|_| AtomicU64::new(0)).collect(),
            waiting: Mutex::new(Vec::new()),
        }
    }

    /// A leg begins.
    pub(super) fn start(&self, pump: usize) {
        self.legs[pump].store(not_before_now(), Relaxed);
    }

    /// Whether the guard is to post the pump.
    pub(super) fn is_over(&self, pump: usize) -> bool {
        let begun = self.legs[pump].load(Relaxed);
        not_before_now().saturating_sub(begun) >= LEG.as_nanos() as u64
    }

    /// Leaves the pump to the guard, which is then roused.
    pub(super) fn hand_in(&self, pump: usize) {
        self.waiting.lock().push(pump);
    }

    /// By the guard: a pump that was left to it.
    pub(super) fn take(&self) -> Option<usize> {
        let pump = self.waiting.lock().pop()?;
        self.start(pump);
        Some(pump)
    }
}
