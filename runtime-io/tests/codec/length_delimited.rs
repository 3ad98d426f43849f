//! Frames behind their length: every layout there and back, and what is refused.

use std::io::ErrorKind;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use proptest::prelude::*;
use runtime_io::codec::length_delimited::Builder;
use runtime_io::codec::{Decoder, Encoder, LengthDelimitedCodec, LengthDelimitedCodecError};

use crate::script::{Reader, data};
use crate::support::drive;

/// A head that both directions can have: the encoder writes nothing before the length.
fn layout(length: usize, big: bool, counts_itself: bool) -> Builder {
    let mut builder = LengthDelimitedCodec::builder();
    builder.length_field_length(length);
    if counts_itself {
        builder.length_adjustment(-(length as isize));
    }
    if big {
        builder.big_endian();
    } else {
        builder.little_endian();
    }
    builder
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..6),
        length in 1_usize..=8,
        big in any::<bool>(),
        counts_itself in any::<bool>(),
        size in 1_usize..50,
    ) {
        let layout = layout(length, big, counts_itself);
        let mut bytes = BytesMut::new();
        for frame in &frames {
            layout.new_codec().encode(&frame[..], &mut bytes).unwrap();
        }
        let reader = Reader::new(bytes.chunks(size).map(data));
        let decoded: Vec<_> = drive(layout.new_read(reader).map(Result::unwrap).collect());
        prop_assert_eq!(decoded, frames);
    }

    #[test]
    fn no_bytes_and_no_layout_make_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
        length in 1_usize..=8,
        offset in 0_usize..6,
        skip in proptest::option::of(0_usize..10),
        adjustment in any::<i8>(),
        most in 0_usize..100_000,
    ) {
        let mut builder = layout(length, true, false);
        builder.length_field_offset(offset).length_adjustment(adjustment.into()).max_frame_length(most);
        if let Some(skip) = skip {
            builder.num_skip(skip);
        }
        let mut codec = builder.new_codec();
        let mut bytes = BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = codec.decode(&mut bytes) {
            if bytes.is_empty() {
                break;
            }
        }
    }
}

/// A frame that is too long is refused with a clear error, and those before it have been given out.
#[test]
fn a_frame_that_is_too_long_is_refused_and_those_before_it_come() {
    let bytes = b"\x00\x00\x00\x02hi\x00\x00\x00\x05hello";
    let mut frames = LengthDelimitedCodec::builder()
        .max_frame_length(4)
        .new_read(&bytes[..]);
    assert_eq!(drive(frames.next()).unwrap().unwrap(), "hi");
    let error = drive(frames.next()).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(error.to_string(), "frame size too big");
    assert!(error.get_ref().unwrap().is::<LengthDelimitedCodecError>());
    assert_eq!(frames.read_buffer(), &b"\x00\x00\x00\x05hello"[..]);
    assert!(drive(frames.next()).is_none());
}

#[test]
fn a_frame_that_is_too_long_is_not_written() {
    let mut codec = LengthDelimitedCodec::builder()
        .max_frame_length(4)
        .new_codec();
    let mut bytes = BytesMut::from("before");
    let error = codec.encode(&b"hello"[..], &mut bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(bytes, "before");
    codec.set_max_frame_length(5);
    codec.encode(Bytes::from("hello"), &mut bytes).unwrap();
    assert_eq!(bytes, &b"before\x00\x00\x00\x05hello"[..]);
}

#[test]
fn the_limit_is_never_more_than_the_field_can_say() {
    let most = |length, adjustment| {
        let mut builder = layout(length, true, false);
        builder
            .length_adjustment(adjustment)
            .max_frame_length(usize::MAX);
        builder.new_codec().max_frame_length()
    };
    assert_eq!(most(1, 0), 255);
    assert_eq!(most(1, -3), 252);
    assert_eq!(most(2, 3), 65_538);
    assert_eq!(most(8, 0), usize::MAX);
    assert_eq!(most(8, 1), usize::MAX);
    let mut codec = layout(1, true, false).new_codec();
    codec.set_max_frame_length(1000);
    assert_eq!(codec.max_frame_length(), 255);
}

#[test]
fn an_adjusted_length_out_of_range_is_an_error() {
    let mut codec = layout(1, true, false);
    let mut codec = codec.length_adjustment(-3).new_codec();
    let error = codec.decode(&mut BytesMut::from("\x02..")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let mut codec = layout(4, true, false);
    let mut codec = codec.length_adjustment(10).new_codec();
    let error = codec
        .encode(&b"short"[..], &mut BytesMut::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // The far ends of the type.
    let mut builder = LengthDelimitedCodec::builder();
    let mut codec = builder.length_adjustment(isize::MIN).new_codec();
    assert_eq!(codec.max_frame_length(), 0);
    assert!(codec.decode(&mut BytesMut::from("\0\0\0\0")).is_err());
    let mut builder = LengthDelimitedCodec::builder();
    let mut codec = builder.length_field_offset(usize::MAX).new_codec();
    assert!(codec.decode(&mut BytesMut::from("abc")).unwrap().is_none());
}

#[test]
fn the_head_may_be_part_of_the_frame_and_the_frame_may_begin_later() {
    let mut whole = LengthDelimitedCodec::builder();
    whole
        .length_field_type::<u16>()
        .length_adjustment(2)
        .num_skip(0);
    let frame = drive(whole.new_read(&b"\x00\x02hi"[..]).next())
        .unwrap()
        .unwrap();
    assert_eq!(frame, &b"\x00\x02hi"[..]);
    let mut later = LengthDelimitedCodec::builder();
    later
        .length_field_type::<u16>()
        .length_field_offset(1)
        .num_skip(5);
    let frame = drive(later.new_read(&b"T\x00\x02..hi"[..]).next())
        .unwrap()
        .unwrap();
    assert_eq!(frame, "hi");
}

#[test]
fn a_length_without_its_frame_at_the_end_is_an_error() {
    let mut frames = LengthDelimitedCodec::builder().new_read(&b"\x00\x00\x00\x05hel"[..]);
    let error = drive(frames.next()).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "bytes remaining on stream");
    assert!(drive(frames.next()).is_none());
}

#[test]
fn a_length_of_no_or_nine_bytes_is_refused() {
    for length in [0, 9] {
        let refused = std::panic::catch_unwind(|| {
            Builder::new().length_field_length(length);
        });
        let message = refused.unwrap_err();
        let message = message.downcast_ref::<&str>().unwrap();
        assert!(message.contains("invalid length field length"), "{message}");
    }
}
