//! Reading from somebody else's reader, with its answer checked.
//!
//! `AsyncRead` is a safe trait, so an implementation may do anything that safe code can: report bytes it never wrote (that
//! `ReadBuf` itself prevents), take filled bytes back, or put another `ReadBuf` in place of the one it was lent. The
//! adaptors of this crate turn "filled" into slice bounds and vector lengths, hence the check; it is two comparisons.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{AsyncRead, ReadBuf};

/// Reads once and says how many bytes were added.
///
/// `Ready(Ok(n))` is a guarantee that `unsafe` code may rely on: `buf` is the buffer it was before the call, and
/// exactly `n` more of its bytes are filled, thus initialised.
///
/// # Panics
/// If the reader exchanged the buffer or took bytes back.
#[inline]
pub(crate) fn poll_read<R: AsyncRead + ?Sized>(
    reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<usize>> {
    let identity = buf.identity();
    let before = buf.filled().len();
    ready!(reader.poll_read(cx, buf))?;
    assert_eq!(
        buf.identity(),
        identity,
        "the reader exchanged the buffer it was lent"
    );
    let added = buf.filled().len().checked_sub(before);
    Poll::Ready(Ok(
        added.expect("the reader took back bytes that were filled before")
    ))
}

/// Reads once, at most `limit` bytes, and says how many were added. The same guarantee as [`poll_read`].
///
/// # Panics
/// As [`poll_read`].
pub(crate) fn poll_read_limited<R: AsyncRead + ?Sized>(
    reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    limit: usize,
) -> Poll<io::Result<usize>> {
    let mut part = buf.take(limit);
    let added = ready!(poll_read(reader, cx, &mut part))?;
    let initialized = part.initialized().len();
    // SAFETY: `part` is, as checked, still the memory from the first unfilled byte of `buf` on, and that much of it is
    // initialised.
    unsafe { buf.assume_init(initialized) };
    buf.advance(added);
    Poll::Ready(Ok(added))
}
