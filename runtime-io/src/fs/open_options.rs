//! The ways to open a file.

use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{File, job};

/// How a file is to be opened: for what, and whether it may or must be new.
///
/// Begin with [`new`](Self::new) or [`File::options`], set what is wanted, end with [`open`](Self::open).
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs::{self, OpenOptions};
/// use runtime_io::io::AsyncWriteExt;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("log");
/// for line in ["first\n", "second\n"] {
///     let mut log = OpenOptions::new().append(true).create(true).open(&path).await?;
///     log.write_all(line.as_bytes()).await?;
///     log.flush().await?;
/// }
/// assert_eq!(fs::read_to_string(&path).await?, "first\nsecond\n");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions(std::fs::OpenOptions);

impl OpenOptions {
    /// Everything off: such a file cannot be opened yet.
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
    /// # let path = folder.join("file");
    /// let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path).await?;
    /// # drop(file);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self(std::fs::OpenOptions::new())
    }

    /// Sets whether the file may be read.
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
    /// # let path = folder.join("file");
    /// fs::write(&path, "x").await?;
    /// let file = OpenOptions::new().read(true).open(&path).await?;
    /// # drop(file);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.0.read(read);
        self
    }

    /// Sets whether the file may be written; what is in it is overwritten from the position on.
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
    /// # let path = folder.join("file");
    /// fs::write(&path, "x").await?;
    /// let file = OpenOptions::new().write(true).open(&path).await?;
    /// # drop(file);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.0.write(write);
        self
    }

    /// Sets whether each write goes to the end of the file, wherever the position is.
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
    /// # let path = folder.join("file");
    /// # use runtime_io::io::AsyncWriteExt;
    /// fs::write(&path, "one").await?;
    /// let mut file = OpenOptions::new().append(true).open(&path).await?;
    /// file.write_all(b" two").await?;
    /// file.flush().await?;
    /// assert_eq!(fs::read(&path).await?, b"one two");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.0.append(append);
        self
    }

    /// Sets whether the file is emptied when it is opened, which takes [`write`](Self::write).
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
    /// # let path = folder.join("file");
    /// fs::write(&path, "old").await?;
    /// OpenOptions::new().write(true).truncate(true).open(&path).await?;
    /// assert_eq!(fs::read(&path).await?, b"");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.0.truncate(truncate);
        self
    }

    /// Sets whether the file is made if there is none, which takes [`write`](Self::write) or [`append`](Self::append).
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
    /// # let path = folder.join("file");
    /// OpenOptions::new().write(true).create(true).open(&path).await?;
    /// assert!(fs::try_exists(&path).await?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.0.create(create);
        self
    }

    /// Sets whether the file must be new. Nobody can come in between looking and making; `create` and `truncate` are not
    /// looked at then.
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
    /// # let path = folder.join("file");
    /// OpenOptions::new().write(true).create_new(true).open(&path).await?;
    /// assert!(OpenOptions::new().write(true).create_new(true).open(&path).await.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.0.create_new(create_new);
        self
    }

    /// Sets the permissions of a file that is made, less those that the process's mask takes away. Not said: 0o666.
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
    /// # let path = folder.join("file");
    /// # use std::os::unix::fs::PermissionsExt;
    /// OpenOptions::new().write(true).create(true).mode(0o600).open(&path).await?;
    /// assert_eq!(fs::metadata(&path).await?.permissions().mode() & 0o777, 0o600);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.0.mode(mode);
        self
    }

    /// Adds flags of the system's `open`, such as `O_NOFOLLOW`; those for access and creation are not looked at.
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
    /// # let path = folder.join("file");
    /// // A symbolic link is not followed.
    /// fs::symlink("elsewhere", &path).await?;
    /// let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    /// assert!(OpenOptions::new().read(true).custom_flags(flags).open(&path).await.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        self.0.custom_flags(flags);
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// | kind | why |
    /// |---|---|
    /// | [`NotFound`](io::ErrorKind::NotFound) | the file, or a directory on the way, is not there |
    /// | [`AlreadyExists`](io::ErrorKind::AlreadyExists) | it had to be new |
    /// | [`PermissionDenied`](io::ErrorKind::PermissionDenied) | the process may not do that |
    /// | [`InvalidInput`](io::ErrorKind::InvalidInput) | options that go ill together, or a NUL in the path |
    ///
    /// and what else the system reports.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: a file that was to be made is made. It is closed again.
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
    /// # let path = folder.join("file");
    /// assert!(OpenOptions::new().read(true).open(&path).await.is_err(), "there is no such file");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let path = path.as_ref().to_owned();
        let options = self.0.clone();
        job::run(move || options.open(path)).await.map(File::from)
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<std::fs::OpenOptions> for OpenOptions {
    fn from(options: std::fs::OpenOptions) -> Self {
        Self(options)
    }
}
