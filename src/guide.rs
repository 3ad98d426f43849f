//! Pages for those who come from elsewhere.

#[doc = include_str!("../docs/asyncio.md")]
pub mod asyncio {}

#[doc = include_str!("../docs/embedding.md")]
pub mod embedding {}
