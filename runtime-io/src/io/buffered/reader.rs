//! A reader with a buffer in front.
//!
//! What was read ahead makes seeking two positions instead of one: where the inner stream is, and where the reader is
//! for its user, that is, what is left in the buffer before it. A relative seek therefore asks the inner stream for the
//! distance less what is left; only where that number does not exist does it take two steps.
//!
//! ```text
//!              1              2                         5
//!   Idle ───────────► Asked ─────────► Moving ──────────────────► Idle, buffer dropped
//!                       │ 3                        ▲
//!                       └──► Rewinding(rest) ──────┘ 4
//!
//!   Moving, Rewinding ──6──► Idle, buffer dropped
//! ```
//!
//! 1 `start_seek`. 2, 3 `poll_complete` asks the inner stream; 3 if the distance overflows, then first back by what is
//! left. 4 `poll_complete` when that is done. 5 `poll_complete` when the inner stream has arrived: only now is the buffer
//! dropped, so a seek that fails has lost nothing. 6 somebody reads although the seek was abandoned half-way: the inner
//! stream is moving, so the buffer is of no use any more.

use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::forward::forward_write;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, DEFAULT_BUFFER, ReadBuf, checked};

pin_project! {
    /// Reads from `R` in large pieces and hands them out in small ones.
    ///
    /// Worth it for many small reads from a stream where each costs a system call; a read that is larger than the
    /// buffer goes past it. Writing, flushing and shutting down go straight through to `R`.
    ///
    /// When it is dropped or [taken apart](Self::into_inner), what is left in the buffer is lost.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
    ///
    /// # futures_executor::block_on(async {
    /// let mut reader = BufReader::new(&b"name: value"[..]);
    /// let mut name = Vec::new();
    /// reader.read_until(b':', &mut name).await?;
    /// assert_eq!(name, b"name:");
    /// assert_eq!(reader.buffer(), b" value");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub struct BufReader<R> {
        #[pin]
        pub(super) inner: R,
        pub(super) window: Window,
        pub(super) seek: Seek,
    }
}

/// The buffer and the part of it that is still to be handed out.
pub(super) struct Window {
    memory: Box<[u8]>,
    start: usize,
    end: usize,
}

/// The seek under way; see the picture above.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seek {
    Idle,
    Asked(SeekFrom),
    Rewinding(i64),
    Moving,
}

impl<R: AsyncRead> BufReader<R> {
    /// With a buffer of 8 KiB.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufReader;
    /// assert!(BufReader::new(&b"abc"[..]).buffer().is_empty());
    /// ```
    pub fn new(inner: R) -> Self {
        Self::with_capacity(DEFAULT_BUFFER, inner)
    }

    /// With a buffer of that size.
    ///
    /// # Panics
    /// If `capacity` is zero.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::{AsyncBufReadExt, BufReader};
    /// # futures_executor::block_on(async {
    /// assert_eq!(BufReader::with_capacity(2, &b"abc"[..]).fill_buf().await?, b"ab");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn with_capacity(capacity: usize, inner: R) -> Self {
        assert!(capacity > 0, "capacity must be greater than zero");
        let memory = vec![0; capacity].into_boxed_slice();
        Self {
            inner,
            window: Window {
                memory,
                start: 0,
                end: 0,
            },
            seek: Seek::Idle,
        }
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufReader;
    /// assert_eq!(BufReader::new(&b"abc"[..]).get_ref(), b"abc");
    /// ```
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// What is inside. Reading from it directly goes past what is in the buffer.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufReader;
    /// assert_eq!(BufReader::new(&b"abc"[..]).get_mut(), b"abc");
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// What is inside, pinned. Reading from it directly goes past what is in the buffer.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufReader;
    /// let mut reader = std::pin::pin!(BufReader::new(&b"abc"[..]));
    /// assert_eq!(reader.as_mut().get_pin_mut().len(), 3);
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().inner
    }

    /// Takes out what is inside; what is left in the buffer is lost.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::BufReader;
    /// assert_eq!(BufReader::new(&b"abc"[..]).into_inner(), b"abc");
    /// ```
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// What was read ahead and not handed out yet.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::{AsyncReadExt, BufReader};
    /// # futures_executor::block_on(async {
    /// let mut reader = BufReader::new(&b"abc"[..]);
    /// reader.read_u8().await?;
    /// assert_eq!(reader.buffer(), b"bc");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn buffer(&self) -> &[u8] {
        self.window.bytes()
    }

    /// A read may not trust the buffer if a seek was abandoned half-way (edge 6).
    fn settle_before_read(self: Pin<&mut Self>) {
        let me = self.project();
        if matches!(me.seek, Seek::Moving | Seek::Rewinding(_)) {
            *me.seek = Seek::Idle;
            me.window.discard();
        }
    }
}

