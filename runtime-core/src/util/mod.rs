//! Small parts that every subsystem uses: a batch of wakers, cheap random numbers, a cheap clock for deadlines, a cheap
//! lock for what belongs to a slot, the end of panics that concern nobody, and which process this is.

pub mod clock;
#[cfg(all(test, loom))]
pub(crate) mod explore;
pub(crate) mod heap;
#[doc(hidden)]
pub mod lines;
mod rand;
mod slot_lock;
mod wake_list;

pub use crate::scheduler::process::Process;
pub use crate::unwind::swallow;
pub(crate) use rand::Seeded;
pub use rand::{FastRand, RngSeed, random_below, random_seed};
pub use slot_lock::{SlotGuard, SlotLock};
pub use wake_list::WakeList;
