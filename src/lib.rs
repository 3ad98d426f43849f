//! A multi-threaded work-stealing async runtime: the asyncio model on all cores, in tokio's shape.
//!
//! Per-core workers steal tasks from each other, one shared reactor waits for sockets, a timer wheel per worker fires timeouts. Names, signatures, errors, panics and
//! cancel safety follow tokio 1.54 wherever tokio has the thing, so what you know from there holds here.
//!
//! # A tour
//!
//! A program begins with a runtime, made by an attribute or by a [`runtime::Builder`]:
//!
//! ```
//! #[heist::main]
//! async fn main() {
//!     println!("hello from a heist");
//! }
//! ```
//!
//! **Tasks** are futures that run on their own, on whichever core is free. [`spawn`] starts one and gives a handle to await it with; a panic in it stays in it.
//!
//! ```
//! # #[heist::main]
//! # async fn main() {
//! let mut handles = Vec::new();
//! for n in 0..10_u64 {
//!     handles.push(heist::spawn(async move { n * n }));
//! }
//! let mut sum = 0;
//! for handle in handles {
//!     sum += handle.await.unwrap();
//! }
//! assert_eq!(sum, 285);
//! # }
//! ```
//!
//! **Sockets** are in [`net`], with the traits of [`io`]. This serves echo until the process ends, and asks itself once:
//!
//! ```
//! use heist::io::{AsyncReadExt, AsyncWriteExt};
//! use heist::net::{TcpListener, TcpStream};
//!
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! heist::spawn(async move {
//!     while let Ok((mut socket, _)) = listener.accept().await {
//!         heist::spawn(async move {
//!             let (mut read, mut write) = socket.split();
//!             heist::io::copy(&mut read, &mut write).await
//!         });
//!     }
//! });
//!
//! let mut client = TcpStream::connect(address).await?;
//! client.write_all(b"steal this").await?;
//! let mut answer = [0; 10];
//! client.read_exact(&mut answer).await?;
//! assert_eq!(&answer, b"steal this");
//! # Ok(())
//! # }
//! ```
//!
//! **Time** is in [`time`]: sleeps that are on time to a fraction of a millisecond, timeouts that cost nothing when they are not needed, intervals.
//!
//! ```
//! use heist::time::{Duration, sleep, timeout};
//!
//! # #[heist::main]
//! # async fn main() {
//! let late = timeout(Duration::from_millis(5), sleep(Duration::from_secs(60))).await;
//! assert!(late.is_err());
//! # }
//! ```
//!
//! **Blocking code** belongs on the blocking pool ([`task::spawn_blocking`]) or between two awaits with the other tasks handed over ([`task::block_in_place`]). If it slips into a
//! task all the same, the reactor thread keeps the sockets and timers of the others alive.
//!
//! ```
//! # #[heist::main]
//! # async fn main() {
//! let read = heist::task::spawn_blocking(|| std::fs::read_dir(".").is_ok()).await;
//! assert!(read.unwrap());
//! # }
//! ```
//!
//! **Programs and signals**: [`process`] starts other programs and awaits them, [`signal`] listens to Ctrl-C and its kin.
//!
//! ```
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! let said = heist::process::Command::new("echo").arg("hello").output().await?;
//! assert_eq!(said.stdout, b"hello\n");
//! # Ok(())
//! # }
//! ```
//!
//! **Between tasks**: channels, locks and signals are in [`sync`] and work under any executor.
//!
//! ```
//! # #[heist::main]
//! # async fn main() {
//! let (send, receive) = heist::sync::oneshot::channel();
//! heist::spawn(async move { send.send("done") });
//! assert_eq!(receive.await, Ok("done"));
//! # }
//! ```
//!
//! **Tasks that belong together** are in a [`task::TaskGroup`]: the first that fails cancels the others, and nothing goes on before all have ended. A [`task::CancelScope`] ends
//! what runs in it, by hand, by a deadline, or with what is around it; a [`context_var!`] is seen by the tasks that its task spawns.
//!
//! ```
//! use heist::task::TaskGroup;
//!
//! # #[heist::main]
//! # async fn main() {
//! let group = TaskGroup::new();
//! group.spawn(async { Err("no such host") });
//! group.spawn(std::future::pending());
//! let error = group.join().await.unwrap_err();
//! assert_eq!(error.failures()[0].error(), Some(&"no such host"));
//! # }
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `stream` | the module `stream`: receivers, listeners, intervals and the like as `Stream`s, limits and distances in time for any stream; the module `codec`: byte streams as streams and sinks of frames; more in [`io::util`] |
//! | `futures-io` | the module `compat`: readers and writers of `futures-io` as ours, and ours as theirs |
//! | `tracing` | slow polls as events of `tracing` |
//! | `test-util` | [`time`]'s `pause`, `resume` and `advance`, `start_paused`, and the module `testing`: tests without waiting |

#![forbid(unsafe_code)]

pub mod event_loop;
pub mod guide;
#[cfg(unix)]
mod introspect;
mod local_pool;
#[doc(hidden)]
pub mod macros;
pub mod runtime;
#[cfg(feature = "stream")]
pub mod stream;

#[cfg(feature = "test-util")]
pub mod testing;

pub use runtime_core::{context_var, spawn, task_local};
pub use runtime_macros::{main, test};

/// Tasks: spawning them, awaiting them, giving way.
pub mod task {
    pub use crate::local_pool::LocalPoolHandle;
    pub use runtime_core::coop;
    pub use runtime_core::task::{
        AbortHandle, AbortOnDrop, AbortOnDropHandle, AccessError, Builder, Id, JoinError,
        JoinHandle, JoinMap, JoinMapKeys, JoinQueue, JoinSet, LocalEnterGuard, LocalKey, LocalSet,
        Strand, TaskTracker, TaskTrackerToken, block_in_place, call_soon, id, join_set,
        spawn_local, try_id, yield_now,
    };
    pub use runtime_core::task::{ContextScope, ContextSnapshot, ContextVar, NoContextError};
    pub use runtime_core::{MayBlock, may_block};
    // Where tokio had them before they moved to `coop`.
    #[doc(hidden)]
    pub use runtime_core::coop::{Unconstrained, consume_budget, unconstrained};
    pub use runtime_core::task::{TaskInfo, TaskList, TaskState, TaskTree, current};
    pub use runtime_core::{spawn, spawn_blocking};
    pub use runtime_sync::scope::{
        self, CancelReason, CancelScope, Cancelled, GroupError, GroupHandle, ScopeHandle,
        StartError, Started, TaskFailure, TaskGroup, spawn_blocking_with,
    };

    /// Futures that one may want to name.
    pub mod futures {
        pub use runtime_core::task::{TaskLocalFuture, TaskTrackerWaitFuture, TrackedFuture};
    }
}

/// Sleeping, timeouts, intervals, and a clock that tests can stop.
pub mod time {
    #[cfg(feature = "test-util")]
    pub use runtime_time::{ClockHold, advance, hold, pause, resume};
    pub use runtime_time::{
        DelayQueue, Duration, HandleExt, Instant, Interval, MissedTickBehavior, Sleep, Timeout,
        call_at, call_later, delay_queue, error, interval, interval_at, sleep, sleep_until,
        timeout, timeout_at,
    };
}

/// Channels, locks and signals between tasks, under any executor.
pub mod sync {
    pub use runtime_sync::*;
}

/// Reading and writing: the traits, their helpers, and readiness of any file descriptor.
pub mod io {
    pub use runtime_io::io::*;

    /// File descriptors of any kind.
    #[cfg(unix)]
    pub mod unix {
        pub use runtime_io::async_fd::*;
    }
}

/// One of two types that can do the same.
pub mod either {
    pub use runtime_io::either::Either;
}

/// Byte streams as streams and sinks of frames. Behind the feature `stream`.
#[cfg(feature = "stream")]
pub mod codec {
    pub use runtime_io::codec::*;
}

/// Readers and writers of `futures-io` as ours, and ours as theirs. Behind the feature `futures-io`.
#[cfg(feature = "futures-io")]
pub mod compat {
    pub use runtime_io::compat::*;
}

/// Files and directories, on the blocking pool.
pub mod fs {
    pub use runtime_io::fs::*;
}

/// Sockets: TCP, UDP and Unix.
pub mod net {
    pub use runtime_io::net::*;
}

/// Programs as children of this process: starting them, their input and output, awaiting them.
#[cfg(unix)]
pub mod process {
    pub use runtime_io::process::*;
}

/// Signals of the operating system.
pub mod signal {
    pub use runtime_io::signal::*;
}

/// The programs in the README run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
