//! `copy_bidirectional`.

use std::io::ErrorKind;

use runtime_io::io::{Join, copy_bidirectional, copy_bidirectional_with_sizes, join};

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::drive;

type Side = Join<Reader, Writer>;

/// A side that says `word` after so many waits and then ends; as a destination it is slow or not.
fn side(word: &str, waits: usize, slow: bool) -> Side {
    let mut script = vec![Read::Pending; waits];
    script.extend(word.chars().map(|letter| data(letter.to_string())));
    let waits = if slow { 20 } else { 0 };
    join(
        Reader::new(script),
        Writer::new([Write::Pending, Write::Take(1)].repeat(waits)),
    )
}

/// Rule B2.
#[test]
fn io_01_each_direction_goes_on_after_the_other_has_ended() {
    // The eight orders: which side ends first, and which destinations are so slow that the end overtakes the bytes.
    for (a_waits, b_waits) in [(0, 50), (50, 0)] {
        for (a_slow, b_slow) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut a = side("from a", a_waits, a_slow);
            let mut b = side("from side b", b_waits, b_slow);
            assert_eq!(drive(copy_bidirectional(&mut a, &mut b)).unwrap(), (6, 11));
            for (side, word) in [(&a, "from side b"), (&b, "from a")] {
                let writer = side.writer();
                assert_eq!(writer.written, word.as_bytes());
                assert_eq!(
                    writer.shut_at,
                    [word.len()],
                    "shut down once, after the last byte"
                );
            }
        }
    }
}

#[test]
fn io_01_a_slow_shutdown_does_not_hold_up_the_other_direction() {
    let mut a = side("ab", 0, false);
    let mut b = side("cd", 9, false);
    b.writer_mut()
        .script
        .extend([Write::Take(9), Write::Take(9)]);
    b.writer_mut().script.extend(vec![Write::Pending; 5]);
    assert_eq!(drive(copy_bidirectional(&mut a, &mut b)).unwrap(), (2, 2));
    assert_eq!(
        (&b.writer().shut_at[..], &a.writer().shut_at[..]),
        (&[2][..], &[2][..])
    );
}

/// Rule B2.
#[test]
fn the_first_error_ends_both() {
    let mut a = side("abc", 0, false);
    let mut b = join(
        Reader::new([
            Read::Pending,
            Read::Fail(ErrorKind::ConnectionReset),
            data("never"),
        ]),
        Writer::new(vec![Write::Pending; 1000]),
    );
    let error = drive(copy_bidirectional(&mut a, &mut b)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(a.writer().written, b"");
}

#[test]
fn sizes_are_the_sizes_of_the_reads() {
    let mut a = join(Reader::new([data("abcdef")]), Writer::default());
    let mut b = join(Reader::new([data("ghijkl")]), Writer::default());
    assert_eq!(
        drive(copy_bidirectional_with_sizes(&mut a, &mut b, 2, 3)).unwrap(),
        (6, 6)
    );
    assert_eq!((b.writer().writes, a.writer().writes), (3, 2));
}

/// Rule B3.
#[test]
#[should_panic = "`a_to_b_buf_size` must be greater than 0"]
fn no_buffer_there_is_refused() {
    let (mut a, mut b) = (side("", 0, false), side("", 0, false));
    drive(copy_bidirectional_with_sizes(&mut a, &mut b, 0, 1)).unwrap();
}

/// Rule B3.
#[test]
#[should_panic = "`b_to_a_buf_size` must be greater than 0"]
fn no_buffer_back_is_refused() {
    let (mut a, mut b) = (side("", 0, false), side("", 0, false));
    drive(copy_bidirectional_with_sizes(&mut a, &mut b, 1, 0)).unwrap();
}
