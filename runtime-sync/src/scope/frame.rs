//! Running a future in a scope: the frame polls it, keeps the scope's times, and drops it when the scope is cut.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use runtime_time::{Instant, Sleep, sleep_until};

use super::ambient;
use super::node::{Node, Stage, View};
use super::reason::{CancelKind, CancelReason};
use crate::primitive::Arc;

/// The scope was cut, and what ran in it is dropped.
#[derive(Debug)]
pub(super) struct Cut {
    /// By a cancellation of this scope, not of one around it.
    pub(super) here: bool,
}

/// What a frame does about its node's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Enter at the first poll, below the scope around that poll.
    ToEnter,
    /// Entered; leave at the end.
    Entered,
    /// Somebody else's business, or over.
    NotMine,
}

pin_project! {
    pub(super) struct Frame<F> {
        node: Arc<Node>,
        place: Place,
        timer: Option<Pin<Box<Sleep>>>,
        // When the grace of the request is over.
        abort_at: Option<Instant>,
        #[pin]
        body: Option<F>,
    }

    impl<F> PinnedDrop for Frame<F> {
        fn drop(this: Pin<&mut Self>) {
            this.end();
        }
    }
}

impl<F> Frame<F> {
    /// The scope is entered where the frame is polled first.
    pub(super) fn new(node: Arc<Node>, body: F) -> Self {
        Self::with_place(node, body, Place::ToEnter)
    }

    /// The scope was entered already; the frame leaves it.
    pub(super) fn entered(node: Arc<Node>, body: F) -> Self {
        Self::with_place(node, body, Place::Entered)
    }

    /// The scope is entered and left by somebody else.
    pub(super) fn of_another(node: Arc<Node>, body: F) -> Self {
        Self::with_place(node, body, Place::NotMine)
    }

    fn with_place(node: Arc<Node>, body: F, place: Place) -> Self {
        Self {
            node,
            place,
            timer: None,
            abort_at: None,
            body: Some(body),
        }
    }

    pub(super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Drops the body, in the scope, and leaves it; at the second call does nothing.
    fn end(self: Pin<&mut Self>) {
        let mut this = self.project();
        let entered = *this.place == Place::Entered;
        *this.place = Place::NotMine;
        *this.timer = None;
        // Also if the drop of the body panics.
        let _leave = entered.then(|| Leave(this.node));
        if this.body.is_some() {
            let _scope = ambient::enter(this.node);
            this.body.set(None);
        }
    }

    /// Keeps the times: raises the stage if one has come. Returns how the scope stands.
    fn keep_time(self: Pin<&mut Self>, cx: &mut Context<'_>) -> View {
        let this = self.project();
        loop {
            let view = this.node.view();
            let requested = view.stage == Stage::Requested && view.here;
            let until = if requested {
                let grace = this.node.grace();
                let end = || Instant::now().checked_add(grace);
                this.abort_at.is_none().then(|| *this.abort_at = end());
                *this.abort_at
            } else if view.stage == Stage::Running || !view.here {
                view.deadline
            } else {
                None
            };
            let Some(until) = until.filter(|_| view.stage < Stage::Aborted) else {
                *this.timer = None;
                return view;
            };
            if !is_over(this.timer, until, cx) {
                return view;
            }
            let deadline = CancelReason::of(CancelKind::Deadline);
            match this.node.reason() {
                Some(reason) if requested => Node::abort(this.node, &reason),
                _ => Node::cancel(this.node, &deadline),
            }
        }
    }
}

/// Whether the time has come; if not, the task is woken when it has.
fn is_over(timer: &mut Option<Pin<Box<Sleep>>>, until: Instant, cx: &mut Context<'_>) -> bool {
    let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
    if timer.deadline() != until {
        timer.as_mut().reset(until);
    }
    // A runtime that is going away has no time to keep.
    matches!(timer.as_mut().poll_elapsed(cx), Poll::Ready(Ok(())))
}

/// Leaves the tree when it is dropped.
struct Leave<'a>(&'a Node);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl<F: Future> Future for Frame<F> {
    type Output = Result<F::Output, Cut>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_mut().project();
        if *this.place == Place::ToEnter {
            *this.place = Place::Entered;
            Node::enter(this.node, ambient::get());
        }
        // Before the look: what changes after it wakes the task.
        this.node.watch(cx.waker());
        let view = self.as_mut().keep_time(cx);
        if view.is_cut() {
            return Poll::Ready(Err(self.cut(view)));
        }
        let this = self.as_mut().project();
        let polled = {
            let leave_if_it_panics = (*this.place == Place::Entered).then(|| Leave(this.node));
            let _scope = ambient::enter(this.node);
            let body = this.body.as_pin_mut();
            let polled = body
                .expect("a scope is not polled after it was ready")
                .poll(cx);
            std::mem::forget(leave_if_it_panics);
            polled
        };
        match polled {
            Poll::Ready(output) => {
                self.end();
                Poll::Ready(Ok(output))
            }
            Poll::Pending => {
                // What ran may have cancelled the scope itself; then it goes no further than here.
                let view = self.node.view();
                if view.is_cut() {
                    return Poll::Ready(Err(self.cut(view)));
                }
                Poll::Pending
            }
        }
    }
}

impl<F> Frame<F> {
    fn cut(self: Pin<&mut Self>, view: View) -> Cut {
        if view.here {
            self.node.catch();
        }
        self.end();
        Cut { here: view.here }
    }
}
