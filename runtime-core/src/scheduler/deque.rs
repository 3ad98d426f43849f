//! The deque of a slot: one thread pushes at the back, it and its thieves take from the front.
//!
//! # Words
//!
//! *Places* are numbered without end; the elements lie at the places from `front` to `back`. The *buffer* is a ring: a place has the slot of its number modulo the
//! size. The *owner* is the thread that has the [`Deque`]; a *thief* has a [`Stealer`], and a deque of its own to put the loot into.
//!
//! # The rule
//!
//! Only the owner writes `back`, the slots and the pointer to the buffer. Whoever takes, owner or thief, reads the slots first and then moves `front` by a compare-and-swap: what was read
//! counts only if that succeeds. Places are never used twice, so a `front` that has not moved is one that nobody has moved.
//!
//! # Why what a successful taker has read is right
//!
//! * *Not older.* A thief reads `back` (Acquire) before the slots, and each place below it was written before `back` said so (Release).
//! * *Not newer.* The owner reuses the slot of a place after it has seen `front` beyond it (Acquire). That `front` is the taker's own (Release), or a later one: the read comes before it.
//! * *In the right buffer.* A new buffer has all places from a `front` that the owner has seen up to `back`. One who reads from it with a `front` from before that fails. One who
//!   reads from the old one meanwhile finds its places as they were: the owner writes to the new one only.
//!
//! # When an old buffer is freed
//!
//! Thieves of a deque are one at a time: they hold its lock. The owner publishes the new buffer and then tries that lock, without waiting: if it is free, no thief is in the old buffer, and
//! the next one will see the new. If not, the old one is *retired*, and freed at the next occasion. So neither the owner nor a thief ever waits for the other, and memory comes from, and goes back
//! to, the thread that uses it.
//!
//! The first buffer comes with the first element, from the heap of the thread that drives and not of the one that built the runtime: see [`heap`](crate::util::heap).
//!
//! A deque that has run empty keeps [`KEPT`] slots and gives back what it has beyond.
//!
//! # Designs rejected
//!
//! * `crossbeam-deque`'s `Worker`: it shrinks and grows with every burst beyond 64 tasks, and old buffers are freed by whichever thread collects garbage. Each brought a small block of one
//!   worker's heap into the other's, where glibc's `realloc` grows it under the lock of the heap it came from: 1.1 of 1.4 million calls in `heist-bench sync watch/1000`, which made two workers slower
//!   than one. Its racy read of a slot is undefined by the rules of the language; here slots are atomic.
//! * A ring of fixed size that overflows into the injector: half of a burst would pass through a line that all workers share.

#[cfg(all(test, loom))]
mod model;

use std::cell::RefCell;
use std::ptr::{self, NonNull};

use crossbeam_utils::CachePadded;

use crate::primitive::atomic::{AtomicPtr, AtomicUsize, Ordering::*};
use crate::primitive::{Arc, Mutex};

/// The owner's end.
pub(super) struct Deque<P> {
    shared: Arc<Shared<P>>,
    /// Old buffers in which a thief may be.
    retired: RefCell<Vec<NonNull<Buffer<P>>>>,
}

/// The thieves' end.
pub(super) struct Stealer<P>(Arc<Shared<P>>);

struct Shared<P> {
    /// The first place that was not taken. Moved by whoever takes.
    front: CachePadded<AtomicUsize>,
    /// The first place that was not filled. Written by the owner only.
    back: CachePadded<AtomicUsize>,
    /// Made by [`Buffer::new`], null before the first element. Written by the owner only.
    buffer: AtomicPtr<Buffer<P>>,
    // Held by the one thief, and while old buffers are freed. No user code runs under it.
    thief: Mutex<()>,
}

/// A ring whose size is a power of two.
struct Buffer<P>(Box<[AtomicPtr<P>]>);

// SAFETY: the deque hands pointers from thread to thread and looks at none; the retired buffers are its own.
unsafe impl<P> Send for Deque<P> {}

