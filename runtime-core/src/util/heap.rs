//! The small block that a new thread inherits.
//!
//! The standard library hands each thread a box of 24 bytes from the heap of its parent, and the thread frees it. glibc keeps such a block for the thread's next small allocation, and gives a block that grows, as a
//! `String` does, its new place in the heap of the old one, under the lock of that heap. So one inherited block is enough for the texts of a thread to live in its parent's heap; and two workers, whose parent is
//! the same, wait for each other at each `realloc`. `heist-bench sync watch/100`, whose receivers format numbers: 2.0 µs per receiver with two such workers, 1.0 to 1.2 µs with workers whose first block
//! was taken out of use.
//!
//! So the runtime's own threads take it out of use. For the same reason a [deque](crate::scheduler) gets its memory from the thread that first fills it.

/// While it lives, the block that this thread inherited is out of use.
#[derive(Debug)]
#[must_use = "the block comes back into use when this is dropped"]
pub(crate) struct Heirloom(#[expect(dead_code, reason = "held")] Box<[u8; 24]>);

impl Heirloom {
    /// The first that a new thread does.
    pub(crate) fn put_away() -> Self {
        // Opaque, or the compiler may see that nobody needs the block.
        Self(std::hint::black_box(Box::new([0; 24])))
    }
}
