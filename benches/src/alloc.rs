//! The system allocator, which can count the bytes that are alive.
//!
//! Counting is off except in the memory rows: then an allocation costs one relaxed load more than the system's,
//! the same for every peer.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

static COUNTING: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// The global allocator of the bench.
#[derive(Debug)]
pub(crate) struct Counting;

/// Count from now on.
pub(crate) fn start_counting() {
    COUNTING.store(true, Relaxed);
}

/// Bytes requested and not yet freed since counting began. Memory from before that is freed later
/// is subtracted too, so only differences between two readings mean something.
pub(crate) fn live() -> isize {
    LIVE.load(Relaxed) as isize
}

fn add(bytes: usize) {
    if COUNTING.load(Relaxed) {
        LIVE.fetch_add(bytes, Relaxed);
    }
}

fn subtract(bytes: usize) {
    if COUNTING.load(Relaxed) {
        LIVE.fetch_sub(bytes, Relaxed);
    }
}

// SAFETY: every call goes to `System` with the arguments unchanged; counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller promises what `System` asks: a layout of non-zero size.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        subtract(layout.size());
        // SAFETY: the block came from `System` through this allocator with this layout, as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        subtract(layout.size());
        add(size);
        // SAFETY: as in `dealloc`, and the caller promises a non-zero size that does not overflow.
        unsafe { System.realloc(block, layout, size) }
    }
}
