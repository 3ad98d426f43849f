//! The system's clock, where there is no counter to trust.

use std::time::Instant;

#[inline]
pub(super) fn not_before_now() -> u64 {
    let _ = super::origin();
    super::since_origin(Instant::now())
}
