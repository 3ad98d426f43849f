//! Channels from many senders to one receiver.
//!
//! [`channel`] is bounded: when it is full, senders wait in line. [`unbounded_channel`] never makes a sender wait, so
//! nothing but memory limits it. In both, the messages of one sender arrive in the order in which they were sent.
//!
//! The channel is closed when all senders are gone or the receiver calls `close`: what was sent before is still
//! delivered, then `recv` returns `None`. A message can be lost only with the receiver.
//!
//! Sending from plain threads: `send` of the unbounded channel never waits; for the bounded one there is
//! [`blocking_send`](Sender::blocking_send). Receiving: [`blocking_recv`](Receiver::blocking_recv).
//!
//! # How it works
//!
//! **Words.** A *ticket* is the place of a message in the order of the channel. *Blocks* of 32 slots form a linked
//! list; a slot is *ready* when its message is in it. The *hint* is the block where senders start to look for theirs.
//!
//! **The rule.** A sender draws a ticket (`fetch_add`), walks from the hint to the block of its ticket, writes the
//! message and sets the slot's ready bit. The receiver takes slots in order; it looks first and takes afterwards, so a
//! message goes from its slot to its reader without a stop in between, which large ones would feel. A bounded channel
//! is the same list behind a counting semaphore; a message received gives a permit back.
//!
//! **Closing** by the last sender, and by the receiver of an unbounded channel, is one bit in the ticket word:
//! tickets drawn before it are valid and will become ready, tickets drawn after it are void. So closing an unbounded
//! channel and counting its messages cost a sender nothing. A bounded channel that its receiver closes closes the
//! semaphore instead, since permits that are out may still be used; it has ended when all permits are back.
//!
//! **Freeing a block.** The receiver may free a block when no sender can be walking over it. A sender that moves the
//! hint past a full block notes in that block the next ticket at that moment (`retired`). Whoever draws that ticket
//! or a later one starts behind the block; whoever drew an earlier one is through with walking when its message has
//! been received. So the receiver frees the block when it has come to that ticket. The freed block is kept as a spare
//! if there is none, so a channel in steady use never calls the allocator, and one that is idle after a burst holds
//! the block in use and the spare.
//!
//! **Waking.** The receiver arms its waker, then looks again with a read-modify-write of the ready word. A sender
//! sets its ready bit with a read-modify-write of the same word, then loads the state of the waker. The word orders
//! the two: either the receiver sees the bit, or the sender sees the armed waker. So a sender whose receiver is awake
//! pays one load.
//!
//! **Rejected.** A ring for bounded channels: it must be allocated in full or grow, and gains little once closing and
//! waking cost nothing. A lock around a `VecDeque`: contended by every message. Blocks recycled only at the tail of
//! the list: memory of a burst never comes back.

mod block;
mod bounded;
mod chan;
/// Errors of this module.
pub mod error;
mod gate;
mod list;
mod permit;
mod receiver;
mod rx;
mod sender;
mod tx;
mod unbounded;

#[cfg(all(test, loom))]
pub(crate) use block::SLOTS;
pub use bounded::channel;
pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use receiver::{Receiver, UnboundedReceiver};
pub use sender::{Sender, UnboundedSender, WeakSender, WeakUnboundedSender};
pub use unbounded::unbounded_channel;
