//! A slot: where one thread at a time runs tasks.
//!
//! The number of slots is fixed when the runtime is built, so the array of stealers never changes and needs no protection. What only the driving thread
//! touches (the deque's owner end) lies in the slot while nobody drives it, and is *taken* by whoever does:
//!
//! ```text
//!              1 claim                    3 hand_over (block_in_place, or a lent thread between two drives)
//!   ┌────────┐ ───────────► ┌──────────┐ ───────────► ┌────────┐
//!   │ Vacant │              │ Occupied │              │ Handed │
//!   └────────┘ ◄─────────── └──────────┘ ◄─────────── └────────┘
//!              2 vacate                   4 take_over (replacement, the one who handed it over, or who closes the runtime)
//! ```
//!
//! A vacant or handed slot's deque stays stealable, its registry open, its timers' wheel fired by anybody: whoever leaves a slot strands nothing.

use std::mem;

use crossbeam_utils::CachePadded;

use super::Shared;
use super::linger::Credit;
use super::park::Parker;
use super::queue::{Deque, LifoSlot, Stealer};
use super::stats::{Counter, Sampler, Stats};
use super::watch::Watch;
use crate::observe::thread::Driver;
use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicU32, Ordering::*};
use crate::task::registry::Registry;
use std::sync::Arc;

/// The part of a slot that other threads may look at.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) lifo: LifoSlot,
    pub(crate) stealer: Stealer,
    pub(crate) parker: Parker,
    pub(crate) registry: Registry<Arc<Shared>>,
    pub(crate) watch: Watch,
    pub(crate) sampler: Sampler,
    pub(crate) credit: Credit,
    /// On lines of their own: other threads write beside them.
    pub(crate) stats: CachePadded<Stats>,
    /// Times somebody woke this slot to work. Written by who did.
    pub(crate) woken: Counter,
    /// Polls of visits that ended before it was the driver's turn. Written by the driving thread only.
    unlooked: AtomicU32,
    // No user code runs under this lock.
    occupancy: Mutex<Occupancy>,
}

#[derive(Debug)]
enum Occupancy {
    Vacant(Deque),
    Occupied(Driver),
    Handed(Deque),
}

/// Who has a slot.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    Nobody,
    Driven(Driver),
    HandedOver,
}

impl Slot {
    pub(crate) fn new() -> Self {
        let (deque, stealer) = Deque::new();
        Self {
            lifo: LifoSlot::new(),
            stealer,
            parker: Parker::new(),
            registry: Registry::new(),
            watch: Watch::default(),
            sampler: Sampler::default(),
            credit: Credit::default(),
            stats: CachePadded::default(),
            woken: Counter::default(),
            unlooked: AtomicU32::new(0),
            occupancy: Mutex::new(Occupancy::Vacant(deque)),
        }
    }

    /// Edge 1, by the thread that is going to drive.
    pub(crate) fn claim(&self, driver: Driver) -> Option<Deque> {
        self.step(|now| match now {
            Occupancy::Vacant(deque) => (Occupancy::Occupied(driver), Some(deque)),
            other => (other, None),
        })
    }

    /// Edge 2.
    pub(crate) fn vacate(&self, deque: Deque) {
        *self.occupancy.lock() = Occupancy::Vacant(deque);
    }

    /// Edge 3.
    pub(crate) fn hand_over(&self, deque: Deque) {
        *self.occupancy.lock() = Occupancy::Handed(deque);
    }

    /// Edge 4, by the thread that is going to drive.
    pub(crate) fn take_over(&self, driver: Driver) -> Option<Deque> {
        self.step(|now| match now {
            Occupancy::Handed(deque) => (Occupancy::Occupied(driver), Some(deque)),
            other => (other, None),
        })
    }

    pub(crate) fn is_vacant(&self) -> bool {
        matches!(*self.occupancy.lock(), Occupancy::Vacant(_))
    }

    pub(crate) fn is_occupied(&self) -> bool {
        matches!(*self.occupancy.lock(), Occupancy::Occupied(_))
    }

    /// In which state the slot is, for people.
    pub(crate) fn holder(&self) -> Holder {
        match &*self.occupancy.lock() {
            Occupancy::Vacant(_) => Holder::Nobody,
            Occupancy::Occupied(driver) => Holder::Driven(driver.clone()),
            Occupancy::Handed(_) => Holder::HandedOver,
        }
    }

    /// Whether a peer could take a task from here.
    pub(crate) fn has_stealable(&self) -> bool {
        !self.stealer.is_empty() || (self.watch.is_open() && !self.lifo.is_empty())
    }

    /// A visit ends so many polls after its last look at the driver.
    pub(crate) fn leave_unlooked(&self, polls: u32) {
        let before = self.unlooked.load(Relaxed);
        self.unlooked.store(before.saturating_add(polls), Relaxed);
    }

    /// Whether the visits before this one owe the driver a look, which the caller then takes on. Without it, visits too short to reach the interval, such as a loop around
    /// `block_on` of a future that yields, would never look.
    pub(crate) fn owes_look(&self, interval: u32) -> bool {
        let owes = self.unlooked.load(Relaxed) >= interval;
        if owes {
            self.unlooked.store(0, Relaxed);
        }
        owes
    }

    fn step<R>(&self, step: impl FnOnce(Occupancy) -> (Occupancy, R)) -> R {
        let mut occupancy = self.occupancy.lock();
        let nobody = Occupancy::Occupied(Driver::UNKNOWN);
        let (next, answer) = step(mem::replace(&mut *occupancy, nobody));
        *occupancy = next;
        answer
    }
}
