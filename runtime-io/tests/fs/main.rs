//! Files and directories, on each kind of runtime, and on file systems that can and cannot be read in place.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[cfg(target_os = "linux")]
#[path = "../balance/mod.rs"]
mod balance;
mod cancel;
mod dirs;
mod errors;
mod functions;
mod open;
mod read;
mod shutdown;
#[cfg(target_os = "linux")]
#[path = "../storm/mod.rs"]
mod storm;
mod support;
mod traits;
mod write;
