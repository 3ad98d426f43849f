//! In which order items come out: first in first out, last in first out.

use std::collections::VecDeque;

/// Keeps the items of a queue, and says which one is next.
pub(super) trait Order: Default {
    type Item;
    /// Where a new item goes.
    type Place;

    /// Finds the place for `item`. Alone of all methods this and [`pop`](Self::pop) may run code of the user's, a
    /// comparison; if it panics, nothing has changed.
    fn place(&self, item: &Self::Item) -> Self::Place;
    /// Puts `item` where [`place`](Self::place) said.
    fn insert(&mut self, place: Self::Place, item: Self::Item);
    /// Takes the next item out.
    fn pop(&mut self) -> Option<Self::Item>;
    fn len(&self) -> usize;
}

/// The oldest first.
pub(super) struct Fifo<T>(VecDeque<T>);

/// The newest first.
pub(super) struct Lifo<T>(Vec<T>);

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Order for Fifo<T> {
    type Item = T;
    type Place = ();

    fn place(&self, _: &T) {}

    fn insert(&mut self, (): (), item: T) {
        self.0.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        let item = self.0.pop_front();
        if is_sparse(self.0.len(), self.0.capacity()) {
            self.0.shrink_to(2 * self.0.len());
        }
        item
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T> Order for Lifo<T> {
    type Item = T;
    type Place = ();

    fn place(&self, _: &T) {}

    fn insert(&mut self, (): (), item: T) {
        self.0.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        let item = self.0.pop();
        if is_sparse(self.0.len(), self.0.capacity()) {
            self.0.shrink_to(2 * self.0.len());
        }
        item
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Whether memory should be given back after a burst.
pub(super) fn is_sparse(length: usize, capacity: usize) -> bool {
    capacity > 64 && length < capacity / 4
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::heap::Heap;
    use super::*;

    #[test]
    fn sync_08_a_burst_gives_its_memory_back() {
        fn burst<O: Order<Item = usize>>(mut order: O, capacity: impl Fn(&O) -> usize) {
            for item in 0..10_000 {
                let place = order.place(&item);
                order.insert(place, item);
            }
            assert!(capacity(&order) >= 10_000);
            while order.pop().is_some() {}
            assert!(capacity(&order) <= 64, "{}", capacity(&order));
        }
        burst(Fifo::default(), |order| order.0.capacity());
        burst(Lifo::default(), |order| order.0.capacity());
        burst(Heap::default(), Heap::capacity);
    }
}
