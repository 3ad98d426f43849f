//! Tasks for hyper.

use hyper::rt::Executor;
use std::future::Future;

/// Spawns what hyper wants to go on by itself as tasks of the current runtime.
///
/// Above all HTTP/2 needs it: each of its streams is a task.
///
/// # Panics
///
/// `execute` panics outside of a runtime, as [`heist::spawn`] does.
///
/// # Examples
///
/// ```
/// use heist_hyper::HyperExecutor;
/// use hyper::rt::Executor;
///
/// # #[heist::main]
/// # async fn main() {
/// let (done, is_done) = heist::sync::oneshot::channel();
/// HyperExecutor::new().execute(async move {
///     let _ = done.send(42);
/// });
/// assert_eq!(is_done.await, Ok(42));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HyperExecutor;

impl HyperExecutor {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<F> Executor<F> for HyperExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        heist::spawn(future);
    }
}
