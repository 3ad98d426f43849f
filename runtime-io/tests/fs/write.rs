//! Writing behind.

use std::io::IoSlice;

use runtime_io::fs::{self, File};
use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::support::{Busy, Watchdog, narrow, on_each, pattern};

#[test]
fn many_small_and_few_large_writes_arrive_in_order() {
    on_each(async |dir| {
        let path = dir.join("file");
        let bytes = pattern(3_000_000);
        for size in [997, 65_536, 3_000_000] {
            let mut file = File::create(&path).await.unwrap();
            for piece in bytes.chunks(size) {
                file.write_all(piece).await.unwrap();
            }
            file.flush().await.unwrap();
            assert!(fs::read(&path).await.unwrap() == bytes, "{size}");
        }
    });
}

/// Rule F1.
#[test]
fn a_write_takes_what_one_buffer_holds() {
    on_each(async |dir| {
        let mut file = File::create(dir.join("file")).await.unwrap();
        assert_eq!(file.write(&vec![1; 5 << 20]).await.unwrap(), 2 << 20);
        file.flush().await.unwrap();
        file.set_max_buf_size(100);
        assert_eq!(file.write(&[1; 4096]).await.unwrap(), 100);
        assert_eq!(file.write(&[]).await.unwrap(), 0);
        file.flush().await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), (2 << 20) + 100);
    });
}

#[test]
fn slices_are_written_as_one() {
    on_each(async |dir| {
        let path = dir.join("file");
        let mut file = File::create(&path).await.unwrap();
        let slices = [&b"one "[..], b"", b"two ", b"three"].map(IoSlice::new);
        assert_eq!(file.write_vectored(&slices).await.unwrap(), 13);
        file.set_max_buf_size(6);
        file.flush().await.unwrap();
        assert_eq!(file.write_vectored(&slices).await.unwrap(), 6);
        file.shutdown().await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"one two threeone tw");
    });
}

/// Rule F1.
#[test]
fn pool_09_a_dropped_file_writes_what_it_accepted() {
    on_each(async |dir| {
        let path = dir.join("file");
        let bytes = pattern(3_000_000);
        let mut file = File::create(&path).await.unwrap();
        file.write_all(&bytes).await.unwrap();
        drop(file);
        while fs::metadata(&path).await.unwrap().len() < bytes.len() as u64 {
            runtime_core::task::yield_now().await;
        }
        assert!(fs::read(&path).await.unwrap() == bytes);
    });
}

#[test]
fn a_full_buffer_waits_for_the_job_and_a_small_one_joins_it() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    let runtime = narrow();
    let path = dir.path().join("file");
    runtime.block_on(async {
        let mut file = File::create(&path).await.unwrap();
        file.set_max_buf_size(10);
        let busy = Busy::new(&runtime);
        // All of this before the first job begins.
        for _ in 0..5 {
            file.write_all(b"12").await.unwrap();
        }
        let mut more = std::pin::pin!(file.write(b"345"));
        assert!(futures_util::poll!(more.as_mut()).is_pending());
        drop(busy);
        assert_eq!(more.await.unwrap(), 3);
        file.flush().await.unwrap();
    });
    assert_eq!(std::fs::read(&path).unwrap(), b"1212121212345");
}

#[test]
fn appending_ignores_the_position() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, "start ").await.unwrap();
        let mut options = File::options();
        let mut file = options.read(true).append(true).open(&path).await.unwrap();
        let mut two = [0; 2];
        file.read_exact(&mut two).await.unwrap();
        file.write_all(b"end").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"start end");
        assert_eq!(file.stream_position().await.unwrap(), 9);
    });
}
