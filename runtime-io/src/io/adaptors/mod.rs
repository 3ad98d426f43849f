//! Readers made of readers.

mod chain;
mod join;
mod lines;
mod split;
mod take;

pub use chain::Chain;
pub use join::{Join, join};
pub use lines::Lines;
pub use split::Split;
pub use take::Take;
