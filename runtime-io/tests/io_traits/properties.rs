//! The same script, once through our traits and once through those of the standard library: the answers must agree.
//!
//! `Pending` exists on our side only and must make no difference.

use std::io::{BufRead as _, ErrorKind, Read as _, Write as _};

use proptest::collection::vec;
use proptest::prelude::*;
use runtime_io::io::{
    self, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter, copy,
};

use crate::script::{Read, Reader, Write, Writer};
use crate::support::drive;

/// Bytes that make lines, commas, characters of several bytes, and now and then no text at all.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-c,]{1,6}".prop_map(String::into_bytes),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just("\u{fc}\u{20ac}".as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn read_step() -> impl Strategy<Value = Read> {
    prop_oneof![
        6 => bytes().prop_map(Read::Data),
        3 => Just(Read::Pending),
        1 => Just(Read::End),
        1 => Just(Read::Fail(ErrorKind::ConnectionReset)),
        1 => Just(Read::Fail(ErrorKind::Interrupted)),
    ]
}

fn write_step() -> impl Strategy<Value = Write> {
    prop_oneof![
        6 => (1..12_usize).prop_map(Write::Take),
        3 => Just(Write::Pending),
        1 => Just(Write::Take(0)),
        1 => Just(Write::Fail(ErrorKind::ConnectionReset)),
        1 => Just(Write::Fail(ErrorKind::Interrupted)),
    ]
}

/// Something to do with a buffered reader.
#[derive(Clone, Debug)]
enum Call {
    Read(usize),
    Exact(usize),
    Until(u8),
    Line,
    Fill(usize),
    End,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        (0..20_usize).prop_map(Call::Read),
        (0..20_usize).prop_map(Call::Exact),
        prop_oneof![Just(b','), Just(b'\n'), any::<u8>()].prop_map(Call::Until),
        Just(Call::Line),
        (0..20_usize).prop_map(Call::Fill),
        Just(Call::End),
    ]
}

/// What can be compared of a result.
fn answer<T>(result: io::Result<T>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.kind())
}

type Answer = (Result<usize, ErrorKind>, Vec<u8>);

fn ours<R>(reader: &mut R, call: &Call) -> Answer
where
    R: io::AsyncBufRead + Unpin,
{
    let mut buf = Vec::new();
    let result = match *call {
        Call::Read(length) => {
            buf.resize(length, 0);
            answer(drive(reader.read(&mut buf)))
        }
        Call::Exact(length) => {
            buf.resize(length, 0);
            answer(drive(reader.read_exact(&mut buf)))
        }
        Call::Until(byte) => answer(drive(reader.read_until(byte, &mut buf))),
        Call::Line => {
            let mut line = String::from("+");
            let result = answer(drive(reader.read_line(&mut line)));
            buf = line.into_bytes();
            result
        }
        Call::Fill(amount) => {
            let shown = drive(reader.fill_buf()).map(<[u8]>::to_vec);
            if let Ok(shown) = &shown {
                buf.clone_from(shown);
                reader.consume(amount.min(shown.len()));
            }
            answer(shown.map(|shown| shown.len()))
        }
        Call::End => answer(drive(reader.read_to_end(&mut buf))),
    };
    (result, buf)
}

