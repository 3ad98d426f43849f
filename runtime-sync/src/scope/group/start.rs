//! Waiting until a task is ready for others.

use std::fmt;

use super::error::StartError;
use crate::oneshot;
use crate::primitive::{Arc, Mutex};
use crate::scope::node::Node;

/// The right of a task to report that it has started; see [`GroupHandle::start`](super::GroupHandle::start).
pub struct Started<T, E> {
    slot: Slot<T, E>,
}

/// Whoever takes the sender answers the starter: the task's report, or its end.
type Slot<T, E> = Arc<Mutex<Option<Sender<T, E>>>>;
type Sender<T, E> = oneshot::Sender<Result<T, StartError<E>>>;

impl<T, E> Started<T, E> {
    /// Reports, and lets the starter go on with `value`. From here on the task is the group's alone.
    ///
    /// If the starter has gone meanwhile, the value is dropped; the task is about to be cut off.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     let port = group.start(async |started| {
    ///         started.set(8080);
    ///         Ok(())
    ///     });
    ///     assert_eq!(port.await.unwrap(), 8080);
    ///     group.join().await.unwrap();
    /// });
    /// ```
    pub fn set(self, value: T) {
        let sender = self.slot.lock().take();
        if let Some(sender) = sender {
            drop(sender.send(Ok(value)));
        }
    }
}

impl<T, E> fmt::Debug for Started<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

/// The starter, as the end of a task sees it.
pub(super) trait Starter<E>: Send {
    /// Answers the starter with how the task ended, or gives it back if the task has reported.
    fn failed(&self, error: StartError<E>) -> Result<(), StartError<E>>;
}

struct Waiting<T, E>(Slot<T, E>);

impl<T: Send, E: Send> Starter<E> for Waiting<T, E> {
    fn failed(&self, error: StartError<E>) -> Result<(), StartError<E>> {
        let Some(sender) = self.0.lock().take() else {
            return Err(error);
        };
        drop(sender.send(Err(error)));
        Ok(())
    }
}

/// The task's answer, its end's, and where either arrives.
pub(super) struct Start<T, E> {
    pub(super) started: Started<T, E>,
    pub(super) starter: Box<dyn Starter<E>>,
    pub(super) answer: oneshot::Receiver<Result<T, StartError<E>>>,
}

impl<T: Send + 'static, E: Send + 'static> Start<T, E> {
    pub(super) fn new() -> Self {
        let (sender, answer) = oneshot::channel();
        let slot = Arc::new(Mutex::new(Some(sender)));
        Self {
            started: Started {
                slot: Arc::clone(&slot),
            },
            starter: Box::new(Waiting(slot)),
            answer,
        }
    }
}

/// Cuts the task off if the starter goes before it has the answer.
pub(super) struct Abandon(pub(super) Option<Arc<Node>>);

impl Drop for Abandon {
    fn drop(&mut self) {
        if let Some(node) = self.0.take() {
            Node::abandon(&node);
        }
    }
}

/// Waits for the answer.
pub(super) async fn wait<T, E>(
    mut task: Abandon,
    answer: oneshot::Receiver<Result<T, StartError<E>>>,
) -> Result<T, StartError<E>> {
    let answer = answer.await;
    task.0 = None;
    // The sender stays in its slot until somebody answers.
    answer.unwrap_or(Err(StartError::NotReported))
}
