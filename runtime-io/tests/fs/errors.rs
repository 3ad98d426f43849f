//! What is refused, and in which words.

use std::io::ErrorKind::{
    AlreadyExists, DirectoryNotEmpty, InvalidData, InvalidInput, IsADirectory, NotADirectory,
    NotFound,
};
use std::io::{self, ErrorKind};
use std::path::Path;

use runtime_io::fs::{self, File};
use runtime_io::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::on_each;

#[track_caller]
fn refused<T: std::fmt::Debug>(result: io::Result<T>, kind: ErrorKind) {
    assert_eq!(result.unwrap_err().kind(), kind);
}

/// Each operation that takes one path, on `path`.
async fn refuse_all(path: &Path, kind: ErrorKind) {
    refused(fs::read(path).await, kind);
    refused(fs::read_to_string(path).await, kind);
    refused(fs::write(path, "x").await, kind);
    refused(fs::copy(path, path).await, kind);
    refused(fs::create_dir(path).await, kind);
    refused(fs::remove_dir(path).await, kind);
    refused(fs::remove_dir_all(path).await, kind);
    refused(fs::remove_file(path).await, kind);
    refused(fs::rename(path, path).await, kind);
    refused(fs::metadata(path).await, kind);
    refused(fs::symlink_metadata(path).await, kind);
    refused(fs::canonicalize(path).await, kind);
    refused(fs::read_link(path).await, kind);
    refused(fs::hard_link(path, path).await, kind);
    refused(fs::symlink(path, path).await, kind);
    refused(fs::read_dir(path).await, kind);
    refused(File::open(path).await, kind);
    refused(File::create(path).await, kind);
    refused(File::create_new(path).await, kind);
}

#[test]
fn a_missing_directory_on_the_way_is_not_found() {
    on_each(async |dir| {
        let path = dir.join("nothing/here");
        refuse_all(&path, NotFound).await;
        assert!(!fs::try_exists(&path).await.unwrap());
    });
}

#[test]
fn a_nul_in_the_path_is_invalid_input() {
    on_each(async |dir| {
        let path = dir.join("a\0b");
        refuse_all(&path, InvalidInput).await;
        refused(fs::create_dir_all(&path).await, InvalidInput);
        refused(fs::try_exists(&path).await, InvalidInput);
    });
}

#[test]
fn a_file_where_a_directory_should_be() {
    on_each(async |dir| {
        let file = dir.join("file");
        fs::write(&file, "x").await.unwrap();
        refuse_all(&file.join("below"), NotADirectory).await;
        refused(fs::read_dir(&file).await, NotADirectory);
        refused(fs::create_dir(&file).await, AlreadyExists);
        refused(File::create_new(&file).await, AlreadyExists);
        refused(fs::remove_dir(dir).await, DirectoryNotEmpty);
        refused(fs::read_link(&file).await, InvalidInput);
    });
}

#[test]
fn bytes_that_are_no_text_are_invalid_data() {
    on_each(async |dir| {
        let path = dir.join("bytes");
        fs::write(&path, [0xff, 0xfe]).await.unwrap();
        refused(fs::read_to_string(&path).await, InvalidData);
    });
}

#[test]
fn a_directory_is_opened_but_not_read() {
    on_each(async |dir| {
        let mut file = File::open(dir).await.unwrap();
        for _ in 0..2 {
            refused(file.read(&mut [0; 8]).await, IsADirectory);
        }
        file.sync_all().await.unwrap();
    });
}

#[test]
fn a_file_opened_for_reading_is_not_written_and_the_other_way_round() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, "x").await.unwrap();
        let mut reader = File::open(&path).await.unwrap();
        assert_eq!(reader.write(b"no").await.unwrap(), 2);
        let told = reader.flush().await.unwrap_err();
        assert_eq!(
            told.raw_os_error(),
            Some(rustix::io::Errno::BADF.raw_os_error())
        );
        reader.flush().await.unwrap();
        // And it is as good as before.
        let mut text = String::new();
        reader.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "x");

        let mut writer = File::create(&path).await.unwrap();
        assert!(writer.read(&mut [0; 8]).await.is_err());
        writer.write_all(b"y").await.unwrap();
        writer.flush().await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"y");
        refused(reader.set_len(5).await, InvalidInput);
    });
}

/// Rule F1.
#[test]
fn the_error_of_a_write_is_told_once_and_syncing_does_not_hide_it() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, "x").await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        for seen_by_a_sync in [false, true] {
            assert_eq!(file.write(b"lost").await.unwrap(), 4);
            if seen_by_a_sync {
                assert!(file.sync_all().await.is_err());
                assert!(file.sync_data().await.is_err());
                assert!(file.metadata().await.is_ok());
            }
            assert!(file.read(&mut [0; 1]).await.is_ok());
            assert!(file.write(b"told").await.is_err());
            assert!(file.flush().await.is_ok());
            assert!(file.sync_all().await.is_ok());
        }
    });
}
