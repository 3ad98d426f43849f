//! A semaphore to be polled by hand.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::ReusableBoxFuture;
use crate::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A [`Semaphore`] whose permits are polled for.
///
/// One wait at a time: it keeps its place in line from poll to poll, until it is ready or another number of permits is asked for. With the feature `stream` it is a stream of
/// permits, which ends when the semaphore is closed.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::sync::Arc;
/// use runtime_sync::{PollSemaphore, Semaphore};
///
/// # futures_executor::block_on(async {
/// let mut semaphore = PollSemaphore::new(Arc::new(Semaphore::new(1)));
/// let permit = poll_fn(|cx| semaphore.poll_acquire(cx)).await;
/// assert!(permit.is_some());
/// semaphore.close();
/// assert!(poll_fn(|cx| semaphore.poll_acquire(cx)).await.is_none());
/// # });
/// ```
pub struct PollSemaphore {
    semaphore: Arc<Semaphore>,
    /// How many permits the wait in the box is for; `None` if it is over.
    waits_for: Option<u32>,
    /// Made at the first wait.
    wait: Option<Wait>,
}

type Wait = ReusableBoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>;

impl PollSemaphore {
    /// Wraps a semaphore.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    ///
    /// let semaphore = PollSemaphore::new(Semaphore::new(2).into());
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn new(semaphore: Arc<Semaphore>) -> Self {
        Self {
            semaphore,
            waits_for: None,
            wait: None,
        }
    }

    /// Closes the semaphore, see [`Semaphore::close`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    ///
    /// let semaphore = PollSemaphore::new(Semaphore::new(1).into());
    /// semaphore.close();
    /// assert!(semaphore.clone_inner().is_closed());
    /// ```
    pub fn close(&self) {
        self.semaphore.close();
    }

    /// Returns the semaphore, shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    ///
    /// let semaphore = PollSemaphore::new(Semaphore::new(1).into());
    /// let permit = semaphore.clone_inner().try_acquire_owned().unwrap();
    /// assert_eq!(semaphore.available_permits(), 0);
    /// drop(permit);
    /// ```
    #[must_use]
    pub fn clone_inner(&self) -> Arc<Semaphore> {
        self.semaphore.clone()
    }

    /// Unwraps the semaphore; a place in line is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    ///
    /// let semaphore = PollSemaphore::new(Semaphore::new(1).into()).into_inner();
    /// assert!(semaphore.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Arc<Semaphore> {
        self.semaphore
    }

    /// Polls for a permit: `Ready(None)` if the semaphore is closed.
    ///
    /// Only the waker of the last call is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    /// use std::task::{Context, Waker};
    ///
    /// let mut semaphore = PollSemaphore::new(Semaphore::new(1).into());
    /// let mut cx = Context::from_waker(Waker::noop());
    /// let permit = semaphore.poll_acquire(&mut cx);
    /// assert!(permit.is_ready());
    /// assert!(semaphore.poll_acquire(&mut cx).is_pending());
    /// drop(permit);
    /// assert!(semaphore.poll_acquire(&mut cx).is_ready());
    /// ```
    pub fn poll_acquire(&mut self, cx: &mut Context<'_>) -> Poll<Option<OwnedSemaphorePermit>> {
        self.poll_acquire_many(cx, 1)
    }

    /// Polls for several permits at once: `Ready(None)` if the semaphore is closed.
    ///
    /// To ask for another number than in the poll before gives up the place in line.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    /// use std::task::{Context, Waker};
    ///
    /// let mut semaphore = PollSemaphore::new(Semaphore::new(2).into());
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(semaphore.poll_acquire_many(&mut cx, 3).is_pending());
    /// semaphore.add_permits(1);
    /// assert!(semaphore.poll_acquire_many(&mut cx, 3).is_ready());
    /// ```
    pub fn poll_acquire_many(
        &mut self,
        cx: &mut Context<'_>,
        permits: u32,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        let semaphore = &self.semaphore;
        let begin = || semaphore.clone().acquire_many_owned(permits);
        let wait = match &mut self.wait {
            Some(wait) => {
                if self.waits_for != Some(permits) {
                    wait.set(begin());
                }
                wait
            }
            none => none.insert(ReusableBoxFuture::new(begin())),
        };
        self.waits_for = Some(permits);
        let acquired = ready!(wait.poll(cx));
        self.waits_for = None;
        Poll::Ready(acquired.ok())
    }

    /// Returns how many permits there are now.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    ///
    /// let semaphore = PollSemaphore::new(Semaphore::new(2).into());
    /// let _permit = semaphore.as_ref().try_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.semaphore.available_permits()
    }

    /// Adds permits.
    ///
    /// # Panics
    ///
    /// Panics if there would be more than [`Semaphore::MAX_PERMITS`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSemaphore, Semaphore};
    ///
    /// let semaphore = PollSemaphore::new(Semaphore::new(0).into());
    /// semaphore.add_permits(3);
    /// assert_eq!(semaphore.available_permits(), 3);
    /// ```
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.semaphore.add_permits(n);
    }
}

#[cfg(feature = "stream")]
impl futures_core::Stream for PollSemaphore {
    type Item = OwnedSemaphorePermit;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        self.get_mut().poll_acquire(cx)
    }
}

/// The clone is of the same semaphore, and not in line.
impl Clone for PollSemaphore {
    fn clone(&self) -> Self {
        Self::new(self.clone_inner())
    }
}

impl AsRef<Semaphore> for PollSemaphore {
    fn as_ref(&self) -> &Semaphore {
        &self.semaphore
    }
}

impl fmt::Debug for PollSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollSemaphore")
            .field("semaphore", &self.semaphore)
            .finish()
    }
}
