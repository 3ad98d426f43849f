//! Frames behind their length.
//!
//! Each frame has a *head* with a length in it. As it is built by default, the head is four bytes, big-endian, and says how many
//! bytes follow:
//!
//! ```text
//!  +---- 4 bytes ----+---- 5 bytes ----+
//!  |   00 00 00 05   |    h e l l o    |
//!  +-----------------+-----------------+
//! ```
//!
//! A [`Builder`] describes other heads:
//!
//! | setter | meaning | unless set |
//! |---|---|---|
//! | [`length_field_offset`](Builder::length_field_offset) | so many bytes of the head come before the length | 0 |
//! | [`length_field_length`](Builder::length_field_length), [`length_field_type`](Builder::length_field_type) | so many bytes the length has | 4 |
//! | [`big_endian`](Builder::big_endian), [`little_endian`](Builder::little_endian), [`native_endian`](Builder::native_endian) | their order | big |
//! | [`length_adjustment`](Builder::length_adjustment) | is added to the length that was read, for those that count the head too, or less than what follows | 0 |
//! | [`num_skip`](Builder::num_skip) | so many bytes are taken off the front before the frame begins | the head up to the end of the length |
//! | [`max_frame_length`](Builder::max_frame_length) | a greater length is an error | 8 MiB |
//!
//! # Examples
//!
//! A length of two bytes, which counts itself, behind one byte of type; the frame is to contain all of it:
//!
//! ```
//! use bytes::BytesMut;
//! use runtime_io::codec::{Decoder, LengthDelimitedCodec};
//!
//! let mut codec = LengthDelimitedCodec::builder()
//!     .length_field_offset(1)
//!     .length_field_type::<u16>()
//!     .length_adjustment(1) // The byte before it, which is not counted.
//!     .num_skip(0)
//!     .new_codec();
//!
//! let mut bytes = BytesMut::from(&b"T\x00\x07helloT"[..]);
//! assert_eq!(codec.decode(&mut bytes)?.unwrap(), &b"T\x00\x07hello"[..]);
//! assert_eq!(bytes, "T");
//! # std::io::Result::Ok(())
//! ```

mod builder;

use std::error::Error;
use std::{fmt, io};

use bytes::{Buf, BufMut, Bytes, BytesMut};

pub use builder::Builder;

use super::{Decoder, Encoder};

/// Frames behind their length: see [the module](self).
///
/// # Examples
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use runtime_io::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
///
/// # futures_executor::block_on(async {
/// let mut frames = FramedWrite::new(Vec::new(), LengthDelimitedCodec::new());
/// frames.send(&b"hello"[..]).await?;
/// let bytes = frames.into_inner();
/// assert_eq!(bytes, b"\x00\x00\x00\x05hello");
///
/// let mut frames = FramedRead::new(&bytes[..], LengthDelimitedCodec::new());
/// assert_eq!(frames.next().await.unwrap()?, "hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct LengthDelimitedCodec {
    layout: Builder,
    /// The length of the frame whose head was read and taken off the front.
    expected: Option<usize>,
}

impl LengthDelimitedCodec {
    /// A length of four bytes, big-endian, before each frame of at most 8 MiB.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// assert_eq!(LengthDelimitedCodec::new().max_frame_length(), 8 * 1024 * 1024);
    /// ```
    pub fn new() -> Self {
        Builder::new().new_codec()
    }

    /// Describes another head.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let codec = LengthDelimitedCodec::builder().length_field_type::<u8>().new_codec();
    /// assert_eq!(codec.max_frame_length(), 255);
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(super) fn with_layout(layout: Builder) -> Self {
        Self {
            layout,
            expected: None,
        }
    }

    /// The greatest length that is accepted, in either direction.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let codec = LengthDelimitedCodec::builder().max_frame_length(100).new_codec();
    /// assert_eq!(codec.max_frame_length(), 100);
    /// ```
    pub fn max_frame_length(&self) -> usize {
        self.layout.max_frame_length
    }

