//! Seeing what a runtime does: polls that do not return, and who is running.
//!
//! # The rule
//!
//! * **Looking changes nothing.** No thread is woken, no seat taken, no queue touched; what is read are words that are written anyway, and the registries a few entries at a time
//!   under their locks, where neither code of the user runs nor a task is dropped.
//! * **Tasks do not pay.** What is known of every task (its id, its state, its type, where it was spawned) lies in the cell in any case. What is known only in *debug mode* lies beside the
//!   registry ([`note`](crate::task::note)), and is written only then.
//!
//! # Slow polls
//!
//! A task that blocks takes its worker with it. asyncio says so when the call is over; here the guard says so *while it lasts*, since it samples the number of the poll in each slot
//! ([`Watch`](crate::scheduler::watch::Watch)) every few milliseconds anyway: the same odd number for longer than the limit is a slow poll ([`lookout`]). It is reported with
//! `still_running`, and once more when it has ended. No poll reads a clock.
//!
//! Without a guard, that is where the runtime has no threads of its own, nobody could look. There, and only if there is a limit, the driving thread reads the clock before and after each poll and
//! reports afterwards.
//!
//! Each slow poll is counted, told to the hook, and becomes an event of `tracing` if that feature is on. In debug mode, where there is no hook, it is a line on the standard error.
//!
//! # Who is running
//!
//! [`Handle::tasks`](crate::Handle::tasks) walks the registries and takes a counted reference to each task that has not ended, a few under one visit of the lock; what is then read and written down
//! is read outside. So a list is not the state of one moment: what begins or ends while it is made may or may not be in it. It works while every worker is blocked, and from any thread.
//! [`Handle::dump`](crate::Handle::dump) adds what is known of the slots, the seat and the queues, for the moment when nothing moves.
//!
//! Rejected: stopping the world for a list of one moment; backtraces of tasks, which exist only while a task is polled, by a thread that would have to be interrupted.
//!
//! # Debug mode
//!
//! On by `HEIST_DEBUG=1` in the environment or by the builder. It turns slow polls on, and keeps for each task who spawned it, how often it was polled, and when last.

mod dump;
mod json;
pub(crate) mod lookout;
pub(crate) mod slow_poll;
mod table;
pub(crate) mod tasks;
pub(crate) mod thread;
#[cfg_attr(not(feature = "tracing"), path = "no_trace.rs")]
mod trace;
pub(crate) mod tree;

pub use dump::RuntimeDump;

use std::env;

/// Whether the environment asks for debug mode: the variable is set, to something else than nothing and `0`.
pub(crate) fn debug_is_asked_for() -> bool {
    env::var_os(DEBUG_VARIABLE).is_some_and(|value| !value.is_empty() && value != "0")
}

const DEBUG_VARIABLE: &str = "HEIST_DEBUG";
