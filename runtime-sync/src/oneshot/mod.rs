//! A channel for one value.
//!
//! # One allocation, one word
//!
//! Sender and receiver share one heap cell: state word, value, a waker for each side. There is no reference count;
//! the word says who is gone, and the second one to go frees the cell.
//!
//! | bit | set by | says |
//! |---|---|---|
//! | `RX_WAKER` | receiver | the receiver's waker is in its slot |
//! | `TX_WAKER` | sender | the sender's waker is in its slot |
//! | `VALUE` | sender | the value is in its slot; excludes a later `CLOSED` from meaning "refused" |
//! | `CLOSED` | receiver | no value will be accepted |
//! | `DROPPED` | sender | no value will come |
//! | `TX_GONE` | sender, last | the sender never touches the cell again |
//! | `RX_GONE` | receiver, last | the receiver never touches the cell again |
//!
//! A waker slot belongs to its own side while its bit is clear, and to whoever clears the bit. So each waker is taken
//! by exactly one side, and is never read by one while the other writes it.
//!
//! ```text
//!   sender:    1 write the value
//!              2 CAS: + VALUE, − RX_WAKER; + TX_GONE at once if no waker waits     (CLOSED ► give the value back)
//!              3 take the receiver's waker; + TX_GONE
//!              4 wake
//!              (a sender that drops does the same with DROPPED in place of VALUE)
//!   receiver:  1 VALUE ► take the value   2 CLOSED or DROPPED ► error
//!              3 write the waker; + RX_WAKER; if VALUE or DROPPED came meanwhile: take the waker back, 1 or 2
//!   end:       each side takes out what it owns, sets its GONE bit last, and frees the cell if the other bit was set
//! ```
//!
//! Step 2 needs step 3 because a sender that is gone may not look into the cell any more: the receiver may free it.
//! When the sender is gone already, the receiver frees the cell without any read-modify-write.

mod cell;
pub mod error;
mod receiver;
mod sender;

use std::ptr::NonNull;

use cell::Cell;

pub use receiver::Receiver;
pub use sender::Sender;

/// Creates a channel for one value.
///
/// # Examples
///
/// ```
/// use runtime_sync::oneshot;
///
/// # futures_executor::block_on(async {
/// let (tx, rx) = oneshot::channel();
/// std::thread::spawn(move || tx.send(3)).join().unwrap().unwrap();
/// assert_eq!(rx.await, Ok(3));
/// # });
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let cell = NonNull::from(Box::leak(Box::new(Cell::new())));
    (Sender { cell: Some(cell) }, Receiver { cell: Some(cell) })
}
