//! The six guards: borrowed or owned; reading, writing, or writing to a part.
//!
//! Each is a pointer to what it gives access to, and the permits that are the right to it. The permits give
//! themselves back, so a guard is turned into another one by moving them.

mod borrowed;
mod owned;

pub use borrowed::{RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
pub use owned::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
