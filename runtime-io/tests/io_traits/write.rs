//! The writing methods.

use std::io::{Cursor, ErrorKind, IoSlice};

use bytes::{Buf, Bytes};
use runtime_io::io::{self, AsyncWrite, AsyncWriteExt};

use crate::script::{Write, Writer};
use crate::support::drive;

fn slow() -> Writer {
    Writer::new([
        Write::Take(2),
        Write::Pending,
        Write::Fail(ErrorKind::Interrupted),
        Write::Take(1),
    ])
}

#[test]
fn write_makes_one_attempt_and_passes_everything_on() {
    let mut writer = slow();
    assert_eq!(drive(writer.write(b"hello")).unwrap(), 2);
    let error = drive(writer.write(b"llo")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(drive(writer.write(b"llo")).unwrap(), 1);
    assert_eq!(drive(writer.write(b"lo")).unwrap(), 2);
    assert_eq!(writer.written, b"hello");
}

/// Rule B1.
#[test]
fn write_all_retries_interruptions_and_reports_a_full_writer() {
    let mut writer = slow();
    drive(writer.write_all(b"hello")).unwrap();
    assert_eq!(writer.written, b"hello");
    writer.script.push_back(Write::Take(0));
    let error = drive(writer.write_all(b"more")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    let writes = writer.writes;
    drive(writer.write_all(b"")).unwrap();
    assert_eq!(
        writer.writes, writes,
        "nothing to write, nothing to ask for"
    );
}

#[test]
fn write_buf_moves_the_source_on() {
    let mut writer = slow();
    let mut source = Bytes::from("hello");
    assert_eq!(drive(writer.write_buf(&mut source)).unwrap(), 2);
    assert_eq!(source, "llo");
    source.clear();
    assert_eq!(drive(writer.write_buf(&mut source)).unwrap(), 0);
    assert_eq!(writer.writes, 1);
}

#[test]
fn write_all_buf_writes_every_chunk() {
    for vectored in [false, true] {
        let mut writer = Writer { vectored, ..slow() };
        let mut source = (&b"he"[..]).chain(&b"ll"[..]).chain(&b"o"[..]);
        drive(writer.write_all_buf(&mut source)).unwrap();
        assert_eq!(
            (source.remaining(), &writer.written[..]),
            (0, &b"hello"[..])
        );
    }
}

#[test]
fn write_all_buf_leaves_what_was_not_written() {
    for failure in [Write::Take(0), Write::Fail(ErrorKind::Other)] {
        let mut writer = Writer::new([Write::Take(2), failure]);
        let mut source = &b"hello"[..];
        drive(writer.write_all_buf(&mut source)).unwrap_err();
        assert_eq!((source, &writer.written[..]), (&b"llo"[..], &b"he"[..]));
    }
}

#[test]
fn a_vectored_write_falls_back_on_the_first_slice_that_is_not_empty() {
    struct Plain(Vec<u8>);
    impl AsyncWrite for Plain {
        fn poll_write(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buf: &[u8],
        ) -> std::task::Poll<io::Result<usize>> {
            self.0.extend(buf);
            std::task::Poll::Ready(Ok(buf.len()))
        }
        fn poll_flush(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
        fn poll_shutdown(
            self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            self.poll_flush(cx)
        }
    }
    let mut plain = Plain(Vec::new());
    let bufs = [IoSlice::new(b""), IoSlice::new(b"ab"), IoSlice::new(b"cd")];
    assert!(!plain.is_write_vectored());
    assert_eq!(drive(plain.write_vectored(&bufs)).unwrap(), 2);
    assert_eq!(drive(plain.write_vectored(&[])).unwrap(), 0);
    assert_eq!(plain.0, b"ab");
}

#[test]
fn numbers_go_out_in_pieces() {
    let mut writer = Writer::new([Write::Take(1), Write::Pending, Write::Take(3)]);
    drive(async {
        writer.write_u64(0x0102_0304_0506_0708).await?;
        writer.write_i16_le(-2).await?;
        writer.write_f64(2.5).await?;
        writer.write_u8(9).await
    })
    .unwrap();
    let mut expected = vec![1, 2, 3, 4, 5, 6, 7, 8, 0xfe, 0xff];
    expected.extend(2.5_f64.to_be_bytes());
    expected.push(9);
    assert_eq!(writer.written, expected);
    writer.script.push_back(Write::Take(0));
    assert_eq!(
        drive(writer.write_u8(1)).unwrap_err().kind(),
        ErrorKind::WriteZero
    );
}

#[test]
fn memory_takes_what_there_is_room_for() {
    let mut memory = [0; 3];
    let mut fixed = Cursor::new(&mut memory[..]);
    assert_eq!(drive(fixed.write(b"ab")).unwrap(), 2);
    let bufs = [IoSlice::new(b"c"), IoSlice::new(b"d")];
    assert_eq!(drive(fixed.write_vectored(&bufs)).unwrap(), 1);
    assert_eq!(
        drive(fixed.write_all(b"d")).unwrap_err().kind(),
        ErrorKind::WriteZero
    );
    assert_eq!(&memory, b"abc");

    let mut growing = Vec::new();
    let mut cursor = Cursor::new(&mut growing);
    drive(cursor.write_all(b"abc")).unwrap();
    drive(cursor.flush()).unwrap();
    drive(cursor.shutdown()).unwrap();
    cursor.set_position(1);
    drive(cursor.write_all(b"xyz")).unwrap();
    assert_eq!(growing, b"axyz");
}

#[test]
fn sink_and_empty_forget() {
    let bufs = [IoSlice::new(b"ab"), IoSlice::new(b"cde")];
    assert_eq!(drive(io::sink().write(b"hello")).unwrap(), 5);
    assert_eq!(drive(io::sink().write_vectored(&bufs)).unwrap(), 5);
    assert_eq!(drive(io::empty().write(b"hello")).unwrap(), 5);
    drive(io::sink().flush()).unwrap();
    drive(io::empty().shutdown()).unwrap();
}
