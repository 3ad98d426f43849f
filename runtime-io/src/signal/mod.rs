//! Signals of the operating system, as something to wait for.
//!
//! # Words
//!
//! * A **kind** is a number such as `SIGTERM` ([`SignalKind`](unix::SignalKind)).
//! * A **delivery** is one run of the handler that the system calls on whatever thread it likes, between any two instructions.
//! * A **listener** waits for one kind ([`Signal`](unix::Signal)); any number may, in any number of runtimes.
//! * The **hub** is what the process has of all this, made by the first listener and kept for good ([`hub`]): the *pending word* with a bit for
//!   each kind ([`pending`]), the *bell*, a pair of connected sockets ([`bell`]), and for each kind the *line* of its listeners ([`mod@line`]).
//! * A **receiver** is what a runtime has of it: the far end of the bell, registered with its reactor ([`receiver`]).
//!
//! # The rule
//!
//! The handler may do next to nothing: no lock, no allocation, no waker, for the thread it runs on may be in the middle of any of these. So it
//! leaves a mark and rings, and everything else is done by a thread that can.
//!
//! ```text
//!     a thread of the process                 the thread in the seat of some runtime
//!   ┌─────────────────────────┐             ┌──────────────────────────────────────┐
//!   │ 1 Pending::set          │             │ 3 Bell::drain                        │
//!   │   bit was clear?        │   ┌──────┐  │ 4 Pending::take   all bits at once   │
//!   │ 2 Bell::ring  ──────────┼──►│ bell ├─►│ 5 Line::announce  of each kind taken │
//!   └─────────────────────────┘   └──────┘  └───────┬──────────────────────────────┘
//!        handler::install                           ▼       Receiver::answer
//!                                  listener A    listener B    listener C
//!                                  runtime 1     runtime 1     runtime 2
//! ```
//!
//! 1. The handler sets the bit of its kind.
//! 2. If the bit was clear before, it writes a byte into the bell. If the bell is full, its far end has something to read anyway.
//! 3. Every runtime with a listener has a duplicate of the far end registered, so each reactor wakes for the byte. Whichever thread is first takes
//!    the bytes out; those that come later find nothing, and go on with step 4 all the same.
//! 4. It takes the pending word and leaves zero.
//! 5. It marks every listener of each kind taken as due, and wakes them with no lock held. Listeners of other runtimes are tasks of
//!    those; waking a task of another runtime is an ordinary wake-up.
//!
//! **Why nothing is lost.** Take a delivery that found the bit clear. It rings after it has set the bit, so whoever takes that byte takes
//! the word later, and finds the bit unless somebody else has taken it meanwhile, who then announces it. A delivery that found the bit
//! set merges with the one that set it: the word has not been taken since, so it is going to be. Deliveries coalesce, as they do in the kernel.
//! The model in [`pending`] goes through every interleaving.
//!
//! **At registration** the order is: place in the line, then handler, then receiver. A signal that comes before the handler is installed
//! has its default effect, as it would have had a moment earlier. After that the bit, the byte and the place are there, and a receiver
//! that is registered with bytes in the bell is told of them at once.
//!
//! **For good.** The first listener of a kind installs its handler; it stays when the listener is dropped, and with it the default
//! action is gone for the life of the process. Handlers that were installed before us still run, before ours.
//!
//! **A runtime that is gone** rouses all listeners; its own find that nobody rings for them any more and end with `None`.
//!
//! **A forked child** inherits the handlers, but its hub rings the parent's bell. The child's first listener therefore makes a hub of its own
//! ([`hub`] knows by the process id). Until then a signal to the child makes the parent look at its pending word in vain, and no more.
//!
//! # Rejected
//!
//! * *A task per runtime that reads the bell.* It would be counted among the user's tasks, have to be queued behind them, and be dropped at shutdown
//!   in an order nobody chose. The reading is a [hook](crate::reactor) of the reactor instead, done by the thread in the seat.
//! * *The far end itself in every reactor, without a duplicate.* A reactor knows a descriptor by its number, and a receiver that is made
//!   while the last one of that runtime leaves would be taken out with it.
//! * *A pipe per runtime.* The handler would walk a list that other threads change.
//! * *`signalfd`.* It needs the signal blocked in every thread, also in those that are not ours, and passes that on to children.
//! * *A flag per kind.* Sixty-four loads for each byte, where one exchange does.
//! * *Ringing on each delivery.* A storm of signals would be a storm of system calls.

mod bell;
mod handler;
mod hub;
mod line;
mod listener;
mod pending;
mod receiver;
pub mod unix;

use std::io;

pub(crate) use listener::Listener;

use crate::reactor::Reactor;

/// Waits for the next Ctrl-C (`SIGINT`).
///
/// From the first poll on, `SIGINT` no longer ends the process, also not after this future has ended or been dropped: a program that wants to stop
/// on the second Ctrl-C listens again. To be told of each one, use [`unix::signal`].
///
/// # Errors
///
/// The system refuses the handler or the descriptors behind it, or the runtime is gone.
///
/// # Panics
///
/// There is no runtime on this thread, or it was built without I/O.
///
/// # Cancel safety
///
/// Cancel safe, but a Ctrl-C that comes while nobody listens is lost.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use std::pin::pin;
/// use std::task::Poll;
///
/// let mut stop = pin!(runtime_io::signal::ctrl_c());
/// // The first poll begins to listen.
/// std::future::poll_fn(|cx| Poll::Ready(stop.as_mut().poll(cx).is_pending())).await;
///
/// # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT)?;
/// // Somebody presses Ctrl-C …
/// stop.await?;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    unix::signal(unix::SignalKind::interrupt())?
        .recv()
        .await
        .ok_or_else(Reactor::shut_down_error)
}
