//! What the expansions name. Not for programs: it changes without notice.

pub use std::future::{Future, IntoFuture, poll_fn};
pub use std::pin::Pin;
pub use std::task::{Context, Poll, ready};

pub use runtime_core::util::random_below;
pub use runtime_macros::clean_pattern;

/// Ready while the task has budget left; takes none. At zero the task is woken and goes to the tail of
/// its queue.
#[inline]
pub fn poll_budget(cx: &mut Context<'_>) -> Poll<()> {
    // Dropped without progress, the unit is given back.
    runtime_core::coop::poll_proceed(cx).map(drop)
}

/// A future of `join!`, then its output.
#[derive(Debug)]
pub enum MaybeDone<F: Future> {
    /// Not ready so far.
    Future(F),
    /// Ready; the future is gone.
    Done(F::Output),
    /// The output was handed out.
    Taken,
}

impl<F: Future> MaybeDone<F> {
    /// Starts with the future.
    pub fn new(future: impl IntoFuture<IntoFuture = F>) -> Self {
        Self::Future(future.into_future())
    }

    /// The future, if it still has to be polled. It must not be moved once it was.
    pub fn future(&mut self) -> Option<&mut F> {
        match self {
            Self::Future(future) => Some(future),
            Self::Done(_) | Self::Taken => None,
        }
    }

    /// Takes the output; there is one when [`MaybeDone::future`] has said `None`.
    ///
    /// # Panics
    ///
    /// Without an output.
    pub fn take(&mut self) -> F::Output {
        match std::mem::replace(self, Self::Taken) {
            Self::Done(output) => output,
            Self::Future(_) | Self::Taken => panic!("`join!` was polled again after it was ready"),
        }
    }
}

/// Which of `COUNT` branches is polled first: another one each time.
#[derive(Debug, Default)]
pub struct Rotating<const COUNT: u32> {
    next: u32,
}

impl<const COUNT: u32> Rotating<COUNT> {
    /// The first branch of this round.
    #[inline]
    pub fn first(&mut self) -> u32 {
        let first = self.next;
        self.next = if first + 1 < COUNT { first + 1 } else { 0 };
        first
    }
}

/// Always the branch that is written first.
#[derive(Debug, Default)]
pub struct Biased<const COUNT: u32>;

impl<const COUNT: u32> Biased<COUNT> {
    /// The first branch of this round.
    #[inline]
    pub fn first(&mut self) -> u32 {
        0
    }
}

/// The branch polled at a step of a round that began with `first`.
#[inline]
#[must_use]
pub const fn branch(first: u32, step: u32, count: u32) -> u32 {
    let branch = first + step;
    if branch < count {
        branch
    } else {
        branch - count
    }
}
