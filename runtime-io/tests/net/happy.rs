//! Connecting to whichever address answers first.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Waker};

use runtime_io::net::{TcpListener, TcpSocket, TcpStream, connect_happy};

use crate::support::{on_each, on_each_with};

/// An address that answers nothing: a listener whose queue is full.
struct BlackHole {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<std::net::TcpStream>,
}

impl BlackHole {
    async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        // Two have room; the answer to the next one is dropped.
        let patience = std::time::Duration::from_millis(100);
        while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, patience) {
            queue.push(stream);
        }
        Self {
            address,
            _listener: listener,
            _queue: queue,
        }
    }
}

/// An address at which nobody listens.
async fn refusing() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

async fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[test]
fn one_address_is_connected_to() {
    on_each(async || {
        let (_listener, address) = listening().await;
        let stream = connect_happy(address).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    });
}

/// The next attempt begins when one fails, and not only after the delay.
#[test]
fn a_refusal_is_followed_by_the_next_attempt() {
    on_each(async || {
        let (_listener, address) = listening().await;
        let (first, second) = (refusing().await, refusing().await);
        let stream = connect_happy(&[first, second, address][..]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    });
}

/// A dead address holds nobody up, and its attempt is given up when another one has won.
#[test]
fn a_dead_address_is_passed_by() {
    on_each_with(async |reactor| {
        let hole = BlackHole::new().await;
        let (_listener, address) = listening().await;
        let before = reactor.registered();
        let stream = connect_happy(&[hole.address, address][..]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
        drop(stream);
        assert_eq!(reactor.registered(), before);
    });
}

#[test]
fn the_last_error_is_the_answer_if_none_can_be_reached() {
    on_each(async || {
        let (first, second) = (refusing().await, refusing().await);
        let error = connect_happy(&[first, second][..]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let none: &[SocketAddr] = &[];
        let error = connect_happy(none).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let plain = TcpStream::connect(none).await.unwrap_err();
        assert_eq!(plain.to_string(), error.to_string());
    });
}

#[test]
fn giving_up_closes_all_sockets() {
    on_each_with(async |reactor| {
        let hole = BlackHole::new().await;
        let before = reactor.registered();
        for _ in 0..10 {
            let addresses = [hole.address, hole.address];
            let mut connecting = pin!(connect_happy(&addresses[..]));
            let polled = connecting
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        assert_eq!(reactor.registered(), before);
    });
}
