//! `Send`, `Sync` and `Unpin` of the facade outside of `sync`: a table that the compiler reads. They are part of the interface, and a wrong line here does not compile.
//!
//! What a type has is asked by a bound. What it has not is asked by a call that would be ambiguous if it had.

#![allow(
    clippy::type_complexity,
    reason = "the futures of all methods, whose arguments are what they are"
)]

use std::cell::Cell;
use std::future::{Future, Ready};
use std::net::SocketAddr;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;

use heist::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, UnixListener, UnixStream};
use heist::runtime::{self, Handle, Runtime};
use heist::task::{self, JoinHandle, JoinSet, LocalSet};
use heist::time::{self, Duration, Instant};
use heist::{fs, io, net, process, signal};

/// Sent and shared; only sent; neither.
type Both = u8;
type Sent = Cell<u8>;
type Neither = Rc<u8>;

type BoxBoth = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;
type BoxSent = Pin<Box<dyn Future<Output = ()> + Send>>;
type BoxNeither = Pin<Box<dyn Future<Output = ()>>>;

type Reader = Pin<Box<dyn io::AsyncBufRead + Send + Sync>>;
type Writer = Pin<Box<dyn io::AsyncWrite + Send + Sync>>;
type Seeker = Pin<Box<dyn io::AsyncSeek + Send + Sync>>;

/// One way to say no for every type, and a second one for those that have the trait.
macro_rules! two_ways {
    ($($name:ident $bound:ident)*) => {$(
        trait $name<Way> {
            fn has_not(&self) {}
        }
        impl<T: ?Sized> $name<()> for T {}
        impl<T: ?Sized + $bound> $name<u8> for T {}
    )*};
}
two_ways! { NotSend Send NotSync Sync NotUnpin Unpin }

fn is_send<T: Send>(_: &T) {}
fn is_sync<T: Sync>(_: &T) {}
fn is_unpin<T: Unpin>(_: &T) {}

macro_rules! ask {
    ($value:ident) => {};
    ($value:ident Send $($more:tt)*) => { is_send(&$value); ask!($value $($more)*); };
    ($value:ident Sync $($more:tt)*) => { is_sync(&$value); ask!($value $($more)*); };
    ($value:ident Unpin $($more:tt)*) => { is_unpin(&$value); ask!($value $($more)*); };
    ($value:ident !Send $($more:tt)*) => { NotSend::has_not(&$value); ask!($value $($more)*); };
    ($value:ident !Sync $($more:tt)*) => { NotSync::has_not(&$value); ask!($value $($more)*); };
    ($value:ident !Unpin $($more:tt)*) => { NotUnpin::has_not(&$value); ask!($value $($more)*); };
}

/// Types by what they have.
macro_rules! types {
    ($($traits:tt => $($type:ty),* $(,)?;)*) => {$(typed!($traits $($type),*);)*};
}

macro_rules! typed {
    ($traits:tt $($type:ty),*) => {$(
        const _: fn($type) = |value| { ask_within!(value $traits); };
    )*};
}

macro_rules! ask_within {
    ($value:ident [$($traits:tt)*]) => { ask!($value $($traits)*) };
}

/// What calls return by what it has; none of them is made.
macro_rules! futures {
    ($($traits:tt => {$(($($name:ident: $type:ty),*) => $call:expr;)*})*) => {$(
        called!($traits $(($($name: $type),*) => $call;)*);
    )*};
}

macro_rules! called {
    ($traits:tt $(($($name:ident: $type:ty),*) => $call:expr;)*) => {$(
        const _: fn($($type),*) = |$($name),*| {
            let value = $call;
            ask_within!(value $traits);
        };
    )*};
}

types! {
    [Send Sync Unpin] =>
        runtime::Builder, Runtime, Handle, runtime::Id, runtime::RuntimeFlavor, runtime::RuntimeMetrics,
        runtime::TryCurrentError, runtime::UnhandledPanic, runtime::TaskMeta<'static>,
        runtime::EnterError, runtime::Limit, runtime::Turn;
    [!Send Sync Unpin] => runtime::EnterGuard<'static>;
    [!Send !Sync Unpin] => runtime::LocalRuntime, runtime::LocalOptions, runtime::Lent;
}

