//! The runtime this project is about.

use ::heist as peer;
use ::heist::sync::CancellationToken;

#[path = "../work/mod.rs"]
mod work;

pub(super) use work::{row, serve};
