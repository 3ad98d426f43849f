//! Pages for those who come from elsewhere.

#[doc = include_str!("../docs/asyncio.md")]
pub mod asyncio {}
