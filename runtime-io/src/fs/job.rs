//! A job of the blocking pool, as a future.

use std::io;

use runtime_core::spawn_blocking;
use runtime_core::task::JoinError;

/// Runs `f` on the blocking pool of the current runtime.
///
/// Takes one unit of the budget, as awaiting any job does. Dropped before its end, it leaves the job to itself.
pub(super) async fn run<T: Send + 'static>(
    f: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(f)
        .await
        .unwrap_or_else(|lost| Err(from_lost(&lost)))
}

/// The error of an operation whose job will never have a result.
pub(super) fn from_lost(_: &JoinError) -> io::Error {
    lost()
}

/// The same, for a job that nobody has a handle to.
#[cold]
pub(super) fn lost() -> io::Error {
    io::Error::other(
        "background task failed: the runtime is shutting down and does not run file operations any more",
    )
}