types! {
    [Send Sync Unpin] =>
        JoinHandle<Both>, JoinHandle<Sent>, JoinSet<Both>, JoinSet<Sent>,
        task::AbortHandle, task::JoinError, task::Id, task::AccessError,
        task::coop::Unconstrained<BoxBoth>;
    [!Send !Sync Unpin] =>
        JoinHandle<Neither>, JoinSet<Neither>, LocalSet, task::LocalEnterGuard,
        task::coop::RestoreOnPending, task::coop::Unconstrained<BoxNeither>;
    [Send !Sync Unpin] => task::coop::Unconstrained<BoxSent>;
    [Send Sync !Unpin] => task::futures::TaskLocalFuture<Both, BoxBoth>;
    [Send !Sync !Unpin] =>
        task::futures::TaskLocalFuture<Sent, BoxBoth>, task::futures::TaskLocalFuture<Both, BoxSent>;
    [!Send !Sync !Unpin] =>
        task::futures::TaskLocalFuture<Neither, BoxBoth>, task::futures::TaskLocalFuture<Both, BoxNeither>;
}

futures! {
    [Send Sync !Unpin] => {
        () => task::yield_now();
        () => task::coop::consume_budget();
        (set: &'static mut JoinSet<Both>) => set.join_next();
        (set: &'static mut JoinSet<Both>) => set.shutdown();
        (set: &'static mut JoinSet<Sent>) => set.join_next();
        (set: &'static mut JoinSet<Sent>) => set.shutdown();
    }
    [!Send !Sync !Unpin] => {
        (set: &'static mut JoinSet<Neither>) => set.join_next();
        (set: &'static mut JoinSet<Neither>) => set.shutdown();
        (set: &'static LocalSet, f: BoxBoth) => set.run_until(f);
    }
    [Send Sync Unpin] => {
        (f: BoxBoth) => task::coop::unconstrained(f);
    }
}

types! {
    [Send Sync Unpin] =>
        time::Interval, Instant, time::MissedTickBehavior, time::error::Elapsed, time::error::Error, time::ClockHold;
    [Send Sync !Unpin] => time::Sleep, time::Timeout<BoxBoth>, time::Timeout<Ready<()>>;
    [Send !Sync !Unpin] => time::Timeout<BoxSent>;
    [!Send !Sync !Unpin] => time::Timeout<BoxNeither>;
}

futures! {
    [Send Sync !Unpin] => {
        (d: Duration) => time::advance(d);
        (d: Duration) => time::sleep(d);
        (at: Instant) => time::sleep_until(at);
        (d: Duration, f: BoxBoth) => time::timeout(d, f);
        (at: Instant, f: BoxBoth) => time::timeout_at(at, f);
        (ticks: &'static mut time::Interval) => ticks.tick();
    }
    [Send !Sync !Unpin] => {
        (d: Duration, f: BoxSent) => time::timeout(d, f);
        (at: Instant, f: BoxSent) => time::timeout_at(at, f);
    }
    [!Send !Sync !Unpin] => {
        (d: Duration, f: BoxNeither) => time::timeout(d, f);
        (at: Instant, f: BoxNeither) => time::timeout_at(at, f);
    }
}

types! {
    [Send Sync Unpin] =>
        io::BufReader<TcpStream>, io::BufStream<TcpStream>, io::BufWriter<TcpStream>, io::DuplexStream,
        io::SimplexStream, io::Empty, io::Interest, io::Ready, io::Lines<TcpStream>, io::Split<TcpStream>,
        io::ReadBuf<'static>, io::ReadHalf<TcpStream>, io::WriteHalf<TcpStream>, io::Repeat, io::Sink,
        io::Take<TcpStream>, io::Chain<TcpStream, TcpStream>, io::Join<TcpStream, TcpStream>;
    [Send Sync Unpin] =>
        io::unix::AsyncFd<Fd<Both>>, io::unix::AsyncFdReadyGuard<'static, Fd<Both>>,
        io::unix::AsyncFdReadyMutGuard<'static, Fd<Both>>, io::unix::TryIoError;
    [Send !Sync Unpin] =>
        io::unix::AsyncFd<Fd<Sent>>, io::unix::AsyncFdReadyMutGuard<'static, Fd<Sent>>,
        io::unix::AsyncFdRegisterError<Fd<Sent>>;
    [!Send !Sync Unpin] =>
        io::unix::AsyncFd<Fd<Neither>>, io::unix::AsyncFdReadyGuard<'static, Fd<Sent>>,
        io::unix::AsyncFdReadyGuard<'static, Fd<Neither>>, io::unix::AsyncFdReadyMutGuard<'static, Fd<Neither>>;
}

/// A descriptor that carries a value.
struct Fd<T>(T);

impl<T> std::os::fd::AsRawFd for Fd<T> {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        unreachable!("only typed, never made: {}", size_of_val(&self.0))
    }
}

use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

futures! {
    [Send Sync !Unpin] => {
        (a: &'static mut TcpStream, b: &'static mut TcpStream) => io::copy(a, b);
        (a: &'static mut TcpStream, b: &'static mut TcpStream) => io::copy_bidirectional(a, b);
        (a: &'static mut io::BufReader<TcpStream>, b: &'static mut TcpStream) => io::copy_buf(a, b);
        (s: &'static mut io::Split<io::BufReader<TcpStream>>) => s.next_segment();
        (l: &'static mut io::Lines<io::BufReader<TcpStream>>) => l.next_line();
        (r: &'static mut Reader, to: &'static mut Vec<u8>) => r.read_until(b'\n', to);
        (r: &'static mut Reader, to: &'static mut String) => r.read_line(to);
        (r: &'static mut Reader) => r.fill_buf();
        (r: &'static mut Reader, to: &'static mut [u8]) => r.read(to);
        (r: &'static mut Reader, to: &'static mut Vec<u8>) => r.read_buf(to);
        (r: &'static mut Reader, to: &'static mut [u8]) => r.read_exact(to);
        (r: &'static mut Reader, to: &'static mut Vec<u8>) => r.read_to_end(to);
        (r: &'static mut Reader, to: &'static mut String) => r.read_to_string(to);
        (r: &'static mut Reader) => r.read_u8();
        (r: &'static mut Reader) => r.read_i64();
        (r: &'static mut Reader) => r.read_u128_le();
        (r: &'static mut Reader) => r.read_f64_le();
        (s: &'static mut Seeker, to: io::SeekFrom) => s.seek(to);
        (s: &'static mut Seeker) => s.stream_position();
        (w: &'static mut Writer, from: &'static [u8]) => w.write(from);
        (w: &'static mut Writer, from: &'static [std::io::IoSlice<'static>]) => w.write_vectored(from);
        (w: &'static mut Writer, from: &'static mut &'static [u8]) => w.write_buf(from);
        (w: &'static mut Writer, from: &'static mut &'static [u8]) => w.write_all_buf(from);
        (w: &'static mut Writer, from: &'static [u8]) => w.write_all(from);
        (w: &'static mut Writer) => w.write_u8(0);
        (w: &'static mut Writer) => w.write_i128_le(0);
        (w: &'static mut Writer) => w.flush();
        (w: &'static mut Writer) => w.shutdown();
        (fd: &'static io::unix::AsyncFd<Fd<Both>>) => fd.readable();
        (fd: &'static mut io::unix::AsyncFd<Fd<Both>>) => fd.writable_mut();
    }
    [!Send !Sync !Unpin] => {
        (fd: &'static io::unix::AsyncFd<Fd<Sent>>) => fd.readable();
        (fd: &'static io::unix::AsyncFd<Fd<Neither>>) => fd.writable();
    }
    [Send !Sync !Unpin] => {
        (fd: &'static mut io::unix::AsyncFd<Fd<Sent>>) => fd.readable_mut();
    }
}

types! {
    [Send Sync Unpin] =>
        TcpListener, TcpSocket, TcpStream, UdpSocket, UnixListener, UnixStream,
        net::tcp::ReadHalf<'static>, net::tcp::WriteHalf<'static>, net::tcp::OwnedReadHalf,
        net::tcp::OwnedWriteHalf, net::tcp::ReuniteError, net::unix::ReadHalf<'static>,
        net::unix::WriteHalf<'static>, net::unix::OwnedReadHalf, net::unix::OwnedWriteHalf,
        net::unix::ReuniteError, net::unix::SocketAddr;
}

futures! {
    [Send Sync !Unpin] => {
        (at: SocketAddr) => TcpListener::bind(at);
        (at: SocketAddr) => TcpStream::connect(at);
        (socket: TcpSocket, at: SocketAddr) => socket.connect(at);
        (l: &'static TcpListener) => l.accept();
        (s: &'static TcpStream, to: &'static mut [u8]) => s.peek(to);
        (s: &'static TcpStream) => s.readable();
        (s: &'static TcpStream) => s.writable();
        (s: &'static TcpStream) => s.ready(io::Interest::READABLE);
        (h: &'static mut net::tcp::ReadHalf<'static>, to: &'static mut [u8]) => h.peek(to);
        (at: SocketAddr) => net::lookup_host(at);
        (at: SocketAddr) => UdpSocket::bind(at);
        (s: &'static UdpSocket, at: SocketAddr) => s.connect(at);
        (s: &'static UdpSocket, to: &'static mut [u8]) => s.recv(to);
        (s: &'static UdpSocket, to: &'static mut [u8]) => s.recv_from(to);
        (s: &'static UdpSocket, to: &'static mut [u8]) => s.peek_from(to);
        (s: &'static UdpSocket, from: &'static [u8]) => s.send(from);
        (s: &'static UdpSocket, from: &'static [u8], at: SocketAddr) => s.send_to(from, at);
        (s: &'static UdpSocket) => s.readable();
        (l: &'static UnixListener) => l.accept();
        (path: &'static str) => UnixStream::connect(path);
        (s: &'static UnixStream) => s.readable();
        (s: &'static UnixStream) => s.writable();
        (s: &'static UnixStream) => s.ready(io::Interest::WRITABLE);
    }
}

types! {
    [Send Sync Unpin] =>
        fs::DirBuilder, fs::DirEntry, fs::File, fs::FileTimes, fs::OpenOptions, fs::ReadDir,
        process::Child, process::ChildStdin, process::ChildStdout, process::ChildStderr, process::Command,
        signal::unix::Signal, signal::unix::SignalKind;
}

futures! {
    [Send Sync !Unpin] => {
        (path: &'static str) => fs::canonicalize(path);
        (path: &'static str) => fs::read(path);
        (path: &'static str) => fs::metadata(path);
        (path: &'static str) => fs::write(path, Vec::new());
        (path: &'static str) => fs::File::open(path);
        (f: &'static fs::File) => f.sync_all();
        (f: &'static fs::File) => f.set_len(0);
        (dir: &'static mut fs::ReadDir) => dir.next_entry();
        (c: &'static mut process::Child) => c.wait();
        (c: &'static mut process::Child) => c.kill();
        (c: process::Child) => c.wait_with_output();
        () => signal::ctrl_c();
        (s: &'static mut signal::unix::Signal) => s.recv();
    }
}

/// Whatever panicked, these may be used on: for every `T`.
const _: fn() = || {
    fn survives<T: UnwindSafe + RefUnwindSafe>() {}
    survives::<Runtime>();
    survives::<runtime::LocalRuntime>();
    survives::<Handle>();
    survives::<JoinHandle<&'static mut Cell<u8>>>();
    survives::<task::AbortHandle>();
    survives::<TcpStream>();
    survives::<TcpListener>();
    survives::<TcpSocket>();
    survives::<UdpSocket>();
    survives::<UnixStream>();
    survives::<UnixListener>();
};

/// Every error can be sent up by `?` from any task.
const _: fn() = || {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<runtime::TryCurrentError>();
    error::<runtime::EnterError>();
    error::<task::JoinError>();
    error::<task::AccessError>();
    error::<time::error::Elapsed>();
    error::<time::error::Error>();
    error::<net::tcp::ReuniteError>();
    error::<net::unix::ReuniteError>();
    error::<io::unix::TryIoError>();
};
