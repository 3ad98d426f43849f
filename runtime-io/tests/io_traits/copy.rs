//! `copy` and `copy_buf`.

use std::io::ErrorKind;

use futures_util::join;
use runtime_io::io::{
    self, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter, copy, copy_buf, duplex,
};

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::drive;

fn script() -> Reader {
    Reader::new([
        data("he"),
        Read::Fail(ErrorKind::Interrupted),
        Read::Pending,
        data("llo"),
        Read::End,
        data("not this"),
    ])
}

#[test]
fn everything_goes_over_and_is_counted_and_flushed() {
    let mut writer = Writer::new([
        Write::Take(1),
        Write::Pending,
        Write::Fail(ErrorKind::Interrupted),
    ]);
    assert_eq!(drive(copy(&mut script(), &mut writer)).unwrap(), 5);
    assert_eq!(
        (&writer.written[..], writer.flushed_at.last()),
        (&b"hello"[..], Some(&5))
    );
    assert_eq!(writer.shut_at, []);

    let mut writer = Writer::new([
        Write::Take(1),
        Write::Pending,
        Write::Fail(ErrorKind::Interrupted),
    ]);
    assert_eq!(
        drive(copy_buf(&mut BufReader::new(script()), &mut writer)).unwrap(),
        5
    );
    assert_eq!(
        (&writer.written[..], writer.flushed_at.last()),
        (&b"hello"[..], Some(&5))
    );
}

/// Rule B2.
#[test]
fn io_02_a_stalled_reader_flushes_the_writer() {
    let mut writer = Writer::default();
    drive(copy(&mut script(), &mut writer)).unwrap();
    assert_eq!(writer.flushed_at, [2, 5]);

    let mut writer = Writer::default();
    drive(copy_buf(&mut BufReader::new(script()), &mut writer)).unwrap();
    assert_eq!(writer.flushed_at, [2, 5]);

    // Nothing was written since: nothing to flush again.
    let mut writer = Writer::default();
    let waits = Reader::new([data("a"), Read::Pending, Read::Pending, Read::Pending]);
    drive(copy(&mut waits.clone(), &mut writer)).unwrap();
    assert_eq!(writer.flushed_at, [1, 1]);
}

#[test]
fn io_02_request_and_response_over_a_buffered_writer() {
    // The source says its second word only after the first has arrived at the other side.
    let (mut client, source) = duplex(64);
    let (destination, mut server) = duplex(64);
    drive(async {
        let (mut source, mut buffered) = (source, BufWriter::new(destination));
        let copying = async {
            let total = copy(&mut source, &mut buffered).await?;
            buffered.shutdown().await?;
            io::Result::Ok(total)
        };
        let talking = async {
            let mut word = [0; 4];
            client.write_all(b"one.").await?;
            server.read_exact(&mut word).await?;
            client.write_all(b"two.").await?;
            server.read_exact(&mut word).await?;
            drop(client);
            assert_eq!(server.read(&mut word).await?, 0);
            io::Result::Ok(word)
        };
        let (total, last) = join!(copying, talking);
        assert_eq!((total.unwrap(), &last.unwrap()), (8, b"two."));
    });
}

#[test]
fn a_slow_writer_gets_larger_pieces() {
    let mut reader = Reader::new([data("a"), data("b"), data("c")]);
    let mut writer = Writer::new([Write::Pending, Write::Pending]);
    drive(copy(&mut reader, &mut writer)).unwrap();
    assert_eq!((writer.writes, &writer.written[..]), (1, &b"abc"[..]));
}

#[test]
fn io_05_an_error_comes_after_the_bytes_before_it() {
    for waits in 0..4 {
        let mut reader = Reader::new([data("ab"), Read::Fail(ErrorKind::ConnectionReset)]);
        let mut writer = Writer::new(vec![Write::Pending; waits]);
        let error = drive(copy(&mut reader, &mut writer)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(writer.written, b"ab", "with {waits} waits of the writer");

        let reader = Reader::new([data("ab"), Read::Fail(ErrorKind::ConnectionReset)]);
        let mut writer = Writer::new(vec![Write::Pending; waits]);
        drive(copy_buf(&mut BufReader::new(reader), &mut writer)).unwrap_err();
        assert_eq!(writer.written, b"ab", "with {waits} waits of the writer");
    }
}

#[test]
fn a_writer_that_takes_nothing_ends_it() {
    let mut full = Writer::new([Write::Take(0)]);
    let error = drive(copy(&mut &b"hello"[..], &mut full)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    let mut full = Writer::new([Write::Take(3), Write::Take(0)]);
    let mut source = &b"hello"[..];
    let error = drive(copy_buf(&mut source, &mut full)).unwrap_err();
    assert_eq!((error.kind(), source), (ErrorKind::WriteZero, &b"lo"[..]));
}

#[test]
fn the_error_of_a_flush_is_reported() {
    let mut writer = Writer::new([Write::Take(9), Write::Fail(ErrorKind::TimedOut)]);
    let error = drive(copy(&mut &b"hello"[..], &mut writer)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let mut writer = Writer::new([Write::Take(9), Write::Fail(ErrorKind::TimedOut)]);
    let error = drive(copy_buf(&mut &b"hello"[..], &mut writer)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}
