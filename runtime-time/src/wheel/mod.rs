//! The timer wheel: a plain data structure, without a lock and without a clock.
//!
//! # Words
//!
//! A *deadline* is a number of nanoseconds. A *tick* is 2¹⁴ ns (16.4 µs). The wheel's *now* is the latest time it was
//! told. An entry is *armed* from its insertion until it fires, is removed, or the wheel closes. A slot is *opened* when
//! the wheel's now reaches its beginning.
//!
//! # The rule
//!
//! A tick is read as digits of six bits. An entry is kept at the level of the highest digit in which its tick differs
//! from now, in the slot that this digit names:
//!
//! ```text
//!   tick of the deadline  ┌────────────┬──────┬──────┬──────┬──────┬──────┬──────┐
//!                         │   epoch    │  d5  │  d4  │  d3  │  d2  │  d1  │  d0  │
//!                         └─────┬──────┴──┬───┴──┬───┴──┬───┴──┬───┴──┬───┴──┬───┘
//!    highest difference here:   │         │      │      │      │      │      │
//!                               ▼         ▼      ▼      ▼      ▼      ▼      ▼
//!                           ordered    level 5   4      3      2      1    level 0
//!                             set      4.9 h   4.6 min  4.3 s  67 ms  1 ms  16 µs    width of a slot
//! ```
//!
//! * Everything at a level lies before everything at the next one, and within a level a lower slot before a higher one.
//!   So the first occupied slot of the first occupied level holds the next entry: two bit scans.
//! * Opening a slot takes its entries out one by one: those that are due fire, the others are placed again by the rule,
//!   which puts them at a lower level. An entry moves at most six times in its life.
//! * Deadlines of another *epoch* (beyond 2³⁶ ticks, 13 days) are kept in an ordered set. When now enters their epoch
//!   they are placed like the others. No digit can wrap, whatever the uptime.
//! * Entries keep their exact deadline. The tick says only where to look: nothing fires before its nanosecond, and
//!   nothing is rounded.
//! * Moving a deadline to later writes the number and leaves the entry where it is; it is placed anew when the slot
//!   opens. Moving it to earlier relinks it.
//!
//! # Rejected
//!
//! * *Ticks of a millisecond.* A sleep would end a millisecond late on average. With 16 µs there are two more digits
//!   to walk through for the same span, and the span is still 13 days.
//! * *A binary heap.* Cancelling, the commonest end of a timer in a server, costs a logarithm or leaves dead entries.
//! * *Letting far deadlines share the last slot of the top level.* They hide the near ones behind them; every timer then
//!   hangs once now comes near the top's end.
//! * *A slot that is emptied in one go.* A slot of the upper levels may hold a million entries. They go through a list of
//!   entries *in transit*, so that [`Wheel::pop_due`] may stop after any of them, for its caller to let go of the lock.
//! * *Exact next deadlines at any price.* The minimum of a slot needs a walk along its list. [`Wheel::next`] walks a
//!   bounded way and then answers with the beginning of the slot, which is never too late, and makes progress because
//!   reaching it opens the slot.

mod level;
mod slab;
#[cfg(all(test, not(loom)))]
mod tests;

use self::level::{BITS, Level, List};
use self::slab::{Place, Slab};
use std::collections::BTreeSet;
use std::task::Waker;

pub(crate) use self::slab::Key;

/// A tick is 2 to the power of this many nanoseconds.
const TICK_BITS: u32 = 14;
const LEVELS: usize = 6;
/// The digits of a tick that the levels look at.
const EPOCH_BITS: u32 = BITS * LEVELS as u32;

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its time has not come.
    Armed,
    /// Its time has come and its waker was handed out.
    Fired,
    /// The wheel was closed before its time came.
    Closed,
}

/// Deadlines in order of time, each with a waker.
#[derive(Debug)]
pub(crate) struct Wheel {
    slab: Slab,
    levels: [Level; LEVELS],
    /// Deadlines of later epochs than now's, with the index of their entry.
    far: BTreeSet<(u64, u32)>,
    /// Entries of an opened slot that were neither fired nor placed again yet.
    transit: List,
    /// For which now the slot of the present tick was opened last, unless something overdue was placed there since.
    swept: Option<u64>,
    now: u64,
    armed: usize,
    /// See [`Wheel::fire_in_order`].
    in_order: bool,
}

impl Wheel {
    /// An empty wheel that stands at `now`. Allocates nothing.
    pub(crate) fn new(now: u64) -> Self {
        Self {
            slab: Slab::default(),
            levels: Default::default(),
            far: BTreeSet::new(),
            transit: List::EMPTY,
            swept: None,
            now,
            armed: 0,
            in_order: false,
        }
    }

    /// From now on entries that are due together fire in the order of their deadlines. A slot is then sorted when it is opened, in one go, however many are in it: for a
    /// loop of one thread, which nobody waits for.
    pub(crate) fn fire_in_order(&mut self) {
        self.in_order = true;
    }

