//! The pipe itself: what both ends do with it, and the one way to wait for it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::io::ReadBuf;
use crate::io::budget::poll_with_unit;

/// A pipe, shared by its ends.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    queue: Arc<Mutex<Queue>>,
}

/// An end of a pipe.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Reader,
    Writer,
}

/// What is under the lock. Under that lock only bytes are moved and wakers are put in and taken out.
#[derive(Debug)]
struct Queue {
    bytes: VecDeque<u8>,
    limit: usize,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// What an attempt has come to, and who is to be woken for it, outside of the lock; `Continue` if it has to wait.
type Attempt<T> = ControlFlow<(T, Option<Waker>)>;

impl Pipe {
    #[track_caller]
    pub(super) fn new(limit: usize) -> Self {
        assert!(limit > 0, "`max_buf_size` must be greater than 0");
        let bytes = VecDeque::new();
        let queue = Queue {
            bytes,
            limit,
            closed: false,
            reader: None,
            writer: None,
        };
        Self {
            queue: Arc::new(Mutex::new(queue)),
        }
    }

    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_with_unit(cx, |cx| self.poll(End::Reader, cx, |queue| queue.read(buf)))
    }

    pub(super) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        poll_with_unit(cx, |cx| {
            self.poll(End::Writer, cx, |queue| queue.write(bufs))
        })
    }

    /// Closes the pipe from one end and wakes whoever waits at the other.
    pub(super) fn close(&self, from: End) {
        let waiting = self.queue.lock().close(from);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// The two steps of the protocol.
    fn poll<T>(
        &self,
        end: End,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&mut Queue) -> Attempt<T>,
    ) -> Poll<T> {
        match self.first_attempt(end, cx, &mut attempt) {
            ControlFlow::Break((result, wake)) => return ready_after(result, wake),
            ControlFlow::Continue(Waits::Already) => return Poll::Pending,
            ControlFlow::Continue(Waits::NotYet) => {}
        }
        let waker = cx.waker().clone();
        match self.second_attempt(end, waker, &mut attempt) {
            ControlFlow::Break((result, wake)) => ready_after(result, wake),
            ControlFlow::Continue(replaced) => {
                drop(replaced);
                Poll::Pending
            }
        }
    }

    fn first_attempt<T>(
        &self,
        end: End,
        cx: &Context<'_>,
        attempt: &mut impl FnMut(&mut Queue) -> Attempt<T>,
    ) -> ControlFlow<(T, Option<Waker>), Waits> {
        let mut queue = self.queue.lock();
        attempt(&mut queue)?;
        let waiting = queue.waiting(end).as_ref();
        let already = waiting.is_some_and(|waker| waker.will_wake(cx.waker()));
        ControlFlow::Continue(if already {
            Waits::Already
        } else {
            Waits::NotYet
        })
    }

    /// Leaves the waker if there is still nothing to do; the one that was left there before comes back.
    fn second_attempt<T>(
        &self,
        end: End,
        waker: Waker,
        attempt: &mut impl FnMut(&mut Queue) -> Attempt<T>,
    ) -> ControlFlow<(T, Option<Waker>), Option<Waker>> {
        let mut queue = self.queue.lock();
        attempt(&mut queue)?;
        ControlFlow::Continue(queue.waiting(end).replace(waker))
    }
}

/// Whether the task of this poll is the one that waits at this end.
enum Waits {
    Already,
    NotYet,
}

impl Queue {
    /// Moves bytes into `buf` as far as there are any.
    fn read(&mut self, buf: &mut ReadBuf<'_>) -> Attempt<io::Result<()>> {
        let amount = buf.remaining().min(self.bytes.len());
        if amount > 0 {
            let (front, back) = self.bytes.as_slices();
            let of_front = amount.min(front.len());
            buf.put_slice(&front[..of_front]);
            buf.put_slice(&back[..amount - of_front]);
            self.bytes.drain(..amount);
            return ControlFlow::Break((Ok(()), self.writer.take()));
        }
        if buf.remaining() == 0 || self.closed {
            return ControlFlow::Break((Ok(()), None));
        }
        ControlFlow::Continue(())
    }

    /// Moves bytes out of `bufs` as far as there is room.
    fn write(&mut self, bufs: &[IoSlice<'_>]) -> Attempt<io::Result<usize>> {
        if self.closed {
            return ControlFlow::Break((Err(io::ErrorKind::BrokenPipe.into()), None));
        }
        let before = self.bytes.len();
        for buf in bufs {
            let room = self.limit - self.bytes.len();
            self.bytes.extend(&buf[..room.min(buf.len())]);
        }
        let added = self.bytes.len() - before;
        if added > 0 {
            return ControlFlow::Break((Ok(added), self.reader.take()));
        }
        if bufs.iter().all(|buf| buf.is_empty()) {
            return ControlFlow::Break((Ok(0), None));
        }
        ControlFlow::Continue(())
    }

    /// Closes the pipe from one end; whoever waits at the other is to be woken.
    #[must_use = "the waker has to be woken, outside of the lock"]
    fn close(&mut self, from: End) -> Option<Waker> {
        self.closed = true;
        match from {
            End::Reader => self.writer.take(),
            End::Writer => self.reader.take(),
        }
    }

    /// Where the one who waits at that end leaves its waker.
    fn waiting(&mut self, end: End) -> &mut Option<Waker> {
        match end {
            End::Reader => &mut self.reader,
            End::Writer => &mut self.writer,
        }
    }
}

fn ready_after<T>(result: T, wake: Option<Waker>) -> Poll<T> {
    if let Some(waker) = wake {
        waker.wake();
    }
    Poll::Ready(result)
}
