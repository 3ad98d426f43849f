//! The errors of a reactor that is gone, or has stayed behind.

use std::io;

use runtime_core::messages;
use runtime_time::error::Error;

/// What every wait for a source of a runtime that is gone ends with.
#[cold]
pub(crate) fn shut_down() -> io::Error {
    io::Error::other(Error::shutdown())
}

/// What an operation ends with that waits on a side which is closed, and finds neither the end nor an error.
#[cold]
pub(crate) fn shut_down_for_good() -> io::Error {
    io::Error::new(
        io::ErrorKind::BrokenPipe,
        "this side of the socket has been shut down, so what it waits for will never come",
    )
}

/// What a forked child gets that would wait for the reactor of its parent.
#[cold]
pub(crate) fn forked() -> io::Error {
    io::Error::other(messages::FORKED)
}

/// Says whether an I/O operation, or a timeout around it, failed because its runtime has been shut down.
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
    // A timer's error, of which a timeout makes an `io::Error` too: one type says it for both.
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>())
        .is_some_and(Error::is_shutdown)
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
