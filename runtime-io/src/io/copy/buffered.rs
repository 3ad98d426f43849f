//! `copy_buf`.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::budget::poll_with_unit;
use crate::io::ops::retry_interrupted;
use crate::io::{AsyncBufRead, AsyncWrite};

/// Copies everything from `reader` to `writer`, out of the reader's own buffer, and says how many bytes that was.
///
/// The writer is flushed whenever the reader has to be waited for, and at the end; it is not shut down.
///
/// # Errors
/// `WriteZero` if the writer takes no more, and what either side reports; what was not written is still in the reader.
/// [`Interrupted`](io::ErrorKind::Interrupted) is retried.
///
/// # Cancel safety
/// No byte is lost, what was not written is still in the reader; but the count starts anew with the next call.
///
/// # Examples
/// ```
/// use runtime_io::io;
///
/// # futures_executor::block_on(async {
/// let mut written = Vec::new();
/// assert_eq!(io::copy_buf(&mut &b"hello"[..], &mut written).await?, 5);
/// assert_eq!(written, b"hello");
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_buf<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: AsyncBufRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut progress = Progress {
        unflushed: false,
        total: 0,
    };
    poll_fn(|cx| progress.poll_copy(cx, Pin::new(&mut *reader), Pin::new(&mut *writer))).await
}

struct Progress {
    /// Whether something was written since the last flush.
    unflushed: bool,
    total: u64,
}

impl Progress {
    fn poll_copy<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncBufRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        loop {
            let round =
                |cx: &mut Context<'_>| self.poll_round(cx, reader.as_mut(), writer.as_mut());
            if ready!(poll_with_unit(cx, round))? {
                return Poll::Ready(Ok(self.total));
            }
        }
    }

    /// Writes once from what the reader has; `true` if that was nothing, so that everything is done.
    fn poll_round<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<bool>>
    where
        R: AsyncBufRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        let bytes = match reader.as_mut().poll_fill_buf(cx) {
            Poll::Ready(Ok(bytes)) => bytes,
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
                return Poll::Ready(Ok(false));
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {
                if self.unflushed {
                    ready!(retry_interrupted!(writer.as_mut().poll_flush(cx)))?;
                    self.unflushed = false;
                }
                return Poll::Pending;
            }
        };
        if bytes.is_empty() {
            ready!(retry_interrupted!(writer.as_mut().poll_flush(cx)))?;
            return Poll::Ready(Ok(true));
        }
        let taken = ready!(retry_interrupted!(writer.as_mut().poll_write(cx, bytes)))?;
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        assert!(
            taken <= bytes.len(),
            "the writer took more bytes than it was given"
        );
        reader.consume(taken);
        self.total += taken as u64;
        self.unflushed = true;
        Poll::Ready(Ok(false))
    }
}
