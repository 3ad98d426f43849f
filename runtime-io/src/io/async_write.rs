//! Writing bytes.

use std::io::{self, IoSlice};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A destination of bytes that can be polled: [`std::io::Write`] for tasks.
///
/// The methods for everyday use are in [`AsyncWriteExt`](super::AsyncWriteExt).
///
/// # Examples
/// A writer that only counts:
/// ```
/// use std::{io, pin::Pin, task::{Context, Poll}};
/// use runtime_io::io::{AsyncWrite, AsyncWriteExt};
///
/// struct Count(usize);
///
/// impl AsyncWrite for Count {
///     fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
///         self.0 += buf.len();
///         Poll::Ready(Ok(buf.len()))
///     }
///     fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///     fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// # futures_executor::block_on(async {
/// let mut count = Count(0);
/// count.write_all(b"hello").await?;
/// assert_eq!(count.0, 5);
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncWrite {
    /// Tries to write from `buf` and says how many bytes were taken.
    ///
    /// Zero means that the writer takes no more, unless `buf` is empty. `Pending` means that nothing was taken and the
    /// task is woken when it is worth another try.
    ///
    /// # Errors
    /// What the destination reports; nothing was taken.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>>;

    /// Tries to push what was taken, but is held back in a buffer, on to its destination.
    ///
    /// # Errors
    /// What the destination reports.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Tries to end the stream in an orderly way: flush, then tell the other side that nothing follows.
    ///
    /// A pipe or TCP stream shuts its writing direction down; where there is nothing to say it is a flush. After
    /// `Ready(Ok(()))` nothing may be written any more.
    ///
    /// # Errors
    /// What the destination reports.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// As [`poll_write`](Self::poll_write), from several slices in order.
    ///
    /// Unless overridden it writes from the first slice that is not empty.
    ///
    /// # Errors
    /// As [`poll_write`](Self::poll_write).
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first: &[u8] = bufs
            .iter()
            .find(|buf| !buf.is_empty())
            .map_or(&[], |buf| buf);
        self.poll_write(cx, first)
    }

    /// Whether [`poll_write_vectored`](Self::poll_write_vectored) is worth calling: `true` if it takes more than one
    /// slice at a time.
    fn is_write_vectored(&self) -> bool {
        false
    }
}

/// The trait by way of what a pointer points to; `$target` makes a pinned target of the pinned pointer `$pointer`.
macro_rules! forward {
    ($pointer:ident => $target:expr) => {
        #[inline]
        fn poll_write(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            let $pointer = self;
            $target.poll_write(cx, buf)
        }

        #[inline]
        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let $pointer = self;
            $target.poll_flush(cx)
        }

        #[inline]
        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let $pointer = self;
            $target.poll_shutdown(cx)
        }

        #[inline]
        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let $pointer = self;
            $target.poll_write_vectored(cx, bufs)
        }

        #[inline]
        fn is_write_vectored(&self) -> bool {
            (**self).is_write_vectored()
        }
    };
}

impl<T: AsyncWrite + Unpin + ?Sized> AsyncWrite for Box<T> {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<T: AsyncWrite + Unpin + ?Sized> AsyncWrite for &mut T {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<P> AsyncWrite for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncWrite,
{
    forward!(pointer => pointer.as_deref_mut());
}
