//! Closing a pipe when an end that is owned by somebody else goes away.

use super::queue::{End, Pipe};

/// Closes one end of a pipe when it is dropped.
#[derive(Debug)]
pub(in crate::io) struct Closer {
    pipe: Option<Pipe>,
    end: End,
}

impl Closer {
    pub(super) fn new(pipe: &Pipe, end: End) -> Self {
        Self {
            pipe: Some(pipe.clone()),
            end,
        }
    }

    /// Leaves the pipe open.
    pub(in crate::io) fn disarm(mut self) {
        self.pipe = None;
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        if let Some(pipe) = &self.pipe {
            pipe.close(self.end);
        }
    }
}
