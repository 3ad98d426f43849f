//! Area `queue`.
