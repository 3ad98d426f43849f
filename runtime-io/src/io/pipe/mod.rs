//! Pipes in memory: bytes written at one end are read at the other.
//!
//! **Words.** A *pipe* is a queue of bytes with a limit, one flag "closed", and a place for one waiting reader and one
//! waiting writer. [`SimplexStream`] is a pipe with both ends in one hand; [`simplex()`] gives the ends to two owners, and
//! [`duplex()`] connects two streams by two pipes.
//!
//! **The rule.** Under the lock of a pipe only bytes are moved and wakers are put in and taken out; wakers are cloned,
//! woken and dropped outside of it, since they are the user's code and may come straight back here. So an operation
//! that has to wait goes in two steps:
//!
//! 1. Lock, try; done if it is ready.
//! 2. Clone the waker, lock, try again, since the other side may have been here between the locks; if there is still
//!    nothing to do, leave the waker. The other side takes it with the bytes, or with the flag, that make it worth
//!    another try, and wakes it after unlocking.
//!
//! Without the second try a waker would be left behind an event that it should report, and sleep for ever.
//!
//! **Closing.** Either end closes the pipe, by a shutdown or by going away: the reader then reads what is left and is at
//! the end, the writer gets `BrokenPipe`. Whoever waits at the other end is woken. Operations of length zero never wait.

mod closer;
mod duplex;
mod queue;
mod simplex;

pub(super) use closer::Closer;

pub use duplex::{DuplexStream, duplex};
pub use simplex::{SimplexStream, simplex};
