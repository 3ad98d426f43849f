//! Timer wheels, clock, sleep, interval and timeout of heist.
//!
//! # The way of a sleep
//!
//! ```text
//!   sleep(d) ──► Alarm ──► Shard: a Wheel behind its lock, one per slot
//!                            │ next deadline, published
//!                            ▼
//!   worker ──► Timer::park ──► inner driver, until the earliest of all
//!                            │
//!                            └──► fires what is due in any shard, in batches
//! ```
//!
//! [`sleep()`] finds the runtime's [`Timers`] in the context and remembers the wheel of its slot. The first poll that has to
//! wait arms an entry there. The thread in the driver's seat waits in [`Timer`] until the earliest published deadline and
//! fires what is due, in whatever wheel: a slot whose thread is blocked or gone is served by the others.
//!
//! | file | what it holds |
//! |---|---|
//! | `wheel/` | the data structure: six levels of 64 slots, far deadlines beside them, entries in chunks |
//! | `shard.rs` | one wheel, its lock, its published deadline |
//! | `seat.rs` | the handshake between an earlier deadline and the thread that sleeps |
//! | `timers.rs`, `pool.rs`, `home.rs` | the shards of a runtime, and what they share |
//! | `driver.rs` | [`Timer`]: the driver around the driver |
//! | `clock.rs`, `moment.rs`, `instant.rs` | the clock that can be stopped, time as a number, [`Instant`] |
//! | `idle.rs` | waiting until nothing but time can go on |
//! | `delay_queue.rs` | values that come out when their time has come |
//! | `stream/` | limits and distances for the items of a stream, several streams as one |
//! | `call.rs` | closures that are run when their time has come |
//! | `alarm.rs` | one deadline to be polled, under [`Sleep`], [`Timeout`] and [`Interval`] |
//!
//! # When the runtime goes away
//!
//! A timer that outlives its runtime never comes. Who waits for one is woken and gets an error: an
//! [`Elapsed`](error::Elapsed) from [`Timeout`] that becomes an [`io::Error`](std::io::Error) of the kind `Other`, an
//! [`Error`](error::Error) from [`Sleep::poll_elapsed`]. [`Sleep`] as a future and [`Interval::tick`] have no way to say so
//! in their output, and to be ready early would be a lie: they panic.
#![forbid(unsafe_code)]

pub mod error;

mod alarm;
mod call;
mod clock;
pub mod delay_queue;
mod driver;
mod home;
#[cfg_attr(
    not(feature = "test-util"),
    expect(dead_code, unreachable_pub, reason = "without the feature nobody asks")
)]
mod idle;
mod instant;
mod interval;
#[cfg(all(test, loom))]
mod models;
mod moment;
mod pool;
mod primitive;
mod seat;
mod shard;
mod sleep;
#[cfg(feature = "stream")]
pub mod stream;
#[cfg(feature = "test-util")]
mod test_clock;
mod timeout;
mod timers;
mod wheel;

pub use call::{Due, HandleExt, call_at, call_later};
pub use delay_queue::DelayQueue;
pub use driver::Timer;
#[cfg(feature = "test-util")]
pub use idle::{Idle, idle};
pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
#[cfg(feature = "test-util")]
pub use test_clock::{ClockHold, advance, hold, pause, resume};
pub use timeout::{Timeout, timeout, timeout_at};
pub use timers::Timers;

#[doc(no_inline)]
pub use std::time::Duration;
