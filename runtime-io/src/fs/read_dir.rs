//! What is in a directory, read in batches.
//!
//! A batch is one job. The first one is read when the directory is opened, and each is twice as large as the one before,
//! up to a limit: a small directory costs one trip to the pool, a large one few, and who stops early has not paid for all.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{FileType, Metadata};
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::spawn_blocking;
use runtime_core::task::JoinHandle;

use super::job;
use crate::io::budget;

/// Entries in the first batch.
const FIRST: usize = 32;

/// Entries in the largest one.
const MOST: usize = 1024;

/// Opens a directory for reading what is in it.
///
/// # Errors
///
/// It is not there, is no directory, or may not be read.
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Cancel safe: the directory is closed again.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// fs::write(dir.path().join("a"), "").await?;
/// fs::create_dir(dir.path().join("b")).await?;
///
/// let mut names = Vec::new();
/// let mut entries = fs::read_dir(dir.path()).await?;
/// while let Some(entry) = entries.next_entry().await? {
///     names.push((entry.file_name(), entry.file_type().await?.is_dir()));
/// }
/// names.sort();
/// assert_eq!(names, [("a".into(), false), ("b".into(), true)]);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref().to_owned();
    let batch = job::run(move || Ok(Batch::open(std::fs::read_dir(path)?))).await?;
    Ok(ReadDir(State::Here(batch)))
}

/// The entries of a directory, without `.` and `..`, in no order. Made by [`read_dir`].
///
/// An entry that comes or goes while the directory is being read may or may not be among them.
#[derive(Debug)]
#[must_use = "entries are not read unless asked for"]
pub struct ReadDir(State);

#[derive(Debug)]
enum State {
    Here(Batch),
    /// The next batch is being read.
    Away(JoinHandle<Batch>),
    /// The job was lost, and the directory with it.
    Lost,
}

#[derive(Debug)]
struct Batch {
    entries: VecDeque<io::Result<DirEntry>>,
    /// `None` at the end of the directory, which is closed then.
    rest: Option<std::fs::ReadDir>,
    next_size: usize,
}

impl Batch {
    fn open(directory: std::fs::ReadDir) -> Self {
        let empty = Self {
            entries: VecDeque::with_capacity(FIRST),
            rest: Some(directory),
            next_size: FIRST,
        };
        empty.read()
    }

    /// Reads the next entries. Blocks.
    fn read(mut self) -> Self {
        for _ in 0..self.next_size {
            let Some(entry) = self.rest.as_mut().and_then(Iterator::next) else {
                self.rest = None;
                break;
            };
            let failed = entry.is_err();
            self.entries.push_back(entry.map(DirEntry::new));
            if failed {
                break;
            }
        }
        self.next_size = (self.next_size * 2).min(MOST);
        self
    }
}

impl ReadDir {
    /// Returns the next entry, or `None` at the end.
    ///
    /// # Errors
    ///
    /// The system cannot read on; the call after that tries once more. A lost job ends the directory.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no entry is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// while let Some(entry) = entries.next_entry().await? {
    ///     println!("{:?}", entry.file_name());
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// Polls for the next entry, or `None` at the end.
    ///
    /// `Pending` means that a batch is being read; the task of `cx` is woken when it is there, and no other one.
    ///
    /// # Errors
    ///
    /// As [`next_entry`](Self::next_entry).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// let entry = std::future::poll_fn(|cx| entries.poll_next_entry(cx)).await?;
    /// assert_eq!(entry.unwrap().file_name(), "file");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        loop {
            match &mut self.0 {
                State::Here(batch) => {
                    if !batch.entries.is_empty() {
                        ready!(budget::poll_spend(cx));
                        return Poll::Ready(batch.entries.pop_front().transpose());
                    }
                    if batch.rest.is_none() {
                        return Poll::Ready(Ok(None));
                    }
                    self.start();
                }
                State::Away(job) => {
                    self.0 = match ready!(Pin::new(job).poll(cx)) {
                        Ok(batch) => State::Here(batch),
                        Err(error) => {
                            self.0 = State::Lost;
                            return Poll::Ready(Err(job::from_lost(&error)));
                        }
                    };
                }
                State::Lost => return Poll::Ready(Ok(None)),
            }
        }
    }

    fn start(&mut self) {
        if let State::Here(batch) = std::mem::replace(&mut self.0, State::Lost) {
            self.0 = State::Away(spawn_blocking(move || batch.read()));
        }
    }
}

/// Something in a directory. Made by [`ReadDir::next_entry`].
#[derive(Debug)]
pub struct DirEntry {
    std: Arc<std::fs::DirEntry>,
    /// Most file systems tell it together with the name.
    file_type: Option<FileType>,
}

impl DirEntry {
    fn new(std: std::fs::DirEntry) -> Self {
        Self {
            file_type: std.file_type().ok(),
            std: Arc::new(std),
        }
    }

    /// Returns the path: that of the directory, as it was given, and the name.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// let entry = entries.next_entry().await?.unwrap();
    /// assert_eq!(entry.path(), folder.join("file"));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.std.path()
    }

    /// Returns the name, without the directory.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// let entry = entries.next_entry().await?.unwrap();
    /// assert_eq!(entry.file_name(), "file");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn file_name(&self) -> OsString {
        self.std.file_name()
    }

    /// Returns the number of the inode, as the directory has it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// let entry = entries.next_entry().await?.unwrap();
    /// # use std::os::unix::fs::MetadataExt;
    /// assert_eq!(entry.ino(), entry.metadata().await?.ino());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn ino(&self) -> u64 {
        self.std.ino()
    }

    /// Tells kind, size, times and permissions; a symbolic link is not followed.
    ///
    /// # Errors
    ///
    /// The entry has gone meanwhile, or the way to it is barred.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// let entry = entries.next_entry().await?.unwrap();
    /// assert_eq!(entry.metadata().await?.len(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let std = Arc::clone(&self.std);
        job::run(move || std.metadata()).await
    }

    /// Tells what it is; a symbolic link is not followed. It is known already on most file systems.
    ///
    /// # Errors
    ///
    /// The file system does not say, and the entry has gone meanwhile.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it, if it is not known.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # fs::write(folder.join("file"), "x").await?;
    /// let mut entries = fs::read_dir(folder).await?;
    /// let entry = entries.next_entry().await?.unwrap();
    /// assert!(entry.file_type().await?.is_file());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn file_type(&self) -> io::Result<FileType> {
        if let Some(known) = self.file_type {
            return Ok(known);
        }
        let std = Arc::clone(&self.std);
        job::run(move || std.file_type()).await
    }
}
