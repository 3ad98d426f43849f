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
//! # Debug mode
//!
//! On by `HEIST_DEBUG=1` in the environment or by the builder. It turns slow polls on, and keeps for each task who spawned it, how often it was polled, and when last.

pub(crate) mod lookout;
pub(crate) mod slow_poll;
pub(crate) mod thread;
#[cfg_attr(not(feature = "tracing"), path = "no_trace.rs")]
mod trace;

use std::env;

/// Whether the environment asks for debug mode: the variable is set, to something else than nothing and `0`.
pub(crate) fn debug_is_asked_for() -> bool {
    env::var_os(DEBUG_VARIABLE).is_some_and(|value| !value.is_empty() && value != "0")
}

const DEBUG_VARIABLE: &str = "HEIST_DEBUG";
