//! The error of a reactor that is gone.

use std::error::Error;
use std::fmt;
use std::io;

use runtime_core::messages;

/// The payload of the error, by which it is recognised.
#[derive(Debug)]
struct ShutDown;

impl fmt::Display for ShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(messages::SHUTTING_DOWN)
    }
}

impl Error for ShutDown {}

/// What every wait for a source of a runtime that is gone ends with.
#[cold]
pub(crate) fn shut_down() -> io::Error {
    io::Error::other(ShutDown)
}

/// Says whether an I/O operation failed because its runtime has been shut down.
///
/// Sockets outlive their runtime without harm, but nobody looks after them any more: each operation that would have to wait fails
/// with an error of kind [`Other`](io::ErrorKind::Other), which this function recognises.
///
/// # Examples
///
/// ```
/// use runtime_io::is_rt_shutdown_err;
/// use std::io;
///
/// assert!(!is_rt_shutdown_err(&io::Error::other("something else")));
/// ```
#[must_use]
pub fn is_rt_shutdown_err(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<ShutDown>())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_is_recognised_and_says_what_happened() {
        let error = shut_down();
        assert!(is_rt_shutdown_err(&error));
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(error.to_string().contains("is being shutdown"));
        assert!(!is_rt_shutdown_err(&io::Error::other(
            messages::SHUTTING_DOWN
        )));
        assert!(!is_rt_shutdown_err(&io::ErrorKind::Other.into()));
    }
}
