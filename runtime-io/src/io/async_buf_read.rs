//! Reading from a buffer that the reader itself owns.

use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::AsyncRead;

/// A reader with a buffer of its own: [`std::io::BufRead`] for tasks.
///
/// The methods for everyday use are in [`AsyncBufReadExt`](super::AsyncBufReadExt); any reader becomes one inside a
/// [`BufReader`](super::BufReader).
///
/// # Examples
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Poll, Waker};
/// use runtime_io::io::AsyncBufRead;
///
/// let mut source: &[u8] = b"abc";
/// let mut cx = Context::from_waker(Waker::noop());
/// assert!(matches!(Pin::new(&mut source).poll_fill_buf(&mut cx), Poll::Ready(Ok(b"abc"))));
/// Pin::new(&mut source).consume(2);
/// assert_eq!(source, b"c");
/// ```
pub trait AsyncBufRead: AsyncRead {
    /// What is in the buffer, after reading more into it if it is empty. An empty slice means the end of the source.
    ///
    /// The bytes stay in the buffer until they are [consumed](Self::consume).
    ///
    /// # Errors
    /// What the source reports.
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>>;

    /// Drops the first `amt` bytes of the buffer, at most as many as [`poll_fill_buf`](Self::poll_fill_buf) has shown.
    fn consume(self: Pin<&mut Self>, amt: usize);
}

/// The trait by way of what a pointer points to; `$target` makes a pinned target of the pinned pointer `$pointer`.
macro_rules! forward {
    ($pointer:ident => $target:expr) => {
        #[inline]
        fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
            let $pointer = self;
            $target.poll_fill_buf(cx)
        }

        #[inline]
        fn consume(self: Pin<&mut Self>, amt: usize) {
            let $pointer = self;
            $target.consume(amt);
        }
    };
}

impl<T: AsyncBufRead + Unpin + ?Sized> AsyncBufRead for Box<T> {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<T: AsyncBufRead + Unpin + ?Sized> AsyncBufRead for &mut T {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<P> AsyncBufRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncBufRead,
{
    forward!(pointer => pointer.as_deref_mut());
}
