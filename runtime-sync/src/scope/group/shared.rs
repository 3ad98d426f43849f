//! What the owner of a group, its handles and its tasks share.

use runtime_core::task::JoinError;

use super::error::{FailureCause, GroupError, TaskFailure};
use crate::notify::Notify;
use crate::primitive::{Arc, Mutex};
use crate::scope::node::Node;
use crate::scope::reason::{CancelKind, CancelReason};

pub(super) struct Shared<E> {
    /// The group's scope; the tasks' scopes lie in it.
    pub(super) node: Arc<Node>,
    /// Woken when the last task has ended.
    drained: Notify,
    // No code of a user runs under this lock: failures are moved in and out.
    state: Mutex<State<E>>,
}

struct State<E> {
    open: bool,
    /// Tasks admitted and not ended.
    running: usize,
    /// Something was dropped before it was done, because the group was cancelled.
    cut: bool,
    /// Somebody keeps the deadline and the grace of the group.
    has_keeper: bool,
    failures: Vec<TaskFailure<E>>,
}

impl<E> Shared<E> {
    pub(super) fn new(node: Arc<Node>) -> Arc<Self> {
        Arc::new(Self {
            node,
            drained: Notify::new(),
            state: Mutex::new(State {
                open: true,
                running: 0,
                cut: false,
                has_keeper: false,
                failures: Vec::new(),
            }),
        })
    }

    /// One task more, if the group takes any. It holds what is around the group, until [`release`](Self::release).
    pub(super) fn admit(&self) -> bool {
        {
            let mut state = self.state.lock();
            if !state.open {
                return false;
            }
            state.running += 1;
        }
        self.node.hold_ancestors();
        true
    }

    /// A task has ended, and its future is gone.
    pub(super) fn release(&self) {
        let drained = {
            let mut state = self.state.lock();
            state.running -= 1;
            state.running == 0
        };
        if drained {
            self.drained.notify_waiters();
        }
        // Last: who is around the group may look at it then.
        self.node.release_ancestors();
    }

    pub(super) fn running(&self) -> usize {
        self.state.lock().running
    }

    /// Something in the group has failed: the rest is cancelled.
    pub(super) fn fail(&self, failure: TaskFailure<E>) {
        self.state.lock().failures.push(failure);
        Node::cancel(&self.node, &CancelReason::of(CancelKind::Sibling));
    }

    pub(super) fn note_cut(&self) {
        self.state.lock().cut = true;
    }

    /// True once: the caller is to keep the group's times.
    pub(super) fn take_keeping(&self) -> bool {
        !std::mem::replace(&mut self.state.lock().has_keeper, true)
    }

    /// No task is admitted any more.
    pub(super) fn close(&self) {
        self.state.lock().open = false;
    }

    /// Waits until no task runs, and closes the group at that moment.
    pub(super) async fn drain(&self) {
        loop {
            // Made before the look.
            let drained = self.drained.notified();
            {
                let mut state = self.state.lock();
                if state.running == 0 {
                    state.open = false;
                    return;
                }
            }
            drained.await;
        }
    }

    /// Waits until the group is closed and no task runs.
    pub(super) async fn ended(&self) {
        loop {
            let drained = self.drained.notified();
            {
                let state = self.state.lock();
                if state.running == 0 && !state.open {
                    return;
                }
            }
            drained.await;
        }
    }

    /// Tells who waits for [`ended`](Self::ended) to look again.
    pub(super) fn tell(&self) {
        self.drained.notify_waiters();
    }

    /// How it all went.
    pub(super) fn result(&self) -> Result<(), GroupError<E>> {
        let (failures, cut) = {
            let mut state = self.state.lock();
            (std::mem::take(&mut state.failures), state.cut)
        };
        if failures.is_empty() && !cut {
            return Ok(());
        }
        let reason = self.node.reason();
        Err(GroupError { failures, reason })
    }
}

/// How a task ended.
pub(super) enum Outcome<E> {
    Ok,
    Failed(FailureCause<E>),
    /// It was cut off: by a cancellation of its own, or of the group.
    Cut {
        here: bool,
    },
}

impl<E> Outcome<E> {
    /// From what a join handle or a caught panic says.
    pub(super) fn of(result: Result<Result<(), E>, JoinError>) -> Self {
        match result {
            Ok(Ok(())) => Self::Ok,
            Ok(Err(error)) => Self::Failed(FailureCause::Error(error)),
            Err(error) => Self::Failed(FailureCause::Join(error)),
        }
    }
}
