//! One level of the wheel: 64 slots, each a circular list of entries.

use super::slab::{NIL, Slab};

/// How many bits of the tick one level looks at.
pub(super) const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;

/// A circular list through the `prev` and `next` of its entries; new ones go to the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    head: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self { head: NIL };

    pub(super) fn is_empty(self) -> bool {
        self.head == NIL
    }

    /// The first entry.
    pub(super) fn first(self) -> Option<u32> {
        (self.head != NIL).then_some(self.head)
    }

    /// The entry after `index`, `None` at the end.
    pub(super) fn after(self, index: u32, slab: &Slab) -> Option<u32> {
        let next = slab[index].next;
        (next != self.head).then_some(next)
    }

    pub(super) fn push_back(&mut self, index: u32, slab: &mut Slab) {
        if self.head == NIL {
            self.head = index;
            slab[index].prev = index;
            slab[index].next = index;
            return;
        }
        let last = slab[self.head].prev;
        slab[last].next = index;
        slab[self.head].prev = index;
        slab[index].prev = last;
        slab[index].next = self.head;
    }

    /// Unlinks `index`. Works on any list that holds it; only the one whose head it is has to be the right one.
    pub(super) fn unlink(&mut self, index: u32, slab: &mut Slab) {
        let (prev, next) = (slab[index].prev, slab[index].next);
        if next == index {
            self.head = NIL;
            return;
        }
        slab[prev].next = next;
        slab[next].prev = prev;
        if self.head == index {
            self.head = next;
        }
    }

    /// Sorts by deadline; what is equal stays in its order.
    pub(super) fn sort(&mut self, slab: &mut Slab) {
        let Some(first) = self.first() else { return };
        let mut indices = vec![first];
        while let Some(next) = self.after(indices[indices.len() - 1], slab) {
            indices.push(next);
        }
        indices.sort_by_key(|&index| slab[index].deadline);
        *self = Self::EMPTY;
        for index in indices {
            self.push_back(index, slab);
        }
    }

    pub(super) fn pop_front(&mut self, slab: &mut Slab) -> Option<u32> {
        let index = self.first()?;
        self.unlink(index, slab);
        Some(index)
    }
}

/// 64 lists and a bitmap of those that are not empty.
#[derive(Debug, Default)]
pub(super) struct Level {
    occupied: u64,
    /// Made when the level is used for the first time; many programs use two or three of the six.
    slots: Option<Box<[List; SLOTS]>>,
}

impl Level {
    /// The first slot that is not empty. All slots of a level lie ahead, so the lowest is the next.
    pub(super) fn first_occupied(&self) -> Option<u8> {
        (self.occupied != 0).then(|| self.occupied.trailing_zeros() as u8)
    }

    pub(super) fn list(&self, slot: u8) -> List {
        let slots = self.slots.as_ref();
        slots.map_or(List::EMPTY, |slots| slots[usize::from(slot)])
    }

    pub(super) fn push_back(&mut self, slot: u8, index: u32, slab: &mut Slab) {
        self.occupied |= 1 << slot;
        self.slot(slot).push_back(index, slab);
    }

    pub(super) fn unlink(&mut self, slot: u8, index: u32, slab: &mut Slab) {
        let list = self.slot(slot);
        list.unlink(index, slab);
        if list.is_empty() {
            self.occupied &= !(1 << slot);
        }
    }

    /// Empties a slot and returns what was in it.
    pub(super) fn take(&mut self, slot: u8) -> List {
        self.occupied &= !(1 << slot);
        std::mem::replace(self.slot(slot), List::EMPTY)
    }

    fn slot(&mut self, slot: u8) -> &mut List {
        let slots = self
            .slots
            .get_or_insert_with(|| Box::new([List::EMPTY; SLOTS]));
        &mut slots[usize::from(slot)]
    }
}
