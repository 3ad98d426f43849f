//! `ReadBuf` itself. Under miri these tests check the memory accesses.

use std::mem::MaybeUninit;
use std::panic::catch_unwind;

use bytes::BufMut;
use runtime_io::io::ReadBuf;

#[test]
fn a_new_buffer_is_initialised_and_empty() {
    let mut memory = *b"abcd";
    let buf = ReadBuf::new(&mut memory);
    assert_eq!(buf.filled(), b"");
    assert_eq!(buf.initialized(), b"abcd");
    assert_eq!((buf.capacity(), buf.remaining()), (4, 4));
}

#[test]
fn uninitialised_memory_is_zeroed_once_and_only_as_far_as_asked() {
    let mut memory = [MaybeUninit::uninit(); 8];
    let mut buf = ReadBuf::uninit(&mut memory);
    buf.put_slice(b"ab");
    buf.initialize_unfilled_to(3).copy_from_slice(b"cde");
    assert_eq!(buf.initialized(), b"abcde");
    // Asking again does not zero again.
    assert_eq!(buf.initialize_unfilled_to(4), b"cde\0");
    buf.advance(3);
    assert_eq!(buf.filled(), b"abcde");
    assert_eq!(buf.initialize_unfilled(), [0; 3]);
}

#[test]
fn clearing_keeps_what_is_initialised() {
    let mut memory = [MaybeUninit::uninit(); 4];
    let mut buf = ReadBuf::uninit(&mut memory);
    buf.put_slice(b"abc");
    buf.clear();
    buf.put_slice(b"x");
    assert_eq!((buf.filled(), buf.initialized()), (&b"x"[..], &b"xbc"[..]));
    buf.set_filled(3);
    assert_eq!(buf.filled(), b"xbc");
}

#[test]
fn a_part_knows_what_is_initialised() {
    let mut memory = [MaybeUninit::uninit(); 8];
    let mut buf = ReadBuf::uninit(&mut memory);
    buf.put_slice(b"abcd");
    buf.set_filled(1);
    assert_eq!(buf.take(2).initialized(), b"bc");
    assert_eq!(buf.take(5).initialized(), b"bcd");
    let mut part = buf.take(usize::MAX);
    assert_eq!(part.capacity(), 7);
    part.put_slice(b"BCDE");
    // SAFETY: four bytes were put into the part just now.
    unsafe { buf.assume_init(4) };
    buf.advance(4);
    assert_eq!(buf.filled(), b"aBCDE");
}

#[test]
fn it_is_a_buf_mut() {
    let mut memory = [MaybeUninit::uninit(); 6];
    let mut buf = ReadBuf::uninit(&mut memory);
    buf.put_u16(0x6162);
    BufMut::put_slice(&mut buf, b"cd");
    assert_eq!(buf.remaining_mut(), 2);
    assert_eq!(buf.filled(), b"abcd");
}

#[test]
fn debug_names_the_three_marks() {
    let mut memory = [0; 4];
    let text = format!("{:?}", ReadBuf::new(&mut memory));
    assert_eq!(text, "ReadBuf { filled: 0, initialized: 4, capacity: 4 }");
}

#[test]
fn every_bound_is_checked() {
    type Misuse = fn(&mut ReadBuf<'_>);
    let uses: [(&str, Misuse); 5] = [
        ("put_slice", |buf| buf.put_slice(&[0; 5])),
        ("initialize_unfilled_to", |buf| {
            buf.initialize_unfilled_to(5).fill(1)
        }),
        ("set_filled", |buf| buf.set_filled(3)),
        ("advance", |buf| buf.advance(3)),
        ("advance by an overflow", |buf| {
            buf.advance(1);
            buf.advance(usize::MAX);
        }),
    ];
    for (name, misuse) in uses {
        let result = catch_unwind(|| {
            let mut memory = [MaybeUninit::uninit(); 4];
            let mut buf = ReadBuf::uninit(&mut memory);
            buf.initialize_unfilled_to(2);
            misuse(&mut buf);
        });
        assert!(result.is_err(), "{name} went past its bound");
    }
}
