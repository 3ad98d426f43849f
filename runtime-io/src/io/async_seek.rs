//! Moving the position of a reader or writer.

use std::io::{self, SeekFrom};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A byte stream with a position that can be moved: [`std::io::Seek`] for tasks.
///
/// A seek has two steps, since the request is one call but its end may have to be waited for. The methods for everyday
/// use are in [`AsyncSeekExt`](super::AsyncSeekExt).
///
/// # Examples
/// ```
/// use std::io::{Cursor, SeekFrom};
/// use std::pin::Pin;
/// use std::task::{Context, Poll, Waker};
/// use runtime_io::io::AsyncSeek;
///
/// let mut file = Cursor::new(b"abcdef");
/// let mut cx = Context::from_waker(Waker::noop());
/// Pin::new(&mut file).start_seek(SeekFrom::End(-2)).unwrap();
/// assert!(matches!(Pin::new(&mut file).poll_complete(&mut cx), Poll::Ready(Ok(4))));
/// ```
pub trait AsyncSeek {
    /// Asks for a new position; [`poll_complete`](Self::poll_complete) says when and whether it is reached.
    ///
    /// Wait for a seek that is still under way before starting another.
    ///
    /// # Errors
    /// If the request is refused, among others because another seek is under way.
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()>;

    /// Waits for the seek under way and says the new position, counted from the start of the stream.
    ///
    /// Without a seek under way it may answer at once with a position or an error of its own choice.
    ///
    /// # Errors
    /// What the stream reports.
    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>>;
}

/// The trait by way of what a pointer points to; `$target` makes a pinned target of the pinned pointer `$pointer`.
macro_rules! forward {
    ($pointer:ident => $target:expr) => {
        #[inline]
        fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
            let $pointer = self;
            $target.start_seek(position)
        }

        #[inline]
        fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
            let $pointer = self;
            $target.poll_complete(cx)
        }
    };
}

impl<T: AsyncSeek + Unpin + ?Sized> AsyncSeek for Box<T> {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<T: AsyncSeek + Unpin + ?Sized> AsyncSeek for &mut T {
    forward!(pointer => Pin::new(&mut **pointer.get_mut()));
}

impl<P> AsyncSeek for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncSeek,
{
    forward!(pointer => pointer.as_deref_mut());
}
