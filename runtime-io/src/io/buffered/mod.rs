//! Buffers around a reader, a writer or both, that save system calls.

mod reader;
mod stream;
mod writer;

pub use reader::BufReader;
pub use stream::BufStream;
pub use writer::BufWriter;
