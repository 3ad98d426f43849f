//! The I/O traits and everything that is built on them alone. No runtime: futures are polled by hand, and what is
//! pending without a wake-up on its way is a failure rather than a hang.

mod auto_traits;
mod bidirectional;
mod buffered;
mod cancel;
mod coop;
mod copy;
mod halves;
mod hostile;
mod lines;
mod pipe;
mod properties;
mod read;
mod read_buf;
mod script;
mod seek;
mod support;
mod write;
