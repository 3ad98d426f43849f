//! Area `down`.
