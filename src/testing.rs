//! What tests need beside a clock that can be stopped. Behind the feature `test-util`.
//!
//! The clock itself is in [`time`](crate::time): `pause`, `advance`, `hold`. A seed for what is drawn at random is set by
//! [`Builder::rng_seed`](crate::runtime::Builder::rng_seed). [`idle`] is for the moment between the two: when everything that can happen now has happened.

pub use runtime_time::{Idle, idle};
