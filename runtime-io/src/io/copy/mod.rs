//! Moving bytes from a reader to a writer until the reader is at its end.
//!
//! **The rule.** Read as much as fits, write all of it, and again. Whenever the reader has to be waited for and nothing is
//! left to write, the writer is flushed first: the other side may be waiting for exactly these bytes before it says
//! more. After the end of the reader the writer is flushed too. Each round costs a unit of the budget, so copying between
//! ends that never wait still lets other tasks run.
//!
//! **What goes wrong otherwise.** Without the flush, a request in a buffered writer and the answer that the reader waits
//! for hold each other up for ever. Without looking at both directions in every poll, `copy_bidirectional` forgets one
//! direction when the other has ended, and nobody polls it again. Without taking turns, a direction that is always ready
//! uses up the budget of every poll before the other one is looked at.

mod bidirectional;
mod buffered;
mod plain;
mod transfer;

pub use bidirectional::{copy_bidirectional, copy_bidirectional_with_sizes};
pub use buffered::copy_buf;
pub use plain::copy;
