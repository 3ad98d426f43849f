//! Readers and writers that follow a script, and the same scripts for the blocking traits of the standard library.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_io::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a scripted reader does next. After the script it is at its end for ever.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Read {
    Data(Vec<u8>),
    Pending,
    /// One read that brings nothing.
    End,
    Fail(ErrorKind),
}

/// A reader that follows a script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reader {
    pub(crate) script: VecDeque<Read>,
    pub(crate) polls: usize,
}

impl Reader {
    pub(crate) fn new(script: impl IntoIterator<Item = Read>) -> Self {
        Self {
            script: script.into_iter().collect(),
            polls: 0,
        }
    }

    /// The next piece for somebody with room for that many bytes; `None` means to wait.
    fn next(&mut self, room: usize) -> Option<io::Result<Vec<u8>>> {
        if room == 0 {
            return Some(Ok(Vec::new()));
        }
        match self.script.pop_front() {
            None | Some(Read::End) => Some(Ok(Vec::new())),
            Some(Read::Fail(kind)) => Some(Err(kind.into())),
            Some(Read::Pending) => None,
            Some(Read::Data(mut bytes)) => {
                if bytes.len() > room {
                    let later = bytes.split_off(room);
                    self.script.push_front(Read::Data(later));
                }
                Some(Ok(bytes))
            }
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.polls += 1;
        match self.next(buf.remaining()) {
            Some(bytes) => Poll::Ready(bytes.map(|bytes| buf.put_slice(&bytes))),
            None => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl io::Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(bytes) = self.next(buf.len()) {
                let bytes = bytes?;
                buf[..bytes.len()].copy_from_slice(&bytes);
                return Ok(bytes.len());
            }
        }
    }
}

/// What a scripted writer does next. After the script it takes everything.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write {
    /// Takes at most so many bytes.
    Take(usize),
    Pending,
    Fail(ErrorKind),
}

/// A writer that follows a script; flushing and shutting down follow it too where it says `Pending` or `Fail`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    pub(crate) script: VecDeque<Write>,
    pub(crate) vectored: bool,
    pub(crate) written: Vec<u8>,
    pub(crate) writes: usize,
    /// How much was written at each flush.
    pub(crate) flushed_at: Vec<usize>,
    /// How much was written at each shutdown.
    pub(crate) shut_at: Vec<usize>,
}

impl Writer {
    pub(crate) fn new(script: impl IntoIterator<Item = Write>) -> Self {
        Self {
            script: script.into_iter().collect(),
            ..Self::default()
        }
    }

    /// How much is taken of something with that length; `None` means to wait.
    fn next(&mut self, length: usize) -> Option<io::Result<usize>> {
        match self.script.pop_front() {
            None => Some(Ok(length)),
            Some(Write::Take(most)) => Some(Ok(length.min(most))),
            Some(Write::Fail(kind)) => Some(Err(kind.into())),
            Some(Write::Pending) => None,
        }
    }

    fn write(&mut self, bufs: &[IoSlice<'_>]) -> Option<io::Result<usize>> {
        let all: Vec<u8> = bufs.iter().flat_map(|buf| buf.iter().copied()).collect();
        let taken = self.next(all.len())?;
        self.writes += 1;
        if let Ok(taken) = taken {
            self.written.extend(&all[..taken]);
        }
        Some(taken)
    }

    /// Flushes and shutdowns go by the script as far as it makes them wait or fail.
    fn finish(&mut self) -> Option<io::Result<()>> {
        match self.script.front() {
            None | Some(Write::Take(_)) => Some(Ok(())),
            Some(_) => Some(self.next(0)?.map(drop)),
        }
    }
}

fn poll<T>(cx: &mut Context<'_>, result: Option<io::Result<T>>) -> Poll<io::Result<T>> {
    result.map_or_else(
        || {
            cx.waker().wake_by_ref();
            Poll::Pending
        },
        Poll::Ready,
    )
}

impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        poll(cx, self.get_mut().write(&[IoSlice::new(buf)]))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let result = me.finish();
        if let Some(Ok(())) = result {
            me.flushed_at.push(me.written.len());
        }
        poll(cx, result)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let result = me.finish();
        if let Some(Ok(())) = result {
            me.shut_at.push(me.written.len());
        }
        poll(cx, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        assert!(me.vectored, "asked for a vectored write it does not offer");
        poll(cx, me.write(bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }
}

impl io::Write for Writer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        loop {
            if let Some(result) = Self::write(self, &[IoSlice::new(buf)]) {
                return result;
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        loop {
            if let Some(result) = self.finish() {
                return result;
            }
        }
    }
}

/// Data steps from string slices.
pub(crate) fn data(bytes: impl AsRef<[u8]>) -> Read {
    Read::Data(bytes.as_ref().to_vec())
}
