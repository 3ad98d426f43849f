//! Area `misuse`.
