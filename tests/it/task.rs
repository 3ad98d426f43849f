//! Area `task`.
