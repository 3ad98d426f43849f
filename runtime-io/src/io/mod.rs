//! Reading and writing bytes without blocking: the traits, and what can be built on them alone.
//!
//! Everything here works over any implementation of the traits and under any executor; sockets and files come from
//! elsewhere. Of the runtime it takes only the budget of a poll; the standard streams alone need its blocking pool.
//!
//! # Words
//!
//! A *reader* implements [`AsyncRead`], a *writer* [`AsyncWrite`], a *stream* both. A *source* and a *destination* are
//! what stands behind them. A reader is at its *end* when a read with room for something brings nothing. A future is
//! *cancelled* when it is dropped before it is ready.
//!
//! # The rule now
//!
//! 1. The traits have a poll method for each thing that may have to be waited for. `Pending` means that nothing has
//!    happened and the task will be woken; a result means that the operation has happened once.
//! 2. A reader appends to a [`ReadBuf`], which keeps apart what is filled, what is initialised and what is mere memory. So
//!    nobody zeroes memory that is about to be overwritten, and only this type has to be careful about it.
//! 3. The extension traits ([`AsyncReadExt`], [`AsyncWriteExt`], [`AsyncBufReadExt`], [`AsyncSeekExt`]) have the methods
//!    that people call. Each says what is lost if its future is cancelled. Those that loop retry
//!    [`Interrupted`](ErrorKind::Interrupted); those that make a single attempt pass it on.
//! 4. No reader or writer is trusted. One that reports nonsense, or exchanges the buffer it was lent, gets a panic in its
//!    own task; memory stays sound.
//! 5. An error never overtakes bytes: what was read before it arrives before it, as far as the operation can deliver bytes
//!    at all.
//!
//! # Rejected
//!
//! * *A plain `&mut [u8]` to read into.* Safe, but then each caller zeroes its buffer for every read.
//! * *Buffers that are passed in by value and come back with the result*, as completion-based interfaces have them.
//!   Nothing can be lost in a cancelled read then, but every reader in the world of this crate lends its buffer.
//! * *`async fn` in the traits.* Such traits cannot be made into trait objects, and a reader could not be half of a
//!   stream that is polled for both directions in one poll.
//!
//! # What goes where
//!
//! | file | idea |
//! |---|---|
//! | `async_*.rs`, `read_buf.rs` | the traits and the buffer |
//! | `memory.rs` | the traits for slices, vectors and cursors |
//! | `checked.rs` | reading from a reader that is not trusted |
//! | `ext/`, `ops/` | the methods, and the futures they return |
//! | `adaptors/`, `buffered/` | readers made of readers; buffers |
//! | `copy/` | from a reader to a writer |
//! | `halves.rs`, `pipe/` | one stream for two owners; streams in memory |
//! | `endless.rs` | nothing, the same for ever, and nowhere |
//! | `util/` | between readers and streams of bytes, writers and sinks; readers that are watched; blocking code around a reader |
//! | `stdio/` | the standard streams, on the blocking pool |
//!
//! `unsafe` lives in `read_buf.rs`, `checked.rs`, `halves.rs` and in four of the `ops/`: `read_buf.rs`, `read_to_end.rs`,
//! `open_string.rs`, `fill_buf.rs`.

mod adaptors;
mod async_buf_read;
mod async_read;
mod async_seek;
mod async_write;
pub(crate) mod budget;
mod buffered;
pub(crate) mod checked;
mod copy;
mod endless;
mod ext;
mod forward;
mod halves;
mod memory;
pub(crate) mod ops;
mod pipe;
mod read_buf;
mod stdio;
pub mod util;

pub use adaptors::{Chain, Join, Lines, Split, Take, join};
pub use async_buf_read::AsyncBufRead;
pub use async_read::AsyncRead;
pub use async_seek::AsyncSeek;
pub use async_write::AsyncWrite;
pub use buffered::{BufReader, BufStream, BufWriter};
pub use copy::{copy, copy_bidirectional, copy_bidirectional_with_sizes, copy_buf};
pub use endless::{Empty, Repeat, Sink, empty, repeat, sink};
pub use ext::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
pub use halves::{ReadHalf, WriteHalf, split};
pub use pipe::{DuplexStream, SimplexStream, duplex, simplex};
pub use read_buf::ReadBuf;
pub use stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};

pub use crate::on_ready::{OnReady, on_ready, on_ready_local};
pub use crate::reactor::{Interest, Ready};

#[doc(no_inline)]
pub use std::io::{Error, ErrorKind, Result, SeekFrom};

/// The size of a buffer whose size nobody has chosen.
const DEFAULT_BUFFER: usize = 8 * 1024;
