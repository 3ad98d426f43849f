//! `Send`, `Sync` and `Unpin` of every public type and of every future: they are part of the interface.

use std::cell::Cell;
use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::rc::Rc;

use runtime_io::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
    AsyncWriteExt, BufReader, BufStream, BufWriter, Chain, DuplexStream, Empty, Join, Lines,
    ReadBuf, ReadHalf, Repeat, SeekFrom, SimplexStream, Sink, Split, Take, WriteHalf,
};

/// Asks the compiler about a type: a method of the type itself is preferred to one of a trait, but exists only where
/// its bound holds.
struct Ask<T: ?Sized>(PhantomData<T>);

impl<T: Send + ?Sized> Ask<T> {
    fn send(&self) -> bool {
        true
    }
}

impl<T: Sync + ?Sized> Ask<T> {
    fn sync(&self) -> bool {
        true
    }
}

impl<T: Unpin + ?Sized> Ask<T> {
    fn unpin(&self) -> bool {
        true
    }
}

trait Otherwise {
    fn send(&self) -> bool {
        false
    }
    fn sync(&self) -> bool {
        false
    }
    fn unpin(&self) -> bool {
        false
    }
}

impl<T: ?Sized> Otherwise for Ask<T> {}

fn ask_about<T>(_: fn() -> T) -> Ask<T> {
    Ask(PhantomData)
}

/// Send, Sync, Unpin.
type Traits = (bool, bool, bool);

macro_rules! types {
    ($($type:ty: $expected:expr;)*) => {$({
        let ask = Ask::<$type>(PhantomData);
        let found: Traits = (ask.send(), ask.sync(), ask.unpin());
        assert_eq!(found, $expected, stringify!($type));
    })*};
}

/// The futures of the methods: `|arguments| call`, never run.
macro_rules! futures {
    ($expected:expr; $(|$($name:ident: $type:ty),*| $call:expr;)*) => {$({
        let ask = ask_about(|| {
            $(let $name: $type = unreachable();)*
            $call
        });
        let found: Traits = (ask.send(), ask.sync(), ask.unpin());
        assert_eq!(found, $expected, stringify!($call));
    })*};
}

fn unreachable<T>() -> T {
    unreachable!("only typed, never run")
}

type Nothing = Rc<()>;
type SendOnly = Cell<u8>;
type Pinned = PhantomPinned;

const ALL: Traits = (true, true, true);
const NEITHER: Traits = (false, false, true);
const SENT: Traits = (true, false, true);
const HELD: Traits = (true, true, false);

#[test]
fn types_are_what_is_inside_them() {
    types! {
        ReadBuf<'_>: ALL;
        BufReader<()>: ALL;
        BufReader<Nothing>: NEITHER;
        BufReader<Pinned>: HELD;
        BufWriter<()>: ALL;
        BufWriter<SendOnly>: SENT;
        BufWriter<Pinned>: HELD;
        BufStream<()>: ALL;
        BufStream<Pinned>: HELD;
        Lines<()>: ALL;
        Lines<Pinned>: HELD;
        Split<()>: ALL;
        Split<Nothing>: NEITHER;
        Take<()>: ALL;
        Take<SendOnly>: SENT;
        Chain<(), ()>: ALL;
        Chain<(), Pinned>: HELD;
        Join<(), ()>: ALL;
        Join<Nothing, ()>: NEITHER;
        DuplexStream: ALL;
        SimplexStream: ALL;
        Empty: ALL;
        Repeat: ALL;
        Sink: ALL;
        ReadHalf<()>: ALL;
        ReadHalf<SendOnly>: SENT;
        ReadHalf<Nothing>: NEITHER;
        ReadHalf<Pinned>: ALL;
        WriteHalf<()>: ALL;
        WriteHalf<SendOnly>: SENT;
        WriteHalf<Nothing>: NEITHER;
        WriteHalf<Pinned>: ALL;
    }
}