fn theirs(reader: &mut impl std::io::BufRead, call: &Call) -> Answer {
    let mut buf = Vec::new();
    let result = match *call {
        Call::Read(length) => {
            buf.resize(length, 0);
            answer(reader.read(&mut buf))
        }
        Call::Exact(length) => {
            buf.resize(length, 0);
            answer(reader.read_exact(&mut buf).map(|()| length))
        }
        Call::Until(byte) => answer(reader.read_until(byte, &mut buf)),
        Call::Line => {
            let mut line = String::from("+");
            let result = answer(reader.read_line(&mut line));
            buf = line.into_bytes();
            result
        }
        Call::Fill(amount) => {
            let shown = reader.fill_buf().map(<[u8]>::to_vec);
            if let Ok(shown) = &shown {
                buf.clone_from(shown);
                reader.consume(amount.min(shown.len()));
            }
            answer(shown.map(|shown| shown.len()))
        }
        Call::End => answer(reader.read_to_end(&mut buf)),
    };
    (result, buf)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// IO-05
    #[test]
    fn prop_io_05_a_buffered_reader_answers_as_the_one_of_the_standard_library(
        script in vec(read_step(), 0..20),
        capacity in 1..12_usize,
        calls in vec(call(), 1..20),
    ) {
        let mut our_reader = BufReader::with_capacity(capacity, Reader::new(script.clone()));
        let mut their_reader = std::io::BufReader::with_capacity(capacity, Reader::new(script));
        for call in &calls {
            prop_assert_eq!(ours(&mut our_reader, call), theirs(&mut their_reader, call));
        }
    }

    /// IO-05
    #[test]
    fn prop_io_05_reading_to_the_end_answers_as_the_standard_library(
        script in vec(read_step(), 0..20),
        capacity in 0..80_usize,
    ) {
        let mut our_reader = Reader::new(script.clone());
        let mut their_reader = Reader::new(script);
        let (mut our_bytes, mut their_bytes) = (Vec::with_capacity(capacity), Vec::new());
        while !our_reader.script.is_empty() || !their_reader.script.is_empty() {
            let our_result = drive(AsyncReadExt::read_to_end(&mut our_reader, &mut our_bytes));
            let their_result = std::io::Read::read_to_end(&mut their_reader, &mut their_bytes);
            prop_assert_eq!(answer(our_result), answer(their_result));
            prop_assert_eq!(&our_bytes, &their_bytes);
        }
    }

    /// IO-05
    #[test]
    fn prop_io_05_limits_and_chains_answer_as_the_standard_library(
        first in vec(read_step(), 0..8),
        second in vec(read_step(), 0..8),
        limit in 0..60_u64,
        calls in vec(call(), 1..12),
    ) {
        let buffered = |script: &[Read]| BufReader::with_capacity(5, Reader::new(script.to_vec()));
        let mut our_reader = buffered(&first).take(limit).chain(buffered(&second));
        let buffered =
            |script: &[Read]| std::io::BufReader::with_capacity(5, Reader::new(script.to_vec()));
        let mut their_reader = buffered(&first).take(limit).chain(buffered(&second));
        for call in &calls {
            prop_assert_eq!(ours(&mut our_reader, call), theirs(&mut their_reader, call));
        }
    }

    /// IO-05
    #[test]
    fn prop_io_05_lines_are_the_lines_of_the_standard_library(script in vec(read_step(), 0..20)) {
        let script: Vec<Read> = script
            .into_iter()
            .filter(|step| !matches!(step, Read::Fail(ErrorKind::ConnectionReset)))
            .collect();
        let mut lines = BufReader::with_capacity(4, Reader::new(script.clone())).lines();
        let reader = std::io::BufReader::with_capacity(4, Reader::new(script));
        for line in reader.lines() {
            prop_assert_eq!(answer(drive(lines.next_line())), answer(line).map(Some));
        }
        prop_assert_eq!(answer(drive(lines.next_line())), Ok(None));
    }

    #[test]
    fn prop_a_buffered_writer_answers_as_the_one_of_the_standard_library(
        script in vec(write_step(), 0..30),
        capacity in 0..12_usize,
        pieces in vec((bytes(), any::<bool>()), 1..20),
    ) {
        let mut our_writer = BufWriter::with_capacity(capacity, Writer::new(script.clone()));
        let mut their_writer = std::io::BufWriter::with_capacity(capacity, Writer::new(script));
        for (piece, flush) in &pieces {
            let our_answer = answer(drive(our_writer.write(piece)));
            prop_assert_eq!(our_answer, answer(their_writer.write(piece)));
            prop_assert_eq!(our_writer.buffer(), their_writer.buffer());
            if *flush {
                let our_answer = answer(drive(our_writer.flush()));
                prop_assert_eq!(our_answer, answer(their_writer.flush()));
            }
        }
        prop_assert_eq!(&our_writer.get_ref().written, &their_writer.get_ref().written);
    }

    #[test]
    fn prop_whatever_was_taken_arrives_in_order(
        script in vec(write_step(), 0..30),
        capacity in 0..12_usize,
        vectored in any::<bool>(),
        groups in vec(vec(bytes(), 0..5), 1..10),
    ) {
        let inner = Writer { vectored, ..Writer::new(script) };
        let mut writer = BufWriter::with_capacity(capacity, inner);
        let mut taken = Vec::new();
        for group in &groups {
            let slices: Vec<_> = group.iter().map(|piece| std::io::IoSlice::new(piece)).collect();
            if let Ok(amount) = drive(writer.write_vectored(&slices)) {
                taken.extend(&group.concat()[..amount]);
            }
        }
        while drive(writer.flush()).is_err() {}
        prop_assert_eq!(&writer.get_ref().written, &taken);
    }

    #[test]
    fn prop_a_copy_answers_as_the_one_of_the_standard_library(
        reads in vec(read_step(), 0..20),
        writes in vec(write_step(), 0..20),
    ) {
        // How reads are joined into writes differs, so the writer fails and waits, but takes all or nothing.
        let writes: Vec<Write> = writes
            .into_iter()
            .filter(|step| matches!(step, Write::Pending | Write::Fail(ErrorKind::Interrupted)))
            .collect();
        let mut our_writer = Writer::new(writes.clone());
        let mut their_writer = Writer::new(writes);
        let our_answer = answer(drive(copy(&mut Reader::new(reads.clone()), &mut our_writer)));
        let their_answer = std::io::copy(&mut Reader::new(reads), &mut their_writer);
        prop_assert_eq!(our_answer, answer(their_answer));
        prop_assert_eq!(our_writer.written, their_writer.written);
    }
}
