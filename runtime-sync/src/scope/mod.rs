//! Cancelling, and what must not outlive it: scopes and groups of tasks.
//!
//! | to | use |
//! |---|---|
//! | limit the time of something, or cancel it by hand | [`CancelScope`] |
//! | keep that away from what must be finished | [`CancelScope::shield`] |
//! | run tasks that succeed or fail together | [`TaskGroup`] |
//! | wait until such a task is ready for others | [`GroupHandle::start`] |
//! | see, anywhere, whether and why one should end | [`is_cancelled`], [`reason()`], [`cancelled`] |
//! | block, and end when asked to | [`spawn_blocking_with`], [`GroupHandle::spawn_blocking`] |
//!
//! # Words
//!
//! A *scope* is something that is cancelled as a whole. What runs in it is its *body*. Scopes form a tree: a scope lies in the one around the code that ran it; the
//! scope of a task in that of its group; the scope of a group in the one around the code that made it. Tasks that are spawned
//! without a group lie in no scope. A scope is *cancelled* from the *request* on; it is *cut* when its body is dropped for it; it has *caught* a
//! cancellation if that was its own.
//!
//! # The rule
//!
//! 1. **Level, not edge.** A cancelled scope stays so. From the abort on its body is dropped at its next wait, and each scope or task that begins
//!    within it is cut at once.
//! 2. **Two stages.** The request has a reason, which the body sees. The abort follows after the grace of the scope that was cancelled. A body that ends before it is cut was not
//!    cancelled.
//! 3. **Downwards.** What is cancelled above is cancelled below, except behind a shield.
//! 4. **Inwards first.** A scope is not cut while a shield is run within it, or a task of a group in it. It is cut when the last of them has ended.
//! 5. **Who is cancelled, tells.** A scope that is cut for another's sake does not return: it is dropped with the body of the one that was cancelled, and
//!    that one returns. Else a loop that tries again after each timeout would never notice that it is cancelled itself.
//!
//! # The protocol
//!
//! 1. [`frame::Frame`] runs a body. Its first poll enters the scope's [`node`] below the scope around it ([`ambient`]).
//! 2. Each poll leaves its waker with the node, *then* looks: if the scope is cut, the body is dropped, not polled; if a time has come, the stage is raised; else the body is polled, with
//!    its scope as the current one of the thread.
//! 3. Whoever cancels raises the stages below and wakes the frames. The waker was left before the look, so the frame sees the stage or is woken.
//! 4. At its end the frame drops the body and leaves the tree, by a panic too.
//!
//! # Designs rejected
//!
//! * **An error at each wait**, as in trio: a future that is dropped needs no cooperation and no second way out of each function.
//! * **A tree of [`CancellationToken`](crate::CancellationToken)s**, one for each stage: shields and holds would need a second tree beside it, and the reason a third place.
//! * **One lock for the tree**: groups of ten thousand tasks would meet there at each poll. With a lock per node and stages that only rise none is needed.
//! * **A scope for every spawned task**: who spawns without a group says that it is on its own.
//! * **A shield that can be put up later**: what has been cancelled has told its waiters, and cannot take it back.

mod ambient;
mod blocking;
mod cancel_scope;
mod frame;
mod group;
mod handle;
#[cfg(all(test, loom))]
mod model;
mod node;
mod reason;

pub use blocking::{BlockingScope, spawn_blocking_with};
pub use cancel_scope::{CancelScope, Scoped};
pub use group::{
    FailureCause, GroupError, GroupHandle, StartError, Started, TaskFailure, TaskGroup,
};
pub use handle::{ScopeHandle, cancelled, current, is_cancelled, reason};
pub use reason::{CancelKind, CancelReason, Cancelled};
