//! Children, with pidfds. `process_sigchld.rs` runs the same without them.
#![cfg(all(unix, not(loom)))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[cfg(target_os = "linux")]
#[path = "../balance/mod.rs"]
mod balance;
mod command;
mod stdio;
#[cfg(target_os = "linux")]
#[path = "../storm/mod.rs"]
mod storm;
mod support;
mod wait;

/// How children are reaped in this process.
fn choose_alarm() {}
