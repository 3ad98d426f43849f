//! One read, as a function.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use bytes::BufMut;

use super::poll_read_buf;
use crate::io::AsyncRead;

/// Reads once into the free memory of `buf`: [`AsyncReadExt::read_buf`](crate::io::AsyncReadExt::read_buf) as a function.
///
/// How many bytes it brought; 0 at the end of the source, or if `buf` has no room.
///
/// # Errors
/// What the reader reports; nothing was read then.
///
/// # Cancel safety
/// Safe: as long as it is pending, nothing has been read.
///
/// # Examples
/// ```
/// use bytes::BytesMut;
/// use runtime_io::io::util::read_buf;
///
/// # futures_executor::block_on(async {
/// let mut buf = BytesMut::with_capacity(64);
/// assert_eq!(read_buf(&mut &b"hello"[..], &mut buf).await?, 5);
/// assert_eq!(buf, "hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn read_buf<R, B>(read: &mut R, buf: &mut B) -> io::Result<usize>
where
    R: AsyncRead + Unpin,
    B: BufMut,
{
    poll_fn(|cx| poll_read_buf(Pin::new(&mut *read), cx, buf)).await
}
