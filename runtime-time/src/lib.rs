//! Part of heist.

#[allow(dead_code)]
mod wheel;
