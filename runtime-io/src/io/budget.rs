//! The price of an operation that never has to wait: one unit of the poll's budget, so that a loop over it ends.

use std::task::{Context, Poll, ready};

use runtime_core::coop;

/// Takes a unit, or refuses and has the task polled again.
#[inline]
pub(crate) fn poll_spend(cx: &mut Context<'_>) -> Poll<()> {
    ready!(coop::poll_proceed(cx)).made_progress();
    Poll::Ready(())
}

/// Takes a unit for `attempt` and gives it back if that is pending.
#[inline]
pub(crate) fn poll_with_unit<T>(
    cx: &mut Context<'_>,
    attempt: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    let unit = ready!(coop::poll_proceed(cx));
    let result = ready!(attempt(cx));
    unit.made_progress();
    Poll::Ready(result)
}
