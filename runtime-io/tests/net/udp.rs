//! Datagrams.

use std::future::poll_fn;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use runtime_io::io::ReadBuf;
use runtime_io::net::UdpSocket;
use runtime_io::reactor::Interest;

use crate::support::{is_would_block, on_each};

async fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

async fn connected() -> (UdpSocket, UdpSocket) {
    let (first, second) = (socket().await, socket().await);
    first.connect(second.local_addr().unwrap()).await.unwrap();
    second.connect(first.local_addr().unwrap()).await.unwrap();
    (first, second)
}

#[test]
fn datagrams_go_to_and_come_from_addresses() {
    on_each(async || {
        let (ours, theirs) = (socket().await, socket().await);
        let (here, there) = (ours.local_addr().unwrap(), theirs.local_addr().unwrap());
        let mut buf = [0; 64];

        assert_eq!(ours.send_to(b"one", there).await.unwrap(), 3);
        assert_eq!(theirs.peek_sender().await.unwrap(), here);
        assert_eq!(theirs.peek_from(&mut buf).await.unwrap(), (3, here));
        assert_eq!(theirs.recv_from(&mut buf).await.unwrap(), (3, here));
        assert!(is_would_block(&theirs.try_recv_from(&mut buf)));
        assert!(is_would_block(&theirs.try_peek_from(&mut buf)));
        assert!(is_would_block(&theirs.try_peek_sender()));

        assert_eq!(
            poll_fn(|cx| ours.poll_send_to(cx, b"two!", there))
                .await
                .unwrap(),
            4
        );
        assert_eq!(
            poll_fn(|cx| theirs.poll_peek_sender(cx)).await.unwrap(),
            here
        );
        let mut space = [0; 64];
        let mut space = ReadBuf::new(&mut space);
        let sender = poll_fn(|cx| theirs.poll_peek_from(cx, &mut space)).await;
        assert_eq!(sender.unwrap(), here);
        let sender = poll_fn(|cx| theirs.poll_recv_from(cx, &mut space)).await;
        assert_eq!(sender.unwrap(), here);
        assert_eq!(space.filled(), b"two!two!");

        assert_eq!(ours.try_send_to(b"three", there).unwrap(), 5);
        let mut growing = Vec::with_capacity(16);
        assert_eq!(theirs.recv_buf_from(&mut growing).await.unwrap(), (5, here));
        assert!(is_would_block(&theirs.try_recv_buf_from(&mut growing)));
        assert_eq!(growing, b"three");
    });
}

#[test]
fn connected_sockets_need_no_address() {
    on_each(async || {
        let (ours, theirs) = connected().await;
        assert_eq!(ours.peer_addr().unwrap(), theirs.local_addr().unwrap());
        let mut buf = [0; 64];
        assert_eq!(ours.send(b"one").await.unwrap(), 3);
        assert_eq!(theirs.peek(&mut buf).await.unwrap(), 3);
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 3);
        assert!(is_would_block(&theirs.try_recv(&mut buf)));
        assert!(is_would_block(&theirs.try_peek(&mut buf)));
        assert_eq!(poll_fn(|cx| ours.poll_send(cx, b"two!")).await.unwrap(), 4);
        let mut space = [0; 64];
        let mut space = ReadBuf::new(&mut space);
        poll_fn(|cx| theirs.poll_peek(cx, &mut space))
            .await
            .unwrap();
        poll_fn(|cx| theirs.poll_recv(cx, &mut space))
            .await
            .unwrap();
        assert_eq!(space.filled(), b"two!two!");
        assert_eq!(ours.try_send(b"three").unwrap(), 5);
        let mut growing = Vec::with_capacity(16);
        assert_eq!(theirs.recv_buf(&mut growing).await.unwrap(), 5);
        assert!(is_would_block(&theirs.try_recv_buf(&mut growing)));
        poll_fn(|cx| ours.poll_send_ready(cx)).await.unwrap();
        ours.writable().await.unwrap();
    });
}

/// N6: no end, no remainder, no strangers.
#[test]
fn a_datagram_is_whole() {
    on_each(async || {
        let (ours, theirs) = connected().await;
        let mut buf = [0; 4];
        ours.send(b"").await.unwrap();
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 0);
        ours.send(b"too long").await.unwrap();
        ours.send(b"next").await.unwrap();
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 4);
        assert_eq!(&buf, b"too ");
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 4);
        assert_eq!(&buf, b"next");
        let stranger = socket().await;
        stranger
            .send_to(b"hey", theirs.local_addr().unwrap())
            .await
            .unwrap();
        ours.send(b"me").await.unwrap();
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 2);
    });
}

