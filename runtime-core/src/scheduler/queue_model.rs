//! The injector of `crossbeam-deque` as a model sees it: the part of its interface that [`queue`](super::queue) uses.
//!
//! loom cannot look into the real one, and so would neither interleave with it nor know what it does not order. Here a lock hands the tasks over, and whether there
//! are any is told by a number that orders nothing: the protocols around the queue have to.

use std::collections::VecDeque;

use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicUsize, Ordering::*};

/// A queue that any thread may push to and take from.
pub(super) struct Injector<T>(Queue<T>);

/// What a batch is put on.
pub(super) struct Worker<T>(Queue<T>);

/// What an attempt to take has brought.
pub(super) enum Steal<T> {
    Empty,
    Success(T),
    #[allow(dead_code, reason = "the real queues know it")]
    Retry,
}

struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    len: AtomicUsize,
}

impl<T> Queue<T> {
    fn new() -> Self {
        Self {
            items: Mutex::new(VecDeque::new()),
            len: AtomicUsize::new(0),
        }
    }

    fn push(&self, item: T) {
        let mut items = self.items.lock();
        items.push_back(item);
        self.len.fetch_add(1, Relaxed);
    }

    fn pop(&self) -> Option<T> {
        let mut items = self.items.lock();
        let item = items.pop_front()?;
        self.len.fetch_sub(1, Relaxed);
        Some(item)
    }

    fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Takes one, and moves so many more elsewhere.
    fn share(&self, to: &Self, more: usize) -> Steal<T> {
        let Some(first) = self.pop() else {
            return Steal::Empty;
        };
        for item in (0..more).map_while(|_| self.pop()) {
            to.push(item);
        }
        Steal::Success(first)
    }
}

impl<T> Injector<T> {
    pub(super) fn new() -> Self {
        Self(Queue::new())
    }

    pub(super) fn push(&self, item: T) {
        self.0.push(item);
    }

    pub(super) fn steal(&self) -> Steal<T> {
        self.0.pop().map_or(Steal::Empty, Steal::Success)
    }

    pub(super) fn steal_batch_with_limit_and_pop(&self, to: &Worker<T>, limit: usize) -> Steal<T> {
        self.0.share(&to.0, limit - 1)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Worker<T> {
    pub(super) fn new_fifo() -> Self {
        Self(Queue::new())
    }

    pub(super) fn pop(&self) -> Option<T> {
        self.0.pop()
    }
}
