//! A block: 32 slots of the list, a bit each.

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::primitive::{AtomicPtr, AtomicUsize, UnsafeCell};

/// A place in the channel: a ticket in steps of [`STEP`], so that the lowest bit is free. It wraps around.
pub(super) type Place = usize;

/// From one place to the next.
pub(super) const STEP: Place = 2;
/// How many slots a block has. A model has few, so that its threads come to a block's end.
pub(crate) const SLOTS: usize = if cfg!(loom) { 2 } else { 32 };
/// From one block to the next.
pub(super) const SPAN: Place = SLOTS * STEP;

/// All slots are ready.
const FULL: usize = if SLOTS == 32 {
    0xffff_ffff
} else {
    (1 << SLOTS) - 1
};

/// Shared by the senders whose tickets fall into it, and the receiver.
///
/// The header comes first, so that a pointer to a block is one to its header.
#[repr(C)]
pub(super) struct Block<T> {
    header: Header<T>,
    /// Each written by the one sender that has its ticket before the ready bit, and taken by the receiver after it.
    slots: [UnsafeCell<MaybeUninit<T>>; SLOTS],
}

struct Header<T> {
    /// The place of the first slot. Written while the block belongs to one thread only.
    start: UnsafeCell<Place>,
    /// Null, or the block after this one. Set once, by whoever needs it first.
    next: AtomicPtr<Block<T>>,
    /// A bit per slot: the message is in it. Set by its sender, with a read-modify-write.
    ready: AtomicUsize,
    /// 0, or the ticket noted when the hint had moved past this block; its lowest bit is set.
    retired: AtomicUsize,
}

/// The slot of a place.
#[inline]
fn slot(place: Place) -> usize {
    place / STEP % SLOTS
}

/// The place of the first slot in the block of `place`.
#[inline]
pub(super) fn block_start(place: Place) -> Place {
    place & !(SPAN - 1)
}

impl<T> Block<T> {
    /// A block on the heap. Built in place: the slots may be too large for the stack.
    pub(super) fn allocate(start: Place) -> NonNull<Self> {
        let mut block = Box::<Self>::new_uninit();
        let pointer = block.as_mut_ptr();
        let header = Header {
            start: UnsafeCell::new(start),
            next: AtomicPtr::new(std::ptr::null_mut()),
            ready: AtomicUsize::new(0),
            retired: AtomicUsize::new(0),
        };
        // SAFETY: the header is the first field, and the block is valid for writes.
        unsafe { pointer.cast::<Header<T>>().write(header) };
        // SAFETY: a field of a block that is valid for writes.
        let slots = unsafe { &raw mut (*pointer).slots };
        let slots = slots.cast::<UnsafeCell<MaybeUninit<T>>>();
        for index in 0..SLOTS {
            let cell = UnsafeCell::new(MaybeUninit::uninit());
            // SAFETY: within the array, which is valid for writes.
            unsafe { slots.wrapping_add(index).write(cell) };
        }
        // SAFETY: header and slots were written above.
        NonNull::from(Box::leak(unsafe { block.assume_init() }))
    }

    /// Gives the memory back.
    ///
    /// # Safety
    ///
    /// The block came from `allocate`, and nobody else refers to it. Messages in it are not dropped.
    pub(super) unsafe fn free(this: NonNull<Self>) {
        // SAFETY: as the caller says.
        drop(unsafe { Box::from_raw(this.as_ptr()) });
    }

    /// Makes a used block as good as new.
    ///
    /// # Safety
    ///
    /// Nobody else refers to the block.
    pub(super) unsafe fn renew(&self, start: Place) {
        self.header.start.with_mut(|cell| {
            // SAFETY: the caller is alone.
            unsafe { *cell = start };
        });
        // Relaxed: published with the pointer to the block.
        self.header.next.store(std::ptr::null_mut(), Relaxed);
        self.header.ready.store(0, Relaxed);
        self.header.retired.store(0, Relaxed);
    }

