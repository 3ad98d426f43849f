//! A descriptor that is kept to be given up.
//!
//! When the process has no descriptor left, a connection cannot be accepted and not even be closed: its client waits for as long as it is
//! patient. With the reserve given up there is room for one, which is accepted and closed, and the next one, until none is waiting. Then
//! the reserve is made again. If somebody else takes the room meanwhile, so be it: the reserve is made when there is room again.

use std::fs::File;
use std::os::fd::AsFd;

use socket2::SockRef;

/// Clients that are refused at a time, so that a flood of them does not keep the loop from its work.
const BURST: u64 = 64;

#[derive(Debug)]
pub(super) struct Reserve(Option<File>);

impl Reserve {
    pub(super) fn new() -> Self {
        Self(make())
    }

    /// Accepts waiting clients and closes them at once; says how many.
    pub(super) fn refuse(&mut self, listener: &impl AsFd) -> u64 {
        drop(self.0.take());
        let mut refused = 0;
        // An error is the end of the queue, or somebody else was faster.
        while refused < BURST && SockRef::from(listener).accept().is_ok() {
            refused += 1;
        }
        self.0 = make();
        refused
    }
}

/// Any file will do that is always there.
fn make() -> Option<File> {
    File::open("/dev/null").ok()
}
