//! Files to sockets.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime_io::io::AsyncReadExt;
use runtime_io::net::{TcpStream, send_file};

use crate::support::{on_each, pair};

/// A file that is gone when it is closed.
fn file(data: &[u8]) -> File {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("heist-send-file-{}-{number}", std::process::id());
    let path: PathBuf = std::env::temp_dir().join(name);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    file.write_all(data).unwrap();
    file
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

/// What arrives at the other end.
async fn arrives(mut stream: TcpStream) -> Vec<u8> {
    let mut data = Vec::new();
    stream.read_to_end(&mut data).await.unwrap();
    data
}

/// Much more than the buffers of the sockets hold, so it has to wait for room.
#[test]
fn a_large_file_arrives_unharmed() {
    on_each(async || {
        let data = pattern(8 << 20);
        let file = file(&data);
        let (mut near, far) = pair().await;
        let arriving = runtime_core::spawn(arrives(far));
        let sent = send_file(&mut near, &file, 0, u64::MAX).await.unwrap();
        drop(near);
        assert_eq!(sent, data.len() as u64);
        assert!(arriving.await.unwrap() == data);
    });
}

#[test]
fn a_part_is_sent_and_the_position_stays() {
    on_each(async || {
        let mut file = file(&pattern(10_000));
        file.seek(SeekFrom::Start(77)).unwrap();
        let (mut near, far) = pair().await;
        assert_eq!(send_file(&mut near, &file, 100, 5000).await.unwrap(), 5000);
        // Beyond the end there is less, and then nothing.
        assert_eq!(send_file(&mut near, &file, 9_990, 50).await.unwrap(), 10);
        assert_eq!(send_file(&mut near, &file, 20_000, 50).await.unwrap(), 0);
        assert_eq!(send_file(&mut near, &file, 0, 0).await.unwrap(), 0);
        drop(near);
        assert_eq!(file.stream_position().unwrap(), 77);
        let data = pattern(10_000);
        assert_eq!(
            arrives(far).await,
            [&data[100..5100], &data[9_990..]].concat()
        );
    });
}

/// A file that the system cannot map: it is read and written instead.
#[cfg(target_os = "linux")]
#[test]
fn what_sendfile_refuses_is_copied() {
    on_each(async || {
        let (socket, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
        // Neither a regular file nor anything that can be read at a position.
        let (mut near, far) = pair().await;
        let error = send_file(&mut near, &socket, 0, 10).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(29), "{error}");
        other.write_all(b"x").unwrap();

        // Read at a position, and without pages.
        let status = File::open("/proc/self/environ").unwrap();
        let expected = std::fs::read("/proc/self/environ").unwrap();
        let sent = send_file(&mut near, &status, 0, u64::MAX).await.unwrap();
        drop(near);
        assert_eq!(sent, expected.len() as u64);
        assert!(arrives(far).await == expected);
    });
}

#[test]
fn a_broken_connection_is_an_error() {
    on_each(async || {
        let file = file(&pattern(8 << 20));
        let (mut near, far) = pair().await;
        drop(far);
        let error = send_file(&mut near, &file, 0, u64::MAX).await.unwrap_err();
        assert!(matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
        ));
    });
}

#[test]
fn impossible_positions_are_errors() {
    on_each(async || {
        let file = file(b"short");
        let (mut near, _far) = pair().await;
        let error = send_file(&mut near, &file, u64::MAX, 1).await.unwrap_err();
        assert!(error.raw_os_error().is_some());
    });
}
