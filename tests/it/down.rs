//! The end of a runtime: what it drops, for whom it waits, and what works afterwards. Rows DOWN-01 to DOWN-16; fork and descriptors of children are in
//! `tests/fork.rs`, what must not pile up in `tests/leak.rs`.

mod drops;
mod life;
mod panics;
mod thread_locals;
mod waits;
