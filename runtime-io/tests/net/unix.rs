//! Unix sockets.

use std::future::poll_fn;
use std::io;
use std::path::Path;

use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::net::unix::{SocketAddr, pipe};
use runtime_io::net::{UnixDatagram, UnixListener, UnixSocket, UnixStream};
use runtime_io::reactor::Interest;

use crate::support::{Folder, is_would_block, on_each};

async fn exchange(mut first: UnixStream, mut second: UnixStream) {
    first.write_all(b"ping").await.unwrap();
    let mut buf = [0; 4];
    second.read_exact(&mut buf).await.unwrap();
    second.write_all(&buf).await.unwrap();
    second.shutdown().await.unwrap();
    let mut all = Vec::new();
    first.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"ping");
}

#[test]
fn a_listener_at_a_path() {
    on_each(async || {
        let folder = Folder::new();
        let listener = UnixListener::bind(folder.socket()).unwrap();
        let addr = listener.local_addr().unwrap();
        assert_eq!(addr.as_pathname(), Some(&*folder.socket()));
        let client = runtime_core::spawn(UnixStream::connect(folder.socket()));
        let (server, peer) = listener.accept().await.unwrap();
        assert!(peer.is_unnamed());
        let client = client.await.unwrap().unwrap();
        assert_eq!(
            client.peer_addr().unwrap().as_pathname(),
            addr.as_pathname()
        );
        assert_eq!(
            client.peer_cred().unwrap().pid(),
            Some(std::process::id() as i32)
        );
        assert_eq!(
            client.peer_cred().unwrap().uid(),
            server.peer_cred().unwrap().uid()
        );
        exchange(client, server).await;
        let error = UnixListener::bind(folder.socket()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert!(folder.socket().exists(), "N7: the path stays");
        let error = UnixStream::connect(folder.socket()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_listener_in_the_abstract_namespace() {
    on_each(async || {
        let name = format!(
            "\0heist-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let listener = UnixListener::bind(&name).unwrap();
        let addr: SocketAddr = listener.local_addr().unwrap();
        assert_eq!(addr.as_abstract_name(), Some(&name.as_bytes()[1..]));
        let client = UnixStream::connect_addr(&addr).await.unwrap();
        let (server, _) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
        exchange(client, server).await;
        let std: std::os::unix::net::SocketAddr = addr.into();
        assert!(!SocketAddr::from(std).is_unnamed());
    });
}

#[test]
fn a_pair_is_connected() {
    on_each(async || {
        let (first, second) = UnixStream::pair().unwrap();
        assert!(is_would_block(&second.try_read(&mut [0; 8])));
        first.writable().await.unwrap();
        first.try_write(b"abc").unwrap();
        second.readable().await.unwrap();
        let mut growing = Vec::with_capacity(8);
        assert_eq!(second.try_read_buf(&mut growing).unwrap(), 3);
        exchange(first, second).await;
    });
}

#[test]
fn halves_of_a_unix_stream() {
    on_each(async || {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (mut read, mut write) = ours.into_split();
        write.write_all(b"abc").await.unwrap();
        drop(write);
        let mut all = Vec::new();
        theirs.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"abc");
        theirs.write_all(b"def").await.unwrap();
        let mut buf = [0; 3];
        read.read_exact(&mut buf).await.unwrap();
        let (mut first, second) = UnixStream::pair().unwrap();
        let (read, mut write) = first.split();
        write.write_all(b"x").await.unwrap();
        assert!(is_would_block(&read.try_read(&mut [0])));
        let (read, write) = second.into_split();
        read.reunite(write).unwrap();
    });
}

/// REACT-10: the peer goes away while the reader waits.
#[test]
fn react_10_a_peer_that_goes_away_wakes_both_directions() {
    on_each(async || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        while ours.try_write(&[0; 65536]).is_ok() {}
        let ours = std::sync::Arc::new(ours);
        let writer = {
            let ours = std::sync::Arc::clone(&ours);
            runtime_core::spawn(async move {
                ours.async_io(Interest::WRITABLE, || ours.try_write(b"x"))
                    .await
            })
        };
        runtime_core::task::yield_now().await;
        drop(theirs);
        assert_eq!(
            writer.await.unwrap().unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
        let read = ours.async_io(Interest::READABLE, || ours.try_read(&mut [0; 8]));
        // Unread data of the peer's make it a reset, else it is the end.
        assert!(matches!(read.await, Ok(0) | Err(_)));
    });
}

/// REACT-12: a read that stops at a message with descriptors says nothing about what follows.
#[test]
fn react_12_messages_with_descriptors_hide_nothing() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;
    on_each(async || {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        assert!(is_would_block(&ours.try_read(&mut [0])));
        let file = std::fs::File::open("Cargo.toml").unwrap();
        let fds = [file.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
        let first = [io::IoSlice::new(b"one")];
        sendmsg(&theirs, &first, &mut control, SendFlags::empty()).unwrap();
        theirs.try_write(b"two").unwrap();
        let mut all = Vec::new();
        let mut buf = [0; 64];
        while all.len() < 6 {
            let count = ours.read(&mut buf).await.unwrap();
            all.extend_from_slice(&buf[..count]);
        }
        assert_eq!(all, b"onetwo");
    });
}

#[test]
fn std_sockets_come_and_go() {
    on_each(async || {
        let (first, second) = UnixStream::pair().unwrap();
        let first = UnixStream::from_std(first.into_std().unwrap()).unwrap();
        let second = UnixStream::try_from(second.into_std().unwrap()).unwrap();
        assert!(format!("{first:?}").starts_with("UnixStream { fd:"));
        assert!(first.take_error().unwrap().is_none());
        exchange(first, second).await;
        let folder = Folder::new();
        let listener = UnixListener::bind(folder.socket()).unwrap();
        let listener = UnixListener::from_std(listener.into_std().unwrap()).unwrap();
        assert!(listener.take_error().unwrap().is_none());
        assert!(
            UnixStream::connect(Path::new("/nonexistent/socket"))
                .await
                .is_err()
        );
    });
}

/// A path that cannot be one: with a NUL in it, or longer than an address has room.
#[test]
fn a_path_that_is_none_is_invalid_input() {
    on_each(async || {
        let long = "x".repeat(200);
        for path in ["a\0b", &*long] {
            let errors = [
                UnixStream::connect(path).await.err(),
                UnixListener::bind(path).err(),
                UnixDatagram::bind(path).err(),
                UnixDatagram::unbound().unwrap().connect(path).err(),
                UnixDatagram::unbound()
                    .unwrap()
                    .send_to(b"x", path)
                    .await
                    .err(),
                UnixSocket::new_stream().unwrap().bind(path).err(),
                UnixSocket::new_stream().unwrap().connect(path).await.err(),
            ];
            for (n, error) in errors.into_iter().enumerate() {
                let kind = error.expect("there is no such address").kind();
                assert_eq!(kind, io::ErrorKind::InvalidInput, "number {n}, {path:?}");
            }
            if path.len() < 100 {
                let fifo = pipe::OpenOptions::new().open_receiver(path).unwrap_err();
                assert_eq!(fifo.kind(), io::ErrorKind::InvalidInput);
            }
        }
    });
}
