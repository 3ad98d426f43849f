//! No frames at all: bytes as they come.

use std::io;

use bytes::{Bytes, BytesMut};

use super::{Decoder, Encoder};

/// Takes whatever was read for a frame.
///
/// # Examples
/// ```
/// use futures_util::StreamExt;
/// use runtime_io::codec::{BytesCodec, FramedRead};
///
/// # futures_executor::block_on(async {
/// let mut pieces = FramedRead::new(&b"hello"[..], BytesCodec::new());
/// assert_eq!(pieces.next().await.unwrap()?, "hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BytesCodec(());

impl BytesCodec {
    /// Makes one.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::BytesCodec;
    ///
    /// assert_eq!(BytesCodec::new(), BytesCodec::default());
    /// ```
    pub fn new() -> Self {
        Self(())
    }
}

impl Decoder for BytesCodec {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        Ok((!src.is_empty()).then(|| src.split()))
    }
}

impl Encoder<Bytes> for BytesCodec {
    type Error = io::Error;

    fn encode(&mut self, item: Bytes, dst: &mut BytesMut) -> io::Result<()> {
        dst.extend_from_slice(&item);
        Ok(())
    }
}

impl Encoder<BytesMut> for BytesCodec {
    type Error = io::Error;

    fn encode(&mut self, item: BytesMut, dst: &mut BytesMut) -> io::Result<()> {
        dst.extend_from_slice(&item);
        Ok(())
    }
}
