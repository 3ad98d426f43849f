//! Options of a socket before it is connected or listens.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, FromRawFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use runtime_io::net::{TcpSocket, TcpStream};

use crate::support::on_each;

#[test]
fn options_are_kept() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    assert!(socket.reuseaddr().unwrap());
    socket.set_reuseport(true).unwrap();
    assert!(socket.reuseport().unwrap());
    socket.set_keepalive(true).unwrap();
    assert!(socket.keepalive().unwrap());
    socket.set_nodelay(true).unwrap();
    assert!(socket.nodelay().unwrap());
    socket.set_send_buffer_size(32 * 1024).unwrap();
    assert!(socket.send_buffer_size().unwrap() >= 32 * 1024);
    socket.set_recv_buffer_size(32 * 1024).unwrap();
    assert!(socket.recv_buffer_size().unwrap() >= 32 * 1024);
    socket.set_linger(Some(Duration::from_secs(7))).unwrap();
    assert_eq!(socket.linger().unwrap(), Some(Duration::from_secs(7)));
    socket.set_zero_linger().unwrap();
    assert_eq!(socket.linger().unwrap(), Some(Duration::ZERO));
    socket.set_tos(0x10).unwrap();
    assert_eq!(socket.tos().unwrap(), 0x10);
    socket.set_tos_v4(0x08).unwrap();
    assert_eq!(socket.tos_v4().unwrap(), 0x08);
    assert_eq!(socket.device().unwrap(), None);
    assert!(socket.take_error().unwrap().is_none());
    assert!(!format!("{socket:?}").is_empty());
}

#[test]
fn options_of_version_six() {
    // A machine may have no IPv6 at all.
    let Ok(socket) = TcpSocket::new_v6() else {
        return;
    };
    socket.set_tclass_v6(0x20).unwrap();
    assert_eq!(socket.tclass_v6().unwrap(), 0x20);
    if socket.bind((Ipv6Addr::LOCALHOST, 0).into()).is_ok() {
        assert!(socket.local_addr().unwrap().is_ipv6());
    }
}

#[test]
fn a_bound_socket_connects_from_its_address() {
    on_each(async || {
        let server = TcpSocket::new_v4().unwrap();
        server.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = server.listen(16).unwrap();

        let client = TcpSocket::new_v4().unwrap();
        client.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let from = client.local_addr().unwrap();
        let stream = client
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        assert_eq!(stream.local_addr().unwrap(), from);
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, from);
    });
}

#[test]
fn react_11_a_socket_whose_number_is_known_is_registered_after_the_connect() {
    on_each(async || {
        let server = TcpSocket::new_v4().unwrap();
        let _known = server.as_fd();
        server.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = server.listen(16).unwrap();
        let addr = listener.local_addr().unwrap();
        let client = runtime_core::spawn(TcpStream::connect(addr));
        listener.accept().await.unwrap();
        client.await.unwrap().unwrap();
    });
}

#[test]
fn sockets_are_made_of_descriptors() {
    on_each(async || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let addr = socket.local_addr().unwrap();
        let raw = socket.into_raw_fd();
        // SAFETY: it was just given up.
        let socket = unsafe { TcpSocket::from_raw_fd(raw) };
        let raw = socket.into_raw_fd();
        // SAFETY: it was just given up.
        let socket = TcpSocket::from(unsafe { OwnedFd::from_raw_fd(raw) });
        let listener = socket.listen(1).unwrap();
        assert_eq!(listener.local_addr().unwrap(), addr);
    });
}

/// DOWN-15: no descriptor of ours reaches a child.
#[test]
fn down_15_every_descriptor_is_close_on_exec() {
    use runtime_io::net::{TcpListener, UdpSocket, UnixListener, UnixStream};
    use rustix::io::{FdFlags, fcntl_getfd};

    fn check(fd: impl AsFd) {
        assert!(fcntl_getfd(fd).unwrap().contains(FdFlags::CLOEXEC));
    }

    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (server, _) = listener.accept().await.unwrap();
        check(&listener);
        check(&client);
        check(&server);
        check(TcpSocket::new_v4().unwrap());
        check(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let (first, second) = UnixStream::pair().unwrap();
        check(&first);
        check(&second);
        let name = format!("\0heist-exec-{}", std::process::id());
        let listener = UnixListener::bind(&name).unwrap();
        check(UnixStream::connect(&name).await.unwrap());
        check(&listener);
        let (accepted, _) = listener.accept().await.unwrap();
        check(accepted);
    });
}
