//! The runtime this project is about.

use ::heist as peer;
use ::heist::sync::CancellationToken;
use heist_hyper::{HyperIo, HyperTimer};

#[path = "../work/mod.rs"]
mod work;

pub(super) use work::{row, serve};

/// The server's answers have what went wrong.
fn watch(rt: &peer::runtime::Runtime) {
    let handle = rt.handle().clone();
    crate::net::server::tell_trouble(move || super::embed::trouble_of(&handle));
}
