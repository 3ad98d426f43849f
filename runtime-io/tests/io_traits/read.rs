//! The reading methods.

use std::io::{Cursor, ErrorKind};

use bytes::{BufMut, BytesMut};
use runtime_io::io::{self, AsyncRead, AsyncReadExt};

use crate::script::{Read, Reader, data};
use crate::support::drive;

fn reader() -> Reader {
    Reader::new([
        data("he"),
        Read::Pending,
        Read::Fail(ErrorKind::Interrupted),
        data("llo"),
        Read::End,
        data("again"),
    ])
}

#[test]
fn read_makes_one_attempt_and_passes_everything_on() {
    let mut reader = reader();
    let mut buf = [0; 8];
    assert_eq!(drive(reader.read(&mut buf)).unwrap(), 2);
    let error = drive(reader.read(&mut buf)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(drive(reader.read(&mut buf[..1])).unwrap(), 1);
    assert_eq!(drive(reader.read(&mut buf[..0])).unwrap(), 0);
    assert_eq!(drive(reader.read(&mut buf)).unwrap(), 2);
    assert_eq!(drive(reader.read(&mut buf)).unwrap(), 0);
    assert_eq!(drive(reader.read(&mut buf)).unwrap(), 5);
}

#[test]
fn read_buf_fills_what_is_free_and_never_asks_for_nothing() {
    let mut reader = Reader::new([data("hello")]);
    let mut memory = [0; 4];
    let mut free = &mut memory[..];
    assert_eq!(drive(reader.read_buf(&mut free)).unwrap(), 4);
    assert_eq!(drive(reader.read_buf(&mut free)).unwrap(), 0);
    assert_eq!(reader.polls, 1);

    let mut bytes = BytesMut::new();
    assert_eq!(drive(reader.read_buf(&mut bytes)).unwrap(), 1);
    assert_eq!((&bytes[..], &memory), (&b"o"[..], b"hell"));
}

#[test]
fn read_buf_respects_a_limit() {
    let mut bytes = Vec::new().limit(3);
    assert_eq!(drive((&b"hello"[..]).read_buf(&mut bytes)).unwrap(), 3);
    assert_eq!(drive((&b"hello"[..]).read_buf(&mut bytes)).unwrap(), 0);
    assert_eq!(bytes.into_inner(), b"hel");
}

/// Rule B1.
#[test]
fn read_exact_retries_interruptions_and_reports_an_early_end() {
    let mut reader = reader();
    let mut buf = [0; 5];
    assert_eq!(drive(reader.read_exact(&mut buf)).unwrap(), 5);
    assert_eq!(&buf, b"hello");
    let error = drive(reader.read_exact(&mut buf)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let polls = reader.polls;
    assert_eq!(drive(reader.read_exact(&mut [])).unwrap(), 0);
    assert_eq!(reader.polls, polls, "nothing to fill, nothing to ask for");
}

#[test]
fn read_to_end_appends_and_goes_on_after_an_end() {
    let mut reader = reader();
    let mut all = b">".to_vec();
    assert_eq!(drive(reader.read_to_end(&mut all)).unwrap(), 5);
    assert_eq!(all, b">hello");
    assert_eq!(drive(reader.read_to_end(&mut all)).unwrap(), 5);
    assert_eq!(all, b">helloagain");
}

#[test]
fn read_to_end_keeps_what_came_before_an_error() {
    let mut reader = Reader::new([data("he"), Read::Fail(ErrorKind::Other), data("llo")]);
    let mut all = Vec::new();
    assert_eq!(
        drive(reader.read_to_end(&mut all)).unwrap_err().kind(),
        ErrorKind::Other
    );
    assert_eq!(all, b"he");
    assert_eq!(drive(reader.read_to_end(&mut all)).unwrap(), 3);
    assert_eq!(all, b"hello");
}

#[test]
fn read_to_end_does_not_grow_a_vector_of_the_right_size() {
    let content = vec![7; 1000];
    let mut all = Vec::with_capacity(1000);
    let capacity = all.capacity();
    drive((&content[..]).read_to_end(&mut all)).unwrap();
    assert_eq!((all.len(), all.capacity()), (1000, capacity));

    // One byte more, and it has to.
    let content = vec![7; capacity + 1];
    let mut all = Vec::with_capacity(capacity);
    drive((&content[..]).read_to_end(&mut all)).unwrap();
    assert_eq!(all, content);
}

#[test]
fn read_to_end_offers_more_to_a_reader_that_fills_all() {
    let length = if cfg!(miri) { 20_000 } else { 1_000_000 };
    let content: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[0]).collect();
    let mut reader = Reader::new([data(&content)]);
    let mut all = Vec::new();
    drive(reader.read_to_end(&mut all)).unwrap();
    assert_eq!(all, content);
    assert!(
        reader.polls < 40,
        "{length} bytes took {} reads",
        reader.polls
    );
}

/// A reader that asks for initialised memory and counts how much of it it was offered.
struct Zeroing {
    left: usize,
    offered: usize,
}

impl AsyncRead for Zeroing {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buf: &mut io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        let amount = self.left.min(100);
        self.left -= amount;
        self.offered += buf.initialize_unfilled().len();
        buf.advance(amount.min(buf.remaining()));
        std::task::Poll::Ready(Ok(()))
    }
}

