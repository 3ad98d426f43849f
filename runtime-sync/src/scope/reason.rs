//! Why something is cancelled.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why a scope was cancelled: what caused it, and the words of whoever did.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::{CancelKind, CancelReason};
///
/// let reason = CancelReason::new("the user closed the window");
/// assert_eq!(reason.kind(), CancelKind::Requested);
/// assert_eq!(reason.to_string(), "the user closed the window");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CancelReason {
    kind: CancelKind,
    message: Option<Arc<str>>,
}

/// What caused a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelKind {
    /// Somebody called `cancel` or `abort`.
    Requested,
    /// The deadline of the scope or group has passed.
    Deadline,
    /// A task of the same group failed.
    Sibling,
    /// The group was dropped.
    Dropped,
}

impl CancelReason {
    /// Makes a reason of the kind [`Requested`](CancelKind::Requested). Texts convert too: `scope.cancel("enough")`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelReason;
    /// assert_eq!(CancelReason::new("enough"), CancelReason::from("enough"));
    /// ```
    #[must_use]
    pub fn new(message: impl Into<Arc<str>>) -> Self {
        Self {
            kind: CancelKind::Requested,
            message: Some(message.into()),
        }
    }

    pub(super) fn of(kind: CancelKind) -> Self {
        Self {
            kind,
            message: None,
        }
    }

    /// Returns what caused the cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{CancelKind, CancelScope};
    ///
    /// let handle = CancelScope::new().handle();
    /// handle.cancel("enough");
    /// assert_eq!(handle.reason().unwrap().kind(), CancelKind::Requested);
    /// ```
    #[must_use]
    pub fn kind(&self) -> CancelKind {
        self.kind
    }

    /// Returns the words of whoever cancelled, if there are any.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelReason;
    /// assert_eq!(CancelReason::new("enough").message(), Some("enough"));
    /// ```
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl From<&str> for CancelReason {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for CancelReason {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (&self.message, self.kind) {
            (Some(message), _) => message,
            (None, CancelKind::Requested) => "it was cancelled",
            (None, CancelKind::Deadline) => "its deadline has passed",
            (None, CancelKind::Sibling) => "a task of its group failed",
            (None, CancelKind::Dropped) => "its group was dropped",
        })
    }
}

impl fmt::Debug for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelReason({:?}, {:?})", self.kind, self.message())
    }
}

/// What was to be done was cut off by the cancellation of its scope.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::CancelScope;
///
/// # futures_executor::block_on(async {
/// let scope = CancelScope::new();
/// scope.handle().cancel("not needed");
/// let cancelled = scope.run(std::future::pending::<()>()).await.unwrap_err();
/// assert_eq!(cancelled.to_string(), "cancelled: not needed");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    pub(super) reason: CancelReason,
}

impl Cancelled {
    /// Returns why.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::CancelScope;
    ///
    /// # futures_executor::block_on(async {
    /// let scope = CancelScope::new();
    /// scope.handle().cancel("not needed");
    /// let cancelled = scope.run(std::future::pending::<()>()).await.unwrap_err();
    /// assert_eq!(cancelled.reason().message(), Some("not needed"));
    /// # });
    /// ```
    #[must_use]
    pub fn reason(&self) -> &CancelReason {
        &self.reason
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cancelled: {}", self.reason)
    }
}

impl Error for Cancelled {}
