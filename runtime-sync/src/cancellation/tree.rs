//! The tree of tokens: who is cancelled with whom.
//!
//! # The rule
//!
//! 1. All nodes that descend from one root share one lock, the tree's; links change under it only.
//! 2. A parent lists its children, a child knows its parent and its place in that list. So leaving is a swap with the
//!    last child: the same cost for one child as for a hundred thousand.
//! 3. Cancelling takes the node and all its descendants out of the tree, marks them, and wakes them after the lock. A
//!    cancelled node has no links.
//! 4. A node that no token refers to any more leaves the tree, and its children move up to its parent: they are still
//!    cancelled with the grandparent, and a long chain of dropped tokens keeps nothing alive.
//!
//! The lock of each node's links is only taken while the tree's lock is held, so it is always free; it is what makes
//! rule 1 visible to the compiler.
//!
//! Rejected: a lock per node alone. Cancelling and leaving take locks in opposite directions then, and each must be
//! ready to let go and start again. Children of one root, the common case, meet at the root's lock either way.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::notify::Notify;
use crate::panics::FirstPanic;
use crate::primitive::{Arc, AtomicBool, AtomicUsize, Mutex, MutexGuard};

/// A token's part of the tree.
#[derive(Debug)]
pub(super) struct Node {
    /// Set under the tree's lock, never cleared.
    cancelled: AtomicBool,
    /// Woken once, after `cancelled` was set.
    pub(super) notify: Notify,
    /// How many tokens refer to this node.
    tokens: AtomicUsize,
    tree: Arc<Mutex<()>>,
    /// Rule 1: locked while `tree` is held.
    links: Mutex<Links>,
}

#[derive(Debug, Default)]
struct Links {
    parent: Option<Arc<Node>>,
    /// Where this node is in the list of its parent.
    index: usize,
    children: Vec<Arc<Node>>,
}

impl Node {
    /// A node without relatives, for one token.
    pub(super) fn root() -> Arc<Self> {
        Arc::new(Self::new(false, Arc::new(Mutex::new(()))))
    }

    fn new(cancelled: bool, tree: Arc<Mutex<()>>) -> Self {
        Self {
            cancelled: AtomicBool::new(cancelled),
            notify: Notify::new(),
            tokens: AtomicUsize::new(1),
            tree,
            links: Mutex::new(Links::default()),
        }
    }

    /// A child of this node, for one token; cancelled from the start if this one is.
    pub(super) fn child(this: &Arc<Self>) -> Arc<Self> {
        if this.is_cancelled() {
            return Arc::new(Self::new(true, Arc::clone(&this.tree)));
        }
        let child = Arc::new(Self::new(false, Arc::clone(&this.tree)));
        let tree = this.tree.lock();
        if this.is_cancelled() {
            // Relaxed: nobody else knows the child.
            child.cancelled.store(true, Relaxed);
        } else {
            adopt(this, Arc::clone(&child));
        }
        drop(tree);
        child
    }

    /// The links. The tree is locked.
    fn links(&self) -> MutexGuard<'_, Links> {
        work::count(1);
        self.links.lock()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        // Acquire: pairs with the Release in `cancel`.
        self.cancelled.load(Acquire)
    }

    /// Cancels this node and all below it (rule 3).
    pub(super) fn cancel(this: &Arc<Self>) {
        if this.is_cancelled() {
            return;
        }
        let (parent, family) = {
            let _tree = this.tree.lock();
            if this.is_cancelled() {
                return;
            }
            let links = this.mark();
            if let Some(parent) = &links.parent {
                remove_child(parent, links.index);
            }
            let (mut family, mut next) = (links.children, 0);
            while let Some(node) = family.get(next) {
                // The reference to its parent is not the last one: the parent is in the family, or `this`.
                family.append(&mut node.mark().children);
                next += 1;
            }
            (links.parent, family)
        };
        let mut panic = FirstPanic::default();
        panic.catch(|| this.notify.notify_waiters());
        // Each is let go at once: a family of many does not stay in the cache for a second round.
        for node in family {
            panic.catch(|| node.notify.notify_waiters());
        }
        // Possibly the last reference to the parent: it is dropped without the lock.
        drop(parent);
        panic.resume();
    }

    /// Marks this node as cancelled and takes its links. The tree is locked.
    fn mark(&self) -> Links {
        // Release: what the canceller did is seen by those who see the cancellation.
        self.cancelled.store(true, Release);
        std::mem::take(&mut *self.links())
    }

    /// One more token refers to this node.
    pub(super) fn add_token(&self) {
        // Relaxed: the count is not zero, as the caller has a token.
        self.tokens.fetch_add(1, Relaxed);
    }

    /// A token is gone (rule 4).
    pub(super) fn remove_token(this: &Arc<Self>) {
        // Relaxed: what the other tokens did to the links they did with the tree locked, so this one finds it there.
        if this.tokens.fetch_sub(1, Relaxed) != 1 || this.is_cancelled() {
            return;
        }
        let parent = {
            let _tree = this.tree.lock();
            let parent = leave(this);
            let children = std::mem::take(&mut this.links().children);
            for child in children {
                match &parent {
                    Some(parent) => adopt(parent, child),
                    None => child.links().parent = None,
                }
            }
            parent
        };
        // Possibly the last reference to the parent: it is dropped without the lock.
        drop(parent);
    }
}