#[test]
fn read_to_end_does_not_offer_a_huge_vector_to_a_reader_of_small_packets() {
    let packets = if cfg!(miri) { 5 } else { 100 };
    let mut reader = Zeroing {
        left: packets * 100,
        offered: 0,
    };
    let mut all = Vec::with_capacity(if cfg!(miri) { 100_000 } else { 10_000_000 });
    drive(reader.read_to_end(&mut all)).unwrap();
    assert_eq!(all.len(), packets * 100);
    assert!(
        reader.offered <= (packets + 1) * 8192,
        "{} bytes were zeroed",
        reader.offered
    );
}

/// Rule B1.
#[test]
fn read_to_string_joins_characters_and_refuses_what_is_no_text() {
    let mut text = String::from("<");
    let mut reader = Reader::new([data(b"Gr\xc3"), Read::Pending, data(b"\xbc\xc3\x9fe")]);
    assert_eq!(drive(reader.read_to_string(&mut text)).unwrap(), 7);
    assert_eq!(text, "<Grüße");

    let error = drive((&b"ab\xff"[..]).read_to_string(&mut text)).unwrap_err();
    assert_eq!((error.kind(), &*text), (ErrorKind::InvalidData, "<Grüße"));

    let mut reader = Reader::new([data("ab"), Read::Fail(ErrorKind::Other)]);
    let error = drive(reader.read_to_string(&mut text)).unwrap_err();
    assert_eq!((error.kind(), &*text), (ErrorKind::Other, "<Grüße"));
}

#[test]
fn numbers_come_in_pieces() {
    let mut bytes = Vec::new();
    bytes.extend(0x0102_u16.to_be_bytes());
    bytes.extend((-3_i64).to_le_bytes());
    bytes.extend(1.5_f32.to_be_bytes());
    bytes.extend(u128::MAX.to_le_bytes());
    bytes.extend((-7_i8).to_be_bytes());
    let pieces = bytes.chunks(1).flat_map(|piece| {
        [
            data(piece),
            Read::Pending,
            Read::Fail(ErrorKind::Interrupted),
        ]
    });
    let mut reader = Reader::new(pieces);
    assert_eq!(drive(reader.read_u16()).unwrap(), 0x0102);
    assert_eq!(drive(reader.read_i64_le()).unwrap(), -3);
    assert_eq!(drive(reader.read_f32()).unwrap(), 1.5);
    assert_eq!(drive(reader.read_u128_le()).unwrap(), u128::MAX);
    assert_eq!(drive(reader.read_i8()).unwrap(), -7);
    assert_eq!(
        drive(reader.read_u8()).unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
}

#[test]
fn io_05_an_empty_buffer_is_not_the_end_of_the_first_of_a_chain() {
    let mut chain = Reader::new([data("ab")]).chain(Reader::new([data("cd")]));
    assert_eq!(drive(chain.read(&mut [])).unwrap(), 0);
    let mut all = Vec::new();
    drive(chain.read_to_end(&mut all)).unwrap();
    assert_eq!(all, b"abcd");
}

#[test]
fn io_05_the_first_of_a_chain_is_not_asked_again_after_its_end() {
    let mut chain = Reader::new([data("ab"), Read::End, data("not this")]).chain(&b"cd"[..]);
    let mut all = Vec::new();
    drive(chain.read_to_end(&mut all)).unwrap();
    drive(chain.read_to_end(&mut all)).unwrap();
    assert_eq!(all, b"abcd");
}

#[test]
fn take_stops_at_its_limit_without_asking_the_reader() {
    let mut first = Reader::new([data("hello"), Read::Pending]).take(4);
    let mut all = Vec::new();
    drive(first.read_to_end(&mut all)).unwrap();
    assert_eq!(
        (&all[..], first.limit(), first.get_ref().polls),
        (&b"hell"[..], 0, 1)
    );
    first.set_limit(1);
    drive(first.read_to_end(&mut all)).unwrap();
    assert_eq!(all, b"hello");
}

#[test]
fn take_passes_on_what_is_initialised() {
    struct Looks;
    impl AsyncRead for Looks {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buf: &mut io::ReadBuf<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            assert_eq!(buf.initialized().len(), 3);
            std::task::Poll::Ready(Ok(()))
        }
    }
    drive(Looks.take(3).read(&mut [0; 8])).unwrap();
}

#[test]
fn a_cursor_beyond_its_end_is_at_its_end() {
    let mut cursor = Cursor::new(b"abc");
    cursor.set_position(u64::MAX);
    assert_eq!(drive(cursor.read(&mut [0; 2])).unwrap(), 0);
    assert_eq!(cursor.position(), u64::MAX);
}

#[test]
fn pointers_to_readers_are_readers() {
    let mut boxed: Box<dyn AsyncRead + Send + Unpin> = Box::new(&b"a"[..]);
    assert_eq!(drive(boxed.read_u8()).unwrap(), b'a');
    let mut pinned: std::pin::Pin<Box<dyn AsyncRead + Send>> = Box::pin(&b"a"[..]);
    assert_eq!(drive(pinned.read_u8()).unwrap(), b'a');
    let mut slice = &b"a"[..];
    assert_eq!(drive((&mut &mut slice).read_u8()).unwrap(), b'a');
}

#[test]
fn empty_and_repeat_read_as_they_should() {
    let mut buf = [1; 700];
    drive(io::repeat(9).read_exact(&mut buf)).unwrap();
    assert_eq!(buf, [9; 700]);
    assert_eq!(drive(io::empty().read(&mut buf)).unwrap(), 0);
}
