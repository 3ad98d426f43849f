//! The system's clock, where there is no counter to trust.

use std::time::Instant;

#[inline]
pub(super) fn not_before_now() -> Instant {
    Instant::now()
}
