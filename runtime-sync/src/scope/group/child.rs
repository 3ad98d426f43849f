//! A task of a group: runs in its scope, and tells the group how it ended, however it ends.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use runtime_core::task::{Id, JoinHandle, cancelled_error, catch_panic, try_id};

use super::error::{FailureCause, StartError, TaskFailure};
use super::shared::{Outcome, Shared};
use super::start::Starter;
use crate::primitive::Arc;
use crate::scope::cancel_scope::reason_of;
use crate::scope::frame::Frame;
use crate::scope::node::{Node, Stage};
use crate::scope::reason::Cancelled;

pin_project! {
    /// The future of the task.
    pub(super) struct Child<F, E> {
        #[pin]
        frame: Option<Frame<F>>,
        // After the frame: also dropped after it.
        end: End<E>,
    }
}

impl<F, E> Child<F, E> {
    /// A task whose scope was entered.
    pub(super) fn new(node: Arc<Node>, future: F, end: End<E>) -> Self {
        Self {
            frame: Some(Frame::entered(node, future)),
            end,
        }
    }
}

impl<F, E> Future for Child<F, E>
where
    F: Future<Output = Result<(), E>>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let polled = catch_panic(|| {
            let frame = this.frame.as_mut().as_pin_mut();
            frame.expect("a task is not polled after it ended").poll(cx)
        });
        let outcome = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(result))) => Outcome::of(Ok(result)),
            Ok(Poll::Ready(Err(cut))) => Outcome::Cut { here: cut.here },
            Err(panic) => {
                // The future that panicked goes before the group hears of it; a second panic adds nothing.
                let _ = catch_panic(|| this.frame.set(None));
                Outcome::Failed(FailureCause::Join(panic))
            }
        };
        this.frame.set(None);
        this.end.tell(outcome);
        Poll::Ready(())
    }
}

/// A blocking closure of a group: never cut, as a thread cannot be.
pub(super) struct BlockingChild<E> {
    pub(super) node: Arc<Node>,
    pub(super) job: JoinHandle<Result<(), E>>,
    pub(super) end: End<E>,
    /// It was told to end: whether by a cancellation of its own.
    pub(super) aborted: Option<bool>,
}

impl<E> Future for BlockingChild<E> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.node.watch(cx.waker());
        let view = this.node.view();
        if view.stage >= Stage::Aborted && this.aborted.is_none() {
            this.aborted = Some(view.here);
            // Prevents the start.
            this.job.abort();
        }
        match (Pin::new(&mut this.job).poll(cx), this.aborted) {
            (Poll::Pending, _) => return Poll::Pending,
            (Poll::Ready(Err(error)), Some(here)) if error.is_cancelled() => {
                this.end.tell(Outcome::Cut { here });
            }
            (Poll::Ready(result), _) => this.end.tell(Outcome::of(result)),
        }
        Poll::Ready(())
    }
}

/// Tells the group, once, how a task ended. Dropped untold: the runtime has ended the task.
pub(super) struct End<E> {
    pub(super) group: Arc<Shared<E>>,
    pub(super) node: Arc<Node>,
    pub(super) name: Option<Box<str>>,
    pub(super) location: &'static Location<'static>,
    /// Who hears of the end instead of the group, until the task has reported.
    pub(super) starter: Option<Box<dyn Starter<E>>>,
    pub(super) told: bool,
}

impl<E> End<E> {
    pub(super) fn new(
        group: Arc<Shared<E>>,
        node: Arc<Node>,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            group,
            node,
            name: None,
            location,
            starter: None,
            told: false,
        }
    }

    fn tell(&mut self, outcome: Outcome<E>) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        /// The task is counted off even if a waker panics.
        struct Release<'a, E>(&'a Shared<E>);
        impl<E> Drop for Release<'_, E> {
            fn drop(&mut self) {
                self.0.release();
            }
        }
        let _release = Release(&*self.group);
        let id = try_id();
        let outcome = match self.starter.take() {
            Some(starter) => match starter.failed(self.start_error(id, outcome)) {
                Ok(()) => return,
                // It has reported: the group's business.
                Err(StartError::Failed(failure)) => Outcome::Failed(failure.into_cause()),
                Err(StartError::Cancelled(_)) => Outcome::Cut {
                    here: self.node.view().here,
                },
                Err(StartError::NotReported) => Outcome::Ok,
            },
            None => outcome,
        };
        match outcome {
            Outcome::Ok | Outcome::Cut { here: true } => {}
            Outcome::Cut { here: false } => self.group.note_cut(),
            Outcome::Failed(cause) => self.group.fail(self.failure(id, cause)),
        }
    }

    fn start_error(&self, id: Option<Id>, outcome: Outcome<E>) -> StartError<E> {
        match outcome {
            Outcome::Ok => StartError::NotReported,
            Outcome::Cut { .. } => StartError::Cancelled(Cancelled {
                reason: reason_of(&self.node),
            }),
            Outcome::Failed(cause) => StartError::Failed(self.failure(id, cause)),
        }
    }

    fn failure(&self, id: Option<Id>, cause: FailureCause<E>) -> TaskFailure<E> {
        TaskFailure {
            id,
            name: self.name.clone(),
            location: self.location,
            cause,
        }
    }
}

impl<E> Drop for End<E> {
    fn drop(&mut self) {
        if !self.told {
            self.node.leave();
            let cause = try_id().map(cancelled_error);
            self.tell(match cause {
                Some(error) => Outcome::Failed(FailureCause::Join(error)),
                None => Outcome::Cut { here: false },
            });
        }
    }
}
