//! The deque's protocol for loom: its first buffer has one slot, so that every push but the first makes it grow.

use std::ptr::NonNull;

use super::{Deque, Stealer};
use crate::primitive::{UnsafeCell, thread};

/// What an element points to: written before it is pushed, read and written again by whoever takes it.
struct Item(UnsafeCell<usize>);

impl Item {
    fn new(number: usize) -> NonNull<Self> {
        NonNull::from(Box::leak(Box::new(Self(UnsafeCell::new(number)))))
    }

    /// The number of an item that was taken. Taken twice, it would be freed twice, and loom sees who has it at the same time.
    fn open(item: NonNull<Self>) -> usize {
        // SAFETY: what the models check: one taker, after the push.
        let item = unsafe { Box::from_raw(item.as_ptr()) };
        item.0.with_mut(|number| {
            // SAFETY: as above.
            unsafe { std::mem::take(&mut *number) }
        })
    }
}

/// The end of a deque on its way to another thread.
struct Sent<T>(T);

// SAFETY: an item goes to one thread.
unsafe impl<T> Send for Sent<T> {}

fn drain(deque: &Deque<Item>) -> Vec<usize> {
    std::iter::from_fn(|| deque.pop()).map(Item::open).collect()
}

/// All that a thief gets in so many attempts, in order.
fn rob(stealer: Stealer<Item>, attempts: usize) -> thread::JoinHandle<Vec<usize>> {
    let stealer = Sent(stealer);
    thread::spawn(move || {
        let stealer = &stealer;
        let (own, _) = Deque::new();
        let mut loot = Vec::new();
        for _ in 0..attempts {
            loot.extend(stealer.0.steal_into(&own).map(Item::open));
            loot.extend(drain(&own));
        }
        loot
    })
}

fn assert_each_once(all: impl IntoIterator<Item = Vec<usize>>, most: usize) {
    let mut all = all.into_iter().flatten().collect::<Vec<_>>();
    all.sort_unstable();
    assert_eq!(all, (1..=most).collect::<Vec<_>>());
}

/// QUEUE-01: a thief races with an owner that pushes, grows and takes.
#[test]
fn loom_queue_01_a_thief_races_with_a_deque_that_grows() {
    loom::model(|| {
        let (deque, stealer) = Deque::new();
        deque.push(Item::new(1));
        let thief = rob(stealer, 1);
        deque.push(Item::new(2));
        deque.push(Item::new(3));
        let own = drain(&deque);
        assert!(own.is_sorted());
        let stolen = thief.join().expect("the thief ends");
        assert!(stolen.is_sorted());
        assert_each_once([own, stolen], 3);
    });
}

/// QUEUE-01: the same while it shrinks, and its slots are used again.
#[test]
fn loom_queue_01_a_thief_races_with_a_deque_that_shrinks() {
    loom::model(|| {
        let (deque, stealer) = Deque::new();
        deque.push(Item::new(1));
        deque.push(Item::new(2));
        let thief = rob(stealer, 1);
        let mut own = drain(&deque);
        deque.push(Item::new(3));
        own.extend(drain(&deque));
        let stolen = thief.join().expect("the thief ends");
        assert_each_once([own, stolen], 3);
    });
}

/// Slots of one buffer are used again while a thief reads.
#[test]
fn loom_queue_04_slots_are_used_again_under_a_thief() {
    loom::model(|| {
        let (deque, stealer) = Deque::new();
        deque.push(Item::new(1));
        let thief = rob(stealer, 2);
        let mut own = Vec::new();
        own.extend(deque.pop().map(Item::open));
        deque.push(Item::new(2));
        own.extend(deque.pop().map(Item::open));
        let stolen = thief.join().expect("the thief ends");
        own.extend(drain(&deque));
        assert_each_once([own, stolen], 2);
    });
}

/// QUEUE-04: two thieves of one deque.
#[test]
fn loom_queue_04_two_thieves() {
    loom::model(|| {
        let (deque, stealer) = Deque::new();
        (1..=3).for_each(|number| deque.push(Item::new(number)));
        let second = rob(stealer.share(), 1);
        let first = rob(stealer, 1);
        let own: Vec<_> = deque.pop().map(Item::open).into_iter().collect();
        let first = first.join().expect("the thief ends");
        let second = second.join().expect("the thief ends");
        let rest = drain(&deque);
        assert_each_once([own, first, second, rest], 3);
    });
}
