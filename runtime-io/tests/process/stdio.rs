//! The pipes to a child.

use std::io::{self, IoSlice, Read, Write};
use std::process::Stdio;

use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::process::{ChildStdin, ChildStdout, Command};

use crate::choose_alarm;
use crate::support::{on_each, one};

fn cat() -> Command {
    choose_alarm();
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

/// Far more than the pipes hold, so both directions have to wait for each other.
#[test]
fn a_megabyte_goes_through_unharmed() {
    on_each(async || {
        let mut child = cat().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let sent = pattern(1 << 20);
        let expected = sent.clone();
        let writing = runtime_core::spawn(async move {
            stdin.write_all(&sent).await.unwrap();
            stdin.shutdown().await.unwrap();
        });
        let output = child.wait_with_output().await.unwrap();
        writing.await.unwrap();
        assert!(output.status.success());
        assert!(output.stdout == expected);
    });
}

#[test]
fn several_slices_are_one_write() {
    on_each(async || {
        let mut child = cat().spawn().unwrap();
        let stdin = child.stdin.as_mut().unwrap();
        let count = stdin
            .write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"cde")])
            .await
            .unwrap();
        assert_eq!(count, 5);
        assert_eq!(child.wait_with_output().await.unwrap().stdout, b"abcde");
    });
}

#[test]
fn a_closed_input_is_a_broken_pipe() {
    on_each(async || {
        let mut child = cat().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        child.kill().await.unwrap();
        let error = loop {
            if let Err(error) = stdin.write_all(&[0; 4096]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

/// A write that waits for room ends when the reader goes away.
#[test]
fn a_waiting_write_ends_with_its_reader() {
    on_each(async || {
        choose_alarm();
        let mut child = Command::new("sleep")
            .arg("1000")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writing = runtime_core::spawn(async move { stdin.write_all(&vec![0; 1 << 20]).await });
        runtime_core::task::yield_now().await;
        child.kill().await.unwrap();
        let error = writing.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

/// The pipe that a descriptor or `Stdio` is made of is in blocking mode again.
#[test]
fn a_pipe_that_is_given_away_blocks() {
    on_each(async || {
        let mut child = cat().spawn().unwrap();
        let stdin = child.stdin.take().unwrap().into_owned_fd().unwrap();
        let stdout = child.stdout.take().unwrap().into_owned_fd().unwrap();
        for fd in [&stdin, &stdout] {
            let flags = rustix::fs::fcntl_getfl(fd).unwrap();
            assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK));
        }
        std::fs::File::from(stdin).write_all(b"through").unwrap();
        let mut text = String::new();
        std::fs::File::from(stdout)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "through");
        child.wait().await.unwrap();
    });
}

#[test]
fn one_child_writes_to_the_next() {
    on_each(async || {
        let mut first = cat().spawn().unwrap();
        let middle: Stdio = first.stdout.take().unwrap().try_into().unwrap();
        let second = Command::new("cat")
            .stdin(middle)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = first.stdin.take().unwrap();
        stdin.write_all(b"down the line").await.unwrap();
        drop(stdin);
        let output = second.wait_with_output().await.unwrap();
        assert_eq!(output.stdout, b"down the line");
        assert!(first.wait().await.unwrap().success());
    });
}

#[test]
fn pipes_of_std_are_taken_over() {
    on_each(async || {
        choose_alarm();
        let mut std = std::process::Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = ChildStdin::from_std(std.stdin.take().unwrap()).unwrap();
        let mut stdout = ChildStdout::from_std(std.stdout.take().unwrap()).unwrap();
        stdin.write_all(b"hello").await.unwrap();
        let mut buf = [0; 5];
        stdout.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"hello");
        drop(stdin);
        assert_eq!(stdout.read(&mut buf).await.unwrap(), 0);
        std.wait().unwrap();
    });
}

/// DOWN-10: pipes of a runtime that is gone end with an error that says so.
#[test]
fn pipes_end_with_their_runtime() {
    let (runtime, _) = one();
    let mut child = runtime.block_on(async { cat().spawn().unwrap() });
    drop(runtime);
    let (other, _) = one();
    other.block_on(async {
        let error = child.stdout.as_mut().unwrap().read(&mut [0; 1]).await;
        assert!(runtime_io::is_rt_shutdown_err(&error.unwrap_err()));
    });
}
