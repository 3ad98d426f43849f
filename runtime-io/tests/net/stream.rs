//! Reading, writing, peeking, connecting.

use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;

use runtime_io::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use runtime_io::net::{TcpListener, TcpSocket, TcpStream};
use runtime_io::reactor::Interest;

use crate::support::{fill, is_would_block, on_each, on_native, pair, pair_with_std};

#[test]
fn what_is_written_is_read() {
    on_each(async || {
        let (mut client, mut server) = pair().await;
        for round in 0..100_u32 {
            client.write_all(&round.to_be_bytes()).await.unwrap();
            let mut buf = [0; 4];
            server.read_exact(&mut buf).await.unwrap();
            assert_eq!(u32::from_be_bytes(buf), round);
        }
    });
}

#[test]
fn a_megabyte_goes_through_while_both_ends_wait() {
    on_each(async || {
        let (mut client, mut server) = pair().await;
        let sent: Vec<u8> = (0..1 << 20).map(|n: u32| n as u8).collect();
        let copy = sent.clone();
        let writer = runtime_core::spawn(async move {
            client.write_all(&copy).await.unwrap();
            client.shutdown().await.unwrap();
            client
        });
        let mut received = Vec::new();
        server.read_to_end(&mut received).await.unwrap();
        assert!(received == sent);
        drop(writer.await.unwrap());
    });
}

#[test]
fn addresses_of_both_ends() {
    on_each(async || {
        let (client, server) = pair().await;
        assert_eq!(client.local_addr().unwrap(), server.peer_addr().unwrap());
        assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
        assert!(client.take_error().unwrap().is_none());
    });
}

/// Reading into nothing brings nothing, which is no end; writing nothing sends nothing. (It may wait until there is something to be read:
/// that is the answer of the system.)
#[test]
fn an_operation_of_length_zero_is_no_end() {
    on_each(async || {
        let (mut client, mut server) = pair().await;
        assert_eq!(client.write(&[]).await.unwrap(), 0);
        client.write_all(b"hello").await.unwrap();
        server.readable().await.unwrap();
        assert_eq!(server.read(&mut []).await.unwrap(), 0);
        assert_eq!(server.try_read(&mut []).unwrap(), 0);
        assert_eq!(client.try_write(&[]).unwrap(), 0);
        let mut buf = [0; 5];
        server.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"hello");
        drop(client);
        assert_eq!(server.read(&mut buf).await.unwrap(), 0, "and this is one");
    });
}

#[test]
fn peek_leaves_the_data() {
    on_each(async || {
        let (client, mut server) = pair().await;
        client.try_write(b"hello").unwrap();
        let mut buf = [0; 3];
        assert_eq!(server.peek(&mut buf).await.unwrap(), 3);
        let mut peeked = [0; 16];
        let mut peeked = ReadBuf::new(&mut peeked);
        let count = poll_fn(|cx| server.poll_peek(cx, &mut peeked)).await;
        assert_eq!(count.unwrap(), 5);
        assert_eq!(peeked.filled(), b"hello");
        let mut buf = [0; 5];
        server.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"hello");
    });
}

#[test]
fn try_operations_do_not_wait() {
    on_each(async || {
        let (client, server) = pair().await;
        let mut buf = [0; 16];
        assert!(is_would_block(&server.try_read(&mut buf)));
        client.writable().await.unwrap();
        assert_eq!(client.try_write(b"abc").unwrap(), 3);
        server.readable().await.unwrap();
        assert_eq!(server.try_read(&mut buf).unwrap(), 3);
        let slices = [IoSlice::new(b"de"), IoSlice::new(b"fgh")];
        assert_eq!(client.try_write_vectored(&slices).unwrap(), 5);
        let (mut first, mut second) = ([0; 1], [0; 16]);
        let mut slices = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        let count = loop {
            server.readable().await.unwrap();
            match server.try_read_vectored(&mut slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => break result.unwrap(),
            }
        };
        assert_eq!(count, 5);
        assert_eq!((&first, &second[..4]), (b"d", &b"efgh"[..]));
        client.try_write(b"ijk").unwrap();
        let mut growing = Vec::with_capacity(8);
        while growing.is_empty() {
            server.readable().await.unwrap();
            match server.try_read_buf(&mut growing) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => assert_eq!(result.unwrap(), 3),
            }
        }
        assert_eq!(growing, b"ijk");
    });
}