    /// Sets the greatest length that is accepted. A frame whose head was read already still comes.
    ///
    /// It is never more than the field of the length can hold.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut codec = LengthDelimitedCodec::new();
    /// codec.set_max_frame_length(100);
    /// assert_eq!(codec.max_frame_length(), 100);
    /// ```
    pub fn set_max_frame_length(&mut self, val: usize) {
        self.layout.max_frame_length(val);
        self.layout.limit_to_field();
    }

    /// Takes the head off the front, if it is complete, and says how long the frame is.
    fn decode_head(&mut self, src: &mut BytesMut) -> io::Result<Option<usize>> {
        let layout = &self.layout;
        if src.len() < layout.head_length() {
            return Ok(None);
        }
        let mut field = &src[layout.length_field_offset..];
        let length = if layout.big_endian {
            field.get_uint(layout.length_field_length)
        } else {
            field.get_uint_le(layout.length_field_length)
        };
        let length = usize::try_from(length).ok();
        let Some(length) = length.filter(|length| *length <= layout.max_frame_length) else {
            return Err(too_long(io::ErrorKind::InvalidData));
        };
        let Some(length) = length.checked_add_signed(layout.length_adjustment) else {
            return Err(out_of_range());
        };
        src.advance(layout.skipped());
        src.reserve(length.saturating_sub(src.len()));
        Ok(Some(length))
    }
}

impl Default for LengthDelimitedCodec {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder for LengthDelimitedCodec {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        if self.expected.is_none() {
            self.expected = self.decode_head(src)?;
        }
        match self.expected {
            Some(length) if src.len() >= length => {
                self.expected = None;
                let frame = src.split_to(length);
                src.reserve(self.layout.head_length().saturating_sub(src.len()));
                Ok(Some(frame))
            }
            _ => Ok(None),
        }
    }
}

impl Encoder<&[u8]> for LengthDelimitedCodec {
    type Error = io::Error;

    fn encode(&mut self, item: &[u8], dst: &mut BytesMut) -> io::Result<()> {
        let layout = &self.layout;
        if item.len() > layout.max_frame_length {
            return Err(too_long(io::ErrorKind::InvalidInput));
        }
        let adjustment = layout.length_adjustment;
        let length = if adjustment < 0 {
            item.len().checked_add(adjustment.unsigned_abs())
        } else {
            item.len().checked_sub(adjustment.unsigned_abs())
        };
        let length = length.ok_or_else(out_of_range)? as u64;
        dst.reserve(layout.length_field_length + item.len());
        if layout.big_endian {
            dst.put_uint(length, layout.length_field_length);
        } else {
            dst.put_uint_le(length, layout.length_field_length);
        }
        dst.extend_from_slice(item);
        Ok(())
    }
}

impl Encoder<Bytes> for LengthDelimitedCodec {
    type Error = io::Error;

    fn encode(&mut self, item: Bytes, dst: &mut BytesMut) -> io::Result<()> {
        Encoder::<&[u8]>::encode(self, &item, dst)
    }
}

/// Why a frame is refused: it is longer than allowed. Inside of an [`io::Error`], of kind `InvalidData` for one that was read and
/// `InvalidInput` for one that was to be written.
///
/// # Examples
/// ```
/// use bytes::BytesMut;
/// use runtime_io::codec::{Decoder, LengthDelimitedCodec, LengthDelimitedCodecError};
///
/// let mut codec = LengthDelimitedCodec::builder().max_frame_length(4).new_codec();
/// let error = codec.decode(&mut BytesMut::from(&b"\x00\x00\x00\x05hello"[..])).unwrap_err();
/// assert!(error.get_ref().unwrap().is::<LengthDelimitedCodecError>());
/// ```
pub struct LengthDelimitedCodecError {
    _private: (),
}

impl fmt::Debug for LengthDelimitedCodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LengthDelimitedCodecError").finish()
    }
}

impl fmt::Display for LengthDelimitedCodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("frame size too big")
    }
}

impl Error for LengthDelimitedCodecError {}

fn too_long(kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, LengthDelimitedCodecError { _private: () })
}

fn out_of_range() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the length of the frame is out of range once adjusted",
    )
}
