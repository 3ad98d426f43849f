//! Between readers and streams, writers and sinks; looking on; blocking code.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Sink, SinkExt, StreamExt, stream};
use proptest::prelude::*;
use runtime_io::io::util::{
    CopyToBytes, InspectReader, InspectWriter, ReaderStream, SinkWriter, StreamReader,
    SyncIoBridge, poll_write_buf, read_buf,
};
use runtime_io::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::{Task, drive};

#[test]
fn a_stream_of_a_reader_ends_with_it_and_after_an_error() {
    let script = [
        data("one"),
        Read::Fail(ErrorKind::Interrupted),
        Read::Pending,
        data("two"),
        Read::Fail(ErrorKind::ConnectionReset),
        data("never read"),
    ];
    let mut pieces = ReaderStream::new(Reader::new(script));
    assert_eq!(drive(pieces.next()).unwrap().unwrap(), "one");
    assert_eq!(drive(pieces.next()).unwrap().unwrap(), "two");
    let error = drive(pieces.next()).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(drive(pieces.next()).is_none());
    assert!(drive(pieces.next()).is_none());
}

#[test]
fn pieces_are_no_longer_than_the_capacity() {
    let pieces = ReaderStream::with_capacity(&[7_u8; 100][..], 32);
    let lengths: Vec<_> = drive(pieces.map(|piece| piece.unwrap().len()).collect());
    assert_eq!(lengths.iter().sum::<usize>(), 100);
    assert!(lengths.iter().all(|length| *length <= 32), "{lengths:?}");
}

proptest! {
    #[test]
    fn a_reader_as_a_stream_as_a_reader_is_the_same(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..30), 0..8),
        size in 1_usize..20,
    ) {
        let expected = pieces.concat();
        // An empty piece would be the end.
        let script = pieces.iter().filter(|piece| !piece.is_empty()).map(data);
        let stream = ReaderStream::with_capacity(Reader::new(script), size);
        let mut reader = StreamReader::new(stream);
        let mut bytes = Vec::new();
        drive(reader.read_to_end(&mut bytes)).unwrap();
        prop_assert_eq!(bytes, expected);
    }
}

#[test]
fn an_error_of_the_stream_loses_nothing_and_the_next_read_goes_on() {
    let items = [
        Ok(Bytes::from("one\ntw")),
        Ok(Bytes::new()),
        Err(io::Error::from(ErrorKind::ConnectionReset)),
        Ok(Bytes::from("o\n")),
    ];
    let mut reader = StreamReader::new(stream::iter(items));
    let mut line = Vec::new();
    drive(reader.read_until(b'\n', &mut line)).unwrap();
    assert_eq!(line, b"one\n");
    line.clear();
    assert!(drive(reader.read_until(b'\n', &mut line)).is_err());
    drive(reader.read_until(b'\n', &mut line)).unwrap();
    assert_eq!(line, b"two\n");
    assert_eq!(drive(reader.read(&mut [0; 4])).unwrap(), 0);
}

#[test]
fn a_read_without_room_does_not_ask_the_stream() {
    let mut reader = StreamReader::new(stream::pending::<io::Result<Bytes>>());
    assert_eq!(drive(reader.read(&mut [])).unwrap(), 0);
}

#[test]
fn what_was_taken_and_not_read_comes_out_with_the_stream() {
    let mut reader = StreamReader::new(stream::iter([io::Result::Ok(Bytes::from("hello"))]));
    drive(reader.read_exact(&mut [0; 2])).unwrap();
    assert_eq!(reader.into_inner_with_chunk().1.unwrap(), "llo");
    let mut reader = StreamReader::new(stream::iter([io::Result::Ok(Bytes::from("hello"))]));
    drive(reader.read_exact(&mut [0; 5])).unwrap();
    assert!(reader.into_inner_with_chunk().1.is_none());
}

/// A sink that is ready every other time it is asked.
#[derive(Default)]
struct Slow {
    items: Vec<Bytes>,
    asked: usize,
    closed: bool,
}

impl Sink<Bytes> for Slow {
    type Error = io::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.asked += 1;
        if self.asked % 2 == 1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, item: Bytes) -> io::Result<()> {
        if item == "bad" {
            return Err(ErrorKind::InvalidInput.into());
        }
        self.items.push(item);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.closed = true;
        Poll::Ready(Ok(()))
    }
}

#[test]
fn each_write_is_an_item_of_the_sink() {
    let mut writer = SinkWriter::new(CopyToBytes::new(Slow::default()));
    drive(async {
        writer.write_all(b"one").await?;
        assert_eq!(writer.write(b"two").await?, 3);
        let error = writer.write(b"bad").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        writer.flush().await?;
        writer.shutdown().await
    })
    .unwrap();
    let sink = writer.into_inner().into_inner();
    assert_eq!(sink.items, ["one", "two"]);
    assert!(sink.closed);
}

#[test]
fn the_other_direction_of_a_sink_is_passed_on() {
    let both = stream::iter([1, 2]);
    let mut copying = CopyToBytes::new(both);
    assert_eq!(drive(copying.next()), Some(1));
    let mut writer = SinkWriter::new(copying.into_inner());
    assert_eq!(drive(writer.next()), Some(2));
    let mut writer = SinkWriter::new(&b"hello"[..]);
    assert_eq!(drive(writer.read_u8()).unwrap(), b'h');
    let mut reader = StreamReader::<_, Bytes>::new(SinkAndStream(Vec::new()));
    drive(reader.send(7)).unwrap();
    assert_eq!(reader.get_ref().0, [7]);
}

struct SinkAndStream(Vec<u8>);

