//! `copy`.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use super::transfer::Transfer;
use crate::io::{AsyncRead, AsyncWrite, DEFAULT_BUFFER};

/// Copies everything from `reader` to `writer` and says how many bytes that was.
///
/// It has a buffer of 8 KiB; a reader that brings its own is better off with [`copy_buf`](super::copy_buf). The writer
/// is flushed whenever the reader has to be waited for, and at the end; it is not shut down.
///
/// # Errors
/// `WriteZero` if the writer takes no more, and what either side reports. [`Interrupted`](io::ErrorKind::Interrupted)
/// is retried. Bytes that were read and not written are lost.
///
/// # Cancel safety
/// Not safe: bytes that were read and not written are lost.
///
/// # Examples
/// ```
/// use runtime_io::io;
///
/// # futures_executor::block_on(async {
/// let mut written = Vec::new();
/// assert_eq!(io::copy(&mut &b"hello"[..], &mut written).await?, 5);
/// assert_eq!(written, b"hello");
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut transfer = Transfer::new(DEFAULT_BUFFER);
    poll_fn(|cx| transfer.poll_copy(cx, Pin::new(&mut *reader), Pin::new(&mut *writer))).await
}
