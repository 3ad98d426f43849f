//! Seeking, plain and through buffers.

use std::io::{Cursor, ErrorKind, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_io::io::{
    self, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
    AsyncWriteExt, BufReader, BufStream, BufWriter, ReadBuf,
};

use crate::support::{Task, drive};

/// A file whose seeks take two polls.
#[derive(Debug)]
struct Slow {
    file: Cursor<Vec<u8>>,
    asked: Vec<SeekFrom>,
    under_way: Option<(SeekFrom, bool)>,
}

fn slow(content: &[u8]) -> Slow {
    Slow {
        file: Cursor::new(content.to_vec()),
        asked: Vec::new(),
        under_way: None,
    }
}

impl AsyncRead for Slow {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.file).poll_read(cx, buf)
    }
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert!(self.under_way.is_none(), "written to while it moves");
        Pin::new(&mut self.file).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Slow {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        assert!(
            self.under_way.is_none(),
            "a second seek before the end of the first"
        );
        self.asked.push(position);
        self.under_way = Some((position, false));
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        match self.under_way {
            None => Poll::Ready(Ok(self.file.position())),
            Some((position, false)) => {
                self.under_way = Some((position, true));
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some((position, true)) => {
                self.under_way = None;
                Poll::Ready(std::io::Seek::seek(&mut self.file, position))
            }
        }
    }
}

#[test]
fn a_seek_waits_for_the_one_that_was_abandoned() {
    let mut file = slow(b"abcdef");
    let task = Task::default();
    let mut abandoned = Box::pin(file.seek(SeekFrom::Start(1)));
    assert!(task.poll(abandoned.as_mut()).is_pending());
    drop(abandoned);
    assert_eq!(drive(file.seek(SeekFrom::Current(2))).unwrap(), 3);
    assert_eq!(drive(file.stream_position()).unwrap(), 3);
    assert_eq!(drive(file.rewind()).unwrap(), 0);
}

/// Rule B5.
#[test]
fn a_relative_seek_counts_from_where_the_user_is() {
    let mut reader = BufReader::with_capacity(4, slow(b"abcdefgh"));
    assert_eq!(drive(reader.read_u8()).unwrap(), b'a');
    assert_eq!(drive(reader.stream_position()).unwrap(), 1);
    assert!(reader.buffer().is_empty());
    assert_eq!(drive(reader.read_u8()).unwrap(), b'b');
    assert_eq!(drive(reader.seek(SeekFrom::Current(3))).unwrap(), 5);
    assert_eq!(drive(reader.read_u8()).unwrap(), b'f');
    assert_eq!(drive(reader.seek(SeekFrom::Start(2))).unwrap(), 2);
    assert_eq!(drive(reader.read_u8()).unwrap(), b'c');
    assert_eq!(drive(reader.seek(SeekFrom::End(-1))).unwrap(), 7);
    assert_eq!(drive(reader.read_u8()).unwrap(), b'h');
}

#[test]
fn a_distance_that_does_not_exist_takes_two_steps() {
    let mut reader = BufReader::with_capacity(4, slow(b"abcdefgh"));
    drive(reader.read_u8()).unwrap();
    let error = drive(reader.seek(SeekFrom::Current(i64::MIN))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let asked = &reader.get_ref().asked;
    assert_eq!(
        asked[..],
        [SeekFrom::Current(-3), SeekFrom::Current(i64::MIN)]
    );
    assert_eq!(
        drive(reader.read_u8()).unwrap(),
        b'b',
        "back where the user was"
    );
}

#[test]
fn a_seek_that_fails_loses_nothing() {
    let mut reader = BufReader::with_capacity(4, slow(b"abcdefgh"));
    drive(reader.read_u8()).unwrap();
    drive(reader.seek(SeekFrom::Current(-5))).unwrap_err();
    assert_eq!(reader.buffer(), b"bcd");
    let mut rest = Vec::new();
    drive(reader.read_to_end(&mut rest)).unwrap();
    assert_eq!(rest, b"bcdefgh");
}

#[test]
fn a_read_after_an_abandoned_seek_does_not_show_the_old_place() {
    let mut reader = BufReader::with_capacity(4, slow(b"abcdefgh"));
    drive(reader.fill_buf()).unwrap();
    let task = Task::default();
    let mut abandoned = Box::pin(reader.seek(SeekFrom::Start(6)));
    assert!(task.poll(abandoned.as_mut()).is_pending());
    drop(abandoned);
    assert_eq!(
        drive(reader.fill_buf()).unwrap(),
        b"efgh",
        "from the stream, not from the buffer"
    );
}

/// Rule B5.
#[test]
fn a_writer_is_flushed_before_it_moves() {
    let mut writer = BufWriter::new(slow(b"abcdef"));
    drive(writer.write_all(b"XY")).unwrap();
    assert_eq!(drive(writer.seek(SeekFrom::Start(4))).unwrap(), 4);
    drive(writer.write_all(b"Z")).unwrap();
    drive(writer.flush()).unwrap();
    assert_eq!(writer.into_inner().file.into_inner(), b"XYcdZf");
}

#[test]
fn a_stream_with_both_buffers_does_both() {
    let mut stream = BufStream::with_capacity(4, 4, slow(b"abcdefgh"));
    assert_eq!(drive(stream.read_u8()).unwrap(), b'a');
    assert_eq!(drive(stream.seek(SeekFrom::Current(1))).unwrap(), 2);
    drive(stream.write_all(b"XY")).unwrap();
    assert_eq!(drive(stream.seek(SeekFrom::Current(0))).unwrap(), 4);
    assert_eq!(drive(stream.read_u8()).unwrap(), b'e');
    assert_eq!(stream.into_inner().file.into_inner(), b"abXYefgh");
}

#[test]
fn nothing_is_always_at_zero() {
    assert_eq!(drive(io::empty().seek(SeekFrom::End(5))).unwrap(), 0);
}
