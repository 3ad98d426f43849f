//! Datagrams between sockets of one machine.

use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::sync::Arc;

use runtime_io::io::ReadBuf;
use runtime_io::net::UnixDatagram;
use runtime_io::reactor::Interest;

use crate::support::{Folder, is_would_block, on_each, on_native, settle};

#[test]
fn datagrams_go_to_and_come_from_paths() {
    on_each(async || {
        let (here, there) = (Folder::new(), Folder::new());
        let ours = UnixDatagram::bind(here.socket()).unwrap();
        let theirs = UnixDatagram::bind(there.socket()).unwrap();
        assert_eq!(ours.send_to(b"one", there.socket()).await.unwrap(), 3);
        let mut buf = [0; 64];
        let (count, sender) = theirs.recv_from(&mut buf).await.unwrap();
        assert_eq!(&buf[..count], b"one");
        assert_eq!(sender.as_pathname(), Some(&*here.socket()));

        let sent = poll_fn(|cx| ours.poll_send_to(cx, b"two!", there.socket())).await;
        assert_eq!(sent.unwrap(), 4);
        let mut space = [0; 64];
        let mut space = ReadBuf::new(&mut space);
        let sender = poll_fn(|cx| theirs.poll_recv_from(cx, &mut space)).await;
        assert_eq!(sender.unwrap().as_pathname(), Some(&*here.socket()));
        assert_eq!(space.filled(), b"two!");

        assert_eq!(ours.try_send_to(b"three", there.socket()).unwrap(), 5);
        let mut growing = Vec::with_capacity(16);
        let (count, sender) = theirs.recv_buf_from(&mut growing).await.unwrap();
        assert_eq!((count, &growing[..]), (5, &b"three"[..]));
        assert_eq!(sender.as_pathname(), Some(&*here.socket()));
        assert!(is_would_block(&theirs.try_recv_from(&mut buf)));
        assert!(is_would_block(&theirs.try_recv_buf_from(&mut growing)));

        // N7: the path stays, and with nobody behind it a datagram is refused.
        drop(theirs);
        assert!(there.socket().exists());
        let error = ours.send_to(b"x", there.socket()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let error = UnixDatagram::bind(there.socket()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let error = ours.send_to(b"x", "/nowhere/at/all").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    });
}

#[test]
fn a_pair_is_connected_and_has_no_names() {
    on_each(async || {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        assert!(ours.local_addr().unwrap().is_unnamed());
        assert_eq!(ours.send(b"ping").await.unwrap(), 4);
        assert_eq!(ours.try_send(b"pong").unwrap(), 4);
        let sent = poll_fn(|cx| ours.poll_send(cx, b"")).await;
        assert_eq!(sent.unwrap(), 0);
        let mut buf = [0; 64];
        let (count, sender) = theirs.recv_from(&mut buf).await.unwrap();
        assert_eq!(&buf[..count], b"ping");
        assert!(sender.is_unnamed());
        let mut growing = Vec::with_capacity(8);
        let (count, sender) = theirs.recv_buf_from(&mut growing).await.unwrap();
        assert_eq!(count, 4);
        assert!(sender.is_unnamed());
        // An empty datagram is no end.
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 0);
        assert!(is_would_block(&theirs.try_recv(&mut buf)));
        assert!(ours.take_error().unwrap().is_none());
    });
}

#[test]
fn a_name_in_the_abstract_namespace_is_an_address_too() {
    on_each(async || {
        let name = format!("\0heist-datagram-{}-{}", std::process::id(), fastrand());
        let named = UnixDatagram::bind(&name).unwrap();
        let other = UnixDatagram::unbound().unwrap();
        other.connect(&name).unwrap();
        let peer = other.peer_addr().unwrap();
        assert_eq!(peer.as_abstract_name(), Some(&name.as_bytes()[1..]));
        other.send(b"x").await.unwrap();
        assert!(named.recv_from(&mut [0; 4]).await.unwrap().1.is_unnamed());
        named.send_to(b"self", &name).await.unwrap();
        let mut buf = Vec::with_capacity(8);
        let (_, sender) = named.recv_buf_from(&mut buf).await.unwrap();
        assert_eq!(sender.as_abstract_name(), Some(&name.as_bytes()[1..]));
    });
}

/// A number that no other test of this process has.
fn fastrand() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn what_does_not_fit_is_lost() {
    on_each(async || {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        for _ in 0..5 {
            ours.send(b"longish").await.unwrap();
        }
        let mut small = [0; 4];
        assert_eq!(theirs.recv(&mut small).await.unwrap(), 4);
        assert_eq!(&small, b"long");
        assert_eq!(theirs.try_recv(&mut small).unwrap(), 4);
        let mut space = ReadBuf::new(&mut small);
        poll_fn(|cx| theirs.poll_recv(cx, &mut space))
            .await
            .unwrap();
        assert_eq!(space.filled(), b"long");
        let mut limited = bytes::BufMut::limit(Vec::new(), 3);
        assert_eq!(theirs.recv_buf(&mut limited).await.unwrap(), 3);
        assert_eq!(theirs.try_recv_buf(&mut limited).unwrap(), 0);
        assert_eq!(limited.get_ref(), b"lon");
        assert!(is_would_block(&theirs.try_recv(&mut [0; 4])));
    });
}

#[test]
fn sending_waits_for_room_and_loses_nothing() {
    on_each(async || {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let sender = runtime_core::spawn(async move {
            for n in 0..2000_u32 {
                ours.send(&n.to_be_bytes()).await.unwrap();
            }
        });
        // Until the queue is full.
        settle().await;
        assert!(!sender.is_finished());
        for n in 0..2000 {
            let mut buf = [0; 4];
            assert_eq!(theirs.recv(&mut buf).await.unwrap(), 4);
            assert_eq!(u32::from_be_bytes(buf), n);
        }
        sender.await.unwrap();
    });
}

#[test]
fn a_cancelled_receive_loses_nothing() {
    on_each(async || {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut buf = [0; 4];
        for _ in 0..100 {
            let mut wait = Box::pin(theirs.recv(&mut buf));
            let pending = poll_fn(|cx| wait.as_mut().poll(cx).map(drop).is_pending().into());
            assert!(pending.await);
        }
        ours.send(b"here").await.unwrap();
        assert_eq!(theirs.recv(&mut buf).await.unwrap(), 4);
    });
}

#[test]
fn readiness_and_operations_of_the_callers() {
    on_each(async || {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        ours.writable().await.unwrap();
        poll_fn(|cx| ours.poll_send_ready(cx)).await.unwrap();
        let theirs = Arc::new(theirs);
        assert!(is_would_block(&theirs.try_recv(&mut [0])));
        let waiting: Vec<_> = (0..10)
            .map(|_| {
                let theirs = Arc::clone(&theirs);
                runtime_core::spawn(async move { theirs.readable().await })
            })
            .collect();
        runtime_core::task::yield_now().await;
        ours.send(b"x").await.unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        let ready = theirs.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable());
        poll_fn(|cx| theirs.poll_recv_ready(cx)).await.unwrap();
        let receive = || Ok(rustix::io::read(&*theirs, &mut [0; 4])?);
        assert_eq!(theirs.try_io(Interest::READABLE, receive).unwrap(), 1);
        ours.send(b"yz").await.unwrap();
        let receive = || Ok(rustix::io::read(&*theirs, &mut [0; 4])?);
        let count = theirs.async_io(Interest::READABLE, receive).await;
        assert_eq!(count.unwrap(), 2);
    });
}

