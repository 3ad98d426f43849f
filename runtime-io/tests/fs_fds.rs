//! Files leave no descriptor behind. A process of its own, because its descriptors are counted.
#![cfg(all(not(loom), target_os = "linux"))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "fs/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::io::SeekFrom;
use std::path::Path;
use std::pin::pin;

use futures_util::poll;
use runtime_io::fs::{self, File};
use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use support::{Busy, Watchdog, narrow, places};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Each operation once, some of them given up.
async fn everything(runtime: &runtime_core::Runtime, dir: &Path) {
    let path = dir.join("file");
    fs::write(&path, [7; 10_000]).await.unwrap();
    fs::copy(&path, dir.join("copy")).await.unwrap();
    fs::read(&path).await.unwrap();
    assert!(File::open(dir.join("nothing")).await.is_err());

    let mut options = File::options();
    let mut file = options.read(true).write(true).open(&path).await.unwrap();
    let mut clone = file.try_clone().await.unwrap();
    clone.write_all(&[1; 100]).await.unwrap();
    file.read_exact(&mut [0; 100]).await.unwrap();
    file.seek(SeekFrom::End(0)).await.unwrap();
    file.sync_all().await.unwrap();
    drop(clone.into_std().await);

    let busy = Busy::new(runtime);
    file.write_all(&[2; 100]).await.unwrap();
    drop(file);
    assert!(poll!(pin!(File::open(&path))).is_pending());
    assert!(poll!(pin!(fs::read_dir(dir))).is_pending());
    drop(busy);

    let mut entries = fs::read_dir(dir).await.unwrap();
    assert!(entries.next_entry().await.unwrap().is_some());
    fs::remove_dir_all(dir).await.unwrap();
}

#[test]
fn no_descriptor_is_left_behind() {
    let _watchdog = Watchdog::new();
    let before = descriptors();
    for _ in 0..10 {
        for place in places() {
            let runtime = narrow();
            let dir = place.path().join("dir");
            std::fs::create_dir(&dir).unwrap();
            runtime.block_on(everything(&runtime, &dir));
        }
    }
    assert_eq!(descriptors(), before);
}
