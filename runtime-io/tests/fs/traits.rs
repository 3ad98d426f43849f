//! What the types are, beside what they do.

use runtime_io::fs::{DirBuilder, DirEntry, File, FileTimes, OpenOptions, ReadDir};
use runtime_io::io::{AsyncRead, AsyncSeek, AsyncWrite};

fn sent<T: Send + Sync + Unpin + std::fmt::Debug>() {}
fn stream<T: AsyncRead + AsyncWrite + AsyncSeek>() {}

#[test]
fn all_types_can_be_sent_and_shared() {
    sent::<File>();
    sent::<OpenOptions>();
    sent::<DirBuilder>();
    sent::<DirEntry>();
    sent::<ReadDir>();
    sent::<FileTimes>();
    stream::<File>();
}

#[test]
fn futures_can_be_sent() {
    fn sent<T: Send>(_: &T) {}
    let std = tempfile::tempfile().unwrap();
    let file = File::from_std(std);
    sent(&file.sync_all());
    sent(&file.metadata());
    sent(&file.try_clone());
    sent(&file.set_len(1));
    sent(&runtime_io::fs::read("x"));
    sent(&runtime_io::fs::write("x", "y"));
    sent(&runtime_io::fs::copy("x", "y"));
    sent(&File::open("x"));
    sent(&file.into_std());
}

#[test]
fn a_file_says_what_it_is() {
    let file = File::from_std(tempfile::tempfile().unwrap());
    assert!(format!("{file:?}").starts_with("heist::fs::File { std: File"));
}

/// Rule B3.
#[test]
#[should_panic(expected = "`max_buf_size` must be greater than 0")]
fn no_buffer_is_no_size() {
    File::from_std(tempfile::tempfile().unwrap()).set_max_buf_size(0);
}
