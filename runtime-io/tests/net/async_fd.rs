//! Any descriptor as something to wait for.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::Poll;

use runtime_io::async_fd::AsyncFd;
use runtime_io::reactor::{Interest, Ready};

use crate::support::{is_would_block, on_each, on_each_with, settle};

fn pair() -> (AsyncFd<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    // SAFETY: the stream keeps its descriptor.
    (unsafe { AsyncFd::register(ours) }.unwrap(), theirs)
}

#[test]
fn it_is_not_readable_before_there_is_something() {
    on_each(async || {
        let (ours, mut theirs) = pair();
        let mut wait = Box::pin(ours.readable());
        assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await);
        theirs.write_all(b"x").unwrap();
        let guard = wait.await.unwrap();
        assert!(guard.ready().is_readable());
    });
}

#[test]
fn a_guard_keeps_or_clears_the_readiness() {
    on_each(async || {
        let (mut ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        ours.readable().await.unwrap().retain_ready();
        let mut guard = ours.readable().await.unwrap();
        guard.clear_ready();
        assert!(guard.ready().is_empty());
        drop(guard);
        assert!(is_would_block(&ours.try_io(Interest::READABLE, |_| Ok(()))));
        theirs.write_all(b"y").unwrap();
        let mut guard = ours.readable_mut().await.unwrap();
        let count = guard.try_io(|fd| fd.get_mut().read(&mut [0; 8])).unwrap();
        assert_eq!(count.unwrap(), 2);
        assert!(guard.try_io(|fd| fd.get_mut().read(&mut [0; 8])).is_err());
        assert!(is_would_block(
            &ours.try_io_mut(Interest::READABLE, |_| Ok(()))
        ));
    });
}

#[test]
fn react_03_clearing_some_states_leaves_the_others() {
    on_each(async || {
        let (ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        let both = Interest::READABLE | Interest::WRITABLE;
        ours.readable().await.unwrap().retain_ready();
        ours.writable().await.unwrap().retain_ready();
        let mut guard = ours.ready(both).await.unwrap();
        assert_eq!(guard.ready(), Ready::READABLE | Ready::WRITABLE);
        guard.clear_ready_matching(Ready::READABLE);
        assert_eq!(guard.ready(), Ready::WRITABLE);
        drop(guard);
        assert_eq!(ours.ready(both).await.unwrap().ready(), Ready::WRITABLE);
    });
}

#[test]
fn react_01_a_clear_does_not_take_what_came_after_the_guard() {
    on_each(async || {
        let (ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        let mut guard = ours.readable().await.unwrap();
        assert_eq!(guard.get_inner().read(&mut [0; 8]).unwrap(), 1);
        theirs.write_all(b"y").unwrap();
        // The event arrives while the guard is held.
        settle().await;
        guard.clear_ready();
        drop(guard);
        ours.readable().await.unwrap().retain_ready();
    });
}

#[test]
fn async_io_waits_until_it_does_not_block() {
    on_each(async || {
        let (mut ours, mut theirs) = pair();
        let writer = std::thread::spawn(move || {
            theirs.write_all(b"ab").unwrap();
            theirs
        });
        let read = |mut stream: &UnixStream| stream.read(&mut [0; 1]);
        assert_eq!(ours.async_io(Interest::READABLE, read).await.unwrap(), 1);
        let read = |stream: &mut UnixStream| stream.read(&mut [0; 8]);
        let count = ours.async_io_mut(Interest::READABLE, read).await.unwrap();
        assert_eq!(count, 1);
        drop(writer.join().unwrap());
        let end = ours
            .async_io(Interest::READABLE, |mut stream| stream.read(&mut [0; 8]))
            .await;
        assert_eq!(end.unwrap(), 0);
    });
}

/// Rule N3.
#[test]
fn poll_forms_serve_both_directions() {
    on_each(async || {
        let (mut ours, mut theirs) = pair();
        poll_fn(|cx| {
            ours.poll_write_ready(cx)
                .map_ok(|mut guard| guard.retain_ready())
        })
        .await
        .unwrap();
        poll_fn(|cx| {
            ours.poll_write_ready_mut(cx)
                .map_ok(|mut guard| guard.retain_ready())
        })
        .await
        .unwrap();
        assert!(poll_fn(|cx| Poll::Ready(ours.poll_read_ready(cx).is_pending())).await);
        theirs.write_all(b"x").unwrap();
        poll_fn(|cx| {
            ours.poll_read_ready(cx)
                .map_ok(|mut guard| guard.retain_ready())
        })
        .await
        .unwrap();
        poll_fn(|cx| {
            ours.poll_read_ready_mut(cx)
                .map_ok(|mut guard| guard.retain_ready())
        })
        .await
        .unwrap();
    });
}

#[test]
fn an_interest_limits_what_is_waited_for() {
    on_each(async || {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        // SAFETY: the stream keeps its descriptor.
        let ours = unsafe { AsyncFd::register_with_interest(ours, Interest::READABLE) }.unwrap();
        let mut wait = Box::pin(ours.writable());
        assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await);
        theirs.write_all(b"x").unwrap();
        ours.readable().await.unwrap().retain_ready();
        assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await);
    });
}

#[test]
fn react_10_a_pipe_whose_reader_goes_away_wakes_the_writer() {
    on_each(async || {
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).unwrap();
        // SAFETY: the descriptor stays open.
        let writer = unsafe { AsyncFd::register_with_interest(writer, Interest::WRITABLE) };
        let writer = writer.unwrap();
        let write = |fd: &std::os::fd::OwnedFd| Ok(rustix::io::write(fd, &[0; 65536])?);
        writer.writable().await.unwrap().retain_ready();
        while !is_would_block(&writer.try_io(Interest::WRITABLE, write)) {}
        let closer = std::thread::spawn(move || drop(reader));
        let error = writer
            .async_io(Interest::WRITABLE, write)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        closer.join().unwrap();
    });
}

