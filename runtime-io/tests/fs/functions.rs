//! The functions on paths.

use std::os::unix::fs::PermissionsExt;

use runtime_io::fs;

use crate::support::{on_each, pattern};

#[test]
fn what_is_written_is_read() {
    on_each(async |dir| {
        let path = dir.join("file");
        for length in [0, 1, 4096, 3_000_000] {
            let bytes = pattern(length);
            fs::write(&path, &bytes).await.unwrap();
            assert!(fs::read(&path).await.unwrap() == bytes);
        }
        fs::write(&path, String::from("grüße")).await.unwrap();
        assert_eq!(fs::read_to_string(&path).await.unwrap(), "grüße");
    });
}

#[test]
fn copy_takes_contents_and_permissions_along() {
    on_each(async |dir| {
        let (from, to) = (dir.join("from"), dir.join("to"));
        let bytes = pattern(1_000_000);
        fs::write(&from, &bytes).await.unwrap();
        fs::write(&to, pattern(2_000_000)).await.unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        fs::set_permissions(&from, private).await.unwrap();
        assert_eq!(fs::copy(&from, &to).await.unwrap(), 1_000_000);
        assert!(fs::read(&to).await.unwrap() == bytes);
        let mode = fs::metadata(&to).await.unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    });
}

#[test]
fn directories_come_and_go() {
    on_each(async |dir| {
        fs::create_dir(dir.join("a")).await.unwrap();
        fs::create_dir_all(dir.join("a/b/c")).await.unwrap();
        fs::write(dir.join("a/b/c/file"), "x").await.unwrap();
        assert!(fs::remove_dir(dir.join("a")).await.is_err());
        fs::remove_dir_all(dir.join("a/b")).await.unwrap();
        fs::remove_dir(dir.join("a")).await.unwrap();
        assert!(!fs::try_exists(dir.join("a")).await.unwrap());

        let mut builder = fs::DirBuilder::new();
        let deep = dir.join("x/y");
        assert!(builder.create(&deep).await.is_err());
        builder
            .recursive(true)
            .mode(0o700)
            .create(&deep)
            .await
            .unwrap();
        let mode = fs::metadata(&deep).await.unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    });
}

#[test]
fn links_lead_where_they_say() {
    on_each(async |dir| {
        let (file, hard, soft) = (dir.join("file"), dir.join("hard"), dir.join("soft"));
        fs::write(&file, "one").await.unwrap();
        fs::hard_link(&file, &hard).await.unwrap();
        fs::symlink(&file, &soft).await.unwrap();
        fs::write(&hard, "two").await.unwrap();
        assert_eq!(fs::read(&soft).await.unwrap(), b"two");
        assert_eq!(fs::read_link(&soft).await.unwrap(), file);
        let real = fs::canonicalize(&soft).await.unwrap();
        assert_eq!(real, std::fs::canonicalize(&file).unwrap());
        assert!(fs::symlink_metadata(&soft).await.unwrap().is_symlink());
        assert!(fs::metadata(&soft).await.unwrap().is_file());

        fs::remove_file(&file).await.unwrap();
        assert!(!fs::try_exists(&soft).await.unwrap());
        assert!(fs::symlink_metadata(&soft).await.is_ok());
    });
}

#[test]
fn rename_replaces() {
    on_each(async |dir| {
        let (from, to) = (dir.join("from"), dir.join("to"));
        fs::write(&from, "new").await.unwrap();
        fs::write(&to, "old").await.unwrap();
        fs::rename(&from, &to).await.unwrap();
        assert_eq!(fs::read(&to).await.unwrap(), b"new");
        assert!(!fs::try_exists(&from).await.unwrap());
    });
}
