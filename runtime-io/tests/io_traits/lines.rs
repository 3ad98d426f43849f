//! Lines, segments, and reading up to a delimiter.

use std::io::ErrorKind;

use runtime_io::io::{AsyncBufReadExt, BufReader};

use crate::script::{Read, Reader, data};
use crate::support::drive;

fn buffered(script: impl IntoIterator<Item = Read>) -> BufReader<Reader> {
    BufReader::with_capacity(3, Reader::new(script))
}

#[test]
fn read_until_goes_over_the_edges_of_the_buffer() {
    let mut reader = buffered([
        data("abcd"),
        Read::Pending,
        Read::Fail(ErrorKind::Interrupted),
        data("ef,gh"),
    ]);
    let mut part = b">".to_vec();
    assert_eq!(drive(reader.read_until(b',', &mut part)).unwrap(), 7);
    assert_eq!(part, b">abcdef,");
    assert_eq!(drive(reader.read_until(b',', &mut part)).unwrap(), 2);
    assert_eq!(drive(reader.read_until(b',', &mut part)).unwrap(), 0);
    assert_eq!(part, b">abcdef,gh");
}

/// Rule B1.
#[test]
fn read_line_appends_text_only() {
    let mut line = String::from(">");
    let mut reader = buffered([data("Gr\u{fc}\u{df}e\n"), data(b"\xff\xfe\nlast")]);
    assert_eq!(drive(reader.read_line(&mut line)).unwrap(), 8);
    assert_eq!(line, ">Gr\u{fc}\u{df}e\n");
    let error = drive(reader.read_line(&mut line)).unwrap_err();
    assert_eq!(
        (error.kind(), &*line),
        (ErrorKind::InvalidData, ">Gr\u{fc}\u{df}e\n")
    );
    line.clear();
    assert_eq!(drive(reader.read_line(&mut line)).unwrap(), 4);
    assert_eq!(line, "last");
}

#[test]
fn io_05_read_line_keeps_text_before_an_error() {
    let failure = Read::Fail(ErrorKind::ConnectionReset);
    let mut reader = buffered([data("ab"), failure.clone(), data(b"cd\n\xc3"), failure]);
    let mut line = String::new();
    let error = drive(reader.read_line(&mut line)).unwrap_err();
    assert_eq!((error.kind(), &*line), (ErrorKind::ConnectionReset, "ab"));
    drive(reader.read_line(&mut line)).unwrap();
    assert_eq!(line, "abcd\n");
}

/// Rule B1.
#[test]
fn lines_end_in_either_way() {
    let mut lines = buffered([data("a\r\n\nb\r"), Read::Pending, data("\r\nlast\r")]).lines();
    for expected in ["a", "", "b\r", "last\r"] {
        assert_eq!(drive(lines.next_line()).unwrap().as_deref(), Some(expected));
    }
    assert_eq!(drive(lines.next_line()).unwrap(), None);
    assert_eq!(drive(lines.next_line()).unwrap(), None);
}

#[test]
fn io_05_lines_survive_an_error_in_the_middle_of_a_line() {
    let mut lines = buffered([data("ab"), Read::Fail(ErrorKind::Other), data("cd\nef")]).lines();
    assert_eq!(
        drive(lines.next_line()).unwrap_err().kind(),
        ErrorKind::Other
    );
    assert_eq!(drive(lines.next_line()).unwrap().as_deref(), Some("abcd"));
    assert_eq!(drive(lines.next_line()).unwrap().as_deref(), Some("ef"));
    assert_eq!(drive(lines.next_line()).unwrap(), None);
}

#[test]
fn io_05_a_source_that_goes_on_after_its_end_yields_more_lines() {
    let mut lines = buffered([data("ab"), Read::End, data("cd\n")]).lines();
    assert_eq!(drive(lines.next_line()).unwrap().as_deref(), Some("ab"));
    assert_eq!(drive(lines.next_line()).unwrap().as_deref(), Some("cd"));
    assert_eq!(drive(lines.next_line()).unwrap(), None);
}

#[test]
fn a_line_that_is_no_text_is_skipped() {
    let mut lines = buffered([data(b"\xff\nab\n")]).lines();
    assert_eq!(
        drive(lines.next_line()).unwrap_err().kind(),
        ErrorKind::InvalidData
    );
    assert_eq!(drive(lines.next_line()).unwrap().as_deref(), Some("ab"));
}

#[test]
fn segments_may_be_empty() {
    let mut segments = buffered([data(",a,,bcde"), Read::Fail(ErrorKind::Other)]).split(b',');
    for expected in ["", "a", ""] {
        assert_eq!(
            drive(segments.next_segment()).unwrap().as_deref(),
            Some(expected.as_bytes())
        );
    }
    drive(segments.next_segment()).unwrap_err();
    assert_eq!(
        drive(segments.next_segment()).unwrap().as_deref(),
        Some(&b"bcde"[..])
    );
    assert_eq!(drive(segments.next_segment()).unwrap(), None);
}

#[test]
fn fill_buf_shows_and_consume_drops() {
    let mut reader = buffered([Read::Pending, data("abcd"), Read::Fail(ErrorKind::Other)]);
    assert_eq!(drive(reader.fill_buf()).unwrap(), b"abc");
    reader.consume(2);
    assert_eq!(drive(reader.fill_buf()).unwrap(), b"c");
    reader.consume(usize::MAX);
    assert_eq!(drive(reader.fill_buf()).unwrap(), b"d");
    reader.consume(1);
    assert_eq!(
        drive(reader.fill_buf()).unwrap_err().kind(),
        ErrorKind::Other
    );
    assert_eq!(drive(reader.fill_buf()).unwrap(), b"");
}