#[test]
fn operations_of_the_caller_run_when_ready() {
    on_each(async || {
        let (client, server) = pair().await;
        let read = || {
            let mut buf = [0; 8];
            (&*server_as_std(&server)).read(&mut buf)
        };
        assert!(is_would_block(&server.try_io(Interest::READABLE, read)));
        let mut tried = false;
        let untried = server.try_io(Interest::READABLE, || {
            tried = true;
            Ok(())
        });
        assert!(is_would_block(&untried));
        assert!(!tried, "nothing is known to be there");
        client.try_write(b"abc").unwrap();
        let count = server.async_io(Interest::READABLE, read).await.unwrap();
        assert_eq!(count, 3);
    });
}

fn server_as_std(stream: &TcpStream) -> std::mem::ManuallyDrop<std::net::TcpStream> {
    use std::os::fd::{AsRawFd, FromRawFd};
    // SAFETY: the descriptor is open, and never closed by this alias.
    std::mem::ManuallyDrop::new(unsafe { std::net::TcpStream::from_raw_fd(stream.as_raw_fd()) })
}

/// Rule B5.
#[test]
fn vectored_writes_are_forwarded_and_limited() {
    on_each(async || {
        let (mut client, mut server) = pair().await;
        assert!(client.is_write_vectored());
        let many = vec![IoSlice::new(b"ab"); 3000];
        let count = poll_fn(|cx| Pin::new(&mut client).poll_write_vectored(cx, &many))
            .await
            .unwrap();
        assert!((2..=2048).contains(&count), "{count}");
        let mut buf = vec![0; count];
        server.read_exact(&mut buf).await.unwrap();
        assert!(buf.chunks(2).all(|pair| pair == b"ab"));
    });
}

/// N5 and REACT-12: data and the end arrive before anybody reads.
#[test]
fn react_12_data_and_end_before_the_first_read() {
    on_each(async || {
        for wait_first in [false, true] {
            let (mut ours, mut theirs) = pair_with_std().await;
            if wait_first {
                // Registered already, with an event on its way.
                assert!(is_would_block(&ours.try_read(&mut [0])));
            }
            theirs.write_all(b"last words").unwrap();
            drop(theirs);
            let mut buf = [0; 64];
            let mut all = Vec::new();
            loop {
                match ours.read(&mut buf).await.unwrap() {
                    0 => break,
                    count => all.extend_from_slice(&buf[..count]),
                }
            }
            assert_eq!(all, b"last words");
            assert_eq!(ours.read(&mut buf).await.unwrap(), 0, "the end stays");
        }
    });
}

/// The end comes while the reader waits after a short read.
#[test]
fn react_12_the_end_after_a_short_read() {
    on_each(async || {
        let (mut ours, mut theirs) = pair_with_std().await;
        let mut buf = [0; 64];
        assert!(is_would_block(&ours.try_read(&mut buf)));
        theirs.write_all(b"x").unwrap();
        assert_eq!(ours.read(&mut buf).await.unwrap(), 1);
        let closer = std::thread::spawn(move || drop(theirs));
        assert_eq!(ours.read(&mut buf).await.unwrap(), 0);
        closer.join().unwrap();
    });
}

