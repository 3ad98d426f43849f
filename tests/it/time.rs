//! Area `time`.
