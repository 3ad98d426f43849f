//! Embedding: threads that are not the runtime's run its tasks.

pub(crate) mod host;
pub(crate) mod job;
pub(crate) mod lent;
