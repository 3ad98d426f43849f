//! Timers on real runtimes of every flavour, and around a driver that writes down how it is used.
#![cfg(not(loom))]

mod clock;
mod delay_queue;
mod driver;
mod interval;
mod misuse;
mod shutdown;
mod sleep;
mod support;
mod timeout;
