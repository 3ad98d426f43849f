//! Readers and writers that lie. They may cost a panic or a wrong number, never memory safety: run this under miri, with
//! its leak check off, since the exchanged buffers stay behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_io::io::{
    self, AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt,
    BufReader, BufWriter, ReadBuf, copy, copy_buf,
};

use crate::support::{Task, drive};

/// What a hostile reader does with the buffer it is lent.
#[derive(Clone, Copy)]
enum Trick {
    /// Puts a larger, full buffer in its place.
    Exchange,
    /// Puts an empty one in its place.
    Steal,
    /// Takes back what was filled before.
    Unfill,
    /// Claims everything that is initialised without writing any of it.
    ClaimAll,
}

struct Hostile {
    trick: Trick,
    /// Honest bytes before the trick.
    honest: usize,
}

impl AsyncRead for Hostile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.honest > 0 {
            self.honest -= 1;
            buf.put_slice(&b"x"[..buf.remaining().min(1)]);
            return Poll::Ready(Ok(()));
        }
        match self.trick {
            Trick::Exchange => {
                let mut own = ReadBuf::new(Vec::leak(vec![7; 10_000]));
                own.set_filled(10_000);
                *buf = own;
            }
            Trick::Steal => *buf = ReadBuf::new(&mut []),
            Trick::Unfill => buf.clear(),
            Trick::ClaimAll => buf.set_filled(buf.initialized().len()),
        }
        Poll::Ready(Ok(()))
    }
}

const TRICKS: [Trick; 4] = [
    Trick::Exchange,
    Trick::Steal,
    Trick::Unfill,
    Trick::ClaimAll,
];

/// Runs `f` for each trick, at once and after an honest byte. It may panic; it must not do anything worse.
fn with_each_trick(f: impl Fn(Hostile)) {
    for trick in TRICKS {
        for honest in [0, 1] {
            let _ = catch_unwind(AssertUnwindSafe(|| f(Hostile { trick, honest })));
        }
    }
}

/// Rule B4.
#[test]
fn io_03_an_exchanged_buffer_is_noticed() {
    let refused = |f: &dyn Fn(Hostile)| {
        let hostile = Hostile {
            trick: Trick::Exchange,
            honest: 0,
        };
        let panic = catch_unwind(AssertUnwindSafe(|| f(hostile))).expect_err("it was believed");
        let message = panic
            .downcast::<String>()
            .expect("a message with two addresses");
        assert!(message.contains("exchanged the buffer"), "{message}");
    };
    refused(&|mut reader| drop(drive(reader.read(&mut [0; 4]))));
    refused(&|mut reader| drop(drive(reader.read_exact(&mut [0; 4]))));
    refused(&|mut reader| drop(drive(reader.read_buf(&mut Vec::with_capacity(8)))));
    refused(&|mut reader| drop(drive(reader.read_to_end(&mut Vec::new()))));
    refused(&|mut reader| drop(drive(reader.read_u64())));
    refused(&|reader| drop(drive(reader.take(9).read(&mut [0; 4]))));
    refused(&|reader| drop(drive(reader.chain(&b""[..]).read(&mut [0; 4]))));
    refused(&|reader| drop(drive(BufReader::new(reader).fill_buf())));
    refused(&|mut reader| drop(drive(copy(&mut reader, &mut Vec::new()))));
}

/// Exchanges the buffer, and says that it has to wait.
struct ExchangesAndWaits;

impl AsyncRead for ExchangesAndWaits {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        *buf = ReadBuf::new(&mut []);
        Poll::Pending
    }
}

#[test]
fn io_03_an_exchange_while_waiting_does_not_outlast_the_poll() {
    let mut buf = [0; 4];
    let mut reader = ExchangesAndWaits;
    let mut read = std::pin::pin!(reader.read_exact(&mut buf));
    let task = Task::default();
    for _ in 0..3 {
        assert!(
            task.poll(read.as_mut()).is_pending(),
            "four bytes nobody has read"
        );
    }
}

/// Rule B4.
#[test]
fn io_03_no_trick_of_a_reader_reaches_memory_it_should_not() {
    with_each_trick(|mut reader| drop(drive(reader.read_exact(&mut [0; 4]))));
    with_each_trick(|mut reader| {
        let mut bytes = Vec::with_capacity(4);
        let _ = drive(reader.read_buf(&mut bytes));
        assert!(bytes.iter().all(|byte| [b'x', 0].contains(byte)));
    });
    with_each_trick(|reader| {
        let mut bytes = Vec::new();
        let _ = drive(reader.take(10).read_to_end(&mut bytes));
        assert!(bytes.len() <= 10 && bytes.iter().all(|byte| [b'x', 0].contains(byte)));
    });
    with_each_trick(|reader| drop(drive(BufReader::with_capacity(4, reader).read_u64())));
    with_each_trick(|reader| drop(drive(reader.take(u64::MAX).read(&mut [0; 4]))));
}

#[test]
fn io_03_a_limit_of_everything_does_not_overflow() {
    let mut all = Vec::new();
    let mut take = (&b"hello"[..]).take(u64::MAX);
    drive(take.read_to_end(&mut all)).unwrap();
    assert_eq!((&all[..], take.limit()), (&b"hello"[..], u64::MAX - 5));
    let mut take = BufReader::new(&b"hello"[..]).take(u64::MAX);
    assert_eq!(drive(take.fill_buf()).unwrap(), b"hello");
    take.consume(usize::MAX);
    assert_eq!(drive(take.fill_buf()).unwrap(), b"");
}

/// Shows the same bytes for ever and ignores what is consumed.
struct Stubborn;

impl AsyncRead for Stubborn {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for Stubborn {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(Ok(b"abc\n"))
    }

    fn consume(self: Pin<&mut Self>, _: usize) {}
}

#[test]
fn io_03_a_buffer_that_ignores_consume_is_only_wrong() {
    let mut line = String::new();
    drive(Stubborn.read_line(&mut line)).unwrap();
    assert_eq!(drive(Stubborn.take(2).read_line(&mut line)).unwrap(), 2);
    assert_eq!(line, "abc\nab");
}

/// Claims to have taken one byte more than it was given.
struct Greedy;

impl AsyncWrite for Greedy {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len() + 1))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Rule B4.
#[test]
fn io_03_a_writer_that_takes_too_much_is_refused() {
    let refused = |f: &dyn Fn()| {
        assert!(
            catch_unwind(AssertUnwindSafe(f)).is_err(),
            "it was believed"
        );
    };
    refused(&|| drop(drive(Greedy.write_all(b"ab"))));
    refused(&|| drop(drive(Greedy.write_all_buf(&mut &b"ab"[..]))));
    refused(&|| drop(drive(copy(&mut &b"ab"[..], &mut Greedy))));
    refused(&|| drop(drive(copy_buf(&mut &b"ab"[..], &mut Greedy))));
    refused(&|| {
        let mut writer = BufWriter::new(Greedy);
        drive(writer.write_all(b"ab")).unwrap();
        let _ = drive(writer.flush());
    });
}
