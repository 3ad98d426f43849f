//! Errors of the semaphore.

use std::error::Error;
use std::fmt;

use crate::permits::{Closed, TryTakeError};

/// The semaphore was closed, so there will be no permit.
#[derive(Debug)]
pub struct AcquireError(());

/// Why a permit could not be taken without waiting.
#[derive(Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore was closed.
    Closed,
    /// There are too few permits now.
    NoPermits,
}

impl From<Closed> for AcquireError {
    fn from(Closed: Closed) -> Self {
        Self(())
    }
}

impl From<TryTakeError> for TryAcquireError {
    fn from(error: TryTakeError) -> Self {
        match error {
            TryTakeError::Closed => Self::Closed,
            TryTakeError::TooFew => Self::NoPermits,
        }
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("semaphore closed")
    }
}

impl Error for AcquireError {}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "semaphore closed",
            Self::NoPermits => "no permits available",
        })
    }
}

impl Error for TryAcquireError {}
