//! `BufReader`, `BufWriter` and `BufStream`.

use std::io::{ErrorKind, IoSlice};

use runtime_io::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufStream, BufWriter, join,
};

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::{Task, drive};

#[test]
fn small_reads_are_served_from_one_large_one() {
    let mut reader = BufReader::new(Reader::new([data("abcdef")]));
    for expected in b"abcdef" {
        assert_eq!(drive(reader.read_u8()).unwrap(), *expected);
    }
    assert_eq!(reader.get_ref().polls, 1);
}

#[test]
fn a_large_read_goes_past_the_buffer() {
    let mut reader = BufReader::with_capacity(4, Reader::new([data("abcdefgh")]));
    assert_eq!(drive(reader.read(&mut [0; 1])).unwrap(), 1);
    let mut buf = [0; 6];
    assert_eq!(
        drive(reader.read(&mut buf)).unwrap(),
        3,
        "what is left in the buffer comes first"
    );
    assert_eq!(drive(reader.read(&mut buf)).unwrap(), 4);
    assert_eq!((&buf[..4], reader.buffer()), (&b"efgh"[..], &b""[..]));
}

#[test]
fn small_writes_go_out_as_one_large_one() {
    let mut writer = BufWriter::with_capacity(8, Writer::default());
    for byte in b"abcdef" {
        drive(writer.write_u8(*byte)).unwrap();
    }
    assert_eq!(writer.get_ref().writes, 0);
    drive(writer.flush()).unwrap();
    assert_eq!(
        (writer.get_ref().writes, &writer.get_ref().written[..]),
        (1, &b"abcdef"[..])
    );
    assert_eq!(writer.get_ref().flushed_at, [6]);
}

#[test]
fn a_large_write_goes_past_the_buffer_after_what_is_in_it() {
    let mut writer = BufWriter::with_capacity(4, Writer::default());
    drive(writer.write_all(b"ab")).unwrap();
    drive(writer.write_all(b"cdefgh")).unwrap();
    assert_eq!(writer.get_ref().written, b"abcdefgh");
    drive(writer.write_all(b"ij")).unwrap();
    drive(writer.shutdown()).unwrap();
    assert_eq!(
        (
            &writer.get_ref().written[8..],
            &writer.get_ref().shut_at[..]
        ),
        (&b"ij"[..], &[10][..])
    );
}

#[test]
fn a_flush_that_fails_can_be_repeated() {
    for failure in [Write::Fail(ErrorKind::Other), Write::Take(0)] {
        let inner = Writer::new([Write::Take(2), failure, Write::Pending, Write::Take(1)]);
        let mut writer = BufWriter::new(inner);
        drive(writer.write_all(b"abcdef")).unwrap();
        drive(writer.flush()).unwrap_err();
        assert_eq!(writer.buffer(), b"cdef");
        drive(writer.flush()).unwrap();
        assert_eq!(
            (writer.buffer(), &writer.get_ref().written[..]),
            (&b""[..], &b"abcdef"[..])
        );
    }
}

#[test]
fn what_waits_is_what_was_not_taken_yet() {
    let mut writer = BufWriter::new(Writer::new([Write::Take(2), Write::Pending]));
    drive(writer.write_all(b"abcd")).unwrap();
    let task = Task::default();
    assert!(task.poll(std::pin::pin!(writer.flush())).is_pending());
    assert_eq!(writer.buffer(), b"cd");
    drive(writer.write_all(b"ef")).unwrap();
    drive(writer.flush()).unwrap();
    assert_eq!(writer.get_ref().written, b"abcdef");
}

/// Rule B5.
#[test]
fn vectored_writes_are_buffered_or_passed_on_whole() {
    let bufs = [
        IoSlice::new(b"ab"),
        IoSlice::new(b""),
        IoSlice::new(b"cd"),
        IoSlice::new(b"efg"),
    ];
    let mut writer = BufWriter::with_capacity(
        8,
        Writer {
            vectored: true,
            ..Writer::default()
        },
    );
    assert_eq!(drive(writer.write_vectored(&bufs)).unwrap(), 7);
    assert_eq!(writer.buffer(), b"abcdefg");
    // It does not fit behind that: what is there goes out, and this is buffered again.
    assert_eq!(drive(writer.write_vectored(&bufs)).unwrap(), 7);
    assert_eq!(
        (writer.get_ref().writes, writer.buffer()),
        (1, &b"abcdefg"[..])
    );
    let bufs = [IoSlice::new(b"01234"), IoSlice::new(b"56789")];
    assert_eq!(drive(writer.write_vectored(&bufs)).unwrap(), 10);
    assert_eq!((writer.get_ref().writes, writer.buffer()), (3, &b""[..]));
}

