//! Sockets that fail: errors of the right kind, and what came through before them is kept.

use std::io::ErrorKind;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpSocket, TcpStream};

use crate::support::on_every_flavour;

/// Two ends of a connection.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (near, far) = futures_util::join!(TcpStream::connect(addr), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

#[test]
fn connect_refused() {
    on_every_flavour(|| async {
        // Bound and not listening: nobody else gets the port, and nobody answers there.
        let quiet = TcpSocket::new_v4().unwrap();
        quiet.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = quiet.local_addr().unwrap();
        for _ in 0..3 {
            let error = TcpStream::connect(addr).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        // One of several addresses is enough.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let both = [addr, listener.local_addr().unwrap()];
        assert_eq!(
            TcpStream::connect(&both[..])
                .await
                .unwrap()
                .peer_addr()
                .unwrap(),
            both[1]
        );
    });
}

#[test]
fn addresses_that_are_none() {
    on_every_flavour(|| async {
        for text in ["", "127.0.0.1", "127.0.0.1:port", ":::"] {
            let error = TcpStream::connect(text).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}: {error}");
            assert!(TcpListener::bind(text).await.is_err());
        }
        let nowhere: &[std::net::SocketAddr] = &[];
        assert_eq!(
            TcpStream::connect(nowhere).await.unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    });
}

#[test]
fn a_port_in_use() {
    on_every_flavour(|| async {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let error = TcpListener::bind(first.local_addr().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn a_closed_peer_is_an_end_after_all_it_sent() {
    on_every_flavour(|| async {
        let (mut near, mut far) = pair().await;
        far.write_all(b"last words").await.unwrap();
        drop(far);
        let mut words = Vec::new();
        near.read_to_end(&mut words).await.unwrap();
        assert_eq!(words, b"last words");
        let mut more = [0; 4];
        assert_eq!(near.read(&mut more).await.unwrap(), 0);
        let error = near.read_exact(&mut more).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn writing_to_a_closed_peer_fails_in_the_end() {
    on_every_flavour(|| async {
        let (mut near, far) = pair().await;
        drop(far);
        // The first bytes are accepted until the peer's answer comes.
        let error = loop {
            if let Err(error) = near.write_all(&[0; 1024]).await {
                break error;
            }
        };
        assert!(
            matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ),
            "{error}"
        );
    });
}

#[test]
fn a_reset_peer_wakes_a_reader_that_waits() {
    on_every_flavour(|| async {
        let (mut near, far) = pair().await;
        let reader = heist::spawn(async move { near.read_u8().await });
        heist::task::yield_now().await;
        far.set_zero_linger().unwrap();
        drop(far);
        let error = reader.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_socket_that_outlives_the_block_on_it_was_made_in() {
    crate::support::watched(|| {
        for (_, rt) in crate::support::flavours() {
            let (mut near, mut far) = rt.block_on(pair());
            rt.block_on(near.write_all(b"x")).unwrap();
            assert_eq!(rt.block_on(far.read_u8()).unwrap(), b'x');
            // On another runtime too: it stays with its own, whose workers or whose `block_on` serve it.
            let other = crate::support::multi_thread(1);
            let reader = other.spawn(async move { far.read_u8().await.unwrap() });
            rt.block_on(async {
                near.write_u8(b'y').await.unwrap();
                assert_eq!(reader.await.unwrap(), b'y');
            });
        }
    });
}
