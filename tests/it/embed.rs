//! Embedding: threads and loops that are not the runtime's. Rows EMBED-01 to EMBED-18.

mod pool;