#[test]
fn a_writer_of_single_slices_gets_as_many_as_fit() {
    let bufs = [
        IoSlice::new(b""),
        IoSlice::new(b"ab"),
        IoSlice::new(b"cd"),
        IoSlice::new(b"efg"),
    ];
    let mut writer = BufWriter::with_capacity(6, Writer::default());
    assert!(writer.is_write_vectored());
    assert_eq!(drive(writer.write_vectored(&bufs)).unwrap(), 4);
    assert_eq!(writer.buffer(), b"abcd");
    assert_eq!(
        drive(writer.write_vectored(&[IoSlice::new(b"0123456")])).unwrap(),
        7
    );
    assert_eq!(writer.get_ref().written, b"abcd0123456");
    assert_eq!(
        drive(writer.write_vectored(&[IoSlice::new(b"")])).unwrap(),
        0
    );
}

/// Rule B5.
#[test]
fn the_other_direction_goes_straight_through() {
    let stream = join(
        Reader::new([data("ab\ncd")]),
        Writer {
            vectored: true,
            ..Writer::default()
        },
    );
    let mut reader = BufReader::new(stream);
    assert!(reader.is_write_vectored());
    drive(reader.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b"b")])).unwrap();
    drive(reader.flush()).unwrap();
    drive(reader.shutdown()).unwrap();
    let writer = reader.get_ref().writer();
    assert_eq!(
        (
            &writer.written[..],
            &writer.flushed_at[..],
            &writer.shut_at[..]
        ),
        (&b"ab"[..], &[2][..], &[2][..])
    );

    let mut writer = BufWriter::new(reader);
    let mut line = String::new();
    drive(writer.read_line(&mut line)).unwrap();
    assert_eq!(line, "ab\n");
    assert_eq!(drive(writer.read_u8()).unwrap(), b'c');
}

#[test]
fn buffers_turn_inside_out_with_their_contents() {
    let stream = join(Reader::new([data("abcd")]), Writer::default());
    let mut outer = BufWriter::new(BufReader::new(stream));
    assert_eq!(drive(outer.read_u8()).unwrap(), b'a');
    drive(outer.write_all(b"xy")).unwrap();

    let mut stream = BufStream::from(outer);
    let mut rest = Vec::new();
    drive(stream.read_to_end(&mut rest)).unwrap();
    drive(stream.flush()).unwrap();
    assert_eq!(
        (&rest[..], &stream.get_ref().writer().written[..]),
        (&b"bcd"[..], &b"xy"[..])
    );

    let same = BufStream::from(BufReader::new(BufWriter::new(stream.into_inner())));
    assert_eq!(same.into_inner().into_inner().1.written, b"xy");
}

#[test]
fn debug_shows_what_is_inside_and_how_full_the_buffer_is() {
    let mut reader = BufReader::with_capacity(8, &b"abc"[..]);
    drive(reader.read_u8()).unwrap();
    assert_eq!(
        format!("{reader:?}"),
        "BufReader { reader: [], buffer: 2/8 }"
    );
    let mut writer = BufWriter::with_capacity(8, vec![1]);
    drive(writer.write_u8(2)).unwrap();
    let expected = "BufWriter { writer: [1], buffer: 1/8, written: 0 }";
    assert_eq!(format!("{writer:?}"), expected);
}

/// Rule B3.
#[test]
#[should_panic = "capacity must be greater than zero"]
fn a_reader_without_a_buffer_is_refused() {
    let _ = BufReader::with_capacity(0, &b""[..]);
}

/// Rule B3.
#[test]
#[should_panic = "capacity must be greater than zero"]
fn a_stream_without_a_buffer_to_read_into_is_refused() {
    let _ = BufStream::with_capacity(0, 1, runtime_io::io::duplex(1).0);
}

#[test]
fn a_reader_passes_errors_on_and_goes_on() {
    let mut reader = BufReader::new(Reader::new([
        data("a"),
        Read::Fail(ErrorKind::Interrupted),
        data("b"),
    ]));
    assert_eq!(drive(reader.read(&mut [0; 4])).unwrap(), 1);
    let error = drive(reader.read(&mut [0; 4])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(drive(reader.read_u8()).unwrap(), b'b');
}
