//! The runtime this project is about.

use ::heist as peer;

#[path = "../work/mod.rs"]
mod work;

pub(super) use work::{row, serve};
