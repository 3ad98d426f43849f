//! A scope as a node of the tree of scopes: how far its cancellation is, and who has to hear of it.
//!
//! # The rule
//!
//! 1. Each node has one lock, and nobody holds two of them. No code of a user runs under one: wakers are compared there, but cloned, woken and dropped outside.
//! 2. A [`Stage`] only rises. [`Node::raise`] raises a node and then what is below it; a shield stops all but [`Stage::Abandoned`].
//! 3. [`Node::enter`] puts a node into its parent's list first, and then raises it to the parent's stage. A rise of the parent that comes before is seen by the look,
//!    one that comes after finds the node in the list: none is missed, without a lock of the whole tree.
//! 4. A *hold* keeps the scopes around a node from being cut: a shield and each task of a group make one. A hold is counted at every node above, up to the edge of the task.
//!
//! ```text
//!             1 cancel, deadline           2 end of the grace, abort
//!   RUNNING ───────────────────► REQUESTED ─────────────────────────► ABORTED
//!      │   └──────────── 3 without grace, abort ────────────────────►   │
//!      │                             │                                  │
//!      └────────────── 4 the group is dropped: ABANDONED ◄──────────────┘
//! ```
//!
//! Edges 1 and 3 [`Node::cancel`], 2 and 3 [`Node::abort`], 4 [`Node::abandon`].

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;
use std::task::Waker;
use std::time::Duration;

use runtime_time::Instant;

use super::reason::{CancelKind, CancelReason};
use crate::notify::Notify;
use crate::panics::FirstPanic;
use crate::primitive::{Arc, Mutex};

/// How far a cancellation is. Each includes what the ones before mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Not cancelled.
    Running,
    /// Asked to end; it may take its time.
    Requested,
    /// Cut off as soon as nothing holds it.
    Aborted,
    /// Cut off whatever holds it: its owner is gone.
    Abandoned,
}

pub(super) struct Node {
    /// The scope is the outermost of its task: what it holds lies within.
    own_task: bool,
    /// Set by `enter`; kept to the end, so that a hold is released where it was made.
    parent: OnceLock<Arc<Self>>,
    /// Woken once, when the stage leaves `Running`.
    requested: Notify,
    state: Mutex<State>,
}

struct State {
    /// Not changed once the scope is entered.
    shield: bool,
    grace: Duration,
    stage: Stage,
    reason: Option<CancelReason>,
    /// It was this scope that was cancelled, not one around it.
    here: bool,
    deadline: Option<Instant>,
    caught: bool,
    ended: bool,
    /// Holds by nodes below.
    holds: usize,
    children: HashMap<usize, Arc<Node>>,
    /// The frame that runs the scope.
    frame: Option<Waker>,
}

/// A node at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) stage: Stage,
    pub(super) here: bool,
    pub(super) deadline: Option<Instant>,
    held: bool,
}

impl View {
    /// Whether what runs in the scope is to be dropped now.
    pub(super) fn is_cut(&self) -> bool {
        match self.stage {
            Stage::Running | Stage::Requested => false,
            Stage::Aborted => !self.held,
            Stage::Abandoned => true,
        }
    }
}

impl Node {
    /// A scope within its task.
    pub(super) fn new() -> Arc<Self> {
        Self::make(false)
    }

    /// The outermost scope of a task.
    pub(super) fn of_task() -> Arc<Self> {
        Self::make(true)
    }

    fn make(own_task: bool) -> Arc<Self> {
        Arc::new(Self {
            own_task,
            parent: OnceLock::new(),
            requested: Notify::new(),
            state: Mutex::new(State {
                shield: false,
                grace: Duration::ZERO,
                stage: Stage::Running,
                reason: None,
                here: false,
                deadline: None,
                caught: false,
                ended: false,
                holds: 0,
                children: HashMap::new(),
                frame: None,
            }),
        })
    }

    /// Before the scope is entered.
    pub(super) fn set_shield(&self) {
        self.state.lock().shield = true;
    }

    /// Before the scope is entered.
    pub(super) fn set_grace(&self, grace: Duration) {
        self.state.lock().grace = grace;
    }

    pub(super) fn grace(&self) -> Duration {
        self.state.lock().grace
    }

    fn has_shield(&self) -> bool {
        self.state.lock().shield
    }

