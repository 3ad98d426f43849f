//! Area `park`.
