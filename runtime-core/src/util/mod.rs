//! Small parts that every subsystem uses: a batch of wakers, and cheap random numbers.

mod rand;
mod wake_list;

pub use rand::{FastRand, random_below, random_seed};
pub use wake_list::WakeList;
