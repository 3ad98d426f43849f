//! The threads that drive, as people see them.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod system;

use std::thread::{self, Thread, ThreadId};

/// The thread that drives a slot.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    thread: Option<Thread>,
    /// The number by which the system knows it, if anybody will ask.
    number: Option<u32>,
}

impl Driver {
    /// For who takes a slot only to put it away.
    pub(crate) const UNKNOWN: Self = Self {
        thread: None,
        number: None,
    };

    /// This thread. `numbered`: [`doing`](Self::doing) will be asked.
    pub(crate) fn here(numbered: bool) -> Self {
        Self {
            thread: Some(thread::current()),
            number: if numbered {
                system::number_of_this_thread()
            } else {
                None
            },
        }
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.thread.as_ref()?.name()
    }

    pub(crate) fn id(&self) -> Option<ThreadId> {
        self.thread.as_ref().map(Thread::id)
    }

    /// What the system says the thread is doing at the moment.
    pub(crate) fn doing(&self) -> Option<String> {
        system::doing(self.number?)
    }
}
