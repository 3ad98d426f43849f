//! The panic policy towards values and wakers of users: one bad one does not keep the others from their turn.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The first of the panics of a series, kept until the series is over.
#[derive(Default)]
pub(crate) struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    /// Runs `f`; a panic ends here for now. The panics after the first one are forgotten, payload and all: to drop
    /// the payload could panic again.
    pub(crate) fn catch<R>(&mut self, f: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(f)) {
            Ok(result) => Some(result),
            Err(payload) => {
                match self.0 {
                    None => self.0 = Some(payload),
                    Some(_) => std::mem::forget(payload),
                }
                None
            }
        }
    }

    /// Lets the first panic go on, unless the thread is unwinding already.
    pub(crate) fn resume(self) {
        if let Some(payload) = self.0 {
            if std::thread::panicking() {
                std::mem::forget(payload);
            } else {
                resume_unwind(payload);
            }
        }
    }
}
