//! The traits' types, buffers, adaptors, functions, and readiness of descriptors.

use std::fmt::Debug;
use std::io::Cursor;
use std::mem::MaybeUninit;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use heist::io::unix::{
    AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, TryIoError,
};
use heist::io::{
    self, AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BufReader, BufStream, BufWriter, Chain,
    DuplexStream, Empty, Interest, Join, Lines, ReadBuf, ReadHalf, Ready, Repeat, SimplexStream,
    Sink, Split, Stderr, Stdin, Stdout, Take, WriteHalf,
};

const CONSTANTS: ([Interest; 4], [Ready; 8]) = (
    [
        Interest::READABLE,
        Interest::WRITABLE,
        Interest::ERROR,
        Interest::PRIORITY,
    ],
    [
        Ready::EMPTY,
        Ready::READABLE,
        Ready::WRITABLE,
        Ready::READ_CLOSED,
        Ready::WRITE_CLOSED,
        Ready::PRIORITY,
        Ready::ERROR,
        Ready::ALL,
    ],
);

methods! { AsyncFd<T> =>
    unsafe fn register [T: AsRawFd] (inner: T) -> Result<AsyncFd<T>, AsyncFdRegisterError<T>>;
    unsafe fn register_with_interest [T: AsRawFd] (inner: T, interest: Interest) -> Result<AsyncFd<T>, AsyncFdRegisterError<T>>;
    fn get_ref [T: AsRawFd] (this: &AsyncFd<T>) -> &T;
    fn get_mut [T: AsRawFd] (this: &mut AsyncFd<T>) -> &mut T;
    fn into_inner [T: AsRawFd] (this: AsyncFd<T>) -> T;
    fn poll_read_ready ['a, T: AsRawFd] (this: &'a AsyncFd<T>, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>>;
    fn poll_read_ready_mut ['a, T: AsRawFd] (this: &'a mut AsyncFd<T>, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>>;
    fn poll_write_ready ['a, T: AsRawFd] (this: &'a AsyncFd<T>, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>>;
    fn poll_write_ready_mut ['a, T: AsRawFd] (this: &'a mut AsyncFd<T>, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>>;
    async fn ready [T: AsRawFd] (this: &AsyncFd<T>, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>>;
    async fn ready_mut [T: AsRawFd] (this: &mut AsyncFd<T>, interest: Interest) -> io::Result<AsyncFdReadyMutGuard<'_, T>>;
    async fn readable ['a, T: AsRawFd] (this: &'a AsyncFd<T>) -> io::Result<AsyncFdReadyGuard<'a, T>>;
    async fn readable_mut ['a, T: AsRawFd] (this: &'a mut AsyncFd<T>) -> io::Result<AsyncFdReadyMutGuard<'a, T>>;
    async fn writable ['a, T: AsRawFd] (this: &'a AsyncFd<T>) -> io::Result<AsyncFdReadyGuard<'a, T>>;
    async fn writable_mut ['a, T: AsRawFd] (this: &'a mut AsyncFd<T>) -> io::Result<AsyncFdReadyMutGuard<'a, T>>;
    async fn async_io [T: AsRawFd, R] (this: &AsyncFd<T>, interest: Interest, f: impl FnMut(&T) -> io::Result<R>) -> io::Result<R>;
    async fn async_io_mut [T: AsRawFd, R] (this: &mut AsyncFd<T>, interest: Interest, f: impl FnMut(&mut T) -> io::Result<R>) -> io::Result<R>;
    fn try_io [T: AsRawFd, R] (this: &AsyncFd<T>, interest: Interest, f: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R>;
    fn try_io_mut [T: AsRawFd, R] (this: &mut AsyncFd<T>, interest: Interest, f: impl FnOnce(&mut T) -> io::Result<R>) -> io::Result<R>;
    fn new [T: AsRawFd] (inner: T) -> io::Result<AsyncFd<T>>;
    fn with_interest [T: AsRawFd] (inner: T, interest: Interest) -> io::Result<AsyncFd<T>>;
    fn try_new [T: AsRawFd] (inner: T) -> Result<AsyncFd<T>, AsyncFdRegisterError<T>>;
    fn try_with_interest [T: AsRawFd] (inner: T, interest: Interest) -> Result<AsyncFd<T>, AsyncFdRegisterError<T>>;
}

methods! { AsyncFdReadyGuard<'a, Inner> =>
    fn clear_ready ['a, Inner: AsRawFd] (this: &mut AsyncFdReadyGuard<'a, Inner>) -> ();
    fn clear_ready_matching ['a, Inner: AsRawFd] (this: &mut AsyncFdReadyGuard<'a, Inner>, ready: Ready) -> ();
    fn retain_ready ['a, Inner: AsRawFd] (this: &mut AsyncFdReadyGuard<'a, Inner>) -> ();
    fn ready ['a, Inner: AsRawFd] (this: &AsyncFdReadyGuard<'a, Inner>) -> Ready;
    fn try_io ['a, Inner: AsRawFd, R] (this: &mut AsyncFdReadyGuard<'a, Inner>, f: impl FnOnce(&'a AsyncFd<Inner>) -> io::Result<R>) -> Result<io::Result<R>, TryIoError>;
    fn get_ref ['a, Inner: AsRawFd] (this: &AsyncFdReadyGuard<'a, Inner>) -> &'a AsyncFd<Inner>;
    fn get_inner ['a, Inner: AsRawFd] (this: &AsyncFdReadyGuard<'a, Inner>) -> &'a Inner;
}

methods! { AsyncFdReadyMutGuard<'a, Inner> =>
    fn clear_ready ['a, Inner: AsRawFd] (this: &mut AsyncFdReadyMutGuard<'a, Inner>) -> ();
    fn clear_ready_matching ['a, Inner: AsRawFd] (this: &mut AsyncFdReadyMutGuard<'a, Inner>, ready: Ready) -> ();
    fn retain_ready ['a, Inner: AsRawFd] (this: &mut AsyncFdReadyMutGuard<'a, Inner>) -> ();
    fn ready ['a, Inner: AsRawFd] (this: &AsyncFdReadyMutGuard<'a, Inner>) -> Ready;
    fn try_io ['a, Inner: AsRawFd, R] (this: &mut AsyncFdReadyMutGuard<'a, Inner>, f: impl FnOnce(&mut AsyncFd<Inner>) -> io::Result<R>) -> Result<io::Result<R>, TryIoError>;
    fn get_ref ['s, 'a, Inner: AsRawFd] (this: &'s AsyncFdReadyMutGuard<'a, Inner>) -> &'s AsyncFd<Inner>;
    fn get_mut ['s, 'a, Inner: AsRawFd] (this: &'s mut AsyncFdReadyMutGuard<'a, Inner>) -> &'s mut AsyncFd<Inner>;
    fn get_inner ['s, 'a, Inner: AsRawFd] (this: &'s AsyncFdReadyMutGuard<'a, Inner>) -> &'s Inner;
    fn get_inner_mut ['s, 'a, Inner: AsRawFd] (this: &'s mut AsyncFdReadyMutGuard<'a, Inner>) -> &'s mut Inner;
}

methods! { AsyncFdRegisterError<T> =>
    fn into_parts [T] (this: AsyncFdRegisterError<T>) -> (T, io::Error);
}

methods! { Interest =>
    const fn is_readable [] (this: Interest) -> bool;
    const fn is_writable [] (this: Interest) -> bool;
    const fn is_error [] (this: Interest) -> bool;
    const fn is_priority [] (this: Interest) -> bool;
    const fn add [] (this: Interest, other: Interest) -> Interest;
    fn remove [] (this: Interest, other: Interest) -> Option<Interest>;
}

methods! { Join<R, W> =>
    fn into_inner [R: AsyncRead, W: AsyncWrite] (this: Join<R, W>) -> (R, W);
    fn reader [R: AsyncRead, W: AsyncWrite] (this: &Join<R, W>) -> &R;
    fn writer [R: AsyncRead, W: AsyncWrite] (this: &Join<R, W>) -> &W;
    fn reader_mut [R: AsyncRead, W: AsyncWrite] (this: &mut Join<R, W>) -> &mut R;
    fn writer_mut [R: AsyncRead, W: AsyncWrite] (this: &mut Join<R, W>) -> &mut W;
    fn reader_pin_mut [R: AsyncRead, W: AsyncWrite] (this: Pin<&mut Join<R, W>>) -> Pin<&mut R>;
    fn writer_pin_mut [R: AsyncRead, W: AsyncWrite] (this: Pin<&mut Join<R, W>>) -> Pin<&mut W>;
}

methods! { ReadBuf<'a> =>
    fn new ['a] (buf: &'a mut [u8]) -> ReadBuf<'a>;
    fn uninit ['a] (buf: &'a mut [MaybeUninit<u8>]) -> ReadBuf<'a>;
    fn capacity ['a] (this: &ReadBuf<'a>) -> usize;
    fn filled ['s, 'a] (this: &'s ReadBuf<'a>) -> &'s [u8];
    fn filled_mut ['s, 'a] (this: &'s mut ReadBuf<'a>) -> &'s mut [u8];
    fn take ['s, 'a] (this: &'s mut ReadBuf<'a>, n: usize) -> ReadBuf<'s>;
    fn initialized ['s, 'a] (this: &'s ReadBuf<'a>) -> &'s [u8];
    fn initialized_mut ['s, 'a] (this: &'s mut ReadBuf<'a>) -> &'s mut [u8];
    unsafe fn inner_mut ['s, 'a] (this: &'s mut ReadBuf<'a>) -> &'s mut [MaybeUninit<u8>];
    unsafe fn unfilled_mut ['s, 'a] (this: &'s mut ReadBuf<'a>) -> &'s mut [MaybeUninit<u8>];
    fn initialize_unfilled ['s, 'a] (this: &'s mut ReadBuf<'a>) -> &'s mut [u8];
    fn initialize_unfilled_to ['s, 'a] (this: &'s mut ReadBuf<'a>, n: usize) -> &'s mut [u8];
    fn remaining ['a] (this: &ReadBuf<'a>) -> usize;
    fn clear ['a] (this: &mut ReadBuf<'a>) -> ();
    fn advance ['a] (this: &mut ReadBuf<'a>, n: usize) -> ();
    fn set_filled ['a] (this: &mut ReadBuf<'a>, n: usize) -> ();
    unsafe fn assume_init ['a] (this: &mut ReadBuf<'a>, n: usize) -> ();
    fn put_slice ['a] (this: &mut ReadBuf<'a>, buf: &[u8]) -> ();
}

methods! { Ready =>
    fn is_empty [] (this: Ready) -> bool;
    fn is_readable [] (this: Ready) -> bool;
    fn is_writable [] (this: Ready) -> bool;
    fn is_read_closed [] (this: Ready) -> bool;
    fn is_write_closed [] (this: Ready) -> bool;
    fn is_priority [] (this: Ready) -> bool;
    fn is_error [] (this: Ready) -> bool;
}

methods! { ReadHalf<T> =>
    fn is_pair_of [T] (this: &ReadHalf<T>, other: &WriteHalf<T>) -> bool;
    fn unsplit [T: Unpin] (this: ReadHalf<T>, wr: WriteHalf<T>) -> T;
}

methods! { WriteHalf<T> =>
    fn is_pair_of [T] (this: &WriteHalf<T>, other: &ReadHalf<T>) -> bool;
}

methods! { BufReader<R> =>
    fn new [R: AsyncRead] (inner: R) -> BufReader<R>;
    fn with_capacity [R: AsyncRead] (capacity: usize, inner: R) -> BufReader<R>;
    fn get_ref [R: AsyncRead] (this: &BufReader<R>) -> &R;
    fn get_mut [R: AsyncRead] (this: &mut BufReader<R>) -> &mut R;
    fn get_pin_mut [R: AsyncRead] (this: Pin<&mut BufReader<R>>) -> Pin<&mut R>;
    fn into_inner [R: AsyncRead] (this: BufReader<R>) -> R;
    fn buffer [R: AsyncRead] (this: &BufReader<R>) -> &[u8];
}

methods! { BufStream<RW> =>
    fn new [RW: AsyncRead + AsyncWrite] (stream: RW) -> BufStream<RW>;
    fn with_capacity [RW: AsyncRead + AsyncWrite] (reader_capacity: usize, writer_capacity: usize, stream: RW) -> BufStream<RW>;
    fn get_ref [RW: AsyncRead + AsyncWrite] (this: &BufStream<RW>) -> &RW;
    fn get_mut [RW: AsyncRead + AsyncWrite] (this: &mut BufStream<RW>) -> &mut RW;
    fn get_pin_mut [RW: AsyncRead + AsyncWrite] (this: Pin<&mut BufStream<RW>>) -> Pin<&mut RW>;
    fn into_inner [RW: AsyncRead + AsyncWrite] (this: BufStream<RW>) -> RW;
}

methods! { BufWriter<W> =>
    fn new [W: AsyncWrite] (inner: W) -> BufWriter<W>;
    fn with_capacity [W: AsyncWrite] (cap: usize, inner: W) -> BufWriter<W>;
    fn get_ref [W: AsyncWrite] (this: &BufWriter<W>) -> &W;
    fn get_mut [W: AsyncWrite] (this: &mut BufWriter<W>) -> &mut W;
    fn get_pin_mut [W: AsyncWrite] (this: Pin<&mut BufWriter<W>>) -> Pin<&mut W>;
    fn into_inner [W: AsyncWrite] (this: BufWriter<W>) -> W;
    fn buffer [W: AsyncWrite] (this: &BufWriter<W>) -> &[u8];
}

methods! { Chain<T, U> =>
    fn get_ref [T: AsyncRead, U: AsyncRead] (this: &Chain<T, U>) -> (&T, &U);
    fn get_mut [T: AsyncRead, U: AsyncRead] (this: &mut Chain<T, U>) -> (&mut T, &mut U);
    fn get_pin_mut [T: AsyncRead, U: AsyncRead] (this: Pin<&mut Chain<T, U>>) -> (Pin<&mut T>, Pin<&mut U>);
    fn into_inner [T: AsyncRead, U: AsyncRead] (this: Chain<T, U>) -> (T, U);
}

methods! { Lines<R> =>
    async fn next_line [R: AsyncBufRead + Unpin] (this: &mut Lines<R>) -> io::Result<Option<String>>;
    fn get_mut [R: AsyncBufRead + Unpin] (this: &mut Lines<R>) -> &mut R;
    fn get_ref [R: AsyncBufRead + Unpin] (this: &mut Lines<R>) -> &R;
    fn into_inner [R: AsyncBufRead + Unpin] (this: Lines<R>) -> R;
    fn poll_next_line [R: AsyncBufRead + Unpin] (this: Pin<&mut Lines<R>>, cx: &mut Context<'_>) -> Poll<io::Result<Option<String>>>;
}

methods! { SimplexStream =>
    fn new_unsplit [] (max_buf_size: usize) -> SimplexStream;
}

methods! { Split<R> =>
    async fn next_segment [R: AsyncBufRead + Unpin] (this: &mut Split<R>) -> io::Result<Option<Vec<u8>>>;
    fn poll_next_segment [R: AsyncBufRead + Unpin] (this: Pin<&mut Split<R>>, cx: &mut Context<'_>) -> Poll<io::Result<Option<Vec<u8>>>>;
}

methods! { Take<R> =>
    fn limit [R: AsyncRead] (this: &Take<R>) -> u64;
    fn set_limit [R: AsyncRead] (this: &mut Take<R>, limit: u64) -> ();
    fn get_ref [R: AsyncRead] (this: &Take<R>) -> &R;
    fn get_mut [R: AsyncRead] (this: &mut Take<R>) -> &mut R;
    fn get_pin_mut [R: AsyncRead] (this: Pin<&mut Take<R>>) -> Pin<&mut R>;
    fn into_inner [R: AsyncRead] (this: Take<R>) -> R;
}

/// They can be trait objects.
fn objects(_: &dyn AsyncRead, _: &dyn AsyncWrite, _: &dyn AsyncBufRead, _: &dyn AsyncSeek) {}

functions! {
    async fn io::copy [R: AsyncRead + Unpin + ?Sized, W: AsyncWrite + Unpin + ?Sized] (reader: &mut R, writer: &mut W) -> io::Result<u64>;
    async fn io::copy_buf [R: AsyncBufRead + Unpin + ?Sized, W: AsyncWrite + Unpin + ?Sized] (reader: &mut R, writer: &mut W) -> io::Result<u64>;
    async fn io::copy_bidirectional [A: AsyncRead + AsyncWrite + Unpin + ?Sized, B: AsyncRead + AsyncWrite + Unpin + ?Sized] (a: &mut A, b: &mut B) -> io::Result<(u64, u64)>;
    async fn io::copy_bidirectional_with_sizes [A: AsyncRead + AsyncWrite + Unpin + ?Sized, B: AsyncRead + AsyncWrite + Unpin + ?Sized] (a: &mut A, b: &mut B, a_to_b: usize, b_to_a: usize) -> io::Result<(u64, u64)>;
    fn io::duplex [] (max_buf_size: usize) -> (DuplexStream, DuplexStream);
    fn io::simplex [] (max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>);
    fn io::split [T: AsyncRead + AsyncWrite] (stream: T) -> (ReadHalf<T>, WriteHalf<T>);
    fn io::join [R: AsyncRead, W: AsyncWrite] (reader: R, writer: W) -> Join<R, W>;
    fn io::empty [] () -> Empty;
    fn io::repeat [] (byte: u8) -> Repeat;
    fn io::sink [] () -> Sink;
    fn io::stdin [] () -> Stdin;
    fn io::stdout [] () -> Stdout;
    fn io::stderr [] () -> Stderr;
}

implements! {
    [T: AsyncRead + Unpin + ?Sized] Box<T>: (AsyncRead);
    [T: AsyncRead + Unpin + ?Sized] &mut T: (AsyncRead);
    [T: AsyncRead + ?Sized] Pin<Box<T>>: (AsyncRead);
    [T: AsyncRead + ?Sized] Pin<&mut T>: (AsyncRead);
    [] &[u8]: (AsyncRead + AsyncBufRead);
    [T: AsRef<[u8]> + Unpin] Cursor<T>: (AsyncRead + AsyncBufRead + AsyncSeek);
    [T: AsyncBufRead + Unpin + ?Sized] Box<T>: (AsyncBufRead);
    [T: AsyncBufRead + Unpin + ?Sized] &mut T: (AsyncBufRead);
    [T: AsyncBufRead + ?Sized] Pin<Box<T>>: (AsyncBufRead);
    [T: AsyncSeek + Unpin + ?Sized] Box<T>: (AsyncSeek);
    [T: AsyncSeek + Unpin + ?Sized] &mut T: (AsyncSeek);
    [T: AsyncSeek + ?Sized] Pin<Box<T>>: (AsyncSeek);
    [T: AsyncWrite + Unpin + ?Sized] Box<T>: (AsyncWrite);
    [T: AsyncWrite + Unpin + ?Sized] &mut T: (AsyncWrite);
    [T: AsyncWrite + ?Sized] Pin<Box<T>>: (AsyncWrite);
    [] Vec<u8>: (AsyncWrite);
    [] Cursor<&mut [u8]>: (AsyncWrite);
    [] Cursor<&mut Vec<u8>>: (AsyncWrite);
    [] Cursor<Vec<u8>>: (AsyncWrite);
    [] Cursor<Box<[u8]>>: (AsyncWrite);
    [T: AsRawFd + Debug] AsyncFd<T>: (AsRawFd + AsFd + Debug);
    ['a, T: AsRawFd + Debug] AsyncFdReadyGuard<'a, T>: (Debug);
    ['a, T: AsRawFd + Debug] AsyncFdReadyMutGuard<'a, T>: (Debug);
    [T] AsyncFdRegisterError<T>: (std::error::Error);
    [T] io::Error: (From<AsyncFdRegisterError<T>>);
    [] TryIoError: (Debug);
    [] Interest: (Clone + Copy + Eq + Debug + BitOr<Output = Interest> + BitOrAssign);
    [] Ready: (Clone + Copy + Ord + Debug + BitOr<Output = Ready> + BitOrAssign + BitAnd<Output = Ready> + Sub<Output = Ready>);
    [] ReadBuf<'_>: (bytes::BufMut + Debug);
    [R: AsyncBufRead, W: AsyncWrite] Join<R, W>: (AsyncRead + AsyncBufRead + AsyncWrite);
    [T: AsyncRead + Debug] ReadHalf<T>: (AsyncRead + Debug);
    [T: AsyncWrite + Debug] WriteHalf<T>: (AsyncWrite + Debug);
    [] Stdin: (AsRawFd + AsFd + AsyncRead + Debug);
    [] Stdout: (AsRawFd + AsFd + AsyncWrite + Debug);
    [] Stderr: (AsRawFd + AsFd + AsyncWrite + Debug);
    [T: AsyncRead + AsyncWrite + AsyncSeek + Debug] BufReader<T>: (AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek + Debug);
    [T: AsyncBufRead + AsyncWrite + AsyncSeek + Debug] BufWriter<T>: (AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek + Debug);
    [T: AsyncRead + AsyncWrite + AsyncSeek + Debug] BufStream<T>: (AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek + Debug + From<BufReader<BufWriter<T>>> + From<BufWriter<BufReader<T>>>);
    [T: AsyncBufRead + Debug, U: AsyncBufRead + Debug] Chain<T, U>: (AsyncRead + AsyncBufRead + Debug);
    [T: AsyncBufRead + Debug] Take<T>: (AsyncRead + AsyncBufRead + Debug);
    [T: Debug] Lines<T>: (Debug);
    [T: Debug] Split<T>: (Debug);
    [] Empty: (AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek + Debug);
    [] Repeat: (AsyncRead + Debug);
    [] Sink: (AsyncWrite + Debug);
    [] DuplexStream: (AsyncRead + AsyncWrite + Debug);
    [] SimplexStream: (AsyncRead + AsyncWrite + Debug);
}
