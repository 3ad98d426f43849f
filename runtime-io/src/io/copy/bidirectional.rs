//! `copy_bidirectional`: two transfers in one future.
//!
//! ```text
//!              1                   2
//!   Copying ────────► ShuttingDown ────────► Done
//! ```
//!
//! For each direction on its own: 1 the reader has ended and the writer is flushed; 2 the writer is shut down. All edges
//! are taken by `Direction::poll`. A direction that is done stays done while the other goes on; the first error of
//! either ends both.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::transfer::Transfer;
use crate::io::{AsyncRead, AsyncWrite, DEFAULT_BUFFER};

/// Copies from `a` to `b` and from `b` to `a` until both have ended; says how many bytes went each way, `a` to `b`
/// first.
///
/// When one side ends, the other is [shut down](crate::io::AsyncWriteExt::shutdown) after the last byte and the opposite
/// direction goes on. There are two buffers of 8 KiB.
///
/// # Errors
/// The first error of either side ends both directions. [`Interrupted`](io::ErrorKind::Interrupted) is retried. Bytes
/// that were read and not written are lost.
///
/// # Cancel safety
/// Not safe: bytes that were read and not written are lost.
///
/// # Examples
/// ```
/// use runtime_io::io::{self, AsyncReadExt, AsyncWriteExt};
///
/// # futures_executor::block_on(async {
/// let (mut client, mut near) = io::duplex(64);
/// let (mut far, mut server) = io::duplex(64);
/// client.write_all(b"question").await?;
/// client.shutdown().await?;
/// server.write_all(b"answer").await?;
/// server.shutdown().await?;
///
/// assert_eq!(io::copy_bidirectional(&mut near, &mut far).await?, (8, 6));
///
/// let mut answer = String::new();
/// client.read_to_string(&mut answer).await?;
/// assert_eq!(answer, "answer");
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_bidirectional<A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    copy_bidirectional_with_sizes(a, b, DEFAULT_BUFFER, DEFAULT_BUFFER).await
}

/// [`copy_bidirectional`] with buffers of those sizes.
///
/// # Errors
/// As [`copy_bidirectional`].
///
/// # Panics
/// If a size is zero, when first polled.
///
/// # Cancel safety
/// As [`copy_bidirectional`].
///
/// # Examples
/// ```
/// use runtime_io::io;
///
/// # futures_executor::block_on(async {
/// let mut a = io::join(&b"question"[..], Vec::new());
/// let mut b = io::join(&b"answer"[..], Vec::new());
/// assert_eq!(io::copy_bidirectional_with_sizes(&mut a, &mut b, 1024, 64).await?, (8, 6));
/// assert_eq!(a.writer(), b"answer");
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_bidirectional_with_sizes<A, B>(
    a: &mut A,
    b: &mut B,
    a_to_b_buf_size: usize,
    b_to_a_buf_size: usize,
) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    assert!(
        a_to_b_buf_size > 0,
        "`a_to_b_buf_size` must be greater than 0"
    );
    assert!(
        b_to_a_buf_size > 0,
        "`b_to_a_buf_size` must be greater than 0"
    );
    let mut there = Direction::Copying(Transfer::new(a_to_b_buf_size));
    let mut back = Direction::Copying(Transfer::new(b_to_a_buf_size));
    let mut back_first = true;
    poll_fn(|cx| {
        // Both are polled in every poll, and they take turns in being first.
        back_first = !back_first;
        let (sent, received) = if back_first {
            let received = back.poll(cx, b, a)?;
            (there.poll(cx, a, b)?, received)
        } else {
            (there.poll(cx, a, b)?, back.poll(cx, b, a)?)
        };
        Poll::Ready(Ok((ready!(sent), ready!(received))))
    })
    .await
}

enum Direction {
    Copying(Transfer),
    ShuttingDown(u64),
    Done(u64),
}

impl Direction {
    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let mut writer = Pin::new(writer);
        loop {
            match self {
                Self::Copying(transfer) => {
                    let total =
                        ready!(transfer.poll_copy(cx, Pin::new(&mut *reader), writer.as_mut()))?;
                    *self = Self::ShuttingDown(total);
                }
                Self::ShuttingDown(total) => {
                    ready!(writer.as_mut().poll_shutdown(cx))?;
                    *self = Self::Done(*total);
                }
                Self::Done(total) => return Poll::Ready(Ok(*total)),
            }
        }
    }
}
