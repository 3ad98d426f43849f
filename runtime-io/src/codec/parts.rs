//! A framed byte stream, taken apart.

use bytes::BytesMut;

use super::Encoder;

/// What [`Framed`](super::Framed), [`FramedRead`](super::FramedRead) and [`FramedWrite`](super::FramedWrite) are made of,
/// with the bytes that are on their way.
///
/// With [`Framed::into_parts`](super::Framed::into_parts) and [`Framed::from_parts`](super::Framed::from_parts) a protocol changes
/// from one codec to another in the middle of a stream, and no byte that was read ahead is lost.
#[derive(Debug)]
#[non_exhaustive]
pub struct FramedParts<T, U> {
    /// The byte stream.
    pub io: T,

    /// What finds frames in it.
    pub codec: U,

    /// What was read from it and not decoded.
    pub read_buf: BytesMut,

    /// What was encoded and not written.
    pub write_buf: BytesMut,
}

impl<T, U> FramedParts<T, U> {
    /// Parts with nothing on its way.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use runtime_io::codec::{Framed, FramedParts, LinesCodec};
    ///
    /// # futures_executor::block_on(async {
    /// let mut parts = FramedParts::new::<&str>(runtime_io::io::empty(), LinesCodec::new());
    /// parts.read_buf.extend_from_slice(b"read before\n");
    /// let mut lines = Framed::from_parts(parts);
    /// assert_eq!(lines.next().await.unwrap().unwrap(), "read before");
    /// # });
    /// ```
    pub fn new<I>(io: T, codec: U) -> Self
    where
        U: Encoder<I>,
    {
        Self::from_inside(io, codec, BytesMut::new(), BytesMut::new())
    }

    pub(super) fn from_inside(io: T, codec: U, read_buf: BytesMut, write_buf: BytesMut) -> Self {
        Self {
            io,
            codec,
            read_buf,
            write_buf,
        }
    }
}
