//! Embedding: threads that are not the runtime's run its tasks.

pub(crate) mod bell;
pub(crate) mod guest;
pub(crate) mod host;
pub(crate) mod job;
pub(crate) mod lent;
pub(crate) mod local;
pub(crate) mod pump;
pub(crate) mod wrap;