/// Makes `child` the last child of `parent`. The tree is locked.
fn adopt(parent: &Arc<Node>, child: Arc<Node>) {
    let mut family = parent.links();
    let mut links = child.links();
    links.parent = Some(Arc::clone(parent));
    links.index = family.children.len();
    drop(links);
    family.children.push(child);
}

/// Takes `node` out of its parent's list; returns the parent. The tree is locked.
fn leave(node: &Arc<Node>) -> Option<Arc<Node>> {
    let (parent, index) = {
        let mut links = node.links();
        (links.parent.take()?, links.index)
    };
    remove_child(&parent, index);
    Some(parent)
}

/// Takes the child at `index`, to which the caller has another reference, out of the list. The tree is locked.
fn remove_child(parent: &Node, index: usize) {
    let mut family = parent.links();
    drop(family.children.swap_remove(index));
    if let Some(moved) = family.children.get(index) {
        moved.links().index = index;
    }
    // After a burst the list gives its memory back.
    let (length, capacity) = (family.children.len(), family.children.capacity());
    if capacity > 64 && length < capacity / 4 {
        work::count(length);
        family.children.shrink_to(length * 2);
    }
}

/// How much was done to links: nothing, outside of tests.
#[cfg(not(test))]
mod work {
    pub(super) fn count(_: usize) {}
}

/// How much was done to links: nodes looked into, and links moved from one piece of memory to another.
#[cfg(test)]
mod work {
    use std::cell::Cell;

    thread_local! {
        static DONE: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count(n: usize) {
        DONE.set(DONE.get() + n);
    }

    #[cfg(not(loom))]
    pub(super) fn of(f: impl FnOnce()) -> usize {
        DONE.set(0);
        f();
        DONE.get()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::CancellationToken;
    use super::work;

    /// Few under the interpreter.
    const CHILDREN: usize = if cfg!(miri) { 300 } else { 100_000 };

    fn family() -> (CancellationToken, Vec<CancellationToken>) {
        let root = CancellationToken::new();
        let children = (0..CHILDREN).map(|_| root.child_token()).collect();
        (root, children)
    }

    #[test]
    fn cancelling_one_of_many_children_costs_the_same_as_one_of_few() {
        // Itself, its parent, and the child that takes its place.
        const EACH: usize = 3;
        let (root, children) = family();
        for (number, child) in children.iter().enumerate().take(CHILDREN / 2) {
            let work = work::of(|| child.cancel());
            assert!(work <= EACH, "child {number}: {work}");
        }
        // All of them, with the memory that the list gives back on the way.
        let work = work::of(|| children.iter().rev().for_each(CancellationToken::cancel));
        assert!(work <= (EACH + 1) * CHILDREN, "{work}");
        assert!(!root.is_cancelled());
    }

    #[test]
    fn making_and_dropping_a_child_costs_the_same_however_many_there_are() {
        let (root, mut children) = family();
        let work = work::of(|| drop(root.child_token()));
        assert!(work <= 8, "{work}");
        children.swap(0, CHILDREN / 2);
        let work = work::of(|| drop(children.swap_remove(0)));
        assert!(work <= 5, "{work}");
    }

    #[test]
    fn cancelling_the_parent_looks_at_each_child_once() {
        let (root, children) = family();
        let work = work::of(|| root.cancel());
        assert!(work <= CHILDREN + 2, "{work}");
        assert!(children.iter().all(CancellationToken::is_cancelled));
        // Those that are cancelled are in nobody's list.
        assert_eq!(work::of(|| drop(children)), 0);
    }
}