    pub(super) fn view(&self) -> View {
        let state = self.state.lock();
        View {
            stage: state.stage,
            here: state.here,
            deadline: state.deadline,
            held: state.holds > 0,
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state.lock().stage > Stage::Running
    }

    pub(super) fn reason(&self) -> Option<CancelReason> {
        self.state.lock().reason.clone()
    }

    pub(super) fn is_child_of(&self, parent: &Arc<Self>) -> bool {
        let mine = self.parent.get();
        mine.is_some_and(|mine| Arc::ptr_eq(mine, parent))
    }

    /// Waits until the stage leaves `Running`.
    pub(super) async fn requested(&self) {
        // Made before the look: the one wake-up that there will be reaches it.
        let woken = self.requested.notified();
        if !self.is_cancelled() {
            woken.await;
        }
    }

    /// Rule 3. A shield holds what is around it from here on.
    pub(super) fn enter(this: &Arc<Self>, parent: Option<Arc<Self>>) {
        let Some(parent) = parent else { return };
        if this.parent.set(Arc::clone(&parent)).is_err() {
            return;
        }
        let shield = this.has_shield();
        if shield {
            this.hold_ancestors();
        }
        let (stage, reason) = {
            let mut state = parent.state.lock();
            state.children.insert(this.key(), Arc::clone(this));
            (state.stage, state.reason.clone())
        };
        if let Some(reason) = reason {
            if !shield || stage == Stage::Abandoned {
                Self::raise(this, stage, &reason, false);
            }
        }
    }

    /// The scope is over: nobody above has to tell it anything more.
    pub(super) fn leave(&self) {
        {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.ended, true) {
                return;
            }
        }
        let Some(parent) = self.parent.get() else {
            return;
        };
        let left = {
            let mut state = parent.state.lock();
            let left = state.children.remove(&self.key());
            // After a burst the list gives its memory back.
            let (length, capacity) = (state.children.len(), state.children.capacity());
            if capacity > 64 && length < capacity / 8 {
                state.children.shrink_to(length * 2);
            }
            left
        };
        drop(left);
        if self.has_shield() {
            self.release_ancestors();
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.lock().ended
    }

    /// The scope was cut because of itself.
    pub(super) fn catch(&self) {
        self.state.lock().caught = true;
    }

    pub(super) fn has_caught(&self) -> bool {
        self.state.lock().caught
    }

    pub(super) fn set_deadline(&self, deadline: Option<Instant>) {
        let frame = {
            let mut state = self.state.lock();
            state.deadline = deadline;
            state.frame.take()
        };
        wake(frame);
    }

    /// Makes `waker` the one that hears of every change until the next one, which takes it.
    pub(super) fn watch(&self, waker: &Waker) {
        let known = |state: &State| state.frame.as_ref().is_some_and(|old| old.will_wake(waker));
        if known(&self.state.lock()) {
            return;
        }
        let waker = waker.clone();
        let old = self.state.lock().frame.replace(waker);
        drop(old);
    }

    /// Edges 1 and 3: a request, and without a grace the abort at once.
    pub(super) fn cancel(this: &Arc<Self>, reason: &CancelReason) {
        let stage = if this.grace().is_zero() {
            Stage::Aborted
        } else {
            Stage::Requested
        };
        Self::raise(this, stage, reason, true);
    }

    /// Edges 2 and 3.
    pub(super) fn abort(this: &Arc<Self>, reason: &CancelReason) {
        Self::raise(this, Stage::Aborted, reason, true);
    }

    /// Edge 4.
    pub(super) fn abandon(this: &Arc<Self>) {
        let reason = CancelReason::of(CancelKind::Dropped);
        Self::raise(this, Stage::Abandoned, &reason, true);
    }

    /// Rule 2. `here`: the cancellation is of this node, whose reason it then gives.
    fn raise(this: &Arc<Self>, stage: Stage, reason: &CancelReason, here: bool) {
        let mut panic = FirstPanic::default();
        let mut next = vec![Arc::clone(this)];
        while let Some(node) = next.pop() {
            let is_root = Arc::ptr_eq(&node, this);
            let here = here && is_root;
            let (first, frame) = {
                let mut state = node.state.lock();
                let shielded = state.shield && !is_root && stage < Stage::Abandoned;
                if shielded || (state.stage >= stage && (state.here || !here)) {
                    continue;
                }
                let first = state.stage == Stage::Running;
                if first || (here && !state.here) {
                    state.reason = Some(reason.clone());
                }
                state.here |= here;
                if state.stage < stage {
                    state.stage = stage;
                    next.extend(state.children.values().cloned());
                }
                (first, state.frame.take())
            };
            panic.catch(|| wake(frame));
            if first {
                panic.catch(|| node.requested.notify_waiters());
            }
        }
        panic.resume();
    }

    /// Rule 4: one hold more, at all nodes above within this task.
    pub(super) fn hold_ancestors(&self) {
        for node in self.ancestors() {
            node.state.lock().holds += 1;
        }
    }

    /// One hold less.
    pub(super) fn release_ancestors(&self) {
        let mut panic = FirstPanic::default();
        for node in self.ancestors() {
            let frame = {
                let mut state = node.state.lock();
                state.holds -= 1;
                let cut = state.holds == 0 && state.stage >= Stage::Aborted;
                if cut { state.frame.take() } else { None }
            };
            panic.catch(|| wake(frame));
        }
        panic.resume();
    }

    /// From the parent on to the outermost scope of this task.
    fn ancestors(&self) -> impl Iterator<Item = &Arc<Self>> {
        std::iter::successors(self.above(), |node| node.above())
    }

    fn above(&self) -> Option<&Arc<Self>> {
        self.parent.get().filter(|_| !self.own_task)
    }

    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Scope")
            .field("stage", &state.stage)
            .field("reason", &state.reason)
            .field("deadline", &state.deadline)
            .field("ended", &state.ended)
            .finish_non_exhaustive()
    }
}
