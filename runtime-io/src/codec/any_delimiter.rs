//! What lies between delimiters, any of several.

use std::error::Error;
use std::{fmt, io};

use bytes::{BufMut, Bytes, BytesMut};

use super::pieces::{Found, Pieces};
use super::{Decoder, Encoder};
use crate::io::ops::find;

/// Bytes between delimiters, of which there may be several; the last piece may have none behind it.
///
/// Frames are pieces without their delimiter. They are written with a sequence of bytes of its own behind each.
///
/// # Examples
/// ```
/// use futures_util::StreamExt;
/// use runtime_io::codec::{AnyDelimiterCodec, FramedRead};
///
/// # futures_executor::block_on(async {
/// let codec = AnyDelimiterCodec::new(b",;".to_vec(), b";".to_vec());
/// let pieces = FramedRead::new(&b"one,two;three"[..], codec);
/// let pieces: Vec<_> = pieces.map(Result::unwrap).collect().await;
/// assert_eq!(pieces, ["one", "two", "three"]);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnyDelimiterCodec {
    pieces: Pieces,
    delimiters: Vec<u8>,
    /// What is written behind each frame.
    sequence: Vec<u8>,
}

impl AnyDelimiterCodec {
    /// Pieces of any length. `seek_delimiters` are the bytes each of which ends a piece when reading, `sequence_writer` is what
    /// is written behind a piece.
    ///
    /// A peer that sends no delimiter makes the buffer grow as long as it sends: for peers that are not trusted there is
    /// [`new_with_max_length`](Self::new_with_max_length).
    ///
    /// # Examples
    /// ```
    /// use bytes::BytesMut;
    /// use runtime_io::codec::{AnyDelimiterCodec, Encoder};
    ///
    /// let mut codec = AnyDelimiterCodec::new(b"\n".to_vec(), b"\r\n".to_vec());
    /// let mut bytes = BytesMut::new();
    /// codec.encode("hello", &mut bytes).unwrap();
    /// assert_eq!(bytes, "hello\r\n");
    /// ```
    pub fn new(seek_delimiters: Vec<u8>, sequence_writer: Vec<u8>) -> Self {
        Self::new_with_max_length(seek_delimiters, sequence_writer, usize::MAX)
    }

    /// Pieces of at most so many bytes. A longer one is reported as an error and then skipped up to its delimiter.
    ///
    /// # Examples
    /// ```
    /// use bytes::BytesMut;
    /// use runtime_io::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, Decoder};
    ///
    /// let mut codec = AnyDelimiterCodec::new_with_max_length(b";".to_vec(), b";".to_vec(), 4);
    /// let mut bytes = BytesMut::from("far too long;next;");
    /// let error = codec.decode(&mut bytes).unwrap_err();
    /// assert!(matches!(error, AnyDelimiterCodecError::MaxChunkLengthExceeded));
    /// assert_eq!(codec.decode(&mut bytes).unwrap().unwrap(), "next");
    /// ```
    pub fn new_with_max_length(
        seek_delimiters: Vec<u8>,
        sequence_writer: Vec<u8>,
        max_length: usize,
    ) -> Self {
        Self {
            pieces: Pieces::new(max_length),
            delimiters: seek_delimiters,
            sequence: sequence_writer,
        }
    }

    /// How many bytes a piece may have.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::AnyDelimiterCodec;
    ///
    /// assert_eq!(AnyDelimiterCodec::default().max_length(), usize::MAX);
    /// ```
    pub fn max_length(&self) -> usize {
        self.pieces.max_length()
    }
}

/// Reads up to a comma, a semicolon or an end of line; writes a comma behind each piece.
impl Default for AnyDelimiterCodec {
    fn default() -> Self {
        Self::new(b",;\n\r".to_vec(), b",".to_vec())
    }
}

impl Decoder for AnyDelimiterCodec {
    type Item = Bytes;
    type Error = AnyDelimiterCodecError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, AnyDelimiterCodecError> {
        let delimiters = &self.delimiters[..];
        let found = self.pieces.cut(src, |bytes| match delimiters {
            [one] => find(*one, bytes),
            several => bytes.iter().position(|byte| several.contains(byte)),
        });
        match found {
            Found::Piece(piece) => Ok(Some(piece.freeze())),
            Found::Nothing => Ok(None),
            Found::TooLong => Err(AnyDelimiterCodecError::MaxChunkLengthExceeded),
        }
    }

    fn decode_eof(&mut self, buf: &mut BytesMut) -> Result<Option<Bytes>, AnyDelimiterCodecError> {
        if let Some(piece) = self.decode(buf)? {
            return Ok(Some(piece));
        }
        Ok((!buf.is_empty()).then(|| self.pieces.rest(buf).freeze()))
    }
}

impl<T: AsRef<str>> Encoder<T> for AnyDelimiterCodec {
    type Error = AnyDelimiterCodecError;

    fn encode(&mut self, item: T, dst: &mut BytesMut) -> Result<(), AnyDelimiterCodecError> {
        let piece = item.as_ref();
        dst.reserve(piece.len() + self.sequence.len());
        dst.put_slice(piece.as_bytes());
        dst.put_slice(&self.sequence);
        Ok(())
    }
}

/// Why there is no piece.
#[derive(Debug)]
pub enum AnyDelimiterCodecError {
    /// The piece is longer than allowed.
    MaxChunkLengthExceeded,
    /// The bytes could not be read or written.
    Io(io::Error),
}

impl fmt::Display for AnyDelimiterCodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxChunkLengthExceeded => f.write_str("max chunk length exceeded"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for AnyDelimiterCodecError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Error for AnyDelimiterCodecError {}