#[test]
fn react_10_a_unix_peer_that_closes_wakes_the_reader() {
    on_each(async || {
        let (ours, theirs) = pair();
        let closer = std::thread::spawn(move || drop(theirs));
        let count = ours
            .async_io(Interest::READABLE, |mut stream| stream.read(&mut [0; 8]))
            .await;
        assert_eq!(count.unwrap(), 0);
        closer.join().unwrap();
    });
}

#[test]
fn react_11_registered_before_connect() {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    on_each(async || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
        let stream = std::net::TcpStream::from(socket);
        // SAFETY: the stream keeps its descriptor.
        let stream = unsafe { AsyncFd::register(stream) }.unwrap();
        // The hang-up of a socket that is not connected is reported and must not stick.
        settle().await;
        let _ = rustix::net::connect(stream.get_ref(), &listener.local_addr().unwrap());
        let (mut peer, _) = listener.accept().unwrap();
        let mut attempts = 0;
        let mut read = Box::pin(stream.async_io(Interest::READABLE, |mut stream| {
            attempts += 1;
            stream.read(&mut [0; 8])
        }));
        let waited = runtime_time::timeout(std::time::Duration::from_millis(20), &mut read).await;
        assert!(waited.is_err(), "nothing was sent");
        peer.write_all(b"x").unwrap();
        assert_eq!(read.await.unwrap(), 1);
        assert!(attempts < 10, "{attempts}");
    });
}

#[test]
fn react_11_registered_before_listen() {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    on_each(async || {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
        let addr: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
        rustix::net::bind(&socket, &addr).unwrap();
        let listener = std::net::TcpListener::from(socket);
        // SAFETY: the listener keeps its descriptor.
        let listener = unsafe { AsyncFd::register_with_interest(listener, Interest::READABLE) };
        let listener = listener.unwrap();
        settle().await;
        rustix::net::listen(listener.get_ref(), 8).unwrap();
        let mut attempts = 0;
        let mut accept = Box::pin(listener.async_io(Interest::READABLE, |listener| {
            attempts += 1;
            listener.accept()
        }));
        let waited = runtime_time::timeout(std::time::Duration::from_millis(20), &mut accept).await;
        assert!(waited.is_err(), "nobody came");
        let _client = std::net::TcpStream::connect(listener.get_ref().local_addr().unwrap());
        accept.await.unwrap();
        assert!(attempts < 10, "{attempts}");
    });
}

