//! Threads of the program's that lend themselves, and do nothing else.

use ::heist::runtime::Handle;
use ::heist::sync::CancellationToken;
use std::io;
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

/// They leave when this is dropped.
pub(super) struct LentThreads {
    leave: CancellationToken,
    threads: Vec<JoinHandle<()>>,
}

impl LentThreads {
    /// Returns when each of them holds its slot.
    pub(super) fn start(handle: &Handle, count: usize) -> io::Result<Self> {
        let (leave, all_lent) = (CancellationToken::new(), Arc::new(Barrier::new(count + 1)));
        let start = |number| {
            let (handle, leave, all_lent) = (handle.clone(), leave.clone(), all_lent.clone());
            let name = format!("lent-{number}");
            thread::Builder::new().name(name).spawn(move || {
                let lent = handle.lend();
                all_lent.wait();
                let mut lent = lent.expect("there is a slot for each thread");
                // It ends early if the runtime does.
                let _ = lent.run_until(leave.cancelled());
            })
        };
        let threads = (0..count).map(start).collect::<io::Result<_>>()?;
        all_lent.wait();
        Ok(Self { leave, threads })
    }
}

impl Drop for LentThreads {
    fn drop(&mut self) {
        self.leave.cancel();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
