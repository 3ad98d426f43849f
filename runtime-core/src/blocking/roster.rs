//! The threads of a pool as the operating system has them: which live, whose handle is where, whom to wait for.
//!
//! The scheduling of jobs does not need it; shutdown does. A member is entered before its thread is created and struck
//! off by the thread itself as the last thing it does. The handle is brought by whoever created the thread, which may be later
//! than the thread's end:
//!
//! ```text
//!              enrol            registered            ended
//!   (nobody) ───────► CREATING ───────────► ALIVE ───────────► (struck off; the handle is among those that left)
//!                        │  │     ended                registered
//!                        │  └────────────► ENDED EARLY ───────────► (the same)
//!                        └► (nobody)  failed
//! ```
//!
//! The handle of a thread that has left is joined by the next one that leaves, or by shutdown, so at most one finished thread
//! keeps its stack.

use std::collections::BTreeMap;

use crate::primitive::thread::{self, JoinHandle, ThreadId};

/// Names a thread of one pool, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(u64);

#[derive(Default)]
struct Member {
    /// `None` until whoever created the thread brings it.
    handle: Option<JoinHandle<()>>,
    /// The thread has ended, but its handle is not here yet.
    ended: bool,
    /// It runs a job that nobody waits for, or is a visitor that has not begun.
    loose: bool,
    /// The thread of a visitor that has begun.
    visitor: Option<ThreadId>,
}

impl Member {
    fn is_current_thread(&self) -> bool {
        let current = thread::current().id();
        let handle = self.handle.as_ref();
        self.visitor == Some(current)
            || handle.is_some_and(|handle| handle.thread().id() == current)
    }
}

/// Who lives, and who has left without being joined yet.
#[derive(Default)]
pub(super) struct Roster {
    next: u64,
    members: BTreeMap<Id, Member>,
    left: Vec<JoinHandle<()>>,
}

impl Roster {
    /// Enters a thread that is about to be created.
    pub(super) fn enrol(&mut self) -> Id {
        let id = Id(self.next);
        self.next += 1;
        self.members.insert(id, Member::default());
        id
    }

    /// It is a visitor, which comes or not.
    pub(super) fn expect_visitor(&mut self, id: Id) {
        self.set_loose(id, true);
    }

    /// A visitor is here, on the calling thread.
    pub(super) fn visitor_begins(&mut self, id: Id) {
        if let Some(member) = self.members.get_mut(&id) {
            member.loose = false;
            member.visitor = Some(thread::current().id());
        }
    }

    /// A visitor leaves.
    pub(super) fn visitor_leaves(&mut self, id: Id) {
        self.members.remove(&id);
    }

    /// It could not be created.
    pub(super) fn failed(&mut self, id: Id) {
        self.members.remove(&id);
    }

    /// It was created.
    pub(super) fn registered(&mut self, id: Id, handle: JoinHandle<()>) {
        match self.members.get_mut(&id) {
            Some(member) if !member.ended => member.handle = Some(handle),
            _ => {
                self.members.remove(&id);
                self.left.push(handle);
            }
        }
    }

    /// The calling thread ends. It has to join those that ended before it, without the lock.
    #[must_use]
    pub(super) fn ended(&mut self, id: Id) -> Vec<JoinHandle<()>> {
        let before = std::mem::take(&mut self.left);
        if let Some(member) = self.members.get_mut(&id) {
            match member.handle.take() {
                Some(handle) => {
                    self.members.remove(&id);
                    self.left.push(handle);
                }
                None => member.ended = true,
            }
        }
        before
    }

    /// Says whether anybody will wait for the job that the thread runs now.
    pub(super) fn set_loose(&mut self, id: Id, loose: bool) {
        if let Some(member) = self.members.get_mut(&id) {
            member.loose = loose;
        }
    }

    /// Says whether somebody is here whom a shutdown on the calling thread waits for.
    pub(super) fn is_awaited(&self) -> bool {
        self.members
            .values()
            .any(|member| !member.loose && !member.is_current_thread())
    }

    /// The threads to join once nobody is awaited any more.
    #[must_use]
    pub(super) fn take_left(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.left)
    }
}
