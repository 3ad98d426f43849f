//! Waiting in `poll_…` methods: for types that are polled by hand, like sinks and services.
//!
//! The waits of this crate are futures that stay where they are from the first poll on. What is polled by hand has no place for one in its own fields, so the types here keep it in
//! a box, which they use again and again.

mod reusable_box;
mod semaphore;
mod sender;

pub use reusable_box::ReusableBoxFuture;
pub use semaphore::PollSemaphore;
pub use sender::{PollSendError, PollSender};
