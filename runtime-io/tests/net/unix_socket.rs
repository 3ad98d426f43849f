//! Unix sockets that are bound before they become something.

use std::io;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};

use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::net::UnixSocket;

use crate::support::{Folder, on_each};

#[test]
fn a_stream_socket_listens_or_connects() {
    on_each(async || {
        let (here, there) = (Folder::new(), Folder::new());
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(there.socket()).unwrap();
        let listener = socket.listen(8).unwrap();
        let client = UnixSocket::new_stream().unwrap();
        client.bind(here.socket()).unwrap();
        let mut client = client.connect(there.socket()).await.unwrap();
        let (mut server, peer) = listener.accept().await.unwrap();
        assert_eq!(peer.as_pathname(), Some(&*here.socket()));
        client.write_all(b"x").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'x');
    });
}

#[test]
fn a_datagram_socket_sends_and_receives() {
    on_each(async || {
        let folder = Folder::new();
        let socket = UnixSocket::new_datagram().unwrap();
        socket.bind(folder.socket()).unwrap();
        let bound = socket.datagram().unwrap();
        let other = UnixSocket::new_datagram().unwrap().datagram().unwrap();
        other.send_to(b"hello", folder.socket()).await.unwrap();
        assert_eq!(bound.recv(&mut [0; 8]).await.unwrap(), 5);
    });
}

#[test]
fn each_kind_refuses_what_the_other_can_do() {
    on_each(async || {
        let folder = Folder::new();
        let datagram = || UnixSocket::new_datagram().unwrap();
        let text = datagram().listen(1).unwrap_err().to_string();
        assert!(text.contains("new_stream"), "{text}");
        let text = datagram().connect(folder.socket()).await.unwrap_err();
        assert!(text.to_string().contains("new_stream"), "{text}");
        let stream = UnixSocket::new_stream().unwrap();
        let text = stream.datagram().unwrap_err().to_string();
        assert!(text.contains("new_datagram"), "{text}");

        let stream = UnixSocket::new_stream().unwrap();
        let error = stream.connect(folder.socket()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let taken = UnixSocket::new_stream().unwrap();
        taken.bind(folder.socket()).unwrap();
        let late = UnixSocket::new_stream().unwrap();
        let error = late.bind(folder.socket()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let error = late.bind("a\0b").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    });
}

#[test]
fn it_goes_through_a_number_and_back() {
    on_each(async || {
        let folder = Folder::new();
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(folder.socket()).unwrap();
        // SAFETY: the number is owned, and given up by `into_raw_fd`.
        let socket = unsafe { UnixSocket::from_raw_fd(socket.into_raw_fd()) };
        // SAFETY: as above.
        let fd = unsafe { OwnedFd::from_raw_fd(socket.into_raw_fd()) };
        let listener = UnixSocket::from(fd).listen(1).unwrap();
        let stream = UnixSocket::new_stream().unwrap();
        stream.connect(folder.socket()).await.unwrap();
        listener.accept().await.unwrap();
    });
}
