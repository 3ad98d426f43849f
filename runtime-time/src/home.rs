//! What the wheels of one runtime share.

use crate::clock::Clock;
use crate::idle::Waiting;
use crate::seat::Seat;
use runtime_core::Driver;
use std::fmt;
use std::sync::Arc;

/// The clock, the seat and the driver of one runtime.
pub(crate) struct Home {
    pub(crate) clock: Clock,
    pub(crate) seat: Seat,
    /// Who waits until the runtime is idle.
    pub(crate) idle: Waiting,
    /// What the thread in the seat waits in.
    pub(crate) driver: Arc<dyn Driver>,
}

impl Home {
    pub(crate) fn new(driver: Arc<dyn Driver>) -> Self {
        Self {
            clock: Clock::new(),
            seat: Seat::new(),
            idle: Waiting::new(),
            driver,
        }
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Home")
            .field("clock", &self.clock)
            .field("seat", &self.seat)
            .finish_non_exhaustive()
    }
}
