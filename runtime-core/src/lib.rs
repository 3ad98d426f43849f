//! Part of heist.

pub mod coop;
pub mod messages;
pub mod util;

mod blocking;
mod primitive;
mod unwind;
