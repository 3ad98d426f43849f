//! Lines of text.

use std::error::Error;
use std::{fmt, io, str};

use bytes::{BufMut, BytesMut};

use super::pieces::{Found, Pieces};
use super::{Decoder, Encoder};
use crate::io::ops::find;

/// Lines of text, ended by `\n` or `\r\n`; the last one may have no end.
///
/// Frames are lines without their end. They are written with `\n`.
///
/// # Examples
/// ```
/// use futures_util::StreamExt;
/// use runtime_io::codec::{FramedRead, LinesCodec};
///
/// # futures_executor::block_on(async {
/// let lines = FramedRead::new(&b"one\r\ntwo\nthree"[..], LinesCodec::new());
/// let lines: Vec<String> = lines.map(Result::unwrap).collect().await;
/// assert_eq!(lines, ["one", "two", "three"]);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinesCodec {
    pieces: Pieces,
}

impl LinesCodec {
    /// Lines of any length. A peer that sends no end of line makes the buffer grow as long as it sends: for peers that are not
    /// trusted there is [`new_with_max_length`](Self::new_with_max_length).
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LinesCodec;
    ///
    /// assert_eq!(LinesCodec::new().max_length(), usize::MAX);
    /// ```
    pub fn new() -> Self {
        Self::new_with_max_length(usize::MAX)
    }

    /// Lines of at most so many bytes, their end not counted. A longer one is reported as an error and then skipped up to its end.
    ///
    /// # Examples
    /// ```
    /// use bytes::BytesMut;
    /// use runtime_io::codec::{Decoder, LinesCodec, LinesCodecError};
    ///
    /// let mut lines = LinesCodec::new_with_max_length(5);
    /// let mut bytes = BytesMut::from("short\nfar too long\nnext\n");
    /// assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "short");
    /// assert!(matches!(lines.decode(&mut bytes), Err(LinesCodecError::MaxLineLengthExceeded)));
    /// assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "next");
    /// ```
    pub fn new_with_max_length(max_length: usize) -> Self {
        Self {
            pieces: Pieces::new(max_length),
        }
    }

    /// How many bytes a line may have.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LinesCodec;
    ///
    /// assert_eq!(LinesCodec::new_with_max_length(80).max_length(), 80);
    /// ```
    pub fn max_length(&self) -> usize {
        self.pieces.max_length()
    }
}

impl Default for LinesCodec {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder for LinesCodec {
    type Item = String;
    type Error = LinesCodecError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<String>, LinesCodecError> {
        match self.pieces.cut(src, |bytes| find(b'\n', bytes)) {
            Found::Piece(line) => text(&line).map(Some),
            Found::Nothing => Ok(None),
            Found::TooLong => Err(LinesCodecError::MaxLineLengthExceeded),
        }
    }

    fn decode_eof(&mut self, buf: &mut BytesMut) -> Result<Option<String>, LinesCodecError> {
        if let Some(line) = self.decode(buf)? {
            return Ok(Some(line));
        }
        if buf.is_empty() || &buf[..] == b"\r" {
            return Ok(None);
        }
        text(&self.pieces.rest(buf)).map(Some)
    }
}

impl<T: AsRef<str>> Encoder<T> for LinesCodec {
    type Error = LinesCodecError;

    fn encode(&mut self, item: T, dst: &mut BytesMut) -> Result<(), LinesCodecError> {
        let line = item.as_ref();
        dst.reserve(line.len() + 1);
        dst.put_slice(line.as_bytes());
        dst.put_u8(b'\n');
        Ok(())
    }
}

/// A line as text, without the first half of a `\r\n`.
fn text(line: &[u8]) -> Result<String, LinesCodecError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match str::from_utf8(line) {
        Ok(line) => Ok(line.to_owned()),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error).into()),
    }
}

/// Why there is no line.
#[derive(Debug)]
pub enum LinesCodecError {
    /// The line is longer than allowed.
    MaxLineLengthExceeded,
    /// The bytes could not be read or written, or are not UTF-8 (`InvalidData`).
    Io(io::Error),
}

impl fmt::Display for LinesCodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxLineLengthExceeded => f.write_str("max line length exceeded"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for LinesCodecError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Error for LinesCodecError {}
