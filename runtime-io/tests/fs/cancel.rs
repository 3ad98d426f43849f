//! Futures dropped in the middle.

use std::io::Write;
use std::pin::pin;
use std::sync::mpsc;

use futures_util::poll;
use runtime_io::fs::{self, File};
use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::{Busy, Watchdog, narrow, on_each, pattern, places};

#[test]
fn a_read_that_was_given_up_has_taken_nothing() {
    let _watchdog = Watchdog::new();
    for dir in places() {
        let path = dir.path().join("file");
        let bytes = pattern(100_000);
        std::fs::write(&path, &bytes).unwrap();
        let runtime = narrow();
        runtime.block_on(async {
            let mut file = File::open(&path).await.unwrap();
            let mut piece = [0; 1000];
            for turn in 0..20 {
                let from = turn * 4000;
                let busy = Busy::new(&runtime);
                let given_up = poll!(pin!(file.read(&mut piece))).is_pending();
                drop(busy);
                if given_up {
                    assert_eq!(file.stream_position().await.unwrap(), from as u64);
                    file.read_exact(&mut piece).await.unwrap();
                }
                assert!(piece == bytes[from..][..1000]);
                file.seek(std::io::SeekFrom::Current(3000)).await.unwrap();
            }
        });
    }
}

#[test]
fn what_a_given_up_read_took_from_a_pipe_is_read_next() {
    on_each(async |dir| {
        let path = dir.join("pipe");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let mut options = File::options();
        let mut file = options.read(true).write(true).open(&path).await.unwrap();
        let mut writer = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        let mut piece = [0; 8];
        assert!(poll!(pin!(file.read(&mut piece))).is_pending());
        writer.write_all(b"0123456789").unwrap();
        file.read_exact(&mut piece[..3]).await.unwrap();
        assert_eq!(&piece[..3], b"012");
        // What is written goes behind that, and does not throw away what was taken.
        file.write_all(b"ab").await.unwrap();
        file.flush().await.unwrap();
        let mut rest = [0; 9];
        file.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"3456789ab");
    });
}

#[test]
fn pool_10_a_clone_waits_for_the_job_in_flight() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let runtime = narrow();
    runtime.block_on(async {
        let mut file = File::create(&path).await.unwrap();
        let busy = Busy::new(&runtime);
        file.write_all(b"0123456789").await.unwrap();
        let mut clone = {
            let mut cloning = pin!(file.try_clone());
            assert!(poll!(cloning.as_mut()).is_pending());
            drop(busy);
            cloning.await.unwrap()
        };
        clone.write_all(b"ab").await.unwrap();
        clone.flush().await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"0123456789ab");
    });
}

#[test]
fn a_sync_that_was_given_up_is_waited_for() {
    let _watchdog = Watchdog::new();
    let runtime = narrow();
    runtime.block_on(async {
        let file = File::from_std(tempfile::tempfile().unwrap());
        let busy = Busy::new(&runtime);
        assert!(poll!(pin!(file.set_len(1000))).is_pending());
        let file = file.try_into_std().expect_err("a job has it");
        drop(busy);
        assert_eq!(file.into_std().await.metadata().unwrap().len(), 1000);
    });
}

#[test]
fn given_up_operations_on_paths_happen() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let runtime = narrow();
    runtime.block_on(async {
        let busy = Busy::new(&runtime);
        assert!(poll!(pin!(fs::write(&path, "done"))).is_pending());
        assert!(poll!(pin!(fs::read_dir(&path))).is_pending());
        drop(busy);
        // The one thread takes one job after the other.
        assert_eq!(fs::read(&path).await.unwrap(), b"done");
    });
}

#[test]
fn a_seek_to_the_end_that_was_given_up_is_waited_for() {
    let _watchdog = Watchdog::new();
    let runtime = narrow();
    runtime.block_on(async {
        let mut file = File::from_std(tempfile::tempfile().unwrap());
        file.write_all(b"0123456789").await.unwrap();
        file.rewind().await.unwrap();
        let busy = Busy::new(&runtime);
        assert!(poll!(pin!(file.seek(std::io::SeekFrom::End(-2)))).is_pending());
        let (sender, receiver) = mpsc::channel();
        let mut read = pin!(file.read_u8());
        sender.send(poll!(read.as_mut()).is_pending()).unwrap();
        drop(busy);
        assert_eq!(read.await.unwrap(), b'8');
        assert!(receiver.recv().unwrap());
    });
}
