//! An open file. What it does, and when, is told in [`fs`](crate::fs).

mod behind;
mod fd;
mod inner;
mod io;
#[cfg(all(test, loom))]
mod models;
mod now;
mod window;

use std::fmt;
use std::fs::{File as StdFile, Metadata, Permissions};
use std::future::poll_fn;
use std::io::Result;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use runtime_sync::{Mutex, oneshot};

use self::inner::Inner;
use super::{FileTimes, OpenOptions, job};
use crate::io::budget;

/// The most that a buffer of a file holds, unless somebody says otherwise.
const MAX_BUF_SIZE: usize = 2 * 1024 * 1024;

/// An open file, to be read, written and positioned without blocking the task.
///
/// Reading and writing is done with the methods of [`AsyncReadExt`](crate::io::AsyncReadExt), [`AsyncWriteExt`](crate::io::AsyncWriteExt)
/// and [`AsyncSeekExt`](crate::io::AsyncSeekExt).
///
/// A write is over when the bytes are in a buffer of the file; they are written in the background, also if the file is dropped, and also
/// if the runtime is shut down. Whether that went well is told by the next write or by [`flush`](crate::io::AsyncWriteExt::flush),
/// so flush before dropping a file whose contents matter. And since the system has buffers of its own, use [`sync_all`](Self::sync_all)
/// for what must survive a power failure.
///
/// What is read may have been read ahead, where the system does not give access to its cache: up to
/// [`max_buf_size`](Self::max_buf_size) bytes behind the position, from the second read in a row on. Who reads what others are writing at the same time
/// seeks first, or sets a smaller size.
///
/// Methods that take `&self` wait for what is under way, and for each other.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs::File;
/// use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
///
/// # let dir = tempfile::tempdir()?;
/// let mut file = File::create_new(dir.path().join("greeting")).await?;
/// file.write_all(b"hello, world").await?;
/// file.flush().await?;
///
/// let mut text = String::new();
/// file.rewind().await?;
/// file.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello, world");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub struct File {
    std: Arc<StdFile>,
    inner: Mutex<Inner>,
    max_buf_size: usize,
}

