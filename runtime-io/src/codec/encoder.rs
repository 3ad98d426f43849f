//! From frames to bytes.

use std::io;

use bytes::BytesMut;

/// Writes frames into a buffer of bytes.
///
/// [`FramedWrite`](super::FramedWrite) and [`Framed`](super::Framed) call it and write the bytes.
///
/// # Examples
/// ```
/// use bytes::{BufMut, BytesMut};
/// use futures_util::SinkExt;
/// use runtime_io::codec::{Encoder, FramedWrite};
///
/// /// Numbers in decimal, a space behind each.
/// struct Decimal;
///
/// impl Encoder<u32> for Decimal {
///     type Error = std::io::Error;
///
///     fn encode(&mut self, number: u32, dst: &mut BytesMut) -> std::io::Result<()> {
///         dst.put_slice(format!("{number} ").as_bytes());
///         Ok(())
///     }
/// }
///
/// # futures_executor::block_on(async {
/// let mut numbers = FramedWrite::new(Vec::new(), Decimal);
/// numbers.send(1).await?;
/// numbers.send(23).await?;
/// assert_eq!(numbers.get_ref(), b"1 23 ");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait Encoder<Item> {
    /// What may go wrong; also, that the bytes cannot be written.
    type Error: From<io::Error>;

    /// Appends the frame to `dst`, in which earlier ones may still wait to be written.
    ///
    /// # Errors
    /// The item cannot be written as a frame. `dst` should be as it was then: what is in it will be written.
    fn encode(&mut self, item: Item, dst: &mut BytesMut) -> Result<(), Self::Error>;
}