    /// The number of armed entries.
    pub(crate) fn armed(&self) -> usize {
        self.armed
    }

    /// The number of entries whose key is still held.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// Adds an armed entry. A deadline that has passed is due at once.
    #[inline]
    pub(crate) fn insert(&mut self, deadline: u64, waker: Waker) -> Key {
        let key = self.slab.insert(deadline, waker);
        self.armed += 1;
        self.place(key.index());
        key
    }

    /// Ends an entry, armed or not. Returns its waker if it had one, to be dropped outside the lock.
    #[inline]
    #[must_use = "the waker must be dropped outside the lock"]
    pub(crate) fn remove(&mut self, key: Key) -> Option<Waker> {
        if self.fate(&key) == Fate::Armed {
            self.unlink(key.index());
            self.armed -= 1;
        }
        self.slab.remove(key)
    }

    /// What became of an entry.
    pub(crate) fn fate(&self, key: &Key) -> Fate {
        match self.slab[key.index()].place {
            Place::Fired => Fate::Fired,
            Place::Closed => Fate::Closed,
            Place::Slot(..) | Place::Far => Fate::Armed,
        }
    }

    /// Moves the deadline of an armed entry.
    pub(crate) fn reset(&mut self, key: &Key, deadline: u64) {
        debug_assert_eq!(self.fate(key), Fate::Armed);
        let entry = &mut self.slab[key.index()];
        if deadline >= entry.deadline && entry.place != Place::Far {
            entry.deadline = deadline;
            return;
        }
        self.unlink(key.index());
        self.slab[key.index()].deadline = deadline;
        self.place(key.index());
    }

    /// Whether `waker` would wake what the armed entry wakes.
    pub(crate) fn will_wake(&self, key: &Key, waker: &Waker) -> bool {
        let current = self.slab[key.index()].waker.as_ref();
        current.is_some_and(|current| current.will_wake(waker))
    }

    /// Gives an armed entry another waker. Returns the old one, to be dropped outside the lock.
    #[must_use = "the waker must be dropped outside the lock"]
    pub(crate) fn set_waker(&mut self, key: &Key, waker: Waker) -> Option<Waker> {
        self.slab[key.index()].waker.replace(waker)
    }

    /// Fires one entry whose deadline is not after `now`, and returns its waker; `None` when nothing is left to fire, or when
    /// `effort`, which counts the entries and slots that may be visited, is used up.
    ///
    /// A clock that steps back is read as one that stands still.
    #[must_use = "the waker must be woken outside the lock"]
    pub(crate) fn pop_due(&mut self, now: u64, effort: &mut usize) -> Option<Waker> {
        let now = now.max(self.now);
        while *effort > 0 {
            *effort -= 1;
            if let Some(index) = self.next_in_transit() {
                if self.slab[index].deadline <= now {
                    return Some(self.retire(index, Place::Fired));
                }
                self.place(index);
                continue;
            }
            match self.first_slot() {
                Some(slot) if slot.start < tick(now) => self.open(slot),
                // It may hold what is due within the tick but not yet: it is swept once for each now.
                Some(slot) if slot.start == tick(now) && self.swept.is_none_or(|at| at < now) => {
                    if slot.level == 0 {
                        self.swept = Some(now);
                    }
                    self.open(slot);
                }
                _ => {
                    self.now = now;
                    return None;
                }
            }
        }
        None
    }

    /// Closes one armed entry before its time has come, and returns its waker; `None` when none is armed.
    ///
    /// The wheel's now runs ahead meanwhile: nothing may be inserted any more.
    #[must_use = "the waker must be woken outside the lock"]
    pub(crate) fn pop_closed(&mut self) -> Option<Waker> {
        loop {
            if let Some(index) = self.next_in_transit() {
                return Some(self.retire(index, Place::Closed));
            }
            let slot = self.first_slot()?;
            self.open(slot);
        }
    }

    /// A time at which the next entry is due or before it, but after the wheel's now unless something is due: to wait
    /// until then and to call [`pop_due`](Self::pop_due) makes progress.
    ///
    /// Looks at no more than `effort` entries, unless the slot of the present tick holds more. With enough effort
    /// the answer is exact.
    pub(crate) fn next(&mut self, effort: usize) -> Option<u64> {
        if self.has_transit() {
            return Some(self.now);
        }
        loop {
            let slot = self.first_slot()?;
            let Some(number) = slot.number else {
                return self.far.first().map(|&(deadline, _)| deadline);
            };
            let bound = (slot.start > tick(self.now)).then_some(effort);
            match self.earliest_in(slot.level, number, bound) {
                Earliest::At(deadline) => return Some(deadline),
                Earliest::TooMany => return Some(slot.start << TICK_BITS),
                Earliest::Moved => {}
            }
        }
    }

