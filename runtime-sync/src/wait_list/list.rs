//! Nodes and the links between them.

use std::marker::PhantomPinned;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Waker;

use super::{IDLE, LINKED, Locked};
use crate::primitive::{AtomicU8, UnsafeCell};

pub(super) struct List<P> {
    pub(super) head: Option<NonNull<Node<P>>>,
    pub(super) tail: Option<NonNull<Node<P>>>,
}

/// A list node. Rule 1 covers `body`; `signal` is the hand-over of rule 3.
pub(super) struct Node<P> {
    pub(super) signal: AtomicU8,
    body: UnsafeCell<Body<P>>,
    /// Other nodes point here while this one is linked.
    _pinned: PhantomPinned,
}

pub(super) struct Body<P> {
    previous: Option<NonNull<Node<P>>>,
    next: Option<NonNull<Node<P>>>,
    pub(super) round: usize,
    pub(super) waker: Option<Waker>,
    pub(super) payload: P,
}

// SAFETY: the raw links are followed only under the queue's lock (rule 1), so a node may move to and be seen from
// other threads whenever its waker (Send + Sync) and payload may be handed between threads.
unsafe impl<P: Send> Send for Node<P> {}
// SAFETY: as above; shared access to a node offers only the atomic signal, and the rest under the lock.
unsafe impl<P: Send> Sync for Node<P> {}
// SAFETY: the list owns no node; it reaches them under the lock that guards it.
unsafe impl<P: Send> Send for List<P> {}

impl<P> List<P> {
    pub(super) const fn new() -> Self {
        Self {
            head: None,
            tail: None,
        }
    }

    /// Adds a node that is in no list. The caller holds the lock.
    pub(super) fn push_back(&mut self, node: NonNull<Node<P>>) {
        // SAFETY: the caller passes a live node whose body is its own under the lock.
        let fields = unsafe { &mut *body(node) };
        fields.next = None;
        fields.previous = self.tail;
        match self.tail {
            // SAFETY: `tail` is linked, hence alive, and is not `node`, which is in no list.
            Some(tail) => unsafe { (*body(tail)).next = Some(node) },
            None => self.head = Some(node),
        }
        self.tail = Some(node);
    }

    /// Takes out a node that is in this list. The caller holds the lock.
    pub(super) fn unlink(&mut self, node: NonNull<Node<P>>) {
        // SAFETY: the node is in this list, hence alive; its body is ours under the lock.
        let fields = unsafe { &mut *body(node) };
        let (previous, next) = (fields.previous.take(), fields.next.take());
        match previous {
            // SAFETY: neighbours of a linked node are linked, hence alive, and differ from it.
            Some(previous) => unsafe { (*body(previous)).next = next },
            None => self.head = next,
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { (*body(next)).previous = previous },
            None => self.tail = previous,
        }
    }

    /// Moves all of `other` behind this list.
    pub(super) fn append(&mut self, other: &mut Self) {
        let Some(first) = other.head.take() else {
            return;
        };
        match self.tail {
            Some(tail) => {
                // SAFETY: `tail` is linked, hence alive; its body is ours under the lock.
                unsafe { (*body(tail)).next = Some(first) };
                // SAFETY: the same for the first node of the other list.
                unsafe { (*body(first)).previous = Some(tail) };
            }
            None => self.head = Some(first),
        }
        self.tail = other.tail.take();
    }
}

/// The body of a node as a raw pointer; dereferencing it is the caller's unsafe block.
#[inline]
pub(super) fn body<P>(node: NonNull<Node<P>>) -> *mut Body<P> {
    // SAFETY: callers pass nodes that are alive: linked, or owned by the caller.
    unsafe { node.as_ref() }.body.with_mut(|body| body)
}

impl<P> Node<P> {
    /// A node that is in no list.
    #[inline]
    pub(super) fn new(payload: P) -> Self {
        Self {
            signal: AtomicU8::new(IDLE),
            body: UnsafeCell::new(Body {
                previous: None,
                next: None,
                round: 0,
                waker: None,
                payload,
            }),
            _pinned: PhantomPinned,
        }
    }

    /// Queues this node, which is pinned, at the end. The owner is the caller.
    pub(super) fn link<S>(&self, locked: &mut Locked<S, P>, waker: Option<Waker>, payload: P) {
        // Relaxed: an idle node is the owner's alone.
        assert_eq!(self.signal.load(Relaxed), IDLE, "a waiter is queued once");
        let node = NonNull::from(self);
        // SAFETY: an idle node is in no list, so its body belongs to its owner, who is the caller.
        let fields = unsafe { &mut *body(node) };
        debug_assert!(fields.waker.is_none());
        fields.waker = waker;
        fields.payload = payload;
        fields.round = locked.round;
        // Relaxed: read by the owner only, until a pop under the lock overwrites it.
        self.signal.store(LINKED, Relaxed);
        locked.waiting.push_back(node);
    }
}
