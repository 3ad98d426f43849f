//! Part of heist.

pub mod coop;
pub mod messages;
pub mod util;

mod primitive;
mod unwind;
