//! Lines, and pieces between other delimiters: against a model, and what they refuse.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use proptest::prelude::*;
use runtime_io::codec::{
    AnyDelimiterCodec, AnyDelimiterCodecError, BytesCodec, Decoder, Encoder, FramedRead,
    LinesCodec, LinesCodecError,
};

use crate::script::{Reader, data};
use crate::support::drive;

/// Lines by the standard library.
fn lines_of(bytes: &[u8]) -> Vec<String> {
    io::BufRead::lines(bytes).map(Result::unwrap).collect()
}

/// The pieces between delimiters that are no longer than `most`; `None` for each that is.
fn pieces_of(bytes: &[u8], delimiters: &[u8], most: usize) -> Vec<Option<Bytes>> {
    let mut pieces: Vec<_> = bytes
        .split(|byte| delimiters.contains(byte))
        .map(|piece| (piece.len() <= most).then(|| Bytes::copy_from_slice(piece)))
        .collect();
    // Behind the last delimiter there is a piece only if there is something.
    if pieces.last() == Some(&Some(Bytes::new())) {
        pieces.pop();
    }
    pieces
}

proptest! {
    #[test]
    fn lines_are_those_of_the_standard_library(
        text in "[a\r\nä]{0,40}",
        size in 1_usize..10,
    ) {
        let reader = Reader::new(text.as_bytes().chunks(size).map(data));
        let lines = FramedRead::with_capacity(reader, LinesCodec::new(), 4);
        let lines: Vec<_> = drive(lines.map(Result::unwrap).collect());
        // A lone `\r` at the end is the first half of an end of line that never came.
        let text = text.strip_suffix('\r').unwrap_or(&text);
        let mut expected = lines_of(text.as_bytes());
        if lines.len() < expected.len() {
            prop_assert_eq!(expected.pop().unwrap(), "");
        }
        prop_assert_eq!(lines, expected);
    }

    /// What is too long is one error, and everything else comes, however the bytes come in.
    #[test]
    fn a_piece_that_is_too_long_costs_no_other(
        bytes in proptest::collection::vec(prop_oneof![Just(b';'), Just(b','), Just(b'x')], 0..60),
        size in 1_usize..10,
        most in 1_usize..6,
        several in any::<bool>(),
    ) {
        let delimiters = if several { &b";,"[..] } else { &b";"[..] };
        let mut codec =
            AnyDelimiterCodec::new_with_max_length(delimiters.to_vec(), Vec::new(), most);
        let mut buffer = BytesMut::new();
        let mut seen = Vec::new();
        let mut note = |decoded: Result<Option<Bytes>, AnyDelimiterCodecError>| match decoded {
            Ok(None) => false,
            Ok(piece) => { seen.push(piece); true }
            Err(error) => {
                assert!(matches!(error, AnyDelimiterCodecError::MaxChunkLengthExceeded));
                seen.push(None);
                true
            }
        };
        for piece in bytes.chunks(size) {
            buffer.extend_from_slice(piece);
            while note(codec.decode(&mut buffer)) {}
        }
        while note(codec.decode_eof(&mut buffer)) {}
        prop_assert_eq!(seen, pieces_of(&bytes, delimiters, most));
        prop_assert!(buffer.is_empty());
    }
}

#[test]
fn a_line_that_is_not_utf8_is_an_error_and_the_lines_around_it_come() {
    let mut lines = LinesCodec::new();
    let mut bytes = BytesMut::from(&b"one\n\xff\ntwo\n\xfe"[..]);
    assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "one");
    let LinesCodecError::Io(error) = lines.decode(&mut bytes).unwrap_err() else {
        panic!("it is an error of the bytes");
    };
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.get_ref().unwrap().is::<std::str::Utf8Error>());
    assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "two");
    assert!(lines.decode_eof(&mut bytes).is_err());
    assert!(lines.decode_eof(&mut bytes).unwrap().is_none());
}

#[test]
fn the_longest_line_that_is_allowed_is_that_long() {
    let mut lines = LinesCodec::new_with_max_length(3);
    let mut bytes = BytesMut::from("abc\nabcd\nab\nabcdefghi");
    assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "abc");
    let error = lines.decode(&mut bytes).unwrap_err();
    assert_eq!(error.to_string(), "max line length exceeded");
    assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "ab");
    assert!(lines.decode(&mut bytes).is_err());
    assert!(lines.decode(&mut bytes).unwrap().is_none());
    assert!(bytes.is_empty(), "nothing of what is skipped is kept");
    bytes.extend_from_slice(b"jkl\nend\n");
    assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "end");
}

#[test]
fn a_buffer_that_was_cut_from_outside_is_searched_from_its_start() {
    let mut lines = LinesCodec::new();
    let mut bytes = BytesMut::from("a long beginning");
    assert!(lines.decode(&mut bytes).unwrap().is_none());
    bytes.clear();
    bytes.extend_from_slice(b"x\n");
    assert_eq!(lines.decode(&mut bytes).unwrap().unwrap(), "x");
}

#[test]
fn frames_are_written_with_their_end() {
    let mut bytes = BytesMut::new();
    LinesCodec::new().encode("one", &mut bytes).unwrap();
    LinesCodec::new()
        .encode(String::from("two"), &mut bytes)
        .unwrap();
    AnyDelimiterCodec::default()
        .encode("three", &mut bytes)
        .unwrap();
    AnyDelimiterCodec::new(vec![], b"||".to_vec())
        .encode("four", &mut bytes)
        .unwrap();
    BytesCodec::new()
        .encode(Bytes::from("five"), &mut bytes)
        .unwrap();
    BytesCodec::new()
        .encode(BytesMut::from("six"), &mut bytes)
        .unwrap();
    assert_eq!(bytes, "one\ntwo\nthree,four||fivesix");
}

#[test]
fn errors_show_what_they_are() {
    let error = AnyDelimiterCodecError::MaxChunkLengthExceeded;
    assert_eq!(error.to_string(), "max chunk length exceeded");
    let error = LinesCodecError::from(io::Error::other("gone"));
    assert_eq!(error.to_string(), "gone");
    let error = AnyDelimiterCodecError::from(io::Error::other("gone"));
    assert_eq!(error.to_string(), "gone");
}
