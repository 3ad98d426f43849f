//! Errors of the limiter.

use std::error::Error;
use std::fmt;

/// The borrower holds a token of this limiter already, or waits for one.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct AlreadyBorrowed(pub(super) ());

/// Why there is no token for this borrower at the moment.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum TryAcquireTokenError {
    /// The borrower holds a token of this limiter already, or waits for one.
    AlreadyBorrowed,
    /// All tokens are borrowed, or others wait for them.
    NoTokens,
}

impl fmt::Display for AlreadyBorrowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ALREADY)
    }
}

impl fmt::Display for TryAcquireTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyBorrowed => ALREADY,
            Self::NoTokens => "no tokens available",
        })
    }
}

impl Error for AlreadyBorrowed {}
impl Error for TryAcquireTokenError {}

const ALREADY: &str = "this borrower holds a token of this limiter already, or waits for one";