#[test]
fn a_closed_peer_and_a_shut_down_side_are_errors() {
    on_each(async || {
        let (ours, _theirs) = UnixDatagram::pair().unwrap();
        ours.shutdown(Shutdown::Write).unwrap();
        let error = ours.send(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);

        let (ours, theirs) = UnixDatagram::pair().unwrap();
        drop(theirs);
        let error = ours.send(b"x").await.unwrap_err();
        assert!(
            matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
            ),
            "{error}"
        );
        let lonely = UnixDatagram::unbound().unwrap();
        assert_eq!(
            lonely.send(b"x").await.unwrap_err().kind(),
            io::ErrorKind::NotConnected
        );
        assert!(lonely.peer_addr().is_err());
    });
}

/// The kernel says of such a socket that it can be read, and of each read that it would block.
#[test]
fn a_receive_that_waits_is_ended_by_a_shutdown_and_does_not_spin() {
    on_native(async |_| {
        let (_ours, theirs) = UnixDatagram::pair().unwrap();
        let mut buf = [0; 4];
        let reader = async {
            // Waits, and is woken by the shutdown.
            theirs.recv(&mut buf).await
        };
        let shut = async {
            runtime_core::task::yield_now().await;
            theirs.shutdown(Shutdown::Read)
        };
        let (received, shut) = futures_util::join!(reader, shut);
        shut.unwrap();
        assert_eq!(received.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let mut space = ReadBuf::new(&mut buf);
        let polled = poll_fn(|cx| theirs.poll_recv(cx, &mut space)).await;
        assert_eq!(polled.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn from_and_into_the_standard_library() {
    on_each(async || {
        let (ours, theirs) = std::os::unix::net::UnixDatagram::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = UnixDatagram::try_from(ours).unwrap();
        theirs.send(b"x").unwrap();
        assert_eq!(socket.recv(&mut [0; 4]).await.unwrap(), 1);
        assert!(format!("{socket:?}").contains("UnixDatagram"));
        let back = socket.into_std().unwrap();
        assert_eq!(
            back.recv(&mut [0; 4]).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
    });
}