#[test]
fn react_13_reading_a_byte_at_a_time_gets_all_of_it() {
    on_each(async || {
        let (mut ours, mut theirs) = pair_with_std().await;
        let writer = std::thread::spawn(move || {
            for _ in 0..50 {
                theirs.write_all(&[1; 20]).unwrap();
            }
        });
        let mut buf = [0];
        for _ in 0..1000 {
            ours.read_exact(&mut buf).await.unwrap();
        }
        assert_eq!(ours.read(&mut buf).await.unwrap(), 0);
        writer.join().unwrap();
    });
}

#[test]
fn react_23_a_refused_connection_is_an_error() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        drop(listener);
        let error = TcpStream::connect(addr).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn react_23_a_connection_that_nobody_answers_can_be_given_up() {
    on_each_black_hole(async |addr| {
        let connect = TcpStream::connect(addr);
        let outcome = runtime_time::timeout(std::time::Duration::from_millis(5), connect).await;
        assert!(outcome.is_err(), "nobody answers");
    });
}

/// A listener whose queue is full: the system drops further attempts.
fn on_each_black_hole(test: impl AsyncFn(SocketAddr)) {
    on_each(async || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(0).unwrap();
        let addr = listener.local_addr().unwrap();
        let first = TcpStream::connect(addr).await.unwrap();
        test(addr).await;
        drop((listener, first));
    });
}

