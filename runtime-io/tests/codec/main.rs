//! Codecs, byte streams as streams and sinks, and the traits of `futures-io`.

#[path = "../io_traits/script.rs"]
#[allow(dead_code, reason = "not every binary uses all of the script")]
mod script;
#[path = "../io_traits/support.rs"]
#[allow(dead_code, reason = "not every binary polls by hand in all ways")]
mod support;

mod auto_traits;
mod compat;
mod cutting;
mod framed;
mod length_delimited;
mod streams;
mod udp;
