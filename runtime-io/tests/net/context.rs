//! Sockets without a runtime, or without one that can serve them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use runtime_core::Builder;
use runtime_io::async_fd::AsyncFd;
use runtime_io::net::unix::pipe;
use runtime_io::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixSocket,
    UnixStream,
};
use runtime_io::reactor::Backend;

use crate::support::runtime;

/// The text of the panic.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("it did not panic")
    };
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
        .expect("a panic with a text")
}

fn std_listener() -> std::net::TcpListener {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

fn std_stream(listener: &std::net::TcpListener) -> std::net::TcpStream {
    let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_nonblocking(true).unwrap();
    stream
}

type Construct = Box<dyn FnOnce()>;

/// Each way to make a socket, by name.
fn constructors() -> Vec<(&'static str, Construct)> {
    let listener = std_listener();
    let addr = listener.local_addr().unwrap();
    let stream = std_stream(&listener);
    let other = std_stream(&listener);
    vec![
        (
            "TcpListener::from_std",
            Box::new(|| drop(TcpListener::from_std(std_listener()))),
        ),
        (
            "TcpStream::from_std",
            Box::new(|| drop(TcpStream::from_std(stream))),
        ),
        (
            "TcpListener::bind",
            Box::new(|| drop(futures_executor::block_on(TcpListener::bind("127.0.0.1:0")))),
        ),
        (
            "TcpStream::connect",
            Box::new(move || {
                drop(futures_executor::block_on(TcpStream::connect(addr)));
                drop(listener);
            }),
        ),
        (
            "TcpSocket::listen",
            Box::new(|| {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
                drop(socket.listen(1));
            }),
        ),
        (
            "UdpSocket::bind",
            Box::new(|| drop(futures_executor::block_on(UdpSocket::bind("127.0.0.1:0")))),
        ),
        ("UnixStream::pair", Box::new(|| drop(UnixStream::pair()))),
        (
            "UnixListener::bind",
            Box::new(|| drop(UnixListener::bind("/nowhere/at/all"))),
        ),
        (
            "UnixDatagram::bind",
            Box::new(|| drop(UnixDatagram::bind("/nowhere/at/all"))),
        ),
        (
            "UnixDatagram::pair",
            Box::new(|| drop(UnixDatagram::pair())),
        ),
        (
            "UnixDatagram::unbound",
            Box::new(|| drop(UnixDatagram::unbound())),
        ),
        (
            "UnixSocket::datagram",
            Box::new(|| drop(UnixSocket::new_datagram().unwrap().datagram())),
        ),
        (
            "UnixSocket::listen",
            Box::new(|| drop(UnixSocket::new_stream().unwrap().listen(1))),
        ),
        ("pipe::pipe", Box::new(|| drop(pipe::pipe()))),
        (
            "pipe::Receiver::from_owned_fd",
            Box::new(|| {
                let (reader, _writer) = rustix::pipe::pipe().unwrap();
                drop(pipe::Receiver::from_owned_fd(reader));
            }),
        ),
        (
            "AsyncFd::register",
            // SAFETY: the stream keeps its descriptor.
            Box::new(|| drop(unsafe { AsyncFd::register(other) })),
        ),
    ]
}

/// Rule N1.
#[test]
fn without_a_runtime_constructors_panic() {
    for (name, construct) in constructors() {
        let text = panic_of(construct);
        assert!(
            text.contains("there is no reactor running"),
            "{name}: {text}"
        );
    }
}

/// Rule N1.
#[test]
fn without_io_constructors_panic() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let _inside = runtime.enter();
    for (name, construct) in constructors() {
        let text = panic_of(construct);
        assert!(text.contains("IO is disabled"), "{name}: {text}");
        assert!(text.contains("enable_io"), "{name}: {text}");
    }
}

/// Rule N1.
#[test]
#[cfg(debug_assertions)]
fn a_blocking_socket_panics_in_debug_builds() {
    let (runtime, _) = runtime(&mut Builder::new_current_thread(), Backend::Native);
    let _inside = runtime.enter();
    let listener = std_listener();
    let stream = std_stream(&listener);
    listener.set_nonblocking(false).unwrap();
    stream.set_nonblocking(false).unwrap();
    assert!(panic_of(|| TcpListener::from_std(listener)).contains("blocking socket"));
    assert!(panic_of(|| TcpStream::from_std(stream)).contains("blocking socket"));
}

/// RT2: each socket stays with the runtime it was made on.
#[test]
fn a_socket_stays_with_its_runtime() {
    let (first, first_reactor) = runtime(&mut Builder::new_current_thread(), Backend::Native);
    let (second, second_reactor) = runtime(&mut Builder::new_current_thread(), Backend::Native);
    let _outside = first.enter();
    let listener = {
        let _inside = second.enter();
        TcpListener::from_std(std_listener()).unwrap()
    };
    let addr = listener.local_addr().unwrap();
    let client = std::thread::spawn(move || std::net::TcpStream::connect(addr).unwrap());
    second.block_on(listener.accept()).unwrap();
    assert_eq!(first_reactor.registered(), 0);
    assert!(second_reactor.registered() <= 1);
    client.join().unwrap();
}
