//! The states of reading and the boundary of writing, with readers and writers that follow a script.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::Poll;

use bytes::{Buf, BufMut, BytesMut};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use runtime_io::codec::{
    BytesCodec, Decoder, Encoder, Framed, FramedParts, FramedRead, FramedWrite, LinesCodec,
};

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::{Task, drive};

/// Numbers of four bytes; the greatest is no number.
struct Numbers;

impl Decoder for Numbers {
    type Item = u32;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<u32>> {
        if src.len() < 4 {
            return Ok(None);
        }
        match src.get_u32() {
            u32::MAX => Err(io::Error::from(ErrorKind::InvalidData)),
            number => Ok(Some(number)),
        }
    }
}

impl Encoder<u32> for Numbers {
    type Error = io::Error;

    fn encode(&mut self, item: u32, dst: &mut BytesMut) -> io::Result<()> {
        dst.put_u32(item);
        Ok(())
    }
}

/// What a stream gives at each poll, until it gives the end `ends` times.
fn polls<S, T>(stream: S, ends: usize) -> Vec<Option<Result<T, ErrorKind>>>
where
    S: Stream<Item = io::Result<T>>,
{
    let mut stream = std::pin::pin!(stream);
    let mut seen = Vec::new();
    let mut ended = 0;
    while ended < ends {
        let next = drive(stream.next());
        ended += usize::from(next.is_none());
        seen.push(next.map(|next| next.map_err(|error| error.kind())));
    }
    seen
}

#[test]
fn frames_come_out_however_the_bytes_come_in() {
    let bytes: Vec<u8> = (1..=5_u32).flat_map(u32::to_be_bytes).collect();
    for size in 1..=bytes.len() {
        let pieces = bytes
            .chunks(size)
            .flat_map(|piece| [Read::Pending, data(piece)]);
        let frames = polls(FramedRead::new(Reader::new(pieces), Numbers), 1);
        let expected: Vec<_> = (1..=5).map(|n| Some(Ok(n))).chain([None]).collect();
        assert_eq!(frames, expected, "pieces of {size}");
    }
}

#[test]
fn a_read_brings_as_much_as_there_is_room_and_all_its_frames_come_before_the_next() {
    let bytes: Vec<u8> = (0..4096_u32).flat_map(u32::to_be_bytes).collect();
    let mut frames = FramedRead::new(Reader::new([data(&bytes)]), Numbers);
    for number in 0..4096 {
        assert_eq!(drive(frames.next()).unwrap().unwrap(), number);
        let reads = number as usize / 2048 + 1;
        assert_eq!(
            frames.get_ref().polls,
            reads,
            "at {number}: 8 KiB at a time"
        );
    }
}

/// Rule 3 of the essay: an error is followed by the end, once, and what is behind it comes with the next bytes.
#[test]
fn a_decode_error_is_followed_by_the_end_and_then_reading_goes_on() {
    let mut first = 1_u32.to_be_bytes().to_vec();
    first.extend(u32::MAX.to_be_bytes());
    first.extend(2_u32.to_be_bytes());
    let script = [data(first), data(3_u32.to_be_bytes())];
    let seen = polls(FramedRead::new(Reader::new(script), Numbers), 2);
    let invalid = Some(Err(ErrorKind::InvalidData));
    assert_eq!(
        seen,
        [Some(Ok(1)), invalid, None, Some(Ok(2)), Some(Ok(3)), None]
    );
}

#[test]
fn an_error_of_the_reader_is_followed_by_the_end_and_loses_nothing() {
    let script = [
        data([0, 0]),
        Read::Fail(ErrorKind::ConnectionReset),
        data([0, 7]),
    ];
    let seen = polls(FramedRead::new(Reader::new(script), Numbers), 2);
    let reset = Some(Err(ErrorKind::ConnectionReset));
    assert_eq!(seen, [reset, None, Some(Ok(7)), None]);
}

#[test]
fn an_interrupted_read_is_made_again() {
    let script = [
        Read::Fail(ErrorKind::Interrupted),
        data([0, 0]),
        Read::Fail(ErrorKind::Interrupted),
        data([0, 7]),
    ];
    let seen = polls(FramedRead::new(Reader::new(script), Numbers), 1);
    assert_eq!(seen, [Some(Ok(7)), None]);
}

#[test]
fn a_remainder_at_the_end_is_an_error_and_a_source_that_grows_is_read_on() {
    let script = [data([0, 0]), Read::End, data([0, 7]), Read::End];
    let seen = polls(FramedRead::new(Reader::new(script), Numbers), 3);
    let remainder = Some(Err(ErrorKind::Other));
    assert_eq!(seen, [remainder, None, Some(Ok(7)), None, None]);
}

#[test]
fn the_end_is_decoded_once_until_there_is_more() {
    /// Gives a last frame of its own at the end.
    struct Farewell(bool);
    impl Decoder for Farewell {
        type Item = &'static str;
        type Error = io::Error;

        fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<&'static str>> {
            src.clear();
            Ok(None)
        }

        fn decode_eof(&mut self, _: &mut BytesMut) -> io::Result<Option<&'static str>> {
            self.0 = !self.0;
            Ok(self.0.then_some("bye"))
        }
    }
    let script = [data("x"), Read::End, Read::End, data("y")];
    let seen = polls(FramedRead::new(Reader::new(script), Farewell(false)), 4);
    assert_eq!(
        seen,
        [Some(Ok("bye")), None, None, Some(Ok("bye")), None, None]
    );
}

