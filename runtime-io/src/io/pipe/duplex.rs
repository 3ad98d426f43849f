//! Two pipes, one for each direction.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::queue::{End, Pipe};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Makes two streams in memory that are connected to each other, like a pair of sockets. Each direction holds at most
/// `max_buf_size` bytes.
///
/// Dropping one stream brings the reader of the other to its end once everything is read, and gives its writer
/// `BrokenPipe`. Shutting one down closes only the direction away from it.
///
/// # Panics
/// If `max_buf_size` is zero.
///
/// # Examples
/// ```
/// use runtime_io::io::{AsyncReadExt, AsyncWriteExt, duplex};
///
/// # futures_executor::block_on(async {
/// let (mut client, mut server) = duplex(64);
/// client.write_all(b"ping").await?;
/// let mut word = [0; 4];
/// server.read_exact(&mut word).await?;
/// server.write_all(b"pong").await?;
/// client.read_exact(&mut word).await?;
/// assert_eq!(&word, b"pong");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    let there = Pipe::new(max_buf_size);
    let back = Pipe::new(max_buf_size);
    let first = DuplexStream {
        incoming: back.clone(),
        outgoing: there.clone(),
    };
    (
        first,
        DuplexStream {
            incoming: there,
            outgoing: back,
        },
    )
}

/// One of two streams made by [`duplex`].
#[derive(Debug)]
pub struct DuplexStream {
    incoming: Pipe,
    outgoing: Pipe,
}

impl AsyncRead for DuplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.incoming.poll_read(cx, buf)
    }
}

impl AsyncWrite for DuplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outgoing.close(End::Writer);
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.outgoing.poll_write(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl Drop for DuplexStream {
    fn drop(&mut self) {
        self.outgoing.close(End::Writer);
        self.incoming.close(End::Reader);
    }
}
