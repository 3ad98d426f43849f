//! One reader after another.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf, checked};

pin_project! {
    /// Two readers, the second beginning where the first ends: see
    /// [`AsyncReadExt::chain`](crate::io::AsyncReadExt::chain).
    #[must_use = "readers do nothing unless they are read from"]
    pub struct Chain<T, U> {
        #[pin]
        first: T,
        #[pin]
        second: U,
        first_ended: bool,
    }
}

impl<T, U> Chain<T, U> {
    pub(in crate::io) fn new(first: T, second: U) -> Self {
        Self {
            first,
            second,
            first_ended: false,
        }
    }
}

impl<T: AsyncRead, U: AsyncRead> Chain<T, U> {
    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// let both = b"ab".chain(&b"cd"[..]);
    /// assert_eq!(both.get_ref(), (&&b"ab"[..], &&b"cd"[..]));
    /// ```
    pub fn get_ref(&self) -> (&T, &U) {
        (&self.first, &self.second)
    }

    /// What is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// let mut both = b"ab".chain(&b"cd"[..]);
    /// *both.get_mut().1 = b"ef";
    /// ```
    pub fn get_mut(&mut self) -> (&mut T, &mut U) {
        (&mut self.first, &mut self.second)
    }

    /// What is inside, pinned.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// let mut both = std::pin::pin!(b"ab".chain(&b"cd"[..]));
    /// assert_eq!(both.as_mut().get_pin_mut().0.len(), 2);
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> (Pin<&mut T>, Pin<&mut U>) {
        let me = self.project();
        (me.first, me.second)
    }

    /// Takes out what is inside.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::AsyncReadExt;
    /// # futures_executor::block_on(async {
    /// let mut both = b"ab".chain(&b"cd"[..]);
    /// both.read_exact(&mut [0; 3]).await?;
    /// assert_eq!(both.into_inner(), (&b""[..], &b"d"[..]));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_inner(self) -> (T, U) {
        (self.first, self.second)
    }
}

impl<T: AsyncRead, U: AsyncRead> AsyncRead for Chain<T, U> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = self.project();
        if !*me.first_ended {
            let had_room = buf.remaining() > 0;
            let added = ready!(checked::poll_read(me.first, cx, buf))?;
            // Nothing read into no room says nothing about the end.
            if added > 0 || !had_room {
                return Poll::Ready(Ok(()));
            }
            *me.first_ended = true;
        }
        me.second.poll_read(cx, buf)
    }
}

impl<T: AsyncBufRead, U: AsyncBufRead> AsyncBufRead for Chain<T, U> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let me = self.project();
        if !*me.first_ended {
            let bytes = ready!(me.first.poll_fill_buf(cx))?;
            if !bytes.is_empty() {
                return Poll::Ready(Ok(bytes));
            }
            *me.first_ended = true;
        }
        me.second.poll_fill_buf(cx)
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        let me = self.project();
        if *me.first_ended {
            me.second.consume(amt);
        } else {
            me.first.consume(amt);
        }
    }
}

impl<T: fmt::Debug, U: fmt::Debug> fmt::Debug for Chain<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("t", &self.first)
            .field("u", &self.second)
            .finish()
    }
}
