//! Reading one integer or float: as many bytes as it has, then a conversion.

use std::fmt;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::retry_interrupted;
use crate::io::{AsyncRead, ReadBuf, checked};

pin_project! {
    /// The future of the integer and float readers of [`AsyncReadExt`](crate::io::AsyncReadExt).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadNumber<'a, R: ?Sized, D> {
        reader: &'a mut R,
        decoder: D,
        #[pin]
        pinned: PhantomPinned,
    }
}

/// The bytes of a number, as they come in, and how to make the number of them.
pub struct Decoder<T, const N: usize> {
    bytes: [u8; N],
    filled: usize,
    decode: fn([u8; N]) -> T,
}

impl<'a, R: ?Sized, T, const N: usize> ReadNumber<'a, R, Decoder<T, N>> {
    pub(in crate::io) fn new(reader: &'a mut R, decode: fn([u8; N]) -> T) -> Self {
        let decoder = Decoder {
            bytes: [0; N],
            filled: 0,
            decode,
        };
        Self {
            reader,
            decoder,
            pinned: PhantomPinned,
        }
    }
}

impl<R, T, const N: usize> Future for ReadNumber<'_, R, Decoder<T, N>>
where
    R: AsyncRead + Unpin + ?Sized,
{
    type Output = io::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let me = self.project();
        let mut reader = Pin::new(&mut **me.reader);
        let Decoder {
            bytes,
            filled,
            decode,
        } = me.decoder;
        while *filled < N {
            let mut rest = ReadBuf::new(&mut bytes[*filled..]);
            let added = ready!(retry_interrupted!(checked::poll_read(
                reader.as_mut(),
                cx,
                &mut rest
            )))?;
            if added == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            *filled += added;
        }
        Poll::Ready(Ok(decode(*bytes)))
    }
}

impl<T, const N: usize> fmt::Debug for Decoder<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("filled", &&self.bytes[..self.filled])
            .finish_non_exhaustive()
    }
}