impl<P> Buffer<P> {
    /// On the heap, to be freed by [`free`](Self::free).
    fn new(size: usize) -> NonNull<Self> {
        let slots = (0..size).map(|_| AtomicPtr::new(ptr::null_mut()));
        NonNull::from(Box::leak(Box::new(Self(slots.collect()))))
    }

    /// # Safety
    ///
    /// The buffer came from `new`, and nobody refers to it.
    unsafe fn free(this: NonNull<Self>) {
        // SAFETY: as the caller says.
        drop(unsafe { Box::from_raw(this.as_ptr()) });
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn slot(&self, place: usize) -> &AtomicPtr<P> {
        &self.0[place & (self.size() - 1)]
    }

    // Relaxed: `front` and `back` order the slots, see the essay.

    fn read(&self, place: usize) -> *mut P {
        self.slot(place).load(Relaxed)
    }

    fn write(&self, place: usize, element: *mut P) {
        self.slot(place).store(element, Relaxed);
    }
}

impl<P> Shared<P> {
    /// Takes the places from `front` to `front + count`, unless somebody was there already.
    fn take(&self, front: usize, count: usize) -> bool {
        // Release: what was read, and the `back` that was seen, come before. Pairs with the Acquire loads of `front`. Relaxed on failure: the value is not used.
        self.front
            .compare_exchange(front, front.wrapping_add(count), Release, Relaxed)
            .is_ok()
    }

    /// `front`, and how many places from there on are filled, as anybody sees it.
    fn filled(&self) -> (usize, usize) {
        // Acquire: the `back` that is read next is not below this `front`, which its taker had seen.
        let front = self.front.load(Acquire);
        // Acquire: pairs with the Release of `publish`.
        let back = self.back.load(Acquire);
        (front, back.wrapping_sub(front))
    }
}

impl<P> Deque<P> {
    /// An empty deque and its other end.
    pub(super) fn new() -> (Self, Stealer<P>) {
        Self::starting_at(0)
    }

    fn starting_at(place: usize) -> (Self, Stealer<P>) {
        let shared = Arc::new(Shared {
            front: CachePadded::new(AtomicUsize::new(place)),
            back: CachePadded::new(AtomicUsize::new(place)),
            buffer: AtomicPtr::new(ptr::null_mut()),
            thief: Mutex::new(()),
        });
        let stealer = Stealer(Arc::clone(&shared));
        let retired = RefCell::new(Vec::new());
        (Self { shared, retired }, stealer)
    }

    /// `None` before the first element.
    fn buffer(&self) -> Option<&Buffer<P>> {
        // SAFETY: freed by the owner only, who is borrowed, and only after it was replaced. Relaxed: the owner's own value.
        unsafe { self.shared.buffer.load(Relaxed).as_ref() }
    }

    fn size(&self) -> usize {
        self.buffer().map_or(0, Buffer::size)
    }

    fn back(&self) -> usize {
        // Relaxed: the owner's own value.
        self.shared.back.load(Relaxed)
    }

    fn publish(&self, back: usize) {
        // Release: the slots below are written.
        self.shared.back.store(back, Release);
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        // Relaxed: the number orders nothing.
        self.back().wrapping_sub(self.shared.front.load(Relaxed))
    }

    /// Adds an element at the back.
    pub(super) fn push(&self, element: NonNull<P>) {
        self.make_room(1);
        let back = self.back();
        if let Some(buffer) = self.buffer() {
            buffer.write(back, element.as_ptr());
            self.publish(back.wrapping_add(1));
        }
    }

    /// Takes the element at the front.
    pub(super) fn pop(&self) -> Option<NonNull<P>> {
        loop {
            // Relaxed: the owner reads only what it has written itself.
            let front = self.shared.front.load(Relaxed);
            if front == self.back() {
                if self.size() > KEPT {
                    self.resize(KEPT);
                }
                return None;
            }
            let element = self.buffer()?.read(front);
            if self.shared.take(front, 1) {
                return NonNull::new(element);
            }
        }
    }

