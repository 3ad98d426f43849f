//! Part of heist.
