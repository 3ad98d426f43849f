//! The runtime this project is about.

use ::heist as peer;
use ::heist::sync::CancellationToken;
use heist_hyper::{HyperIo, HyperTimer};

#[path = "../work/mod.rs"]
mod work;

pub(super) use work::{row, serve};

/// The server's answers have the guard's rescues.
fn watch(rt: &peer::runtime::Runtime) {
    let handle = rt.handle().clone();
    crate::net::server::count_rescues(move || handle.metrics().rescue_count());
}
