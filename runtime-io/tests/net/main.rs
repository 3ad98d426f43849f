//! Sockets on real runtimes: both flavours, both ways to wait.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

mod addr;
mod async_fd;
#[cfg(target_os = "linux")]
#[path = "../balance/mod.rs"]
mod balance;
mod budget;
mod context;
mod datagram;
mod half_close;
mod happy;
mod listener;
mod pipe;
mod readiness;
mod send_file;
mod serve;
mod shutdown;
mod socket;
#[cfg(target_os = "linux")]
#[path = "../storm/mod.rs"]
mod storm;
mod stream;
mod support;
mod traits;
mod udp;
mod unix;
mod unix_socket;
