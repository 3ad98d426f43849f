//! Files in a process that may write no more: the disk is full, or there are no descriptors left. The limits are set in a
//! child process, which is this program again.
#![cfg(all(not(loom), target_os = "linux"))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "fs/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::env;
use std::process::Command;

use runtime_io::fs::{self, File};
use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use rustix::io::Errno;

use support::{Watchdog, on_each};

/// Set in the child.
const LIMITED: &str = "HEIST_TEST_IS_LIMITED";

/// Runs the test `name` of this program under the limits that `shell` sets; says whether this is that child.
fn limited(name: &str, shell: &str) -> bool {
    if env::var_os(LIMITED).is_some() {
        return true;
    }
    let _watchdog = Watchdog::new();
    let script = format!("{shell}; exec \"$0\" --exact {name} --nocapture");
    let mut child = Command::new("sh");
    child.arg("-c").arg(script).arg(env::current_exe().unwrap());
    let ended = child.env(LIMITED, "yes").output().unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(
        told.contains("1 passed"),
        "the child ran another test: {told}"
    );
    false
}

#[track_caller]
fn is_full<T>(result: std::io::Result<T>) {
    assert_eq!(
        result.err().as_ref().and_then(Errno::from_io_error),
        Some(Errno::FBIG)
    );
}

#[test]
fn a_full_disk_is_told_and_what_fits_is_there() {
    // No file larger than some KiB; the signal that says so is ignored, as it is where disks are really full.
    if !limited(
        "a_full_disk_is_told_and_what_fits_is_there",
        "trap '' XFSZ; ulimit -f 16",
    ) {
        return;
    }
    on_each(async |dir| {
        let path = dir.join("file");
        is_full(fs::write(&path, vec![1; 1 << 20]).await);

        let mut file = File::create(&path).await.unwrap();
        is_full(match file.write_all(&vec![1; 5 << 20]).await {
            Ok(()) => file.flush().await,
            told => told,
        });
        file.flush().await.unwrap();
        let length = file.metadata().await.unwrap().len();
        assert!((4096..1 << 20).contains(&length), "{length}");

        // A sync does not say that all is well, and keeps the error for who asks about writes.
        assert!(file.write(&[1; 4096]).await.is_ok());
        is_full(file.sync_all().await);
        is_full(file.flush().await);
        is_full(file.set_len(1 << 30).await);

        // There is room again.
        file.set_len(0).await.unwrap();
        file.rewind().await.unwrap();
        file.write_all(b"fits").await.unwrap();
        file.flush().await.unwrap();
        let mut text = String::new();
        File::open(&path)
            .await
            .unwrap()
            .read_to_string(&mut text)
            .await
            .unwrap();
        assert_eq!(text, "fits");
    });
}

#[test]
fn a_lack_of_descriptors_is_an_error_of_who_needs_one() {
    if !limited(
        "a_lack_of_descriptors_is_an_error_of_who_needs_one",
        "ulimit -n 64",
    ) {
        return;
    }
    on_each(async |dir| {
        let path = dir.join("file");
        let mut file = File::create(&path).await.unwrap();
        let mut hoard = Vec::new();
        while let Ok(one) = std::fs::File::open("/dev/null") {
            hoard.push(one);
        }
        let none_left = |error: std::io::Error| {
            assert_eq!(Errno::from_io_error(&error), Some(Errno::MFILE));
        };
        none_left(fs::read(&path).await.unwrap_err());
        none_left(fs::write(&path, "x").await.unwrap_err());
        none_left(fs::copy(&path, dir.join("copy")).await.unwrap_err());
        none_left(fs::read_dir(dir).await.unwrap_err());
        none_left(File::open(&path).await.unwrap_err());
        none_left(file.try_clone().await.unwrap_err());
        file.write_all(b"goes on").await.unwrap();
        file.sync_all().await.unwrap();
        drop(hoard);
        assert_eq!(fs::read(&path).await.unwrap(), b"goes on");
    });
}