impl File {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// It is not there or may not be read: see [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the file is closed again.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::{self, File};
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("greeting");
    /// fs::write(&path, "hello").await?;
    /// let mut start = [0; 4];
    /// File::open(&path).await?.read_exact(&mut start).await?;
    /// assert_eq!(&start, b"hell");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().read(true).open(path).await
    }

    /// Opens a file for writing, makes it if there is none, and empties it if there is one.
    ///
    /// # Errors
    ///
    /// It cannot be made or may not be written: see [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the file is opened, and made where that was asked for; dropping the future closes it again.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::{self, File};
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("greeting");
    /// let mut file = File::create(&path).await?;
    /// file.write_all(b"hello").await?;
    /// file.flush().await?;
    /// assert_eq!(fs::read(&path).await?, b"hello");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn create(path: impl AsRef<Path>) -> Result<Self> {
        let mut options = Self::options();
        options.write(true).create(true).truncate(true);
        options.open(path).await
    }

    /// Makes a file that was not there before, for reading and writing.
    ///
    /// Nobody can come in between looking and making.
    ///
    /// # Errors
    ///
    /// There is something of that name already: [`AlreadyExists`](std::io::ErrorKind::AlreadyExists). Or see [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the file is opened, and made where that was asked for; dropping the future closes it again.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    /// use std::io::ErrorKind;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lock");
    /// let _file = File::create_new(&path).await?;
    /// assert_eq!(File::create_new(&path).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn create_new(path: impl AsRef<Path>) -> Result<Self> {
        let mut options = Self::options();
        options.read(true).write(true).create_new(true);
        options.open(path).await
    }

    /// Returns options for opening a file: [`OpenOptions::new`] under a name that need not be imported.
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
    /// let file = File::options().append(true).create(true).open(folder.join("log")).await?;
    /// # drop(file);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over an open file.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    ///
    /// let file = File::from_std(tempfile::tempfile()?);
    /// assert_eq!(file.metadata().await?.len(), 0);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn from_std(std: StdFile) -> Self {
        Self {
            std: Arc::new(std),
            inner: Mutex::new(Inner::new()),
            max_buf_size: MAX_BUF_SIZE,
        }
    }

    /// Waits until the contents and the metadata are on the disk, as far as the system can tell.
    ///
    /// # Errors
    ///
    /// The disk reports one; or a write before failed, and then the next write or flush says so too.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself. The next operation waits for it.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// let mut file = File::create(dir.path().join("ledger")).await?;
    /// file.write_all(b"paid").await?;
    /// file.sync_all().await?;
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn sync_all(&self) -> Result<()> {
        self.sync(|file| file.sync_all()).await
    }

    /// Waits until the contents are on the disk, with as much of the metadata as reading them again takes.
    ///
    /// # Errors
    ///
    /// As [`sync_all`](Self::sync_all).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself. The next operation waits for it.
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
    /// # use runtime_io::io::AsyncWriteExt;
    /// let mut file = File::create(folder.join("log")).await?;
    /// file.write_all(b"safe").await?;
    /// file.sync_data().await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn sync_data(&self) -> Result<()> {
        self.sync(|file| file.sync_data()).await
    }

    /// Cuts the file off behind `size` bytes, or fills it up with zeros to as many.
    ///
    /// The position stays, also if it is behind the end then.
    ///
    /// # Errors
    ///
    /// The file is not open for writing, or cannot become so large.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself. The next operation waits for it.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::{self, File};
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("greeting");
    /// let mut file = File::create(&path).await?;
    /// file.write_all(b"hello, world").await?;
    /// file.set_len(5).await?;
    /// assert_eq!(fs::read(&path).await?, b"hello");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn set_len(&self, size: u64) -> Result<()> {
        self.run_alone(move |file| file.set_len(size)).await
    }

    /// Tells kind, size, times and permissions, with everything written that was accepted before.
    ///
    /// # Errors
    ///
    /// The system cannot tell.
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
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// let mut file = File::create(dir.path().join("greeting")).await?;
    /// file.write_all(b"hello").await?;
    /// assert_eq!(file.metadata().await?.len(), 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn metadata(&self) -> Result<Metadata> {
        self.run_alone(|file| file.metadata()).await
    }

    /// Makes a second descriptor of the same open file.
    ///
    /// Both have one position: what one reads, writes or seeks moves the other. Each has its own buffers, so let only one of them do
    /// something at a time.
    ///
    /// # Errors
    ///
    /// The process has as many descriptors as it may.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    /// use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// let mut one = File::create_new(dir.path().join("greeting")).await?;
    /// let mut other = one.try_clone().await?;
    /// one.write_all(b"hello").await?;
    /// one.seek(std::io::SeekFrom::Start(1)).await?;
    ///
    /// let mut rest = String::new();
    /// other.read_to_string(&mut rest).await?;
    /// assert_eq!(rest, "ello");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn try_clone(&self) -> Result<Self> {
        let mut inner = self.inner.lock().await;
        poll_fn(|cx| inner.poll_settle_quietly(cx)).await;
        inner.begin_anew(&self.std);
        poll_fn(budget::poll_spend).await;
        let mut clone = Self::from_std(self.std.try_clone()?);
        clone.max_buf_size = self.max_buf_size;
        Ok(clone)
    }

    /// Waits for what is under way and hands the file out.
    ///
    /// An error of a write is lost by that: flush before.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it drops the file; what was accepted is written.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// let mut file = File::from_std(tempfile::tempfile()?);
    /// file.write_all(b"hello").await?;
    /// assert_eq!(file.into_std().await.metadata()?.len(), 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[allow(
        clippy::missing_panics_doc,
        reason = "no job outlives the file's being busy"
    )]
    pub async fn into_std(mut self) -> StdFile {
        let inner = self.inner.get_mut();
        poll_fn(|cx| inner.poll_settle_quietly(cx)).await;
        inner.begin_anew(&self.std);
        Arc::into_inner(self.std).expect("a job lets go of the file before it is over")
    }

    /// Hands the file out if nothing is under way.
    ///
    /// # Errors
    ///
    /// Gives the file back if a job still has it.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    ///
    /// let file = File::from_std(tempfile::tempfile()?);
    /// assert!(file.try_into_std().is_ok());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[allow(clippy::result_large_err, reason = "the file itself comes back")]
    pub fn try_into_std(mut self) -> std::result::Result<StdFile, Self> {
        match Arc::try_unwrap(self.std) {
            Ok(std) => Ok(std),
            Err(std) => {
                self.std = std;
                Err(self)
            }
        }
    }

    /// Changes the permissions.
    ///
    /// # Errors
    ///
    /// The file belongs to somebody else.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself. The next operation waits for it.
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
    /// let file = File::create(folder.join("file")).await?;
    /// let mut permissions = file.metadata().await?.permissions();
    /// permissions.set_readonly(true);
    /// file.set_permissions(permissions).await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn set_permissions(&self, perm: Permissions) -> Result<()> {
        self.run_alone(move |file| file.set_permissions(perm)).await
    }

    /// Sets the times of the last access and the last change, after everything written that was accepted before.
    ///
    /// # Errors
    ///
    /// The file belongs to somebody else, or its file system keeps no such times.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself. The next operation waits for it.
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
    /// # use std::time::SystemTime;
    /// let file = File::create(folder.join("file")).await?;
    /// file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).await?;
    /// assert_eq!(file.metadata().await?.modified()?, SystemTime::UNIX_EPOCH);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn set_times(&self, times: FileTimes) -> Result<()> {
        self.run_alone(move |file| file.set_times(times.into_std()))
            .await
    }

    /// Sets the time of the last change, after everything written that was accepted before.
    ///
    /// # Errors
    ///
    /// As [`set_times`](Self::set_times).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself. The next operation waits for it.
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
    /// # use std::time::SystemTime;
    /// let file = File::create(folder.join("file")).await?;
    /// file.set_modified(SystemTime::UNIX_EPOCH).await?;
    /// assert_eq!(file.metadata().await?.modified()?, SystemTime::UNIX_EPOCH);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn set_modified(&self, time: SystemTime) -> Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// Sets the most that one read or write moves, and that is read ahead. 2 MiB if not said.
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
    /// use runtime_io::fs::File;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// let mut file = File::from_std(tempfile::tempfile()?);
    /// file.set_max_buf_size(1000);
    /// assert_eq!(file.write(&[0; 4096]).await?, 1000);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        assert!(
            max_buf_size > 0,
            "`max_buf_size` must be greater than 0: it is the most that one read or write of a file can move"
        );
        self.max_buf_size = max_buf_size;
    }

    /// Returns the most that one read or write moves.
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
    /// let file = File::create(folder.join("file")).await?;
    /// assert_eq!(file.max_buf_size(), 2 * 1024 * 1024);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn max_buf_size(&self) -> usize {
        self.max_buf_size
    }

    /// Runs `f` on the file while nothing else is under way.
    async fn run_alone<T: Send + 'static>(
        &self,
        f: impl FnOnce(&StdFile) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut inner = self.inner.lock().await;
        poll_fn(|cx| inner.poll_settle_quietly(cx)).await;
        inner.begin_anew(&self.std);
        let (sender, mut receiver) = oneshot::channel();
        let file = Arc::clone(&self.std);
        inner.start_alone(move || {
            // Nobody listens any more if the future was dropped.
            let _ = sender.send(f(&file));
        });
        poll_fn(|cx| inner.poll_settle(cx)).await?;
        receiver.try_recv().unwrap_or_else(|_| Err(job::lost()))
    }

    /// The same, and bytes that were accepted and not written are an error.
    async fn sync(&self, f: impl FnOnce(&StdFile) -> Result<()> + Send + 'static) -> Result<()> {
        let synced = self.run_alone(f).await;
        let unwritten = self.inner.lock().await.untold_error();
        unwritten.map_or(synced, Err)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As users name it; this crate does not know the facade.
        f.debug_struct(concat!("heist", "::fs::File"))
            .field("std", &self.std)
            .finish()
    }
}
