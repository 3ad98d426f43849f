//! What both halves share: the ring of slots, and the tail with those who wait.

use crate::notify::Notify;
use crate::primitive::Mutex;
use crate::senders::Senders;
use crate::wait_list::{WaitQueue, wake_each};

pub(super) struct Shared<T> {
    pub(super) ring: Box<[Mutex<Slot<T>>]>,
    pub(super) tail: WaitQueue<Tail, ()>,
    pub(super) senders: Senders,
    /// Tells senders in `closed()` that the last receiver is gone.
    pub(super) deserted: Notify,
}

pub(super) struct Tail {
    /// The position of the next value to send.
    pub(super) position: u64,
    pub(super) receivers: usize,
    /// All senders are gone.
    pub(super) closed: bool,
}

pub(super) struct Slot<T> {
    /// Of the value that is or was here.
    pub(super) position: u64,
    /// Receivers that have not seen it.
    pub(super) unseen: usize,
    /// `None` once all have seen it.
    pub(super) value: Option<T>,
}

impl<T> Shared<T> {
    /// A channel with one sender and no receiver.
    #[track_caller]
    pub(super) fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "broadcast channel capacity cannot be zero");
        assert!(
            capacity <= usize::MAX >> 1,
            "broadcast channel capacity exceeded `usize::MAX / 2`"
        );
        let capacity = capacity.next_power_of_two();
        let ring = (0..capacity)
            .map(|index| {
                Mutex::new(Slot {
                    // One round before the first value of this slot.
                    position: (index as u64).wrapping_sub(capacity as u64),
                    unseen: 0,
                    value: None,
                })
            })
            .collect();
        Self {
            ring,
            tail: WaitQueue::new(Tail {
                position: 0,
                receivers: 0,
                closed: false,
            }),
            senders: Senders::one(),
            deserted: Notify::new(),
        }
    }

    /// The slot of a position.
    pub(super) fn slot(&self, position: u64) -> &Mutex<Slot<T>> {
        // The length is a power of two; the mask keeps only bits that fit.
        let index = position & (self.ring.len() as u64 - 1);
        &self.ring[index as usize]
    }

    /// Adds a receiver; returns the position it starts at.
    #[track_caller]
    pub(super) fn add_receiver(&self) -> u64 {
        let mut tail = self.tail.lock();
        let full = tail.state.receivers == MAX_RECEIVERS;
        if !full {
            tail.state.receivers += 1;
        }
        let position = tail.state.position;
        drop(tail);
        assert!(!full, "max receivers");
        position
    }

    /// One sender less; the last one closes the channel.
    pub(super) fn remove_sender(&self) {
        if self.senders.remove() {
            self.close();
        }
    }

    /// All senders are gone: wakes everybody.
    fn close(&self) {
        let mut tail = self.tail.lock();
        tail.state.closed = true;
        tail.depart_all();
        wake_each(&self.tail, tail, |tail| tail.pop_departing(WOKEN));
    }
}

/// The signal of a waiter that was woken.
pub(super) const WOKEN: u8 = 2;
/// So that no counter can overflow.
const MAX_RECEIVERS: usize = usize::MAX >> 2;
