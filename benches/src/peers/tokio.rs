//! tokio, through the names it shares with heist.

use ::tokio as peer;
use tokio_util::sync::CancellationToken;

#[path = "../work/mod.rs"]
mod work;

pub(super) use work::{row, serve};