    /// Makes sure that so many elements more have room.
    fn make_room(&self, more: usize) {
        let size = self.size();
        // Acquire: pairs with `take`. Whoever took from below has read what will be overwritten.
        let front = self.shared.front.load(Acquire);
        let wanted = self.back().wrapping_sub(front) + more;
        if wanted > size {
            self.resize(wanted.next_power_of_two().max(LEAST));
        }
    }

    /// Moves the elements to a buffer of another size, in which they have room.
    #[cold]
    fn resize(&self, size: usize) {
        let new = Buffer::new(size);
        // SAFETY: just made.
        let into = unsafe { new.as_ref() };
        // Acquire: with an older `front`, which this one overtakes, a reader of the new buffer fails.
        let mut place = self.shared.front.load(Acquire);
        while let Some(buffer) = self.buffer().filter(|_| place != self.back()) {
            into.write(place, buffer.read(place));
            place = place.wrapping_add(1);
        }
        // AcqRel: the new buffer is seen as it was filled.
        let old = self.shared.buffer.swap(new.as_ptr(), AcqRel);
        self.retired.borrow_mut().extend(NonNull::new(old));
        if let Some(_no_thief) = self.shared.thief.try_lock() {
            self.free_retired();
        }
    }

    /// The caller has the thieves' lock.
    fn free_retired(&self) {
        for buffer in self.retired.borrow_mut().drain(..) {
            // SAFETY: replaced before the lock was taken, so the thieves to come see another one, and none is here.
            unsafe { Buffer::free(buffer) };
        }
    }
}

impl<P> Stealer<P> {
    /// For another thief.
    #[cfg(all(test, loom))]
    pub(super) fn share(&self) -> Self {
        Self(self.0.clone())
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.0.filled().1
    }

    /// Moves up to half of the elements, [`LARGEST_BATCH`] at most, to the back of the thief's deque, and returns the first of them. `None`: there are none, or another thief is
    /// here.
    pub(super) fn steal_into(&self, own: &Deque<P>) -> Option<NonNull<P>> {
        let shared = &*self.0;
        let _only_thief = shared.thief.try_lock()?;
        let mut most = LARGEST_BATCH;
        loop {
            let (front, filled) = shared.filled();
            let count = filled.div_ceil(2).min(most);
            if count == 0 {
                return None;
            }
            own.make_room(count - 1);
            // Acquire: the buffer is seen as it was filled, and its beginning before this thief tries to take.
            let buffer = shared.buffer.load(Acquire);
            // SAFETY: not null once there are elements, and not freed while the thieves' lock is held.
            let buffer = unsafe { &*buffer };
            let back = own.back();
            if let Some(into) = own.buffer() {
                for number in 1..count {
                    let element = buffer.read(front.wrapping_add(number));
                    into.write(back.wrapping_add(number - 1), element);
                }
            }
            let first = buffer.read(front);
            if shared.take(front, count) {
                own.publish(back.wrapping_add(count - 1));
                return NonNull::new(first);
            }
            // The owner is faster: less is read in the time between two of its takes.
            most = (most / 2).max(1);
        }
    }
}

impl<P> Drop for Deque<P> {
    fn drop(&mut self) {
        let _no_thief = self.shared.thief.lock();
        self.free_retired();
    }
}

impl<P> Drop for Shared<P> {
    fn drop(&mut self) {
        // Relaxed: both ends are gone, and the count of the `Arc` has ordered it.
        if let Some(buffer) = NonNull::new(self.buffer.load(Relaxed)) {
            // SAFETY: nobody else is left.
            unsafe { Buffer::free(buffer) };
        }
    }
}

/// Slots of the first buffer. A model has few, so that it grows.
const LEAST: usize = if cfg!(loom) { 1 } else { 64 };

/// Slots that an empty deque keeps: 8 KiB.
const KEPT: usize = if cfg!(loom) { 1 } else { 1_024 };

/// No more are stolen at once: while they are read, the owner goes on taking, and all is in vain.
const LARGEST_BATCH: usize = 64;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::atomic::AtomicBool;

    /// A pointer that nobody follows.
    fn number(number: usize) -> NonNull<u8> {
        NonNull::new(ptr::without_provenance_mut(number)).expect("not zero")
    }