/// REACT-12 for datagrams: a short one says nothing about the next.
#[test]
fn react_12_short_datagrams_hide_no_others() {
    on_each(async || {
        let (ours, theirs) = connected().await;
        let mut buf = [0; 64];
        assert!(is_would_block(&theirs.try_recv(&mut buf)));
        for _ in 0..10 {
            ours.send(b"x").await.unwrap();
        }
        for _ in 0..10 {
            let mut space = ReadBuf::new(&mut buf);
            poll_fn(|cx| theirs.poll_recv(cx, &mut space))
                .await
                .unwrap();
            assert_eq!(space.filled(), b"x");
        }
    });
}

#[test]
fn react_25_a_datagram_to_a_closed_port_ends_the_receive() {
    on_each(async || {
        let (ours, theirs) = connected().await;
        drop(theirs);
        assert!(is_would_block(&ours.try_recv(&mut [0; 8])));
        ours.send(b"x").await.unwrap();
        let error = ours.recv(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        ours.send(b"y").await.unwrap();
        let mut buf = [0; 8];
        let mut space = ReadBuf::new(&mut buf);
        let error = poll_fn(|cx| ours.poll_recv(cx, &mut space))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn one_socket_serves_several_tasks() {
    on_each(async || {
        let (ours, theirs) = connected().await;
        let theirs = Arc::new(theirs);
        let receiving: Vec<_> = (0..10)
            .map(|_| {
                let theirs = Arc::clone(&theirs);
                runtime_core::spawn(async move { theirs.recv(&mut [0; 8]).await })
            })
            .collect();
        for _ in 0..10 {
            ours.send(b"x").await.unwrap();
        }
        for task in receiving {
            assert_eq!(task.await.unwrap().unwrap(), 1);
        }
    });
}

#[test]
fn options_and_conversions() {
    on_each(async || {
        let ours = socket().await;
        ours.set_broadcast(true).unwrap();
        assert!(ours.broadcast().unwrap());
        ours.set_ttl(9).unwrap();
        assert_eq!(ours.ttl().unwrap(), 9);
        ours.set_multicast_ttl_v4(3).unwrap();
        assert_eq!(ours.multicast_ttl_v4().unwrap(), 3);
        ours.set_multicast_loop_v4(false).unwrap();
        assert!(!ours.multicast_loop_v4().unwrap());
        ours.set_tos(0x10).unwrap();
        assert_eq!(ours.tos_v4().unwrap(), 0x10);
        assert_eq!(ours.device().unwrap(), None);
        assert!(ours.take_error().unwrap().is_none());
        let group = Ipv4Addr::new(224, 0, 0, 123);
        if ours.join_multicast_v4(group, Ipv4Addr::LOCALHOST).is_ok() {
            ours.leave_multicast_v4(group, Ipv4Addr::LOCALHOST).unwrap();
        }
        let ours = UdpSocket::from_std(ours.into_std().unwrap()).unwrap();
        assert!(format!("{ours:?}").starts_with("UdpSocket { addr: 127.0.0.1:"));
        let ready = ours.ready(Interest::WRITABLE).await.unwrap();
        assert!(ready.is_writable());
        let sent = ours.async_io(Interest::WRITABLE, || Ok(7)).await.unwrap();
        assert_eq!(sent, 7);
        assert_eq!(ours.try_io(Interest::WRITABLE, || Ok(8)).unwrap(), 8);
    });
}

/// Not enough memory in the system is an error of its own: nobody waits for a readiness that would not come, and none is lost. Only
/// [`WouldBlock`](io::ErrorKind::WouldBlock) is waited for, so each other error comes through.
#[test]
fn a_lack_of_buffers_is_an_error_and_not_waited_for() {
    on_each(async || {
        let (ours, theirs) = connected().await;
        let scarce = || io::Error::from(rustix::io::Errno::NOBUFS);
        let is_scarce = |error: io::Error| error.raw_os_error() == scarce().raw_os_error();
        let mut attempts = 0;
        let result = ours.async_io(Interest::WRITABLE, || {
            attempts += 1;
            Err::<(), _>(scarce())
        });
        assert!(is_scarce(result.await.unwrap_err()));
        assert_eq!(attempts, 1);
        let result = ours.try_io(Interest::WRITABLE, || Err::<(), _>(scarce()));
        assert!(is_scarce(result.unwrap_err()));
        // Rule N2: it is as ready as it was.
        ours.writable().await.unwrap();
        assert_eq!(ours.try_send(b"again").unwrap(), 5);
        assert_eq!(theirs.recv(&mut [0; 8]).await.unwrap(), 5);
    });
}
