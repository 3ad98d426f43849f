//! Byte streams as streams and sinks of frames.
//!
//! A protocol over a byte stream has to say where a message ends: by a delimiter, by a length before it, by its own grammar. A
//! *codec* knows that and nothing else; it looks into buffers and never waits. What waits is written once, here: it reads into
//! the buffer of a [`Decoder`] and writes from the buffer of an [`Encoder`].
//!
//! # Words
//!
//! A *frame* is a message. A *decoder* takes frames from the front of a buffer, an *encoder* appends frames to one, a *codec* is
//! both. A *framed* stream is a byte stream with a codec around it: a `Stream` of frames, a `Sink` of frames, or both.
//!
//! # The rule now
//!
//! 1. A read brings as many bytes as the buffer has room, 8 KiB unless somebody chose otherwise, and all frames that are whole
//!    are given out before the next read.
//! 2. At the end of the source the decoder is asked for its last frames. What is left then and is no frame is an error.
//! 3. An error is followed by the end of the stream, once: a loop that ends at `None` ends. Who asks again reads on; frames that
//!    came before the error were given out before it, and bytes behind it are still in the buffer.
//! 4. A frame that is sent goes into a buffer. It is written when the sink is flushed, or when the buffer holds 8 KiB (the
//!    *backpressure boundary*) and another frame wants in: so the memory of a connection is bounded by the peer's pace.
//! 5. No codec waits, so nothing is lost when the future of the next frame is dropped: what was read is in the buffer.
//!
//! # Rejected
//!
//! * *Giving out frames that borrow from the buffer.* Each frame would have to be gone before the next one is looked for, and
//!   could not be sent to another task. [`BytesMut`](bytes::BytesMut) gives a piece away without copying it.
//! * *Growing the buffer for a frame that was merely announced.* [`LengthDelimitedCodec`] does, up to its limit, because it
//!   makes one read of a large frame; the limit is therefore what a peer can make this side reserve.
//!
//! # What goes where
//!
//! | file | idea |
//! |---|---|
//! | `decoder.rs`, `encoder.rs` | the two traits |
//! | `incoming.rs`, `outgoing.rs` | the two buffers, and the states of reading |
//! | `framed.rs`, `framed_read.rs`, `framed_write.rs`, `parts.rs` | what users put around their byte stream |
//! | `pieces.rs` | cutting at delimiters, for `lines.rs` and `any_delimiter.rs` |
//! | `bytes.rs`, `length_delimited/` | no frames at all; frames behind their length |
//! | `udp.rs` | the same for datagrams |
//!
//! # Examples
//! ```
//! use futures_util::{SinkExt, StreamExt};
//! use runtime_io::codec::{Framed, LengthDelimitedCodec};
//!
//! # futures_executor::block_on(async {
//! let (here, there) = runtime_io::io::duplex(64);
//! let mut here = Framed::new(here, LengthDelimitedCodec::new());
//! let mut there = Framed::new(there, LengthDelimitedCodec::new());
//!
//! here.send(&b"a message"[..]).await?;
//! here.send(&b"and another"[..]).await?;
//! assert_eq!(there.next().await.unwrap()?, "a message");
//! assert_eq!(there.next().await.unwrap()?, "and another");
//! # std::io::Result::Ok(()) }).unwrap();
//! ```

mod any_delimiter;
mod bytes;
mod decoder;
mod encoder;
mod framed;
mod framed_read;
mod framed_write;
mod incoming;
pub mod length_delimited;
mod lines;
mod outgoing;
mod parts;
mod pieces;
mod udp;

pub use self::any_delimiter::{AnyDelimiterCodec, AnyDelimiterCodecError};
pub use self::bytes::BytesCodec;
pub use self::decoder::Decoder;
pub use self::encoder::Encoder;
pub use self::framed::Framed;
pub use self::framed_read::FramedRead;
pub use self::framed_write::FramedWrite;
pub use self::length_delimited::{LengthDelimitedCodec, LengthDelimitedCodecError};
pub use self::lines::{LinesCodec, LinesCodecError};
pub use self::parts::FramedParts;
pub use self::udp::UdpFramed;

use ::bytes::BytesMut;

/// The size of a buffer whose size nobody has chosen.
const CAPACITY: usize = 8 * 1024;

/// A buffer that came from elsewhere, with the usual room.
fn with_room(mut buffer: BytesMut) -> BytesMut {
    buffer.reserve(CAPACITY.saturating_sub(buffer.len()));
    buffer
}

/// The methods of everything that has a byte stream inside.
macro_rules! around_io {
    () => {
        /// The byte stream.
        ///
        /// # Examples
        /// ```
        /// use runtime_io::codec::{FramedRead, LinesCodec};
        ///
        /// let lines = FramedRead::new(&b"hello"[..], LinesCodec::new());
        /// assert_eq!(*lines.get_ref(), b"hello");
        /// ```
        pub fn get_ref(&self) -> &T {
            &self.io
        }

        /// The byte stream. Reading from it or writing to it directly tears frames apart.
        ///
        /// # Examples
        /// ```
        /// use runtime_io::codec::{FramedRead, LinesCodec};
        ///
        /// let mut lines = FramedRead::new(&b"hello"[..], LinesCodec::new());
        /// assert_eq!(*lines.get_mut(), b"hello");
        /// ```
        pub fn get_mut(&mut self) -> &mut T {
            &mut self.io
        }

        /// The byte stream, pinned. Reading from it or writing to it directly tears frames apart.
        ///
        /// # Examples
        /// ```
        /// use std::pin::pin;
        ///
        /// use runtime_io::codec::{FramedRead, LinesCodec};
        ///
        /// let lines = pin!(FramedRead::new(&b"hello"[..], LinesCodec::new()));
        /// assert_eq!(*lines.get_pin_mut(), b"hello");
        /// ```
        pub fn get_pin_mut(self: std::pin::Pin<&mut Self>) -> std::pin::Pin<&mut T> {
            self.project().io
        }

        /// Takes out the byte stream. What was read and not decoded is lost, and what was encoded and not written: see
        /// [`into_parts`](Self::into_parts).
        ///
        /// # Examples
        /// ```
        /// use runtime_io::codec::{FramedRead, LinesCodec};
        ///
        /// let lines = FramedRead::new(&b"hello"[..], LinesCodec::new());
        /// assert_eq!(lines.into_inner(), b"hello");
        /// ```
        pub fn into_inner(self) -> T {
            self.io
        }
    };
}
use around_io;
