//! The budget of a poll: what never has to wait lets others run all the same.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use runtime_core::coop;
use runtime_io::io::{
    self, AsyncBufRead, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, Join,
    ReadBuf, copy, copy_bidirectional, copy_buf, duplex, empty, join, repeat, sink,
};

use crate::support::Task;

/// Polls once with a full budget, as a runtime does; a future that goes on for ever without it would hang here.
fn poll_in_runtime<F: Future + ?Sized>(task: &Task, future: Pin<&mut F>) -> Poll<F::Output> {
    coop::with_budget(|| task.poll(future))
}

/// Counts what goes through, and takes no budget itself.
#[derive(Default)]
struct Meter(usize);

impl AsyncRead for Meter {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0 += buf.initialize_unfilled().len();
        buf.advance(buf.remaining());
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for Meter {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(Ok(&[0; 10]))
    }

    fn consume(mut self: Pin<&mut Self>, amt: usize) {
        self.0 += amt;
    }
}

impl AsyncWrite for Meter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0 += buf.len();
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn copying_for_ever_yields_and_is_woken() {
    let (mut reader, mut writer) = (Meter::default(), Meter::default());
    let task = Task::default();
    {
        let mut copying = pin!(copy(&mut reader, &mut writer));
        for poll in 1..=3 {
            assert!(poll_in_runtime(&task, copying.as_mut()).is_pending());
            assert_eq!(task.wakes(), poll);
        }
    }
    assert_eq!(
        (reader.0, writer.0),
        (3 * 128 * 8192, 3 * 128 * 8192),
        "a unit for each round"
    );

    let (mut reader, mut writer) = (Meter::default(), Meter::default());
    {
        let mut copying = pin!(copy_buf(&mut reader, &mut writer));
        assert!(poll_in_runtime(&task, copying.as_mut()).is_pending());
    }
    assert_eq!((reader.0, writer.0), (128 * 10, 128 * 10));
}

#[test]
fn both_directions_get_their_share() {
    let mut a: Join<Meter, Meter> = join(Meter::default(), Meter::default());
    let mut b: Join<Meter, Meter> = join(Meter::default(), Meter::default());
    let task = Task::default();
    {
        let mut copying = pin!(copy_bidirectional(&mut a, &mut b));
        for _ in 0..10 {
            assert!(poll_in_runtime(&task, copying.as_mut()).is_pending());
        }
    }
    let (to_a, to_b) = (a.writer().0, b.writer().0);
    assert_eq!(to_a, to_b, "neither direction starves the other");
}

/// Repeats an operation for as long as it is ready within one poll of the runtime.
fn ready_times(mut attempt: impl FnMut(&mut Context<'_>) -> bool) -> usize {
    let task = Task::default();
    let times =
        coop::with_budget(|| task.with_context(|cx| (0..1000).take_while(|_| attempt(cx)).count()));
    assert_eq!(task.wakes(), 1, "refused, so it comes back");
    times
}

#[test]
fn operations_that_are_always_ready_take_a_unit_each() {
    let mut buf = [0; 4];
    assert_eq!(
        ready_times(|cx| pin!(repeat(1).read(&mut buf)).poll(cx).is_ready()),
        128
    );
    assert_eq!(
        ready_times(|cx| pin!(empty().read(&mut buf)).poll(cx).is_ready()),
        128
    );
    assert_eq!(
        ready_times(|cx| pin!(empty().write(&buf)).poll(cx).is_ready()),
        128
    );
    assert_eq!(
        ready_times(|cx| pin!(sink().write(&buf)).poll(cx).is_ready()),
        128
    );
    assert_eq!(
        ready_times(|cx| pin!(sink().flush()).poll(cx).is_ready()),
        128
    );
    let (mut near, _far) = duplex(1 << 16);
    assert_eq!(
        ready_times(|cx| pin!(near.write(b"a")).poll(cx).is_ready()),
        128
    );
    assert_eq!(
        ready_times(|cx| Pin::new(&mut empty()).poll_fill_buf(cx).is_ready()),
        128
    );
}

#[test]
fn a_pipe_that_has_to_wait_gives_its_unit_back() {
    let (mut near, mut far) = duplex(64);
    let task = Task::default();
    coop::with_budget(|| {
        for _ in 0..300 {
            let mut byte = [0];
            assert!(task.poll(pin!(near.read(&mut byte))).is_pending());
        }
        assert_eq!(task.wakes(), 0, "refused for want of budget");
    });
    assert!(task.poll(pin!(far.write_all(b"x"))).is_ready());
    assert_eq!(task.wakes(), 1);
}

#[test]
fn without_a_runtime_there_is_no_limit() {
    let length = if cfg!(miri) { 1_000_000 } else { 10_000_000 };
    let mut reader = BufReader::new(repeat(7)).take(length);
    let mut writer = sink();
    let copied = crate::support::drive(copy_buf(&mut reader, &mut writer)).unwrap();
    assert_eq!(copied, length);
}
