//! What can go wrong with a timer.

use runtime_core::messages;
use std::{fmt, io};

/// Why a timer cannot work.
///
/// # Examples
///
/// ```
/// use runtime_time::error::Error;
///
/// assert!(Error::shutdown().is_shutdown());
/// assert!(Error::shutdown().to_string().contains("is being shutdown"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shutdown,
    AtCapacity,
    Invalid,
}

impl Error {
    /// Creates the error of a timer whose runtime went away before its time came.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::error::Error;
    /// assert!(Error::shutdown().to_string().contains("is being shutdown"));
    /// ```
    #[must_use]
    pub fn shutdown() -> Self {
        Self(Kind::Shutdown)
    }

    /// Returns true if the timer's runtime went away. The timer will never complete.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::error::Error;
    /// assert!(Error::shutdown().is_shutdown());
    /// assert!(!Error::invalid().is_shutdown());
    /// ```
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.0 == Kind::Shutdown
    }

    /// Creates the error of a runtime that holds as many timers as it can.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::error::Error;
    /// assert!(Error::at_capacity().to_string().contains("as many timers as it can"));
    /// ```
    #[must_use]
    pub fn at_capacity() -> Self {
        Self(Kind::AtCapacity)
    }

    /// Returns true if the runtime holds as many timers as it can. A later attempt may succeed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::error::Error;
    /// assert!(Error::at_capacity().is_at_capacity());
    /// assert!(!Error::shutdown().is_at_capacity());
    /// ```
    #[must_use]
    pub fn is_at_capacity(&self) -> bool {
        self.0 == Kind::AtCapacity
    }

    /// Creates the error of a deadline that lies beyond what the timer accepts.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::error::Error;
    /// assert!(Error::invalid().to_string().contains("further away than a timer can wait for"));
    /// ```
    #[must_use]
    pub fn invalid() -> Self {
        Self(Kind::Invalid)
    }

    /// Returns true if the deadline lies beyond what the timer accepts.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::error::Error;
    /// assert!(Error::invalid().is_invalid());
    /// assert!(!Error::shutdown().is_invalid());
    /// ```
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.0 == Kind::Invalid
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Shutdown => messages::SHUTTING_DOWN,
            Kind::AtCapacity => "the runtime holds as many timers as it can",
            Kind::Invalid => "the deadline lies further away than a timer can wait for",
        })
    }
}

impl std::error::Error for Error {}

/// The error of a [`Timeout`](crate::Timeout): the value did not come in time.
///
/// It becomes an [`io::Error`] of the kind `TimedOut`. If there will be no time any more, because the timer's runtime
/// went away while the value was pending, it is the same type with the text of [`Error::shutdown`], and its `io::Error`
/// has the kind `Other`, as that of a socket of such a runtime.
///
/// # Examples
///
/// ```
/// use runtime_time::error::Elapsed;
/// use std::io;
///
/// fn timed_out(elapsed: Elapsed) -> bool {
///     io::Error::from(elapsed).kind() == io::ErrorKind::TimedOut
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Elapsed(Why);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Time,
    Shutdown,
}

impl Elapsed {
    pub(crate) const TIME: Self = Self(Why::Time);
    pub(crate) const SHUTDOWN: Self = Self(Why::Shutdown);
}

impl fmt::Debug for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut elapsed = f.debug_tuple("Elapsed");
        match self.0 {
            Why::Time => elapsed.field(&()),
            Why::Shutdown => elapsed.field(&self.0),
        };
        elapsed.finish()
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Why::Time => "deadline has elapsed",
            Why::Shutdown => messages::SHUTTING_DOWN,
        })
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        match elapsed.0 {
            Why::Time => io::ErrorKind::TimedOut.into(),
            Why::Shutdown => Self::other(Error::shutdown()),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_elapsed_deadline_says_so() {
        assert_eq!(Elapsed::TIME.to_string(), "deadline has elapsed");
        assert_eq!(format!("{:?}", Elapsed::TIME), "Elapsed(())");
        assert_eq!(
            io::Error::from(Elapsed::TIME).kind(),
            io::ErrorKind::TimedOut
        );
    }

    #[test]
    fn down_10_a_runtime_that_went_away_is_another_kind() {
        let error = io::Error::from(Elapsed::SHUTDOWN);
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(error.to_string().contains("is being shutdown"));
    }

    #[test]
    fn each_error_knows_its_kind() {
        let kinds = |e: Error| (e.is_shutdown(), e.is_at_capacity(), e.is_invalid());
        assert_eq!(kinds(Error::shutdown()), (true, false, false));
        assert_eq!(kinds(Error::at_capacity()), (false, true, false));
        assert_eq!(kinds(Error::invalid()), (false, false, true));
    }
}
