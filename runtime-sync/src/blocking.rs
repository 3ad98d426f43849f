//! Waiting on a plain thread: what the `blocking_*` methods share.

use crate::primitive::block_on;

/// Runs `future` on this thread, which sleeps in between.
///
/// Panics (P5) if this thread is inside a poll of a runtime: to block it would stop every other task on it.
#[track_caller]
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    assert!(
        !runtime_core::context::in_task(),
        "{}",
        runtime_core::messages::BLOCKING_IN_ASYNC
    );
    block_on(future)
}
