//! Area `pool`.
