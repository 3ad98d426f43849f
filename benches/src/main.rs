//! The same work on heist and on its peers.
fn main() {}
