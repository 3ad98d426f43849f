//! Without the feature `tracing` there are no events.

use super::slow_poll::SlowPoll;

pub(super) fn slow_poll(_: &SlowPoll) {}