    /// Does nothing. A model checks here that nobody is in the block.
    #[inline]
    pub(super) fn check_alone(&self) {
        self.header.start.with_mut(|_| ());
    }

    /// The place of the first slot.
    #[inline]
    pub(super) fn start(&self) -> Place {
        self.header.start.with(|cell| {
            // SAFETY: written only while the block was private; it was published since.
            unsafe { *cell }
        })
    }

    /// The next block, if there is one.
    #[inline]
    pub(super) fn next(&self) -> Option<NonNull<Self>> {
        // Acquire: pairs with `try_link`, so the block is seen as it was built.
        NonNull::new(self.header.next.load(Acquire))
    }

    /// Hangs `block` behind this one, unless somebody was faster: then returns the other one.
    pub(super) fn try_link(&self, block: NonNull<Self>) -> Result<(), NonNull<Self>> {
        // Release: publishes the block. Acquire on failure: the other one is seen as it was built.
        match self.header.next.compare_exchange(
            std::ptr::null_mut(),
            block.as_ptr(),
            Release,
            Acquire,
        ) {
            Ok(_) => Ok(()),
            Err(other) => NonNull::new(other).map_or(Ok(()), Err),
        }
    }

    /// Puts a message into its slot.
    ///
    /// # Safety
    ///
    /// The caller has the ticket `place`, which falls into this block, and comes here once.
    #[inline]
    pub(super) unsafe fn write(&self, place: Place, value: T) {
        let slot = slot(place);
        self.slots[slot].with_mut(|cell| {
            // SAFETY: the slot belongs to the holder of the ticket until its ready bit is set.
            unsafe { (*cell).write(value) };
        });
        // Release: the message is written before the bit is seen. Acquire: if `recheck` of a receiver about to sleep
        // came first, its armed waker is seen by the load that follows.
        self.header.ready.fetch_or(1 << slot, AcqRel);
    }

    /// The ready bits.
    #[inline]
    pub(super) fn ready(&self) -> usize {
        // Acquire: pairs with `write`.
        self.header.ready.load(Acquire)
    }

    /// The ready bits, read by a receiver that has armed its waker.
    pub(super) fn recheck(&self) -> usize {
        // AcqRel: an RMW on the word that senders set their bits in, so it comes before or after each of them.
        self.header.ready.fetch_or(0, AcqRel)
    }

    /// Whether all messages are in.
    pub(super) fn is_full(&self) -> bool {
        // Relaxed: who frees the block has received all its messages, and with each its sender's last access.
        self.header.ready.load(Relaxed) & FULL == FULL
    }

    /// Takes a message out.
    ///
    /// # Safety
    ///
    /// The caller is the receiver, has seen the ready bit of `place`, and comes here once.
    #[inline]
    pub(super) unsafe fn take(&self, place: Place) -> T {
        self.slots[slot(place)].with(|cell| {
            // SAFETY: the ready bit says that the slot is initialised; the receiver takes it once.
            unsafe { cell.cast::<T>().read() }
        })
    }

    /// Notes the next ticket at a moment when the hint had left this block behind.
    pub(super) fn retire(&self, next_ticket: Place) {
        // Relaxed: the caller's own ticket is an earlier one. Who frees the block has received its message, written
        // after this with Release.
        self.header.retired.store(next_ticket | 1, Relaxed);
    }

    /// Whether a receiver that is about to take `place` may free this block.
    pub(super) fn is_retired(&self, place: Place) -> bool {
        // Relaxed: see `retire`.
        let retired = self.header.retired.load(Relaxed);
        retired != 0 && (place.wrapping_sub(retired & !1) as isize) >= 0
    }
}

/// Whether `bits` say that the message of `place` is in.
#[inline]
pub(super) fn is_ready(bits: usize, place: Place) -> bool {
    bits & (1 << slot(place)) != 0
}
