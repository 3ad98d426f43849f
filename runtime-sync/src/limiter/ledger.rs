//! The books of a limiter: who holds a token, who waits for one. Plain data, behind the lock of the queue.

use std::collections::BTreeSet;

use super::error::TryAcquireTokenError;
use super::{Borrower, CapacityLimiterStatistics};

/// Each borrower is in one of the two sets at most.
pub(super) struct Ledger {
    total: usize,
    holding: BTreeSet<Borrower>,
    waiting: BTreeSet<Borrower>,
}

impl Ledger {
    pub(super) const fn new(total: usize) -> Self {
        Self {
            total,
            holding: BTreeSet::new(),
            waiting: BTreeSet::new(),
        }
    }

    pub(super) fn set_total(&mut self, total: usize) {
        self.total = total;
    }

    pub(super) fn has_free_token(&self) -> bool {
        self.holding.len() < self.total
    }

    /// Gives `borrower` a token, if one is free and nobody waits for it.
    pub(super) fn borrow(&mut self, borrower: Borrower) -> Result<(), TryAcquireTokenError> {
        if self.holding.contains(&borrower) || self.waiting.contains(&borrower) {
            return Err(TryAcquireTokenError::AlreadyBorrowed);
        }
        if !self.has_free_token() || !self.waiting.is_empty() {
            return Err(TryAcquireTokenError::NoTokens);
        }
        self.holding.insert(borrower);
        Ok(())
    }

    /// Notes that `borrower`, who was refused for want of a token, waits.
    pub(super) fn begin_wait(&mut self, borrower: Borrower) {
        self.waiting.insert(borrower);
    }

    /// Gives a free token to `borrower`, who waited.
    pub(super) fn grant(&mut self, borrower: Borrower) {
        self.waiting.remove(&borrower);
        self.holding.insert(borrower);
    }

    /// Forgets `borrower`, who holds a token or waits for one.
    pub(super) fn forget(&mut self, borrower: Borrower) {
        if !self.holding.remove(&borrower) {
            self.waiting.remove(&borrower);
        }
    }

    pub(super) fn statistics(&self) -> CapacityLimiterStatistics {
        CapacityLimiterStatistics {
            borrowed_tokens: self.holding.len(),
            total_tokens: self.total,
            borrowers: self.holding.iter().copied().collect(),
            tasks_waiting: self.waiting.len(),
        }
    }
}
