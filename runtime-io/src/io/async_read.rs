//! Reading bytes.

use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::ReadBuf;

/// A source of bytes that can be polled: [`std::io::Read`] for tasks.
///
/// The methods for everyday use are in [`AsyncReadExt`](super::AsyncReadExt).
///
/// # Examples
/// A reader that yields one byte, then ends:
/// ```
/// use std::{io, pin::Pin, task::{Context, Poll}};
/// use runtime_io::io::{AsyncRead, AsyncReadExt, ReadBuf};
///
/// struct Once(Option<u8>);
///
/// impl AsyncRead for Once {
///     fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
///         if buf.remaining() > 0 {
///             if let Some(byte) = self.0.take() {
///                 buf.put_slice(&[byte]);
///             }
///         }
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// # futures_executor::block_on(async {
/// let mut all = Vec::new();
/// Once(Some(b'x')).read_to_end(&mut all).await?;
/// assert_eq!(all, b"x");
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncRead {
    /// Tries to append bytes to `buf`.
    ///
    /// * `Ready(Ok(()))` with bytes added: that is what was read.
    /// * `Ready(Ok(()))` with none added: the end of the source, unless `buf` had no room.
    /// * `Pending`: nothing was added; the task is woken when it is worth another try.
    ///
    /// # Errors
    /// What the source reports; nothing was added.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>>;
}

/// The trait by way of what a pointer points to; `$target` makes a pinned target of the pinned pointer `$pointer`.
macro_rules! forward {
    ($pointer:ident => $target:expr) => {
        #[inline]
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let $pointer = self;
            $target.poll_read(cx, buf)
        }
    };
}

impl<T: AsyncRead + Unpin + ?Sized> AsyncRead for Box<T> {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<T: AsyncRead + Unpin + ?Sized> AsyncRead for &mut T {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<P> AsyncRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncRead,
{
    forward!(pointer => pointer.as_deref_mut());
}
