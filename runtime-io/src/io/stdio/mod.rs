//! The standard streams of the process.
//!
//! They belong to the process, not to a task: they may be files, terminals or pipes in blocking mode, shared with other processes. So they
//! are read and written by jobs of the blocking pool, one at a time for each handle.
//!
//! * **Reading** ([`Stdin`]). A job waits for input, and cannot be interrupted: the shutdown of the runtime waits for a job that has
//!   begun, perhaps for a key to be pressed (`shutdown_timeout` and `shutdown_background` do not). Dropped while it waits, a `Stdin` loses what
//!   that job reads. A program that talks to a person is better off with a thread of its own that reads and sends the lines through a
//!   channel.
//! * **Writing** ([`Stdout`], [`Stderr`]). A write is done when the bytes are in a buffer; a job writes them out and flushes. An error is
//!   told by the next call, and only a flush says that everything is out. The job of the last write is one that a
//!   shutdown runs and waits for.
//!
//! Several handles of one stream do not know of each other: what is written through different ones may come in any order, each write in one
//! piece.

mod input;
mod output;

pub use input::{Stdin, stdin};
pub use output::{Stderr, Stdout, stderr, stdout};
