//! Embedding: threads that are not the runtime's run its tasks.

pub(crate) mod lent;
