//! Behaviour of everything in `runtime-sync`, from outside.
#![cfg(not(loom))]

mod support;

mod broadcast;
mod cancel_safety;
mod cancellation;
mod cells;
mod condvar;
mod event;
mod evil;
mod in_runtime;
mod limiter;
mod locks;
mod mpsc;
mod notify;
mod oneshot;
mod poll;
mod properties;
mod queue;
mod rules;
mod semaphore;
mod stress;
mod watch;
