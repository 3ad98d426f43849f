//! Events of `tracing`, for those who collect them.

use super::slow_poll::SlowPoll;

/// A warning with the target `heist`.
pub(super) fn slow_poll(poll: &SlowPoll) {
    tracing::warn!(
        target: "heist",
        task = poll.task().map(tracing::field::display),
        name = poll.name(),
        spawned_at = poll.spawned_at().map(tracing::field::display),
        worker = poll.worker(),
        thread = poll.thread_name(),
        elapsed_ms = u64::try_from(poll.elapsed().as_millis()).unwrap_or(u64::MAX),
        still_running = poll.still_running(),
        "{poll}"
    );
}
