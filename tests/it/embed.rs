//! Embedding: the runtime on threads that are not its own. Rows EMBED-01 to EMBED-18 of the catalogue.

mod block_on;
mod cross;
mod drop;
mod fd;
mod guest;
mod lent;
mod nested;
mod pool;
