//! Cancelling at every poll: what is documented as safe loses no byte, what is not leaves what it says.

use std::pin::pin;

use runtime_io::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter, copy_buf,
};

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::{Task, drive, drive_cancelling};

/// A byte at a time, with a wait before each.
fn trickle(bytes: &[u8]) -> Reader {
    Reader::new(bytes.chunks(1).flat_map(|byte| [Read::Pending, data(byte)]))
}

/// Takes a byte at a time, with a wait before each.
fn reluctant() -> Writer {
    Writer::new(
        [Write::Pending, Write::Take(1)]
            .into_iter()
            .cycle()
            .take(200),
    )
}

#[test]
fn io_07_read_until_goes_on_in_the_same_buffer() {
    let mut state = (BufReader::with_capacity(2, trickle(b"abc,de")), Vec::new());
    for expected in [&b"abc,"[..], b"abc,de"] {
        drive_cancelling(&mut state, |(reader, buf), cx| {
            pin!(reader.read_until(b',', buf)).poll(cx)
        })
        .unwrap();
        assert_eq!(state.1, expected);
    }
}

#[test]
fn io_07_lines_and_segments_keep_what_they_have_of_one() {
    let mut lines = BufReader::new(trickle(b"abc\nde")).lines();
    for expected in [Some("abc"), Some("de"), None] {
        let line = drive_cancelling(&mut lines, |lines, cx| pin!(lines.next_line()).poll(cx));
        assert_eq!(line.unwrap().as_deref(), expected);
    }
    let mut segments = BufReader::new(trickle(b"abc,de")).split(b',');
    for expected in [Some(&b"abc"[..]), Some(b"de"), None] {
        let segment = drive_cancelling(&mut segments, |segments, cx| {
            pin!(segments.next_segment()).poll(cx)
        });
        assert_eq!(segment.unwrap().as_deref(), expected);
    }
}

#[test]
fn io_07_read_read_buf_fill_buf_and_the_8_bit_numbers_lose_nothing() {
    let mut state = (BufReader::new(trickle(b"abcdef")), Vec::new());
    let mut byte = [0];
    let read = drive_cancelling(&mut state, |(reader, _), cx| {
        pin!(reader.read(&mut byte)).poll(cx)
    });
    assert_eq!((read.unwrap(), &byte), (1, b"a"));
    drive_cancelling(&mut state, |(reader, buf), cx| {
        pin!(reader.read_buf(buf)).poll(cx)
    })
    .unwrap();
    assert_eq!(state.1, b"b");
    let number = drive_cancelling(&mut state, |(reader, _), cx| {
        pin!(reader.read_u8()).poll(cx)
    });
    assert_eq!(number.unwrap(), b'c');
    drive_cancelling(&mut state, |(reader, _), cx| {
        pin!(reader.fill_buf())
            .poll(cx)
            .map_ok(|shown| assert_eq!(shown, b"d"))
    })
    .unwrap();
    assert_eq!(drive(state.0.read_i8()).unwrap(), b'd' as i8);
}

#[test]
fn io_07_read_to_end_keeps_what_it_has() {
    let mut state = (trickle(b"abcdef"), Vec::new());
    drive_cancelling(&mut state, |(reader, buf), cx| {
        pin!(reader.read_to_end(buf)).poll(cx)
    })
    .unwrap();
    assert_eq!(state.1, b"abcdef");
}

#[test]
fn io_07_read_line_and_read_to_string_leave_the_string_as_it_was() {
    let task = Task::default();
    let mut text = String::from("before");
    let mut reader = BufReader::new(trickle(b"abc\n"));
    {
        let mut line = pin!(reader.read_line(&mut text));
        for _ in 0..3 {
            assert!(task.poll(line.as_mut()).is_pending());
        }
    }
    assert_eq!(text, "before");
    {
        let mut all = pin!(reader.read_to_string(&mut text));
        assert!(task.poll(all.as_mut()).is_pending());
    }
    assert_eq!(text, "before");
    drop(reader.read_line(&mut text));
    assert_eq!(text, "before", "never polled, never touched");
}

#[test]
fn a_leaked_future_leaves_no_broken_text() {
    let task = Task::default();
    let mut text = String::from("before");
    let mut reader = BufReader::new(Reader::new([data(b"\xff"), Read::Pending]));
    let mut line = Box::pin(reader.read_line(&mut text));
    assert!(task.poll(line.as_mut()).is_pending());
    // Leaked on purpose; the allocation is kept reachable by nobody, as a leaked task would be.
    std::mem::forget(line);
    assert_eq!(text, "");
}

#[test]
fn io_07_writers_lose_nothing_either() {
    let mut state = (reluctant(), &b"abcdef"[..]);
    drive_cancelling(&mut state, |(writer, source), cx| {
        pin!(writer.write_all_buf(source)).poll(cx)
    })
    .unwrap();
    assert_eq!(state.0.written, b"abcdef");
    drive_cancelling(&mut state.0, |writer, cx| pin!(writer.write(b"g")).poll(cx)).unwrap();
    assert_eq!(state.0.written, b"abcdefg");

    let mut writer = BufWriter::new(reluctant());
    drive(writer.write_all(b"abcdef")).unwrap();
    drive_cancelling(&mut writer, |writer, cx| pin!(writer.flush()).poll(cx)).unwrap();
    assert_eq!(writer.get_ref().written, b"abcdef");
    drive(writer.write_all(b"gh")).unwrap();
    drive_cancelling(&mut writer, |writer, cx| pin!(writer.shutdown()).poll(cx)).unwrap();
    assert_eq!(writer.get_ref().written, b"abcdefgh");
}

#[test]
fn io_07_copy_buf_leaves_the_rest_in_the_reader() {
    let mut state = (BufReader::with_capacity(4, trickle(b"abcdef")), reluctant());
    drive_cancelling(&mut state, |(reader, writer), cx| {
        pin!(copy_buf(reader, writer)).poll(cx)
    })
    .unwrap();
    assert_eq!(state.1.written, b"abcdef");
}