#[test]
fn a_panic_of_the_decoder_leaves_a_stream_that_has_failed() {
    struct Panics;
    impl Decoder for Panics {
        type Item = ();
        type Error = io::Error;

        fn decode(&mut self, _: &mut BytesMut) -> io::Result<Option<()>> {
            panic!("no such frame");
        }
    }
    let mut frames = FramedRead::new(&b"x"[..], Panics);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drive(frames.next())));
    assert!(panicked.is_err());
    assert!(drive(frames.next()).is_none());
}

#[test]
fn frames_wait_up_to_the_boundary_and_are_written_then() {
    let mut frames = FramedWrite::with_capacity(Writer::default(), Numbers, 8);
    let task = Task::default();
    for number in 1..=2_u32 {
        let ready = task.with_context(|cx| Pin::new(&mut frames).poll_ready(cx));
        assert!(matches!(ready, Poll::Ready(Ok(()))));
        Pin::new(&mut frames).start_send(number).unwrap();
        assert_eq!(frames.get_ref().writes, 0, "still below");
    }
    assert_eq!(frames.write_buffer().len(), 8);
    let ready = task.with_context(|cx| <_ as Sink<u32>>::poll_ready(Pin::new(&mut frames), cx));
    assert!(matches!(ready, Poll::Ready(Ok(()))));
    assert_eq!(frames.get_ref().written, [0, 0, 0, 1, 0, 0, 0, 2]);
    assert!(frames.write_buffer().is_empty());
}

#[test]
fn a_writer_that_does_not_take_keeps_the_rest_waiting() {
    let script = [Write::Take(3), Write::Pending, Write::Take(2)];
    let mut frames = FramedWrite::with_capacity(Writer::new(script), Numbers, 4);
    let task = Task::default();
    Pin::new(&mut frames).start_send(1).unwrap();
    let poll = |frames: &mut FramedWrite<Writer, Numbers>| {
        task.with_context(|cx| <_ as Sink<u32>>::poll_flush(Pin::new(frames), cx))
    };
    assert!(poll(&mut frames).is_pending());
    assert_eq!(frames.write_buffer().len(), 1, "what was written is gone");
    assert!(matches!(poll(&mut frames), Poll::Ready(Ok(()))));
    assert_eq!(frames.get_ref().written, [0, 0, 0, 1]);
}

#[test]
fn a_writer_that_takes_nothing_is_an_error_and_the_frame_is_kept() {
    let mut frames = FramedWrite::new(Writer::new([Write::Take(0)]), Numbers);
    let error = drive(frames.send(7)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    drive(<_ as SinkExt<u32>>::flush(&mut frames)).unwrap();
    assert_eq!(frames.get_ref().written, [0, 0, 0, 7]);
}

#[test]
fn closing_writes_flushes_and_shuts_down() {
    let script = [Write::Fail(ErrorKind::Interrupted), Write::Take(2)];
    let mut frames = FramedWrite::new(Writer::new(script), Numbers);
    drive(frames.feed(7)).unwrap();
    drive(<_ as SinkExt<u32>>::close(&mut frames)).unwrap();
    let writer = frames.into_inner();
    assert_eq!(writer.written, [0, 0, 0, 7]);
    assert_eq!((writer.flushed_at, writer.shut_at), (vec![4], vec![4]));
}

#[test]
fn a_codec_is_exchanged_in_the_middle_of_a_stream_and_no_byte_is_lost() {
    let stream = runtime_io::io::join(&b"head\nbody"[..], Vec::new());
    let mut lines = Framed::new(stream, LinesCodec::new());
    assert_eq!(drive(lines.next()).unwrap().unwrap(), "head");
    drive(lines.feed("answer")).unwrap();
    let mut rest = lines.map_codec(|_| BytesCodec::new());
    assert_eq!(drive(rest.next()).unwrap().unwrap(), "body");
    drive(rest.send(bytes::Bytes::from("more"))).unwrap();
    let parts = rest.into_parts();
    assert_eq!(parts.io.writer(), b"answer\nmore");
    assert!(parts.read_buf.is_empty() && parts.write_buf.is_empty());
}

#[test]
fn parts_begin_with_what_was_read_before() {
    let mut parts = FramedParts::new::<u32>(runtime_io::io::empty(), Numbers);
    parts.read_buf.put_u32(7);
    parts.write_buf.put_u32(8);
    let mut frames = Framed::from_parts(parts);
    assert!(frames.read_buffer().capacity() >= 8 * 1024);
    assert_eq!(drive(frames.next()).unwrap().unwrap(), 7);
    assert_eq!(frames.write_buffer().len(), 4);
    assert_eq!(frames.backpressure_boundary(), 8 * 1024);
}

/// The reader inside of a framed writer is read as what it is, and the other way round.
#[test]
fn the_direction_without_a_codec_is_passed_on() {
    let inner = Framed::new(
        runtime_io::io::join(&b"\0\0\0\x07"[..], Vec::new()),
        Numbers,
    );
    let mut outer = FramedWrite::new(inner, Numbers);
    assert_eq!(drive(outer.next()).unwrap().unwrap(), 7);
    let inner = outer.into_inner();
    let mut outer = FramedRead::new(inner, Numbers);
    drive(outer.send(8_u32)).unwrap();
    assert_eq!(outer.get_ref().get_ref().writer(), &[0, 0, 0, 8]);
}

#[test]
fn the_debug_text_names_the_state() {
    let mut lines = FramedRead::new(&b"x\ny"[..], LinesCodec::new());
    let states = |eof, readable, lines: &_| {
        let shown = format!("{lines:?}");
        let expected = format!("eof: {eof}, is_readable: {readable}");
        assert!(shown.contains(&expected), "{shown}");
    };
    states(false, false, &lines);
    drive(lines.next());
    states(false, true, &lines);
    drive(lines.next());
    states(true, true, &lines);
    drive(lines.next());
    states(true, false, &lines);
}
