//! Listening and accepting.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;

use runtime_io::net::{TcpListener, TcpStream};

use crate::support::{on_each, on_each_with};

#[test]
fn connections_are_accepted_one_after_the_other() {
    on_each_with(async |reactor| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let clients: Vec<_> = (0..50)
            .map(|_| runtime_core::spawn(TcpStream::connect(addr)))
            .collect();
        for _ in 0..50 {
            let (stream, peer) = listener.accept().await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), peer);
        }
        for client in clients {
            client.await.unwrap().unwrap();
        }
        assert_eq!(reactor.accept_backoffs(), 0);
    });
}

/// Rule N3.
#[test]
fn several_tasks_accept() {
    on_each(async || {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let addr = listener.local_addr().unwrap();
        let accepting: Vec<_> = (0..10)
            .map(|_| {
                let listener = Arc::clone(&listener);
                runtime_core::spawn(async move { listener.accept().await.map(drop) })
            })
            .collect();
        for _ in 0..10 {
            TcpStream::connect(addr).await.unwrap();
        }
        for task in accepting {
            task.await.unwrap().unwrap();
        }
    });
}

/// Rule N3.
#[test]
fn poll_accept_serves_the_last_caller() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        assert!(poll_fn(|cx| Poll::Ready(listener.poll_accept(cx).is_pending())).await);
        let client = runtime_core::spawn(TcpStream::connect(addr));
        let (_stream, peer) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
        assert_eq!(client.await.unwrap().unwrap().local_addr().unwrap(), peer);
    });
}

#[test]
fn a_cancelled_accept_loses_no_connection() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let client = runtime_core::spawn(client);
        for _ in 0..10 {
            let mut accept = Box::pin(listener.accept());
            let accepted = poll_fn(|cx| Poll::Ready(accept.as_mut().poll(cx))).await;
            if let Poll::Ready(accepted) = accepted {
                accepted.unwrap();
                client.await.unwrap().unwrap();
                return;
            }
            runtime_core::task::yield_now().await;
        }
        listener.accept().await.unwrap();
        client.await.unwrap().unwrap();
    });
}

/// Rule N1.
#[test]
fn an_address_in_use_is_an_error_and_a_freed_one_is_not() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let error = TcpListener::bind(addr).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let client = TcpStream::connect(addr).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        // The side that closes first lingers on the address.
        drop((server, client, listener));
        TcpListener::bind(addr).await.unwrap();
    });
}

#[test]
fn std_listeners_come_and_go() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.set_ttl(42).unwrap();
        assert_eq!(listener.ttl().unwrap(), 42);
        let addr = listener.local_addr().unwrap();
        assert!(format!("{listener:?}").starts_with("TcpListener { addr: 127.0.0.1:"));
        let listener = TcpListener::from_std(listener.into_std().unwrap()).unwrap();
        let client = runtime_core::spawn(TcpStream::connect(addr));
        listener.accept().await.unwrap();
        client.await.unwrap().unwrap();
        let std = listener.into_std().unwrap();
        TcpListener::try_from(std).unwrap();
    });
}

#[test]
fn react_11_a_listener_that_waited_before_it_listened_is_not_closed() {
    on_each(async || {
        // `listen` comes after the socket is there, and registration after `listen`: nothing is latched.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut accept = Box::pin(listener.accept());
        for _ in 0..3 {
            assert!(poll_fn(|cx| Poll::Ready(accept.as_mut().poll(cx).is_pending())).await);
            runtime_core::task::yield_now().await;
        }
    });
}
