//! `split`, its halves, and `join`.

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;

use runtime_io::io::{
    self, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, duplex,
    join, split,
};

use crate::script::{Reader, Writer, data};
use crate::support::drive;

/// A stream that must not move once it was polled, and counts how often it is dropped.
struct Immovable {
    place: Option<*const Self>,
    drops: Rc<Cell<usize>>,
    _pinned: PhantomPinned,
}

impl Immovable {
    fn check(self: Pin<&mut Self>) {
        let here = &raw const *self;
        // SAFETY: only the note of the place is changed, nothing is moved.
        let me = unsafe { self.get_unchecked_mut() };
        assert_eq!(
            *me.place.get_or_insert(here),
            here,
            "moved after it was pinned"
        );
    }
}

impl Drop for Immovable {
    fn drop(&mut self) {
        self.drops.set(self.drops.get() + 1);
        assert!(
            self.place.is_none_or(|place| std::ptr::eq(place, self)),
            "moved to be dropped"
        );
    }
}

impl AsyncRead for Immovable {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check();
        buf.put_slice(b"x");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Immovable {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check();
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check();
        Poll::Ready(Ok(()))
    }
}

#[test]
fn io_04_a_split_stream_stays_where_it_is() {
    let drops = Rc::new(Cell::new(0));
    let stream = Immovable {
        place: None,
        drops: Rc::clone(&drops),
        _pinned: PhantomPinned,
    };
    let (mut reader, mut writer) = split(stream);
    drive(reader.read_u8()).unwrap();
    let mut moved = (Box::new(writer), 0);
    drive(moved.0.write_all(b"abc")).unwrap();
    writer = *moved.0;
    let mut moved = vec![reader];
    drive(moved[0].read_u8()).unwrap();
    drive(writer.flush()).unwrap();
    drive(writer.shutdown()).unwrap();
    drop(moved);
    assert_eq!(drops.get(), 0);
    drop(writer);
    assert_eq!(drops.get(), 1);
}

#[test]
fn the_halves_make_the_stream_again() {
    let (reader, mut writer) = split(join(&b"abc"[..], Vec::new()));
    assert!(reader.is_pair_of(&writer) && writer.is_pair_of(&reader));
    drive(writer.write_all(b"xyz")).unwrap();
    assert_eq!(
        reader.unsplit(writer).into_inner(),
        (&b"abc"[..], b"xyz".to_vec())
    );
}

#[test]
fn halves_of_two_streams_do_not_fit() {
    let (reader, _) = split(duplex(1).0);
    let (_, writer) = split(duplex(1).0);
    assert!(!reader.is_pair_of(&writer));
    let result = catch_unwind(AssertUnwindSafe(|| reader.unsplit(writer)));
    let message = *result
        .unwrap_err()
        .downcast::<String>()
        .unwrap_or_else(|other| {
            Box::new((*other.downcast::<&str>().expect("a message")).to_owned())
        });
    assert!(message.contains("halves of one stream"), "{message}");
}

#[test]
fn halves_of_a_borrowed_stream_free_it_with_their_last_use() {
    let (mut near, mut far) = duplex(8);
    let (mut reader, mut writer) = split(&mut near);
    drive(far.write_all(b"a")).unwrap();
    assert_eq!(drive(reader.read_u8()).unwrap(), b'a');
    drive(writer.write_all(b"b")).unwrap();
    // Both halves are still in scope here.
    drive(near.shutdown()).unwrap();
    assert_eq!(drive(far.read_u8()).unwrap(), b'b');
}

#[test]
fn the_halves_work_on_two_threads() {
    let (near, far) = duplex(16);
    let (mut reader, mut writer) = split(near);
    let (mut echo_reader, mut echo_writer) = split(far);
    let sent: Vec<u8> = (0..=255)
        .cycle()
        .take(if cfg!(miri) { 300 } else { 20_000 })
        .collect();
    let received = thread::scope(|scope| {
        scope.spawn(|| {
            futures_executor::block_on(async {
                writer.write_all(&sent).await.unwrap();
                writer.shutdown().await.unwrap();
            });
        });
        scope.spawn(move || {
            futures_executor::block_on(async {
                io::copy(&mut echo_reader, &mut echo_writer).await.unwrap();
                echo_writer.shutdown().await.unwrap();
            });
        });
        let mut received = Vec::new();
        futures_executor::block_on(reader.read_to_end(&mut received)).unwrap();
        received
    });
    assert!(received == sent);
}

#[test]
fn whether_slices_are_worth_it_is_passed_on() {
    for vectored in [false, true] {
        let stream = join(
            Reader::default(),
            Writer {
                vectored,
                ..Writer::default()
            },
        );
        assert_eq!(stream.is_write_vectored(), vectored);
        assert_eq!(split(stream).1.is_write_vectored(), vectored);
    }
}

#[test]
fn join_reads_from_one_and_writes_to_the_other() {
    let mut stream = join(
        io::BufReader::new(Reader::new([data("ab\ncd")])),
        Writer::default(),
    );
    let mut line = String::new();
    drive(stream.read_line(&mut line)).unwrap();
    drive(stream.write_all(line.as_bytes())).unwrap();
    drive(stream.flush()).unwrap();
    drive(stream.shutdown()).unwrap();
    let (reader, writer) = stream.into_inner();
    assert_eq!(
        (reader.buffer(), &writer.written[..]),
        (&b"cd"[..], &b"ab\n"[..])
    );
    assert_eq!(
        (&writer.flushed_at[..], &writer.shut_at[..]),
        (&[3][..], &[3][..])
    );
}