impl futures_util::Stream for SinkAndStream {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        Poll::Ready(None)
    }
}

impl Sink<u8> for SinkAndStream {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, item: u8) -> io::Result<()> {
        self.0.push(item);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn who_looks_at_a_reader_sees_what_was_read_and_its_end() {
    let mut seen = Vec::new();
    let script = [
        data("one"),
        Read::Pending,
        Read::Fail(ErrorKind::Other),
        data("two"),
    ];
    let mut reader = InspectReader::new(Reader::new(script), |bytes: &[u8]| {
        seen.push(bytes.to_vec());
    });
    let mut buf = Vec::from("before");
    assert!(drive(reader.read_to_end(&mut buf)).is_err());
    drive(reader.read_to_end(&mut buf)).unwrap();
    assert_eq!(buf, b"beforeonetwo");
    assert_eq!(seen, [&b"one"[..], b"two", b""]);
}

#[test]
fn who_looks_at_a_writer_sees_what_it_has_taken() {
    let mut seen = Vec::new();
    let script = [
        Write::Take(3),
        Write::Pending,
        Write::Fail(ErrorKind::Other),
        Write::Take(3),
    ];
    let mut writer = Writer::new(script);
    writer.vectored = true;
    let mut writer = InspectWriter::new(writer, |bytes: &[u8]| seen.push(bytes.to_vec()));
    drive(async {
        assert_eq!(writer.write(b"first").await.unwrap(), 3);
        assert!(writer.write(b"second").await.is_err());
        let slices = [IoSlice::new(b""), IoSlice::new(b"ab"), IoSlice::new(b"cd")];
        assert_eq!(writer.write_vectored(&slices).await.unwrap(), 3);
        assert_eq!(writer.write(b"").await.unwrap(), 0);
    });
    assert!(runtime_io::io::AsyncWrite::is_write_vectored(&writer));
    drop(writer);
    assert_eq!(seen, [&b"fir"[..], b"ab", b"c"]);
}

#[test]
fn one_read_and_one_write_with_buffers() {
    let mut bytes = BytesMut::with_capacity(3);
    let mut reader = &b"hello"[..];
    assert_eq!(drive(read_buf(&mut reader, &mut bytes)).unwrap(), 3);
    let mut full = [0_u8; 0];
    assert_eq!(drive(read_buf(&mut reader, &mut &mut full[..])).unwrap(), 0);
    let mut writer = Writer::new([Write::Take(4)]);
    writer.vectored = true;
    let mut chain = Bytes::from("one").chain(Bytes::from("two"));
    let task = Task::default();
    let mut write =
        |chain: &mut _| task.with_context(|cx| poll_write_buf(Pin::new(&mut writer), cx, chain));
    assert!(matches!(write(&mut chain), Poll::Ready(Ok(4))));
    assert!(matches!(write(&mut chain), Poll::Ready(Ok(2))));
    assert!(matches!(write(&mut chain), Poll::Ready(Ok(0))));
    assert_eq!(writer.written, b"onetwo");
    assert_eq!(writer.writes, 2, "an empty buffer is not written");
}

#[test]
fn blocking_code_reads_writes_and_seeks() {
    use std::io::{BufRead, Read as _, Seek, SeekFrom, Write as _};

    let runtime = runtime_core::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let handle = runtime.handle().clone();
    let (mut far, near) = runtime_io::io::duplex(4);
    let blocking = runtime.spawn_blocking(move || {
        let mut near = SyncIoBridge::new(near);
        near.write_all(b"a longer question\n").unwrap();
        let mut near = io::BufReader::new(near);
        let mut answer = String::new();
        near.read_line(&mut answer).unwrap();
        near.into_inner().shutdown().unwrap();
        answer
    });
    let answer = runtime.block_on(async move {
        let mut question = vec![0; 18];
        far.read_exact(&mut question).await.unwrap();
        assert_eq!(question, b"a longer question\n");
        far.write_all(b"an answer\n").await.unwrap();
        assert_eq!(far.read(&mut [0]).await.unwrap(), 0, "it was shut down");
        blocking.await.unwrap()
    });
    assert_eq!(answer, "an answer\n");

    let cursor = io::Cursor::new(b"one\ntwo\nthree".to_vec());
    let mut cursor = SyncIoBridge::new_with_handle(cursor, handle);
    let mut bytes = Vec::new();
    cursor.read_until(b'\n', &mut bytes).unwrap();
    assert_eq!(cursor.fill_buf().unwrap(), b"two\nthree");
    BufRead::consume(&mut cursor, 4);
    let mut text = String::new();
    cursor.read_to_string(&mut text).unwrap();
    assert_eq!((&bytes[..], &text[..]), (&b"one\n"[..], "three"));
    assert_eq!(cursor.seek(SeekFrom::Start(4)).unwrap(), 4);
    let mut word = [0; 3];
    cursor.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"two");
    drive(AsyncSeekExt::rewind(cursor.as_mut())).unwrap();
    assert_eq!(cursor.as_ref().position(), 0);
}

/// P4: it would block the thread that is to make progress.
#[test]
fn blocking_code_in_a_task_panics() {
    let runtime = runtime_core::Builder::new_current_thread().build().unwrap();
    let panicked = runtime.block_on(async {
        let mut reader = SyncIoBridge::new(&b"hello"[..]);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = io::Read::read(&mut reader, &mut [0]);
        }))
    });
    let message = panicked.unwrap_err();
    let message = message.downcast_ref::<String>().map_or_else(
        || (*message.downcast_ref::<&str>().unwrap()).to_owned(),
        Clone::clone,
    );
    assert!(message.contains("from within a runtime"), "{message}");
}