    /// The earliest deadline in a slot. Entries whose deadline was moved to later are placed anew on the way.
    fn earliest_in(&mut self, level: usize, slot: u8, bound: Option<usize>) -> Earliest {
        let mut earliest = None;
        let mut seen = 0;
        let mut cursor = self.levels[level].list(slot).first();
        while let Some(index) = cursor {
            if bound.is_some_and(|bound| seen >= bound) {
                return Earliest::TooMany;
            }
            seen += 1;
            cursor = self.levels[level].list(slot).after(index, &self.slab);
            let deadline = self.slab[index].deadline;
            if self.position(deadline) == Place::Slot(level as u8, slot) {
                earliest = Some(earliest.map_or(deadline, |other| deadline.min(other)));
            } else {
                self.unlink(index);
                self.place(index);
            }
        }
        earliest.map_or(Earliest::Moved, Earliest::At)
    }

    /// Takes the next entry out of an opened slot, or out of the far ones whose epoch has begun.
    fn next_in_transit(&mut self) -> Option<u32> {
        if let Some(index) = self.transit.pop_front(&mut self.slab) {
            return Some(index);
        }
        if self.has_transit() {
            return self.far.pop_first().map(|(_, index)| index);
        }
        None
    }

    /// Whether an opened slot or epoch was not worked off: the caller of [`pop_due`](Self::pop_due) stopped before its
    /// end.
    fn has_transit(&self) -> bool {
        let far = self.far.first();
        !self.transit.is_empty()
            || far.is_some_and(|&(deadline, _)| epoch(tick(deadline)) <= epoch(tick(self.now)))
    }

    /// The slot that holds the next entry; the epoch of the next far deadline counts as one.
    fn first_slot(&self) -> Option<Slot> {
        for (level, lists) in self.levels.iter().enumerate() {
            if let Some(number) = lists.first_occupied() {
                let shift = BITS * level as u32;
                let upper = tick(self.now) >> (shift + BITS) << (shift + BITS);
                return Some(Slot {
                    level,
                    number: Some(number),
                    start: upper | u64::from(number) << shift,
                });
            }
        }
        let &(deadline, _) = self.far.first()?;
        Some(Slot {
            level: LEVELS,
            number: None,
            start: epoch(tick(deadline)) << EPOCH_BITS,
        })
    }

    /// Moves now to the beginning of a slot and puts what is in it in transit.
    fn open(&mut self, slot: Slot) {
        debug_assert!(self.transit.is_empty());
        self.now = self.now.max(slot.start << TICK_BITS);
        if let Some(number) = slot.number {
            self.transit = self.levels[slot.level].take(number);
            if self.in_order {
                self.transit.sort(&mut self.slab);
            }
        }
    }

    /// Where an entry with this deadline belongs.
    #[inline]
    fn position(&self, deadline: u64) -> Place {
        let now = tick(self.now);
        let tick = tick(deadline).max(now);
        let difference = tick ^ now;
        let level = difference.checked_ilog2().unwrap_or(0) / BITS;
        if level as usize >= LEVELS {
            return Place::Far;
        }
        let digit = tick >> (BITS * level) & ((1 << BITS) - 1);
        Place::Slot(level as u8, digit as u8)
    }

    #[inline]
    fn place(&mut self, index: u32) {
        let deadline = self.slab[index].deadline;
        let place = self.position(deadline);
        self.slab[index].place = place;
        if self.swept.is_some_and(|at| deadline <= at) {
            self.swept = None;
        }
        match place {
            Place::Slot(level, slot) => {
                self.levels[usize::from(level)].push_back(slot, index, &mut self.slab);
            }
            _ => {
                self.far.insert((deadline, index));
            }
        }
    }

    #[inline]
    fn unlink(&mut self, index: u32) {
        match self.slab[index].place {
            // An entry in transit still names the slot it came from.
            Place::Slot(..) if self.transit.first() == Some(index) => {
                self.transit.unlink(index, &mut self.slab);
            }
            Place::Slot(level, slot) => {
                self.levels[usize::from(level)].unlink(slot, index, &mut self.slab);
            }
            Place::Far => {
                self.far.remove(&(self.slab[index].deadline, index));
            }
            Place::Fired | Place::Closed => {}
        }
    }

    /// Ends an entry that is in no list any more.
    fn retire(&mut self, index: u32, place: Place) -> Waker {
        self.armed -= 1;
        let entry = &mut self.slab[index];
        entry.place = place;
        entry.waker.take().expect("an armed entry has a waker")
    }
}

/// A slot that holds entries; `number` is `None` for an epoch of the far ones.
struct Slot {
    level: usize,
    number: Option<u8>,
    /// The tick at which it begins.
    start: u64,
}

/// What a look into a slot found.
enum Earliest {
    /// This is the earliest deadline in it.
    At(u64),
    /// More entries than the caller wanted to look at.
    TooMany,
    /// Nothing: all its entries had been moved to later.
    Moved,
}

fn tick(deadline: u64) -> u64 {
    deadline >> TICK_BITS
}

fn epoch(tick: u64) -> u64 {
    tick >> EPOCH_BITS
}
