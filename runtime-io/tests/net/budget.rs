//! REACT-20: operations that complete at once use up the budget of a poll, errors included.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_core::coop;
use runtime_io::io::{AsyncRead, AsyncWrite, ReadBuf};
use runtime_io::net::unix::pipe;
use runtime_io::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram};
use runtime_io::reactor::Interest;

use crate::support::{on_each, pair};

/// How often an operation completes within one poll.
async fn within_a_poll(mut operation: impl FnMut(&mut Context<'_>) -> bool) -> usize {
    let mut refused = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut refused, true) {
            return Poll::Ready(None);
        }
        let count = coop::with_budget(|| (0..1000).take_while(|_| operation(cx)).count());
        Poll::Ready(Some(count))
    })
    .await
    .unwrap()
}

#[test]
fn react_20_streams() {
    on_each(async || {
        let (mut ours, theirs) = pair().await;
        theirs.try_write(&[1; 4096]).unwrap();
        ours.peek(&mut [0; 1]).await.unwrap();
        let count = within_a_poll(|cx| {
            let mut byte = [0];
            Pin::new(&mut ours)
                .poll_read(cx, &mut ReadBuf::new(&mut byte))
                .is_ready()
        });
        assert_eq!(count.await, 128);
        let count = within_a_poll(|cx| Pin::new(&mut ours).poll_write(cx, b"x").is_ready());
        assert_eq!(count.await, 128);
        let count = within_a_poll(|cx| ours.poll_read_ready(cx).is_ready());
        assert_eq!(count.await, 128);
        let count = within_a_poll(|cx| Box::pin(ours.writable()).as_mut().poll(cx).is_ready());
        assert_eq!(count.await, 128);
        let failing = || io::Result::<()>::Err(io::ErrorKind::InvalidData.into());
        let count = within_a_poll(|cx| {
            Box::pin(ours.async_io(Interest::WRITABLE, failing))
                .as_mut()
                .poll(cx)
                .is_ready()
        });
        assert_eq!(count.await, 128);
        let broken = std::net::Shutdown::Both;
        socket2::SockRef::from(&ours).shutdown(broken).unwrap();
        let count = within_a_poll(|cx| {
            matches!(
                Pin::new(&mut ours).poll_write(cx, b"x"),
                Poll::Ready(Err(_))
            )
        });
        assert_eq!(count.await, 128);
    });
}

#[test]
fn react_20_datagrams() {
    on_each(async || {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let here = udp.local_addr().unwrap();
        let count = within_a_poll(|cx| udp.poll_send_to(cx, b"", here).is_ready());
        assert_eq!(count.await, 128);
        let count = within_a_poll(|cx| {
            let mut byte = [0];
            udp.poll_recv(cx, &mut ReadBuf::new(&mut byte)).is_ready()
        });
        assert_eq!(count.await, 128);
        // An error is progress too.
        let count = within_a_poll(|cx| udp.poll_send(cx, b"x").is_ready());
        assert_eq!(count.await, 128);
        let (unix, peer) = UnixDatagram::pair().unwrap();
        drop(peer);
        let count = within_a_poll(|cx| Box::pin(unix.send(b"x")).as_mut().poll(cx).is_ready());
        assert_eq!(count.await, 128);
    });
}

#[test]
fn react_20_pipes() {
    on_each(async || {
        let (mut sender, mut receiver) = pipe::pipe().unwrap();
        let count = within_a_poll(|cx| Pin::new(&mut sender).poll_write(cx, b"x").is_ready());
        assert_eq!(count.await, 128);
        sender.try_write(&[0; 1000]).unwrap();
        let count = within_a_poll(|cx| {
            let mut byte = [0];
            Pin::new(&mut receiver)
                .poll_read(cx, &mut ReadBuf::new(&mut byte))
                .is_ready()
        });
        assert_eq!(count.await, 128);
    });
}

#[test]
fn react_20_listeners() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let clients: Vec<_> = (0..140)
            .map(|_| std::net::TcpStream::connect(addr).unwrap())
            .collect();
        let count = within_a_poll(|cx| Box::pin(listener.accept()).as_mut().poll(cx).is_ready());
        assert_eq!(count.await, 128);
        let count = within_a_poll(|cx| listener.poll_accept(cx).is_ready());
        assert_eq!(count.await, 12);
        drop(clients);
    });
}

#[test]
fn react_20_connections_that_are_made_at_once() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let connect = |cx: &mut Context<'_>| {
            Box::pin(TcpStream::connect(addr))
                .as_mut()
                .poll(cx)
                .is_ready()
        };
        // Fewer if one is not.
        assert!(within_a_poll(connect).await <= 128);
    });
}
