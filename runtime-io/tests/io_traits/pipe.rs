//! `duplex` and `simplex`.

use std::io::{ErrorKind, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use runtime_io::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, SimplexStream,
    duplex, simplex,
};

use crate::support::{Task, drive};

type Reader = Box<dyn AsyncRead + Unpin>;
type Writer = Box<dyn AsyncWrite + Unpin>;

/// What keeps the rest of a pipe open while only one reader and one writer of it are looked at.
type Rest = Vec<Box<dyn std::any::Any>>;

/// A pipe of two bytes of either kind, with its writing end first. Dropping an end drops all of that side.
fn pipes() -> Vec<(Writer, Reader)> {
    let (near, far) = duplex(2);
    let (reader, writer) = simplex(2);
    vec![
        (Box::new(near), Box::new(far)),
        (Box::new(writer), Box::new(reader)),
    ]
}

/// The ways in which the writing side closes.
fn close_writer(mut writer: Writer, how: usize) -> Rest {
    if how == 0 {
        return Vec::new();
    }
    drive(writer.shutdown()).unwrap();
    vec![Box::new(writer)]
}

/// Rule B6.
#[test]
fn io_06_a_closed_writer_ends_the_reader_after_the_last_byte() {
    for how in 0..2 {
        for (mut writer, mut reader) in pipes() {
            drive(writer.write_all(b"ab")).unwrap();
            let _rest = close_writer(writer, how);
            let mut all = Vec::new();
            drive(reader.read_to_end(&mut all)).unwrap();
            assert_eq!(all, b"ab");
            assert_eq!(drive(reader.read(&mut [0; 1])).unwrap(), 0);
        }
    }
}

#[test]
fn io_06_a_waiting_reader_is_woken_by_the_close() {
    for how in 0..2 {
        for (writer, mut reader) in pipes() {
            let task = Task::default();
            let mut buf = [0; 1];
            let mut read = pin!(reader.read(&mut buf));
            assert!(task.poll(read.as_mut()).is_pending());
            assert_eq!(task.wakes(), 0);
            let _rest = close_writer(writer, how);
            assert_eq!(task.wakes(), 1);
            assert!(matches!(task.poll(read), Poll::Ready(Ok(0))));
        }
    }
}

#[test]
fn io_06_a_waiting_writer_is_woken_when_the_reader_goes() {
    for (mut writer, reader) in pipes() {
        let task = Task::default();
        let mut write = pin!(writer.write_all(b"abc"));
        assert!(task.poll(write.as_mut()).is_pending());
        drop(reader);
        assert_eq!(task.wakes(), 1);
        let Poll::Ready(Err(error)) = task.poll(write) else {
            panic!("not an error")
        };
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
}

/// Rule B6.
#[test]
fn io_06_every_write_to_a_closed_pipe_is_a_broken_pipe() {
    let bufs = [IoSlice::new(b"a")];
    for shut in [false, true] {
        for (mut writer, reader) in pipes() {
            let _open = if shut {
                drive(writer.shutdown()).unwrap();
                Some(reader)
            } else {
                drop(reader);
                None
            };
            for result in [
                drive(writer.write(b"a")),
                drive(writer.write(b"")),
                drive(writer.write_vectored(&bufs)),
                drive(writer.write_vectored(&[])),
            ] {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::BrokenPipe);
            }
            drive(writer.flush()).unwrap();
            drive(writer.shutdown()).unwrap();
        }
    }
}

/// Rule B6.
#[test]
fn io_06_operations_of_length_zero_complete_at_once() {
    for (mut writer, mut reader) in pipes() {
        for _full in 0..2 {
            assert_eq!(drive(writer.write(b"")).unwrap(), 0);
            assert_eq!(drive(writer.write_vectored(&[])).unwrap(), 0);
            let empty = [IoSlice::new(b""), IoSlice::new(b"")];
            assert_eq!(drive(writer.write_vectored(&empty)).unwrap(), 0);
            assert_eq!(drive(reader.read(&mut [])).unwrap(), 0);
            drive(writer.write_all(b"ab")).ok();
            // Now it is full.
            assert_eq!(drive(writer.write(b"")).unwrap(), 0);
            drive(reader.read_exact(&mut [0; 2])).unwrap();
        }
        drop(writer);
        assert_eq!(drive(reader.read(&mut [])).unwrap(), 0);
    }
}

#[test]
fn io_06_an_empty_operation_wakes_nobody() {
    for (mut writer, mut reader) in pipes() {
        let task = Task::default();
        let mut buf = [0; 1];
        let mut read = pin!(reader.read(&mut buf));
        assert!(task.poll(read.as_mut()).is_pending());
        drive(writer.write(b"")).unwrap();
        assert_eq!(task.wakes(), 0);
        drive(writer.write(b"x")).unwrap();
        assert_eq!(task.wakes(), 1);
        assert!(task.poll(read).is_ready());
    }
}

