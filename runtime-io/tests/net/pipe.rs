//! Pipes.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::path::PathBuf;

use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest};
use runtime_io::net::unix::pipe::{OpenOptions, Receiver, Sender, pipe};
use rustix::fs::Mode;
use rustix::io::Errno;

use crate::support::{Folder, is_would_block, on_each, settle};

/// More than a pipe holds.
const MUCH: usize = 1 << 20;

fn fifo(folder: &Folder) -> PathBuf {
    let path = folder.socket();
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
    path
}

#[test]
fn bytes_go_through_and_end_with_the_sender() {
    on_each(async || {
        let (mut sender, mut receiver) = pipe().unwrap();
        let writer = runtime_core::spawn(async move {
            sender.write_all(&vec![7; MUCH]).await.unwrap();
            sender.flush().await.unwrap();
            sender.shutdown().await.unwrap();
            // A shutdown is no end: only the drop is.
            sender.write_all(b"!").await.unwrap();
        });
        let mut all = Vec::new();
        receiver.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), MUCH + 1);
        writer.await.unwrap();
        assert_eq!(receiver.read(&mut [0; 4]).await.unwrap(), 0);
    });
}

#[test]
fn without_waiting() {
    on_each(async || {
        let (sender, receiver) = pipe().unwrap();
        assert!(is_would_block(&receiver.try_read(&mut [0; 4])));
        assert_eq!(sender.try_write(b"ab").unwrap(), 2);
        let vectors = [IoSlice::new(b"cd"), IoSlice::new(b"ef")];
        assert_eq!(sender.try_write_vectored(&vectors).unwrap(), 4);
        receiver.readable().await.unwrap();
        let (mut first, mut second) = ([0; 1], [0; 2]);
        let mut vectors = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(receiver.try_read_vectored(&mut vectors).unwrap(), 3);
        assert_eq!((&first, &second), (b"a", b"bc"));
        let mut growing = Vec::with_capacity(8);
        assert_eq!(receiver.try_read_buf(&mut growing).unwrap(), 3);
        assert_eq!(growing, b"def");
        assert!(is_would_block(&receiver.try_read_buf(&mut growing)));

        while sender.try_write(&[0; 4096]).is_ok() {}
        assert!(is_would_block(
            &sender.try_write_vectored(&[IoSlice::new(b"x")])
        ));
        let waiting = poll_fn(|cx| sender.poll_write_ready(cx).is_pending().into());
        assert!(waiting.await);
        let fresh = receiver.ready(Interest::READABLE).await.unwrap();
        assert!(fresh.is_readable());
        let more = || Ok(rustix::io::read(&receiver, &mut [0; 65536])?);
        assert!(receiver.try_io(more).unwrap() > 0);
        sender.writable().await.unwrap();
        poll_fn(|cx| receiver.poll_read_ready(cx)).await.unwrap();
        let write = || Ok(rustix::io::write(&sender, b"x")?);
        assert_eq!(sender.try_io(write).unwrap(), 1);
    });
}

#[test]
fn react_10_a_pipe_whose_receiver_goes_away_ends_a_write_that_waits() {
    on_each(async || {
        let (mut sender, receiver) = pipe().unwrap();
        let writer = runtime_core::spawn(async move { sender.write_all(&vec![0; MUCH]).await });
        settle().await;
        assert!(!writer.is_finished());
        drop(receiver);
        let error = writer.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn react_12_data_and_end_of_a_pipe_before_the_first_read() {
    on_each(async || {
        let (sender, mut receiver) = pipe().unwrap();
        // Registered, so that data and end may come as one event.
        assert!(is_would_block(&receiver.try_read(&mut [0; 4])));
        sender.try_write(b"abc").unwrap();
        drop(sender);
        let mut all = Vec::new();
        receiver.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"abc");
    });
}

#[test]
fn a_fifo_is_opened_at_both_ends() {
    on_each(async || {
        let folder = Folder::new();
        let path = fifo(&folder);
        let error = OpenOptions::new().open_sender(&path).unwrap_err();
        assert_eq!(
            Errno::from_io_error(&error),
            Some(Errno::NXIO),
            "nobody reads"
        );
        let mut receiver = OpenOptions::new().open_receiver(&path).unwrap();
        for round in 0..2_u8 {
            let mut sender = OpenOptions::new().open_sender(&path).unwrap();
            sender.write_u8(round).await.unwrap();
            assert_eq!(receiver.read_u8().await.unwrap(), round);
            drop(sender);
            // The end, until the next sender comes.
            assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0);
        }
    });
}

#[test]
#[cfg(any(target_os = "linux", target_os = "android"))]
fn a_fifo_opened_for_both_directions_has_no_end() {
    on_each(async || {
        let folder = Folder::new();
        let path = fifo(&folder);
        let both = |options: &mut OpenOptions| options.read_write(true).clone();
        let options = both(&mut OpenOptions::new());
        let mut sender = options.open_sender(&path).unwrap();
        let mut receiver = options.open_receiver(&path).unwrap();
        sender.write_u8(1).await.unwrap();
        assert_eq!(receiver.read_u8().await.unwrap(), 1);
        drop(sender);
        assert!(is_would_block(&receiver.try_read(&mut [0])));
    });
}

#[test]
fn only_pipes_of_the_right_direction_are_taken() {
    on_each(async || {
        let folder = Folder::new();
        let file = folder.socket();
        std::fs::write(&file, b"text").unwrap();
        let no_pipe = |error: io::Error| {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert_eq!(error.to_string(), "not a pipe");
        };
        no_pipe(OpenOptions::new().open_receiver(&file).unwrap_err());
        no_pipe(OpenOptions::new().open_sender(&file).unwrap_err());
        no_pipe(Receiver::from_file(File::open(&file).unwrap()).unwrap_err());
        no_pipe(Sender::from_file(File::open(&file).unwrap()).unwrap_err());

        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let error = Receiver::from_owned_fd(writer.try_clone().unwrap()).unwrap_err();
        assert!(error.to_string().contains("O_RDONLY"), "{error}");
        let error = Sender::from_owned_fd(reader.try_clone().unwrap()).unwrap_err();
        assert!(error.to_string().contains("O_WRONLY"), "{error}");

        // Put into non-blocking mode, and given back in either.
        let (mut sender, mut receiver) = (
            Sender::from_owned_fd(writer).unwrap(),
            Receiver::from_owned_fd(reader).unwrap(),
        );
        assert!(is_would_block(&receiver.try_read(&mut [0])));
        sender.write_all(b"xy").await.unwrap();
        assert_eq!(receiver.read_u8().await.unwrap(), b'x');
        let mut plain = File::from(receiver.into_nonblocking_fd().unwrap());
        let mut byte = [0];
        assert_eq!(plain.read(&mut byte).unwrap(), 1);
        let error = plain.read(&mut byte).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let mut blocking = File::from(sender.into_blocking_fd().unwrap());
        let flags = rustix::fs::fcntl_getfl(&blocking).unwrap();
        assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK));
        blocking.write_all(b"z").unwrap();
        let mut again = Receiver::from_file_unchecked(plain).unwrap();
        assert_eq!(again.read_u8().await.unwrap(), b'z');
    });
}
