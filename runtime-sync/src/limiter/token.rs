//! What a borrower holds.

use std::fmt;
use std::sync::Arc;

use super::{Borrower, CapacityLimiter};

/// A token of a [`CapacityLimiter`]; dropping it gives it back.
#[must_use = "if unused the token goes back at once"]
#[clippy::has_significant_drop]
pub struct CapacityToken<'a> {
    limiter: &'a CapacityLimiter,
    borrower: Borrower,
}

/// A token of a [`CapacityLimiter`] in an [`Arc`]; dropping it gives it back.
#[must_use = "if unused the token goes back at once"]
#[clippy::has_significant_drop]
pub struct OwnedCapacityToken {
    limiter: Arc<CapacityLimiter>,
    borrower: Borrower,
}

impl<'a> CapacityToken<'a> {
    /// The limiter has noted that `borrower` holds a token.
    pub(super) fn new(limiter: &'a CapacityLimiter, borrower: Borrower) -> Self {
        Self { limiter, borrower }
    }

    /// Returns who holds the token.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Borrower, CapacityLimiter};
    ///
    /// let (limiter, me) = (CapacityLimiter::new(1), Borrower::new());
    /// assert_eq!(limiter.try_acquire_on_behalf_of(me).unwrap().borrower(), me);
    /// ```
    pub fn borrower(&self) -> Borrower {
        self.borrower
    }
}

impl OwnedCapacityToken {
    /// The limiter has noted that `borrower` holds a token.
    pub(super) fn new(limiter: Arc<CapacityLimiter>, borrower: Borrower) -> Self {
        Self { limiter, borrower }
    }

    /// Returns who holds the token.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Borrower, CapacityLimiter};
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let (limiter, me) = (Arc::new(CapacityLimiter::new(1)), Borrower::new());
    /// let token = limiter.acquire_owned_on_behalf_of(me).await.unwrap();
    /// assert_eq!(token.borrower(), me);
    /// # });
    /// ```
    pub fn borrower(&self) -> Borrower {
        self.borrower
    }
}

impl Drop for CapacityToken<'_> {
    fn drop(&mut self) {
        self.limiter.release(self.borrower);
    }
}

impl Drop for OwnedCapacityToken {
    fn drop(&mut self) {
        self.limiter.release(self.borrower);
    }
}

impl fmt::Debug for CapacityToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CapacityToken")
            .field(&self.borrower)
            .finish()
    }
}

impl fmt::Debug for OwnedCapacityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedCapacityToken")
            .field(&self.borrower)
            .finish()
    }
}
