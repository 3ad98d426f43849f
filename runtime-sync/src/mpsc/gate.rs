//! What decides whether a message may enter the channel: the one difference between bounded and unbounded.

use super::list::{Head, Tail};
use crate::permits::Permits;

/// What decides whether a message may enter the channel.
pub(super) trait Gate {
    /// The receiver took `n` messages out, or `n` permits were not used.
    fn give(&self, n: usize);
    /// The receiver closes the channel.
    fn close<T>(&self, tail: &Tail<T>, head: &mut Head<T>);
    /// Whether the receiver has closed the channel.
    fn is_closed<T>(&self, tail: &Tail<T>) -> bool;
    /// Whether the receiver has closed the channel and every permit came back: there will be no further message.
    fn is_finished(&self) -> bool;
}

/// The gate of a bounded channel: a permit per message.
#[derive(Debug)]
pub(super) struct Bounded {
    pub(super) permits: Permits,
    pub(super) capacity: usize,
}

/// The gate of an unbounded channel: there is none.
#[derive(Debug)]
pub(super) struct Unbounded;

impl Gate for Bounded {
    #[inline]
    fn give(&self, n: usize) {
        self.permits.give(n);
    }

    fn close<T>(&self, _: &Tail<T>, _: &mut Head<T>) {
        self.permits.close();
    }

    fn is_closed<T>(&self, _: &Tail<T>) -> bool {
        self.permits.is_closed()
    }

    fn is_finished(&self) -> bool {
        self.permits.is_closed() && self.permits.available() == self.capacity
    }
}

impl Gate for Unbounded {
    #[inline]
    fn give(&self, _: usize) {}

    fn close<T>(&self, tail: &Tail<T>, head: &mut Head<T>) {
        head.close(tail);
    }

    fn is_closed<T>(&self, tail: &Tail<T>) -> bool {
        tail.is_closed()
    }

    /// The list itself knows where it ends.
    fn is_finished(&self) -> bool {
        false
    }
}