#[test]
fn react_25_an_icmp_error_ends_a_receive() {
    on_each(async || {
        let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let addr = free.local_addr().unwrap();
        drop(free);
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(addr).unwrap();
        socket.set_nonblocking(true).unwrap();
        // SAFETY: the socket keeps its descriptor.
        let socket = unsafe { AsyncFd::register(socket) }.unwrap();
        let receive = |socket: &std::net::UdpSocket| socket.recv(&mut [0; 8]);
        assert!(is_would_block(&socket.try_io(Interest::READABLE, receive)));
        socket.get_ref().send(b"x").unwrap();
        let error = socket
            .async_io(Interest::READABLE, receive)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        // And the socket is as good as before: no state sticks.
        let waited = socket.async_io(Interest::READABLE, receive);
        let waited = runtime_time::timeout(std::time::Duration::from_millis(5), waited).await;
        assert!(waited.is_err());
    });
}

#[test]
fn react_07_into_inner_and_drop_forget_the_descriptor() {
    on_each_with(async |reactor| {
        let (ours, theirs) = pair();
        assert_eq!(reactor.registered(), 1);
        let inner = ours.into_inner();
        assert_eq!(reactor.registered(), 0);
        // SAFETY: the stream keeps its descriptor.
        let again = unsafe { AsyncFd::register(inner) }.unwrap();
        drop(again);
        assert_eq!(reactor.registered(), 0);
        drop(theirs);
    });
}

#[test]
fn react_07_a_file_that_cannot_be_waited_for_is_given_back() {
    on_each_with(async |reactor| {
        let file = std::fs::File::open("Cargo.toml").unwrap();
        // SAFETY: the file keeps its descriptor.
        let error = unsafe { AsyncFd::register(file) }.unwrap_err();
        assert!(!error.to_string().is_empty());
        let (file, cause) = error.into_parts();
        assert_eq!(cause.kind(), io::ErrorKind::PermissionDenied);
        drop(file);
        assert_eq!(reactor.registered(), 0);
    });
}

/// Something without a descriptor.
#[derive(Debug)]
struct Nothing;

impl AsRawFd for Nothing {
    fn as_raw_fd(&self) -> RawFd {
        -1
    }
}

#[test]
#[expect(deprecated, reason = "they are there for compatibility")]
fn safe_constructors_register_too() {
    on_each(async || {
        let (a, b) = UnixStream::pair().unwrap();
        a.set_nonblocking(true).unwrap();
        let a = AsyncFd::new(a).unwrap().into_inner();
        let a = AsyncFd::with_interest(a, Interest::READABLE)
            .unwrap()
            .into_inner();
        let a = AsyncFd::try_new(a).unwrap().into_inner();
        let a = AsyncFd::try_with_interest(a, Interest::WRITABLE).unwrap();
        a.writable().await.unwrap().retain_ready();
        assert!(format!("{a:?}").contains("AsyncFd"));
        drop(b);
        assert!(AsyncFd::new(Nothing).is_err());
    });
}

#[test]
fn a_task_that_owns_its_descriptor_is_dropped_with_it() {
    on_each_with(async |reactor| {
        let (ours, theirs) = pair();
        let ours = Arc::new(ours);
        let task = {
            let ours = Arc::clone(&ours);
            runtime_core::spawn(async move { ours.readable().await.map(drop) })
        };
        runtime_core::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        drop(ours);
        assert_eq!(reactor.registered(), 0);
        drop(theirs);
    });
}
