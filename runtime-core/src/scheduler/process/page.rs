//! The id of this process, from a page that is empty in a forked child.
//!
//! glibc asks the kernel each time, and a turn of a guest, a pump and each new socket want to know. So the answer is kept in a page of its own, for which Linux is told to give a child
//! zeroes instead of a copy (`MADV_WIPEONFORK`): who finds zero asks, and keeps the answer in the page of *this* process. It does not matter how the child was made, unless it shares this memory, as one of `vfork` does until it runs
//! another program: that one finds its parent's id. A handler of `pthread_atfork` would not see `_Fork` and the bare system call.
//!
//! The page is made by the first who asks, without a lock: a child that was forked off meanwhile would find it locked for ever. Of two who make one at once the second gives
//! its own back. Where the kernel refuses (before Linux 4.14), everybody asks each time, as elsewhere. So they do where
//! something agrees to any advice and follows none, as the user mode of qemu did: it is asked for advice that does not exist first.

use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

/// Null until the first one asks; [`REFUSED`] if there is no such page.
static PAGE: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());

/// No page is there.
const REFUSED: *mut AtomicU32 = ptr::dangling_mut();

pub(super) fn id() -> u32 {
    let Some(kept) = page() else {
        return process::id();
    };
    // Relaxed: whoever finds the id finds the right one, and the word says nothing of other memory.
    match kept.load(Relaxed) {
        0 => {
            let id = process::id();
            kept.store(id, Relaxed);
            id
        }
        id => id,
    }
}

fn page() -> Option<&'static AtomicU32> {
    // Acquire: of a page that another thread has made, with its Release below.
    let mut page = PAGE.load(Acquire);
    if page.is_null() {
        page = make();
    }
    if page == REFUSED {
        return None;
    }
    // SAFETY: it is neither null nor `REFUSED`, so it is the beginning of a page that `map` has made, zeroed and aligned, which is never given back once it is in `PAGE`.
    Some(unsafe { &*page })
}

#[cold]
fn make() -> *mut AtomicU32 {
    let made = map();
    match PAGE.compare_exchange(ptr::null_mut(), made, AcqRel, Acquire) {
        Ok(_) => made,
        Err(theirs) => {
            unmap(made);
            theirs
        }
    }
}

/// A page that a forked child finds zeroed, or `REFUSED`.
fn map() -> *mut AtomicU32 {
    // SAFETY: a new mapping at an address that the kernel chooses touches nothing that is there.
    let page = unsafe {
        libc::mmap(
            ptr::null_mut(),
            SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if page == libc::MAP_FAILED {
        return REFUSED;
    }
    // SAFETY: there is no such advice, so it changes nothing.
    let agrees_to_anything = unsafe { libc::madvise(page, SIZE, -1) } == 0;
    // SAFETY: the page is ours alone, and the advice changes what a child sees of it, nothing here.
    if agrees_to_anything || unsafe { libc::madvise(page, SIZE, libc::MADV_WIPEONFORK) } != 0 {
        unmap(page.cast());
        return REFUSED;
    }
    page.cast()
}

fn unmap(page: *mut AtomicU32) {
    if page != REFUSED {
        // SAFETY: `map` has made it, and nobody has seen it. That it fails is impossible for a whole mapping, and would only leave it there.
        unsafe { libc::munmap(page.cast(), SIZE) };
    }
}

/// The kernel rounds up to a whole page.
const SIZE: usize = 4096;
