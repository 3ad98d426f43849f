//! Standard input.

use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use runtime_core::spawn_blocking;
use runtime_core::task::JoinHandle;

use crate::io::budget::poll_spend;
use crate::io::{AsyncRead, DEFAULT_BUFFER, ReadBuf};

/// The standard input of the process; made by [`stdin`].
#[derive(Debug)]
pub struct Stdin {
    std: io::Stdin,
    /// What has been read and not yet taken: from `taken` on.
    buffer: Vec<u8>,
    taken: usize,
    /// The job that reads, with the buffer.
    reading: Option<JoinHandle<(io::Result<()>, Vec<u8>)>>,
}

/// The standard input of the process.
///
/// Reads are jobs of the blocking pool that cannot be interrupted. While one waits for input, the shutdown of the runtime waits for it, and
/// what it reads is lost if the `Stdin` is dropped. To talk with a person, read on a thread of your own.
///
/// # Examples
///
/// ```
/// use runtime_io::io::{AsyncBufReadExt, BufReader, stdin};
///
/// async fn count_lines() -> std::io::Result<usize> {
///     let mut lines = BufReader::new(stdin()).lines();
///     let mut count = 0;
///     while lines.next_line().await?.is_some() {
///         count += 1;
///     }
///     Ok(count)
/// }
/// ```
#[must_use]
pub fn stdin() -> Stdin {
    Stdin {
        std: io::stdin(),
        buffer: Vec::new(),
        taken: 0,
        reading: None,
    }
}

impl Stdin {
    fn take(&mut self, buf: &mut ReadBuf<'_>) {
        let rest = &self.buffer[self.taken..];
        let count = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..count]);
        self.taken += count;
    }

    fn start(&mut self, most: usize) {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.taken = 0;
        self.reading = Some(spawn_blocking(move || {
            buffer.resize(most, 0);
            let result = read(&mut buffer);
            (result, buffer)
        }));
    }
}

/// Reads once, and leaves what was read.
fn read(buffer: &mut Vec<u8>) -> io::Result<()> {
    let result = loop {
        match io::stdin().lock().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    buffer.truncate(*result.as_ref().unwrap_or(&0));
    result.map(drop)
}

impl AsyncRead for Stdin {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.reading.is_none() {
            if self.taken < self.buffer.len() || buf.remaining() == 0 {
                ready!(poll_spend(cx));
                self.take(buf);
                return Poll::Ready(Ok(()));
            }
            let most = buf.remaining().min(DEFAULT_BUFFER);
            self.start(most);
        }
        if let Some(reading) = &mut self.reading {
            let done = ready!(Pin::new(reading).poll(cx));
            self.reading = None;
            let (result, buffer) = done.map_err(io::Error::from)?;
            self.buffer = buffer;
            result?;
            self.take(buf);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsFd for Stdin {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.std.as_fd()
    }
}

impl AsRawFd for Stdin {
    fn as_raw_fd(&self) -> RawFd {
        self.std.as_raw_fd()
    }
}
