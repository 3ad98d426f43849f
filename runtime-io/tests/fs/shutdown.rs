//! Files and runtimes that end.

use std::fs::read;
use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_executor::block_on;
use runtime_core::Handle;
use runtime_io::fs::{self, File};
use runtime_io::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, ReadBuf};

use crate::support::{Busy, Watchdog, narrow, pattern, runtimes};

/// Rule F1.
#[test]
fn pool_09_what_was_accepted_is_written_when_the_runtime_is_dropped() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let bytes = pattern(3_000_000);
    for keep_the_file in [false, true] {
        for runtime in runtimes() {
            let file = runtime.block_on(async {
                let mut file = File::create(&path).await.unwrap();
                file.write_all(&bytes).await.unwrap();
                keep_the_file.then_some(file)
            });
            drop(runtime);
            assert!(read(&path).unwrap() == bytes);
            drop(file);
        }
    }
}

#[test]
fn pool_09_a_write_that_waits_for_a_thread_survives_shutdown() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let runtime = narrow();
    let busy = runtime.block_on(async {
        let mut file = File::create(&path).await.unwrap();
        let busy = Busy::new(&runtime);
        file.write_all(b"not lost").await.unwrap();
        busy
    });
    runtime.shutdown_background();
    drop(busy);
    while read(&path).unwrap() != b"not lost" {
        thread::yield_now();
    }
}

#[test]
fn pool_10_a_lost_job_is_an_error_and_the_file_goes_on_elsewhere() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let runtime = narrow();
    let mut file = runtime.block_on(async {
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .create(true)
            .open(&path)
            .await
            .unwrap()
    });
    let gone = runtime.handle().clone();
    drop(runtime);

    let entered = gone.enter();
    let lost = |kind| assert_eq!(kind, ErrorKind::Other);
    lost(block_on(fs::read(&path)).unwrap_err().kind());
    lost(block_on(fs::read_dir(dir.path())).unwrap_err().kind());
    lost(block_on(File::open(&path)).unwrap_err().kind());
    for _ in 0..2 {
        lost(block_on(file.write(b"lost")).unwrap_err().kind());
        lost(block_on(file.metadata()).unwrap_err().kind());
        lost(block_on(file.set_len(3)).unwrap_err().kind());
        lost(block_on(file.sync_all()).unwrap_err().kind());
        lost(
            block_on(file.seek(std::io::SeekFrom::End(0)))
                .unwrap_err()
                .kind(),
        );
    }
    drop(entered);

    narrow().block_on(async {
        file.write_all(b"hello").await.unwrap();
        file.rewind().await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    });
}

#[test]
fn a_job_cancelled_by_shutdown_is_an_error_for_who_waits() {
    let _watchdog = Watchdog::new();
    let runtime = narrow();
    let handle: Handle = runtime.handle().clone();
    let busy = Busy::new(&runtime);
    let mut reading = {
        let _entered = handle.enter();
        let mut reading = Box::pin(fs::read("/proc/self/status"));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(reading.as_mut().poll(&mut cx).is_pending());
        reading
    };
    runtime.shutdown_background();
    drop(busy);
    let error = block_on(reading.as_mut()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.to_string().contains("shutting down"), "{error}");
}

#[test]
fn pool_10_an_empty_read_or_write_takes_no_job_and_no_runtime() {
    let mut file = File::from_std(tempfile::tempfile().unwrap());
    let mut cx = Context::from_waker(Waker::noop());
    let mut buf = ReadBuf::new(&mut []);
    let read = pin!(&mut file).poll_read(&mut cx, &mut buf);
    assert!(matches!(read, Poll::Ready(Ok(()))));
    assert_eq!(block_on(file.write(&[])).unwrap(), 0);
    block_on(file.flush()).unwrap();
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn outside_of_a_runtime_there_is_a_panic_that_says_so() {
    let _ = block_on(fs::read("/proc/self/status"));
}

#[test]
fn a_panic_for_lack_of_a_runtime_leaves_the_file_usable() {
    let _watchdog = Watchdog::new();
    let mut file = File::from_std(tempfile::tempfile().unwrap());
    let write = std::panic::AssertUnwindSafe(|| block_on(file.write(b"lost")));
    assert!(std::panic::catch_unwind(write).is_err());
    narrow().block_on(async {
        assert!(
            file.write(b"told").await.is_err(),
            "the bytes before were lost"
        );
        file.write_all(b"kept").await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 4);
    });
}
