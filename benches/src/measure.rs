//! How a row inside one process is measured: warm up, repeat, take the median.

use crate::stats::median;
use std::time::{Duration, Instant};

/// What one process found out: metric names and values.
pub(crate) type Sample = Vec<(&'static str, f64)>;

const WARM_UP: Duration = Duration::from_millis(300);
const MEASURED: Duration = Duration::from_millis(1200);
const FEWEST: usize = 5;

/// Repeat `once`, which says how long the part that counts took, and give the median in
/// nanoseconds per operation under the name `time`.
pub(crate) fn repeat(operations: u64, mut once: impl FnMut() -> Duration) -> Sample {
    let warm = Instant::now();
    once();
    while warm.elapsed() < WARM_UP {
        once();
    }
    let mut samples = Vec::new();
    let start = Instant::now();
    while samples.len() < FEWEST || start.elapsed() < MEASURED {
        samples.push(once().as_nanos() as f64 / operations as f64);
    }
    vec![("time", median(&samples))]
}

/// Computes for `time` without giving the processor away.
pub(crate) fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}
