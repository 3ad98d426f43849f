//! Halves, and closing one of them.

use std::io::{self, Read, Write};

use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::reactor::Interest;

use crate::support::{fill, is_would_block, on_each, on_native, pair, pair_with_std, settle};

/// Rule N4.
#[test]
fn react_26_shutdown_closes_the_writing_side_only() {
    on_each(async || {
        let (mut ours, mut theirs) = pair_with_std().await;
        ours.shutdown().await.unwrap();
        assert_eq!(theirs.read(&mut [0; 8]).unwrap(), 0);
        theirs.write_all(b"still here").unwrap();
        let mut buf = [0; 10];
        ours.read_exact(&mut buf).await.unwrap();
        let error = ours.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        ours.shutdown().await.unwrap();
    });
}

/// Rule N4.
#[test]
fn react_26_shutdown_of_a_reset_connection_is_a_success() {
    on_each(async || {
        let (mut ours, theirs) = pair_with_std().await;
        socket2::SockRef::from(&theirs)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
        drop(theirs);
        assert!(ours.read(&mut [0; 8]).await.is_err());
        ours.shutdown().await.unwrap();
    });
}

/// Rule N4.
#[test]
fn react_26_borrowed_halves_close_nothing_when_dropped() {
    on_each(async || {
        let (mut ours, mut theirs) = pair_with_std().await;
        {
            let (mut read, mut write) = ours.split();
            theirs.write_all(b"ping").unwrap();
            let mut buf = [0; 4];
            assert_eq!(read.peek(&mut buf).await.unwrap(), 4);
            read.read_exact(&mut buf).await.unwrap();
            write.writable().await.unwrap();
            write.write_all(&buf).await.unwrap();
            assert_eq!(read.local_addr().unwrap(), write.local_addr().unwrap());
            assert_eq!(read.peer_addr().unwrap(), write.peer_addr().unwrap());
        }
        let mut buf = [0; 4];
        theirs.read_exact(&mut buf).unwrap();
        ours.write_all(b"pong").await.unwrap();
        theirs.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"pong");
    });
}

/// Rule N4.
#[test]
fn react_26_a_dropped_write_half_shuts_the_writing_side_down() {
    on_each(async || {
        let (ours, mut theirs) = pair_with_std().await;
        let (mut read, mut write) = ours.into_split();
        write.write_all(b"bye").await.unwrap();
        drop(write);
        let mut all = Vec::new();
        theirs.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"bye");
        theirs.write_all(b"answer").unwrap();
        let mut buf = [0; 6];
        read.read_exact(&mut buf).await.unwrap();
    });
}

#[test]
fn react_26_a_dropped_read_half_closes_nothing() {
    on_each(async || {
        let (ours, mut theirs) = pair_with_std().await;
        let (read, mut write) = ours.into_split();
        drop(read);
        write.write_all(b"more").await.unwrap();
        let mut buf = [0; 4];
        theirs.read_exact(&mut buf).unwrap();
    });
}

/// Rule N4.
#[test]
fn react_26_a_forgotten_write_half_closes_nothing() {
    on_each(async || {
        let (ours, theirs) = pair().await;
        let (read, write) = ours.into_split();
        write.forget();
        assert!(is_would_block(&theirs.try_read(&mut [0])));
        settle().await;
        assert!(is_would_block(&theirs.try_read(&mut [0])));
        drop(read);
        theirs.readable().await.unwrap();
        assert_eq!(theirs.try_read(&mut [0]).unwrap(), 0);
    });
}

/// Rule N4.
#[test]
fn halves_are_reunited_with_their_own_only() {
    on_each(async || {
        let (first, _a) = pair().await;
        let (second, _b) = pair().await;
        let addr = first.local_addr().unwrap();
        let (first_read, first_write) = first.into_split();
        let (second_read, second_write) = second.into_split();
        let error = first_read.reunite(second_write).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tried to reunite halves that are not from the same socket"
        );
        let first = first_write.reunite(error.0).unwrap();
        assert_eq!(first.local_addr().unwrap(), addr);
        second_read.reunite(error.1).unwrap();
    });
}

#[test]
fn halves_work_in_different_tasks() {
    on_each(async || {
        let (ours, theirs) = pair().await;
        let (mut read, mut write) = ours.into_split();
        let echo = runtime_core::spawn(async move {
            let (mut read, mut write) = theirs.into_split();
            let copied = runtime_io::io::copy(&mut read, &mut write).await.unwrap();
            write.shutdown().await.unwrap();
            copied
        });
        let writer = runtime_core::spawn(async move {
            for _ in 0..100 {
                write.write_all(&[5; 1000]).await.unwrap();
            }
        });
        let mut all = Vec::new();
        read.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), 100_000);
        writer.await.unwrap();
        assert_eq!(echo.await.unwrap(), 100_000);
    });
}

/// REACT-09: the peer shuts down its writing side while our buffer is full. Nobody spins: the writer waits for room.
#[test]
fn react_09_a_half_closed_peer_does_not_make_the_writer_spin() {
    on_native(async |reactor| {
        let (ours, theirs) = pair_with_std().await;
        fill(&ours);
        theirs.shutdown(std::net::Shutdown::Write).unwrap();
        let ready = ours.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable());
        let mut attempts = 0;
        let write = ours.async_io(Interest::WRITABLE, || {
            attempts += 1;
            ours.try_write(b"x")
        });
        let turns = reactor.turns();
        let outcome = runtime_time::timeout(std::time::Duration::from_millis(30), write).await;
        assert!(outcome.is_err(), "there is no room");
        assert!(attempts <= 3, "{attempts}");
        assert!(reactor.turns() - turns < 50);
        let ready = ours.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_read_closed() && !ready.is_write_closed());
    });
}
