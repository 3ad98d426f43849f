//! From bytes to frames.

use std::io;

use bytes::BytesMut;

use super::Framed;
use crate::io::{AsyncRead, AsyncWrite};

/// Finds frames in a buffer of bytes.
///
/// A decoder sees the bytes of a stream as they come in, in pieces of any size, and takes whole frames from the front of
/// them. [`FramedRead`](super::FramedRead) and [`Framed`] read the bytes and call it.
///
/// # Examples
/// ```
/// use bytes::BytesMut;
/// use futures_util::StreamExt;
/// use runtime_io::codec::{Decoder, FramedRead};
///
/// /// Two bytes each.
/// struct Pairs;
///
/// impl Decoder for Pairs {
///     type Item = [u8; 2];
///     type Error = std::io::Error;
///
///     fn decode(&mut self, src: &mut BytesMut) -> std::io::Result<Option<[u8; 2]>> {
///         if src.len() < 2 {
///             return Ok(None);
///         }
///         let pair = src.split_to(2);
///         Ok(Some([pair[0], pair[1]]))
///     }
/// }
///
/// # futures_executor::block_on(async {
/// let mut pairs = FramedRead::new(&b"abcde"[..], Pairs);
/// assert_eq!(pairs.next().await.unwrap()?, *b"ab");
/// assert_eq!(pairs.next().await.unwrap()?, *b"cd");
/// assert!(pairs.next().await.unwrap().is_err(), "half a pair is left");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait Decoder {
    /// A frame.
    type Item;

    /// What may go wrong; also, that the bytes cannot be read.
    type Error: From<io::Error>;

    /// Takes the next frame from the front of `src`, or says with `None` that it is not complete yet: then it is called
    /// again when there are more bytes.
    ///
    /// Bytes that belong to no later frame are to be removed from `src`. A decoder that knows how much is missing may reserve
    /// room for it; the next read brings no more than there is room.
    ///
    /// # Errors
    /// The bytes are no frame. Whoever reads the frames gets the error and behind it the end of the stream; if he asks again all
    /// the same, reading goes on with what `src` holds and what comes in then.
    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Self::Item>, Self::Error>;

    /// As [`decode`](Self::decode), when no more bytes will come: called until it says `None`, also with an empty buffer.
    ///
    /// Unless it is written otherwise, it decodes what is left and takes a remainder that is no frame for an error.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if there is a remainder.
    fn decode_eof(&mut self, buf: &mut BytesMut) -> Result<Option<Self::Item>, Self::Error> {
        let frame = self.decode(buf)?;
        if frame.is_none() && !buf.is_empty() {
            return Err(io::Error::other("bytes remaining on stream").into());
        }
        Ok(frame)
    }

    /// Puts the codec around a byte stream: [`Framed::new`].
    ///
    /// # Examples
    /// ```
    /// use futures_util::{SinkExt, StreamExt};
    /// use runtime_io::codec::{Decoder, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let (here, there) = runtime_io::io::duplex(64);
    /// let mut here = LinesCodec::new().framed(here);
    /// let mut there = LinesCodec::new().framed(there);
    /// here.send("hello").await.unwrap();
    /// assert_eq!(there.next().await.unwrap().unwrap(), "hello");
    /// # });
    /// ```
    fn framed<T: AsyncRead + AsyncWrite + Sized>(self, io: T) -> Framed<T, Self>
    where
        Self: Sized,
    {
        Framed::new(io, self)
    }
}