impl Window {
    fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    fn discard(&mut self) {
        self.start = 0;
        self.end = 0;
    }
}

impl<R: AsyncRead> AsyncRead for BufReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.as_mut().settle_before_read();
        if self.buffer().is_empty() && buf.remaining() >= self.window.memory.len() {
            return self.get_pin_mut().poll_read(cx, buf);
        }
        let bytes = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = bytes.len().min(buf.remaining());
        buf.put_slice(&bytes[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncRead> AsyncBufRead for BufReader<R> {
    fn poll_fill_buf(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.as_mut().settle_before_read();
        let me = self.project();
        let window = me.window;
        if window.start == window.end {
            window.discard();
            let mut memory = ReadBuf::new(&mut window.memory);
            window.end = ready!(checked::poll_read(me.inner, cx, &mut memory))?;
        }
        Poll::Ready(Ok(window.bytes()))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        let window = self.project().window;
        window.start = window.start.saturating_add(amt).min(window.end);
    }
}

impl<R: AsyncRead + AsyncSeek> AsyncSeek for BufReader<R> {
    /// Asks for a new position. Where the reader is for its user counts, not where the stream inside is.
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        *self.project().seek = Seek::Asked(position);
        Ok(())
    }

    /// Waits for the seek under way and drops the buffer, even if the new position lies within it.
    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let mut me = self.project();
        // A failure on any way out ends the seek.
        match std::mem::replace(me.seek, Seek::Idle) {
            Seek::Idle => return me.inner.poll_complete(cx),
            Seek::Asked(position) => {
                let left = me.window.bytes().len();
                *me.seek = start_inner_seek(me.inner.as_mut(), position, left)?;
            }
            under_way => *me.seek = under_way,
        }
        if let Seek::Rewinding(rest) = *me.seek {
            ready!(finish_step(me.inner.as_mut(), me.seek, cx))?;
            me.window.discard();
            me.inner.as_mut().start_seek(SeekFrom::Current(rest))?;
            *me.seek = Seek::Moving;
        }
        let position = ready!(finish_step(me.inner, me.seek, cx))?;
        me.window.discard();
        Poll::Ready(Ok(position))
    }
}

/// Asks the inner stream for `position`, given that it is `left` bytes ahead of where the user is (edges 2 and 3).
fn start_inner_seek<R: AsyncSeek>(
    inner: Pin<&mut R>,
    position: SeekFrom,
    left: usize,
) -> io::Result<Seek> {
    let SeekFrom::Current(distance) = position else {
        return inner.start_seek(position).map(|()| Seek::Moving);
    };
    // A buffer in memory is shorter than i64::MAX.
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    match distance.checked_sub(left) {
        Some(distance) => inner
            .start_seek(SeekFrom::Current(distance))
            .map(|()| Seek::Moving),
        None => inner
            .start_seek(SeekFrom::Current(-left))
            .map(|()| Seek::Rewinding(distance)),
    }
}

/// Waits for the inner stream; the seek is over with the answer, whatever it is.
fn finish_step<R: AsyncSeek>(
    inner: Pin<&mut R>,
    seek: &mut Seek,
    cx: &mut Context<'_>,
) -> Poll<io::Result<u64>> {
    let result = ready!(inner.poll_complete(cx));
    *seek = Seek::Idle;
    Poll::Ready(result)
}

impl<R: AsyncRead + AsyncWrite> AsyncWrite for BufReader<R> {
    forward_write!(get_pin_mut, inner);
}

impl<R: fmt::Debug> fmt::Debug for BufReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Window { memory, start, end } = &self.window;
        f.debug_struct("BufReader")
            .field("reader", &self.inner)
            .field("buffer", &format_args!("{}/{}", end - start, memory.len()))
            .finish()
    }
}
