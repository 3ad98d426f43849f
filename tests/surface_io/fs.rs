//! Files and directories.

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::{File as StdFile, FileType, Metadata, OpenOptions as StdOpenOptions, Permissions};
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};
use std::time::SystemTime;

use heist::fs::{self, DirBuilder, DirEntry, File, FileTimes, OpenOptions, ReadDir};
use heist::io::{self, AsyncRead, AsyncSeek, AsyncWrite};

methods! { DirBuilder =>
    fn new [] () -> DirBuilder;
    fn recursive [] (this: &mut DirBuilder, recursive: bool) -> &mut DirBuilder;
    async fn create [] (this: &DirBuilder, path: impl AsRef<Path>) -> io::Result<()>;
    fn mode [] (this: &mut DirBuilder, mode: u32) -> &mut DirBuilder;
}

methods! { File =>
    async fn open [] (path: impl AsRef<Path>) -> io::Result<File>;
    async fn create [] (path: impl AsRef<Path>) -> io::Result<File>;
    async fn create_new [P: AsRef<Path>] (path: P) -> io::Result<File>;
    fn options [] () -> OpenOptions;
    fn from_std [] (std: StdFile) -> File;
    async fn sync_all [] (this: &File) -> io::Result<()>;
    async fn sync_data [] (this: &File) -> io::Result<()>;
    async fn set_len [] (this: &File, size: u64) -> io::Result<()>;
    async fn metadata [] (this: &File) -> io::Result<Metadata>;
    async fn try_clone [] (this: &File) -> io::Result<File>;
    async fn into_std [] (this: File) -> StdFile;
    fn try_into_std [] (this: File) -> Result<StdFile, File>;
    async fn set_permissions [] (this: &File, perm: Permissions) -> io::Result<()>;
    async fn set_times [] (this: &File, times: FileTimes) -> io::Result<()>;
    async fn set_modified [] (this: &File, time: SystemTime) -> io::Result<()>;
    fn set_max_buf_size [] (this: &mut File, max_buf_size: usize) -> ();
    fn max_buf_size [] (this: &File) -> usize;
}

methods! { FileTimes =>
    fn new [] () -> FileTimes;
    fn set_accessed [] (this: FileTimes, t: SystemTime) -> FileTimes;
    fn set_modified [] (this: FileTimes, t: SystemTime) -> FileTimes;
}

methods! { OpenOptions =>
    fn new [] () -> OpenOptions;
    fn read [] (this: &mut OpenOptions, read: bool) -> &mut OpenOptions;
    fn write [] (this: &mut OpenOptions, write: bool) -> &mut OpenOptions;
    fn append [] (this: &mut OpenOptions, append: bool) -> &mut OpenOptions;
    fn truncate [] (this: &mut OpenOptions, truncate: bool) -> &mut OpenOptions;
    fn create [] (this: &mut OpenOptions, create: bool) -> &mut OpenOptions;
    fn create_new [] (this: &mut OpenOptions, create_new: bool) -> &mut OpenOptions;
    async fn open [] (this: &OpenOptions, path: impl AsRef<Path>) -> io::Result<File>;
    fn mode [] (this: &mut OpenOptions, mode: u32) -> &mut OpenOptions;
    fn custom_flags [] (this: &mut OpenOptions, flags: i32) -> &mut OpenOptions;
}

methods! { ReadDir =>
    async fn next_entry [] (this: &mut ReadDir) -> io::Result<Option<DirEntry>>;
    fn poll_next_entry [] (this: &mut ReadDir, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>>;
}

methods! { DirEntry =>
    fn ino [] (this: &DirEntry) -> u64;
    fn path [] (this: &DirEntry) -> PathBuf;
    fn file_name [] (this: &DirEntry) -> OsString;
    async fn metadata [] (this: &DirEntry) -> io::Result<Metadata>;
    async fn file_type [] (this: &DirEntry) -> io::Result<FileType>;
}

functions! {
    async fn fs::canonicalize [P: AsRef<Path>] (path: P) -> io::Result<PathBuf>;
    async fn fs::create_dir [P: AsRef<Path>] (path: P) -> io::Result<()>;
    async fn fs::create_dir_all [P: AsRef<Path>] (path: P) -> io::Result<()>;
    async fn fs::metadata [P: AsRef<Path>] (path: P) -> io::Result<Metadata>;
    async fn fs::read [P: AsRef<Path>] (path: P) -> io::Result<Vec<u8>>;
    async fn fs::read_dir [P: AsRef<Path>] (path: P) -> io::Result<ReadDir>;
    async fn fs::read_link [P: AsRef<Path>] (path: P) -> io::Result<PathBuf>;
    async fn fs::read_to_string [P: AsRef<Path>] (path: P) -> io::Result<String>;
    async fn fs::remove_dir [P: AsRef<Path>] (path: P) -> io::Result<()>;
    async fn fs::remove_dir_all [P: AsRef<Path>] (path: P) -> io::Result<()>;
    async fn fs::remove_file [P: AsRef<Path>] (path: P) -> io::Result<()>;
    async fn fs::symlink_metadata [P: AsRef<Path>] (path: P) -> io::Result<Metadata>;
    async fn fs::try_exists [P: AsRef<Path>] (path: P) -> io::Result<bool>;
    async fn fs::set_permissions [P: AsRef<Path>] (path: P, perm: Permissions) -> io::Result<()>;
    async fn fs::copy [P: AsRef<Path>, Q: AsRef<Path>] (from: P, to: Q) -> io::Result<u64>;
    async fn fs::hard_link [P: AsRef<Path>, Q: AsRef<Path>] (from: P, to: Q) -> io::Result<()>;
    async fn fs::rename [P: AsRef<Path>, Q: AsRef<Path>] (from: P, to: Q) -> io::Result<()>;
    async fn fs::symlink [P: AsRef<Path>, Q: AsRef<Path>] (from: P, to: Q) -> io::Result<()>;
    async fn fs::write [P: AsRef<Path>, C: AsRef<[u8]>] (path: P, contents: C) -> io::Result<()>;
}

implements! {
    [] DirBuilder: (Debug + Default);
    [] FileTimes: (Debug + Clone + Default);
    [] OpenOptions: (Debug + Clone + Default + From<StdOpenOptions>);
    [] ReadDir: (Debug);
    [] DirEntry: (Debug);
    [] File: (AsyncRead + AsyncWrite + AsyncSeek + Debug + From<StdFile> + AsRawFd + AsFd);
}