#[test]
fn react_23_a_reset_after_accept_is_an_error_of_the_connection() {
    on_each(async || {
        let (mut ours, theirs) = pair_with_std().await;
        socket2::SockRef::from(&theirs)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
        drop(theirs);
        let error = ours.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

/// Rule N1.
#[test]
fn connect_tries_the_addresses_in_order() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (good, bad) = (listener.local_addr().unwrap(), free.local_addr().unwrap());
        drop(free);
        let stream = TcpStream::connect(&[bad, good][..]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        let error = TcpStream::connect(&[bad, bad][..]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let error = TcpStream::connect(&[][..]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    });
}

/// REACT-28: an urgent byte alone is nothing to read, and what follows it is not lost behind a short read.
#[test]
fn react_28_an_urgent_byte_hides_nothing() {
    on_each(async || {
        let (mut ours, theirs) = pair_with_std().await;
        let socket = socket2::SockRef::from(&theirs);
        assert!(is_would_block(&ours.try_read(&mut [0])));
        socket.send_out_of_band(b"!").unwrap();
        socket.send(b"after").unwrap();
        let mut all = Vec::new();
        let mut buf = [0; 64];
        while all.len() < 5 {
            let count = ours.read(&mut buf).await.unwrap();
            all.extend_from_slice(&buf[..count]);
        }
        assert_eq!(all, b"after");
        socket.send(b"before").unwrap();
        socket.send_out_of_band(b"!").unwrap();
        socket.send(b"after").unwrap();
        all.clear();
        while all.len() < 11 {
            let count = ours.read(&mut buf).await.unwrap();
            all.extend_from_slice(&buf[..count]);
        }
        assert_eq!(all, b"beforeafter");
    });
}

#[test]
fn react_28_a_lone_urgent_byte_makes_nobody_spin() {
    on_native(async |reactor| {
        let (ours, theirs) = pair_with_std().await;
        assert!(is_would_block(&ours.try_read(&mut [0])));
        socket2::SockRef::from(&theirs)
            .send_out_of_band(b"!")
            .unwrap();
        let mut attempts = 0;
        let read = ours.async_io(Interest::READABLE, || {
            attempts += 1;
            (&*server_as_std(&ours)).read(&mut [0; 8])
        });
        let outcome = runtime_time::timeout(std::time::Duration::from_millis(20), read).await;
        assert!(outcome.is_err(), "there is nothing to read");
        assert!(attempts <= 2, "{attempts}");
        assert!(reactor.events() < 20);
    });
}

/// The price of an exchange: no attempt that finds nothing, once both ends are registered.
#[test]
fn a_short_read_saves_the_attempt_that_finds_nothing() {
    on_native(async |_| {
        let (mut ours, mut theirs) = pair_with_std().await;
        let mut buf = [0; 64];
        assert!(is_would_block(&ours.try_read(&mut buf)));
        theirs.write_all(b"abc").unwrap();
        assert_eq!(ours.read(&mut buf).await.unwrap(), 3);
        // Known to be empty without having been tried.
        let tried = ours.try_io(Interest::READABLE, || Ok(()));
        assert!(is_would_block(&tried));
        // A full buffer says nothing.
        theirs.write_all(b"abc").unwrap();
        assert_eq!(ours.read(&mut buf[..3]).await.unwrap(), 3);
        assert!(ours.try_io(Interest::READABLE, || Ok(())).is_ok());
    });
}

#[test]
fn a_full_connection_is_writable_again_when_it_has_been_read() {
    on_each(async || {
        let (ours, mut theirs) = pair_with_std().await;
        let sent = fill(&ours);
        let reader = std::thread::spawn(move || {
            let mut buf = vec![0; sent];
            theirs.read_exact(&mut buf).unwrap();
            theirs
        });
        ours.writable().await.unwrap();
        let theirs = loop {
            ours.writable().await.unwrap();
            if ours.try_write(b"x").is_ok() {
                break reader.join().unwrap();
            }
        };
        drop(theirs);
    });
}

#[test]
fn options_are_kept() {
    on_each(async || {
        let (client, _server) = pair().await;
        client.set_nodelay(true).unwrap();
        assert!(client.nodelay().unwrap());
        client.set_ttl(63).unwrap();
        assert_eq!(client.ttl().unwrap(), 63);
        client.set_zero_linger().unwrap();
        assert_eq!(client.linger().unwrap(), Some(std::time::Duration::ZERO));
        #[expect(deprecated, reason = "it is there for compatibility")]
        client.set_linger(None).unwrap();
        assert_eq!(client.linger().unwrap(), None);
        client.set_quickack(true).unwrap();
        assert!(client.quickack().unwrap());
    });
}

#[test]
fn std_streams_come_and_go() {
    on_each(async || {
        let (client, server) = pair().await;
        let std = client.into_std().unwrap();
        let client = TcpStream::from_std(std).unwrap();
        client.try_write(b"abc").unwrap();
        let server = TcpStream::try_from(server.into_std().unwrap()).unwrap();
        let mut buf = [0; 8];
        server.readable().await.unwrap();
        assert_eq!(server.peek(&mut buf).await.unwrap(), 3);
        let text = format!("{server:?}");
        assert!(text.starts_with("TcpStream { addr: 127.0.0.1:"), "{text}");
        assert!(text.contains("fd:"), "{text}");
    });
}

/// Rule N1.
#[test]
fn a_connection_is_registered_only_when_it_waits() {
    on_native(async |reactor| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut theirs = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        theirs.write_all(b"request").unwrap();
        let (mut ours, _) = listener.accept().await.unwrap();
        let mut buf = [0; 64];
        assert_eq!(ours.peek(&mut buf).await.unwrap(), 7);
        assert_eq!(ours.read(&mut buf).await.unwrap(), 7);
        ours.write_all(b"reply").await.unwrap();
        drop(ours);
        assert_eq!(reactor.registered(), 0);
        let mut reply = Vec::new();
        theirs.read_to_end(&mut reply).unwrap();
        assert_eq!(reply, b"reply");
    });
}

#[test]
fn a_connection_to_this_machine_is_made_at_once() {
    on_native(async |reactor| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        // A busy system may take a moment over one, not over each of a hundred.
        for attempt in 1.. {
            let mut ours = TcpStream::connect(addr).await.unwrap();
            let unregistered = reactor.registered() == 0;
            let (mut theirs, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, ours.local_addr().unwrap());
            theirs.write_all(b"?").await.unwrap();
            assert_eq!(ours.read(&mut [0; 8]).await.unwrap(), 1);
            drop((ours, theirs));
            if unregistered {
                break;
            }
            assert!(attempt < 100, "each was registered to be made");
        }
    });
}