#[test]
fn a_full_pipe_waits_and_takes_what_fits() {
    for (mut writer, mut reader) in pipes() {
        assert_eq!(drive(writer.write(b"abc")).unwrap(), 2);
        let task = Task::default();
        let mut write = pin!(writer.write(b"c"));
        assert!(task.poll(write.as_mut()).is_pending());
        assert!(task.poll(write.as_mut()).is_pending());
        assert_eq!(drive(reader.read_u8()).unwrap(), b'a');
        assert_eq!(
            task.wakes(),
            1,
            "one task waits, however often it was polled"
        );
        assert!(matches!(task.poll(write), Poll::Ready(Ok(1))));
        let mut rest = [0; 2];
        drive(reader.read_exact(&mut rest)).unwrap();
        assert_eq!(&rest, b"bc");
    }
}

#[test]
fn a_vectored_write_fills_what_is_free() {
    for (mut writer, mut reader) in pipes() {
        assert!(writer.is_write_vectored());
        let bufs = [IoSlice::new(b"a"), IoSlice::new(b""), IoSlice::new(b"bc")];
        assert_eq!(drive(writer.write_vectored(&bufs)).unwrap(), 2);
        let mut word = [0; 2];
        drive(reader.read_exact(&mut word)).unwrap();
        assert_eq!(&word, b"ab");
    }
}

#[test]
fn the_last_task_that_waits_is_the_one_that_is_woken() {
    let (mut near, mut far) = duplex(1);
    let (first, second) = (Task::default(), Task::default());
    let mut buf = [0; 1];
    assert!(first.poll(pin!(near.read(&mut buf))).is_pending());
    assert!(second.poll(pin!(near.read(&mut buf))).is_pending());
    drive(far.write_u8(1)).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

#[test]
fn each_direction_of_a_duplex_closes_on_its_own() {
    let (mut near, mut far) = duplex(8);
    drive(near.shutdown()).unwrap();
    assert_eq!(drive(far.read(&mut [0; 1])).unwrap(), 0);
    drive(far.write_all(b"back")).unwrap();
    let mut word = [0; 4];
    drive(near.read_exact(&mut word)).unwrap();
    assert_eq!(&word, b"back");
}

#[test]
fn a_pipe_in_one_hand_is_a_queue_of_bytes() {
    let mut pipe = SimplexStream::new_unsplit(3);
    drive(pipe.write_all(b"abc")).unwrap();
    let mut word = [0; 2];
    drive(pipe.read_exact(&mut word)).unwrap();
    assert_eq!(&word, b"ab");
    // Around the edge of the ring.
    drive(pipe.write_all(b"de")).unwrap();
    drive(pipe.shutdown()).unwrap();
    let mut rest = Vec::new();
    drive(pipe.read_to_end(&mut rest)).unwrap();
    assert_eq!(rest, b"cde");
}

#[test]
fn the_ends_of_a_simplex_make_an_open_pipe_again() {
    let (reader, writer) = simplex(8);
    let mut pipe = reader.unsplit(writer);
    drive(pipe.write_all(b"abc")).unwrap();
    assert_eq!(drive(pipe.read_u8()).unwrap(), b'a');
}

/// A waker that comes straight back into the pipe, which must not be locked meanwhile.
struct Reentrant(Mutex<Option<DuplexStream>>);

impl Wake for Reentrant {
    fn wake(self: Arc<Self>) {
        let mut stream = self.0.lock().take().expect("woken once");
        let mut memory = [0; 4];
        let mut buf = ReadBuf::new(&mut memory);
        let mut cx = Context::from_waker(Waker::noop());
        let read = Pin::new(&mut stream).poll_read(&mut cx, &mut buf);
        assert!(matches!(read, Poll::Ready(Ok(()))));
        assert_eq!(buf.filled(), b"ab");
    }
}

#[test]
fn wakers_may_come_straight_back() {
    let (mut near, far) = duplex(8);
    let waker = Arc::new(Reentrant(Mutex::new(None)));
    let mut far = far;
    {
        let waker = Waker::from(Arc::clone(&waker));
        let mut buf = [0; 1];
        let mut read = pin!(far.read(&mut buf));
        assert!(
            read.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    *waker.0.lock() = Some(far);
    // The waker reads the bytes and drops its stream, all within this write.
    drive(near.write_all(b"ab")).unwrap();
    let error = drive(near.write_all(b"c")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

/// Rule B3.
#[test]
#[should_panic = "must be greater than 0"]
fn a_duplex_without_room_is_refused() {
    let _ = duplex(0);
}

/// Rule B3.
#[test]
#[should_panic = "must be greater than 0"]
fn a_simplex_without_room_is_refused() {
    let _ = simplex(0);
}

#[test]
fn two_threads_move_everything_through_a_small_pipe() {
    let total = if cfg!(miri) { 500 } else { 100_000 };
    let sent: Vec<u8> = (0..=250).cycle().take(total).collect();
    let (mut near, mut far) = duplex(7);
    let received = std::thread::scope(|scope| {
        scope.spawn(|| {
            futures_executor::block_on(near.write_all(&sent)).unwrap();
            drop(near);
        });
        let mut received = Vec::new();
        futures_executor::block_on(far.read_to_end(&mut received)).unwrap();
        received
    });
    assert!(received == sent);
}
