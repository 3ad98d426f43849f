//! tokio, through the names it shares with heist.

use ::tokio as peer;
use hyper_util::rt::{TokioIo as HyperIo, TokioTimer as HyperTimer};
use tokio_util::sync::CancellationToken;

#[path = "../work/mod.rs"]
mod work;

pub(super) use work::{row, serve};

/// tokio has no guard that could count.
fn watch(_: &peer::runtime::Runtime) {}
