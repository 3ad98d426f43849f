//! The attribute macros of heist.
