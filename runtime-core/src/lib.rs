//! Scheduler, task cell, blocking pool and runtime context of heist.
//!
//! This crate names no socket and no timer: those come in through the [`Driver`] that a [`Builder`] is given. Users of heist see it through the facade `heist`.
//!
//! # The life of a wake-up
//!
//! ```text
//!   socket, timer, channel …          task::waker           scheduler::binding
//!   waker.wake() ───────────────────► state word ─────────► which thread is this?
//!                                     idle → scheduled            │
//!                          ┌──────────────────────────────────────┤
//!                          │ drives a slot of this runtime        │ any other
//!                          ▼                                      ▼
//!                   scheduler::queue                       scheduler::queue
//!                   LIFO slot or own deque                 injector, then scheduler::idle:
//!                          │                               wake a sleeper unless somebody searches
//!                          └──────────────┬───────────────────────┘
//!                                         ▼
//!                   scheduler::worker: next task, run ──► task::harness: poll
//!                                         │
//!                                         ▼ nothing to do
//!                   scheduler::park: sit in the seat and wait in the driver, or park beside it
//! ```
//!
//! Where to find what: [`Builder`] makes a [`Runtime`]; `scheduler` has the slots, the loop, the queues, sleeping and waking, the guard, shutdown; [`task`] the cell, its
//! state machine and its handles; `blocking` the pool for closures that block; [`context`] what a thread knows of where it is; [`coop`] the budget of a poll.

mod blocking;
mod builder;
pub mod context;
pub mod coop;
mod driver;
mod embed;
mod extensions;
mod handle;
mod hooks;
mod local_runtime;
#[cfg_attr(
    loom,
    allow(
        dead_code,
        reason = "in a model only what is not modelled locks with it"
    )
)]
mod lock;
pub mod messages;
mod metrics;
mod observe;
mod primitive;
mod runtime;
mod scheduler;
pub mod task;
mod unwind;
pub mod util;

pub use builder::{Builder, Reactor};
pub use context::{MayBlock, TryCurrentError, may_block, worker_index};
pub use driver::{Driver, ThreadDriver};
pub use embed::guest::GuestLoop;
pub use embed::host::HostPool;
pub use embed::job::Job;
pub use embed::lent::{EnterError, Lent, Limit, Turn};
pub use embed::wrap::WithRuntime;
pub use handle::{EnterGuard, Handle, Id, RuntimeFlavor, WeakHandle, spawn, spawn_blocking};
pub use hooks::{TaskMeta, Unhandled, UnhandledPanic, tell_watch_ended};
pub use local_runtime::{LocalOptions, LocalRuntime};
pub use metrics::RuntimeMetrics;
pub use observe::RuntimeDump;
pub use observe::slow_poll::SlowPoll;
pub use runtime::{Runtime, ShutdownReport};
pub use util::RngSeed;
