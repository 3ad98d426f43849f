//! In which order items come out: the smallest first.
//!
//! A binary heap whose changes are made in two steps: first all comparisons, which are the user's code and may panic,
//! then all moves, which cannot. The standard library's heap compares while it moves; a panic there drops the item
//! that was to be returned, and it would do so under the lock of the queue.

use super::order::{Order, is_sparse};

/// The smallest first; equal ones in the order of their arrival.
pub(super) struct Heap<T> {
    /// The children of `entries[i]` are at `2i + 1` and `2i + 2`, and none comes before its parent.
    entries: Vec<Entry<T>>,
    /// How many items there ever were.
    arrivals: u64,
}

struct Entry<T> {
    item: T,
    arrival: u64,
}

impl<T: Ord> Entry<T> {
    fn comes_before(&self, other: &Self) -> bool {
        self.item
            .cmp(&other.item)
            .then(self.arrival.cmp(&other.arrival))
            == std::cmp::Ordering::Less
    }
}

impl<T> Default for Heap<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            arrivals: 0,
        }
    }
}

impl<T> Heap<T> {
    #[cfg(all(test, not(loom)))]
    pub(super) fn capacity(&self) -> usize {
        self.entries.capacity()
    }
}

impl<T: Ord> Heap<T> {
    /// Where the last entry belongs when the first one has gone.
    fn place_for_last(&self) -> usize {
        let Some((last, others)) = self.entries.split_last() else {
            return 0;
        };
        let mut place = 0;
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            let child = match (others.get(left), others.get(right)) {
                (Some(one), Some(other)) if other.comes_before(one) => right,
                (Some(_), _) => left,
                (None, _) => return place,
            };
            if !others[child].comes_before(last) {
                return place;
            }
            place = child;
        }
    }
}

impl<T: Ord> Order for Heap<T> {
    type Item = T;
    type Place = usize;

    fn place(&self, item: &T) -> usize {
        let mut place = self.entries.len();
        while place > 0 && *item < self.entries[parent(place)].item {
            place = parent(place);
        }
        place
    }

    fn insert(&mut self, place: usize, item: T) {
        let mut at = self.entries.len();
        self.entries.push(Entry {
            item,
            arrival: self.arrivals,
        });
        self.arrivals += 1;
        while at != place {
            self.entries.swap(at, parent(at));
            at = parent(at);
        }
    }

    fn pop(&mut self) -> Option<T> {
        if self.entries.is_empty() {
            return None;
        }
        let place = self.place_for_last();
        let first = self.entries.swap_remove(0);
        // Counted from 1, the ancestors of a place are its leading bits: so this is the way down from the root.
        for level in (0..(place + 1).ilog2()).rev() {
            let child = ((place + 1) >> level) - 1;
            self.entries.swap(parent(child), child);
        }
        if is_sparse(self.entries.len(), self.entries.capacity()) {
            self.entries.shrink_to(2 * self.entries.len());
        }
        Some(first.item)
    }

    fn len(&self) -> usize {
        self.entries.len()
    }
}

fn parent(place: usize) -> usize {
    (place - 1) / 2
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Ordering;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn put<T: Ord>(heap: &mut Heap<T>, item: T) {
        let place = heap.place(&item);
        heap.insert(place, item);
    }

    proptest! {
        #[test]
        fn prop_heap_sorts_as_a_stable_sort_does(steps in prop::collection::vec(prop::option::of(0_u8..8), 0..200)) {
            // The second field tells equal ones apart and takes no part in the order.
            #[derive(Clone, Copy, Debug)]
            struct Item(u8, usize);
            impl Ord for Item {
                fn cmp(&self, other: &Self) -> Ordering { self.0.cmp(&other.0) }
            }
            impl PartialOrd for Item {
                fn partial_cmp(&self, other: &Self) -> Option<Ordering> { Some(self.cmp(other)) }
            }
            impl PartialEq for Item {
                fn eq(&self, other: &Self) -> bool { self.0 == other.0 }
            }
            impl Eq for Item {}

            let (mut heap, mut model) = (Heap::default(), Vec::<Item>::new());
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Some(key) => {
                        put(&mut heap, Item(key, number));
                        model.push(Item(key, number));
                        model.sort();
                    }
                    None => {
                        let expected = if model.is_empty() { None } else { Some(model.remove(0)) };
                        prop_assert_eq!(heap.pop().map(|item| item.1), expected.map(|item| item.1));
                    }
                }
                prop_assert_eq!(heap.len(), model.len());
            }
        }
    }

    #[test]
    fn sync_14_a_panic_in_a_comparison_changes_nothing() {
        thread_local! {
            static LEFT: std::cell::Cell<usize> = const { std::cell::Cell::new(usize::MAX) };
        }
        #[derive(PartialEq, Eq)]
        struct Evil(u32);
        impl Ord for Evil {
            fn cmp(&self, other: &Self) -> Ordering {
                let left = LEFT.get();
                assert_ne!(left, 0, "in the comparison");
                LEFT.set(left - 1);
                self.0.cmp(&other.0)
            }
        }
        impl PartialOrd for Evil {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        for comparisons in 0..12 {
            LEFT.set(usize::MAX);
            let mut heap = Heap::default();
            for i in 0..31 {
                put(&mut heap, Evil(i * 7 % 31));
            }
            LEFT.set(comparisons);
            let popped = catch_unwind(AssertUnwindSafe(|| heap.pop()));
            LEFT.set(comparisons);
            let _ = catch_unwind(AssertUnwindSafe(|| put(&mut heap, Evil(100))));
            LEFT.set(usize::MAX);
            let start = u32::from(popped.is_ok());
            for i in start..31 {
                assert_eq!(heap.pop().map(|item| item.0), Some(i));
            }
        }
    }
}