type BoxRead = Pin<Box<dyn AsyncBufRead + Send + Sync>>;
type BoxWrite = Pin<Box<dyn AsyncWrite + Send + Sync>>;
type BoxSeek = Pin<Box<dyn AsyncSeek + Send + Sync>>;

#[test]
fn futures_are_send_and_sync_with_their_stream_and_never_unpin() {
    futures! { HELD;
        |r: &'static mut BoxRead, b: &'static mut [u8]| r.read(b);
        |r: &'static mut BoxRead, b: &'static mut Vec<u8>| r.read_buf(b);
        |r: &'static mut BoxRead, b: &'static mut [u8]| r.read_exact(b);
        |r: &'static mut BoxRead, b: &'static mut Vec<u8>| r.read_to_end(b);
        |r: &'static mut BoxRead, b: &'static mut String| r.read_to_string(b);
        |r: &'static mut BoxRead| r.read_u8();
        |r: &'static mut BoxRead| r.read_i128();
        |r: &'static mut BoxRead| r.read_f64_le();
        |r: &'static mut BoxRead, b: &'static mut Vec<u8>| r.read_until(0, b);
        |r: &'static mut BoxRead, b: &'static mut String| r.read_line(b);
        |r: &'static mut BoxRead| r.fill_buf();
        |l: &'static mut Lines<BoxRead>| l.next_line();
        |s: &'static mut Split<BoxRead>| s.next_segment();
        |w: &'static mut BoxWrite| w.write(b"");
        |w: &'static mut BoxWrite| w.write_vectored(&[]);
        |w: &'static mut BoxWrite, b: &'static mut &'static [u8]| w.write_buf(b);
        |w: &'static mut BoxWrite, b: &'static mut &'static [u8]| w.write_all_buf(b);
        |w: &'static mut BoxWrite| w.write_all(b"");
        |w: &'static mut BoxWrite| w.write_i8(0);
        |w: &'static mut BoxWrite| w.write_f32(0.0);
        |w: &'static mut BoxWrite| w.write_u128_le(0);
        |w: &'static mut BoxWrite| w.flush();
        |w: &'static mut BoxWrite| w.shutdown();
        |s: &'static mut BoxSeek| s.seek(SeekFrom::Start(0));
        |s: &'static mut BoxSeek| s.rewind();
        |s: &'static mut BoxSeek| s.stream_position();
        |r: &'static mut BoxRead, w: &'static mut BoxWrite| runtime_io::io::copy(r, w);
        |r: &'static mut BoxRead, w: &'static mut BoxWrite| runtime_io::io::copy_buf(r, w);
        |a: &'static mut DuplexStream, b: &'static mut DuplexStream|
            runtime_io::io::copy_bidirectional(a, b);
    }
    futures! { (false, false, false);
        |r: &'static mut LocalRead, b: &'static mut [u8]| r.read(b);
        |w: &'static mut LocalWrite| w.flush();
    }
}

type LocalRead = Pin<Box<dyn AsyncRead>>;
type LocalWrite = Pin<Box<dyn AsyncWrite>>;

/// Where the stream is a parameter nothing is known but its bounds, and they must suffice.
#[test]
fn generic_callers_know_that_futures_are_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    async fn echo<S: AsyncRead + AsyncWrite + Send + Unpin>(stream: &mut S) -> std::io::Result<()> {
        let mut buf = [0; 4];
        is_send(stream.read_exact(&mut buf)).await?;
        is_send(stream.write_all(&buf)).await?;
        is_send(stream.write_u16(1)).await?;
        is_send(stream.read_u16()).await.map(drop)
    }
    let (mut near, mut far) = runtime_io::io::duplex(64);
    futures_executor::block_on(is_send(async {
        far.write_all(b"ping\0\0").await.unwrap();
        is_send(echo(&mut near)).await.unwrap();
    }));
}
