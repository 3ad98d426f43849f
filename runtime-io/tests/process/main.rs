//! Children, with pidfds. `process_sigchld.rs` runs the same without them.
#![cfg(all(unix, not(loom)))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

mod command;
mod stdio;
mod support;
mod wait;

/// How children are reaped in this process.
fn choose_alarm() {}