    fn drain(deque: &Deque<u8>) -> Vec<usize> {
        std::iter::from_fn(|| deque.pop())
            .map(|element| element.addr().get())
            .collect()
    }

    #[test]
    fn elements_come_out_in_order_and_memory_goes_back() {
        let (deque, _) = Deque::new();
        (1..=10_000).for_each(|n| deque.push(number(n)));
        assert!(deque.size() >= 10_000);
        assert_eq!(deque.len(), 10_000);
        assert_eq!(drain(&deque), (1..=10_000).collect::<Vec<_>>());
        assert_eq!(deque.size(), KEPT);
        assert!(deque.retired.borrow().is_empty());
    }

    #[test]
    fn a_burst_that_comes_again_needs_no_memory() {
        let (deque, _) = Deque::new();
        for _ in 0..3 {
            (1..=KEPT).for_each(|n| deque.push(number(n)));
            let buffer = deque.buffer().map(ptr::from_ref);
            assert_eq!(drain(&deque).len(), KEPT);
            assert_eq!(deque.buffer().map(ptr::from_ref), buffer);
        }
    }

    #[test]
    fn queue_03_places_wrap_around() {
        let (deque, stealer) = Deque::starting_at(usize::MAX - 20);
        let (own, _) = Deque::starting_at(usize::MAX - 3);
        (1..=100).for_each(|n| deque.push(number(n)));
        assert_eq!((deque.len(), stealer.len()), (100, 100));
        assert_eq!(stealer.steal_into(&own), Some(number(1)));
        assert_eq!(drain(&own), (2..=50).collect::<Vec<_>>());
        assert_eq!(drain(&deque), (51..=100).collect::<Vec<_>>());
        assert_eq!(stealer.len(), 0);
    }

    #[test]
    fn of_one_element_a_thief_takes_one() {
        let (deque, stealer) = Deque::new();
        let (own, _) = Deque::new();
        assert_eq!(stealer.steal_into(&own), None);
        deque.push(number(7));
        assert_eq!(stealer.steal_into(&own), Some(number(7)));
        assert_eq!((deque.len(), own.len()), (0, 0));
    }

    #[test]
    fn a_buffer_with_a_thief_in_it_is_freed_later() {
        let (deque, stealer) = Deque::new();
        let stealing = stealer.0.thief.lock();
        (1..=LEAST + 1).for_each(|n| deque.push(number(n)));
        assert_eq!(deque.retired.borrow().len(), 1);
        let (own, _) = Deque::new();
        assert_eq!(stealer.steal_into(&own), None, "one thief at a time");
        drop(stealing);
        (1..=LEAST).for_each(|n| deque.push(number(n)));
        assert!(deque.retired.borrow().is_empty());
    }

    /// QUEUE-01, QUEUE-04: the deque grows and shrinks under theft; each element comes out once.
    #[test]
    fn queue_01_each_element_is_taken_once() {
        let most = if cfg!(miri) { 400 } else { 200_000 };
        let (deque, stealer) = Deque::new();
        let done = AtomicBool::new(false);
        let mut taken = Vec::new();
        std::thread::scope(|scope| {
            let thieves: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let (own, _) = Deque::new();
                        let mut loot = Vec::new();
                        while !done.load(Acquire) {
                            if let Some(first) = stealer.steal_into(&own) {
                                loot.push(first.addr().get());
                                loot.extend(drain(&own));
                            }
                        }
                        loot
                    })
                })
                .collect();
            for n in 1..=most {
                deque.push(number(n));
                // Bursts of 3,000, of which the owner takes what is left.
                if n % 3_000 == 0 {
                    taken.extend(drain(&deque));
                }
            }
            taken.extend(drain(&deque));
            done.store(true, Release);
            for thief in thieves {
                taken.extend(thief.join().expect("a thief does not panic"));
            }
        });
        assert_eq!(taken.len(), most);
        assert_eq!(taken.into_iter().collect::<HashSet<_>>().len(), most);
    }
}
