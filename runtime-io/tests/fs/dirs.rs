//! Reading directories.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use runtime_core::{Builder, coop};
use runtime_io::fs;

use crate::support::{Watchdog, on_each};

#[test]
fn each_of_five_thousand_entries_comes_once() {
    on_each(async |dir| {
        let names: BTreeSet<_> = (0..5000).map(|n| format!("{n}")).collect();
        for name in &names {
            std::fs::write(dir.join(name), "").unwrap();
        }
        let mut found = BTreeSet::new();
        let mut entries = fs::read_dir(dir).await.unwrap();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            assert!(entry.file_type().await.unwrap().is_file());
            assert!(found.insert(entry.file_name().into_string().unwrap()));
        }
        assert!(found == names);
        assert!(entries.next_entry().await.unwrap().is_none());
    });
}

#[test]
fn an_entry_knows_its_file() {
    on_each(async |dir| {
        std::fs::write(dir.join("file"), "hello").unwrap();
        let mut entries = fs::read_dir(dir).await.unwrap();
        let entry = entries.next_entry().await.unwrap().unwrap();
        assert_eq!(entry.path(), dir.join("file"));
        let metadata = entry.metadata().await.unwrap();
        assert_eq!((metadata.len(), metadata.ino()), (5, entry.ino()));
        std::fs::remove_file(entry.path()).unwrap();
        assert!(entry.metadata().await.is_err());
        assert!(entry.file_type().await.is_ok(), "that was known already");
        assert!(entries.next_entry().await.unwrap().is_none());
    });
}

/// Rule F2.
#[test]
fn batches_grow_so_many_entries_take_few_jobs() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    for n in 0..2000 {
        std::fs::write(dir.path().join(format!("{n}")), "").unwrap();
    }
    let runtime = Builder::new_current_thread().build().unwrap();
    let waits = Arc::new(AtomicUsize::new(0));
    runtime.block_on(coop::unconstrained(async {
        let mut entries = fs::read_dir(dir.path()).await.unwrap();
        let mut count = 0;
        loop {
            let entry = std::future::poll_fn(|cx| {
                let entry = entries.poll_next_entry(cx);
                waits.fetch_add(usize::from(entry.is_pending()), Ordering::Relaxed);
                entry
            });
            match entry.await.unwrap() {
                Some(_) => count += 1,
                None => break,
            }
        }
        assert_eq!(count, 2000);
    }));
    // 32, 64, … 1024: the seventh batch is the last. A poll for each may come too early.
    assert!(waits.load(Ordering::Relaxed) <= 12, "{waits:?}");
}

/// Rule F2.
#[test]
fn entries_that_are_there_use_the_budget() {
    let _watchdog = Watchdog::new();
    let dir = tempfile::tempdir().unwrap();
    for n in 0..32 {
        std::fs::write(dir.path().join(format!("{n}")), "").unwrap();
    }
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut entries = fs::read_dir(dir.path()).await.unwrap();
        while coop::has_budget_remaining() {
            coop::consume_budget().await;
        }
        let refused =
            std::future::poll_fn(|cx| Poll::Ready(entries.poll_next_entry(cx).is_pending()));
        assert!(refused.await);
        assert!(entries.next_entry().await.unwrap().is_some());
    });
}
