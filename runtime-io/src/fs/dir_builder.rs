//! Making directories in other ways than the plain one.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::job;

/// How a directory is to be made: with those above it, with which permissions.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs::DirBuilder;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("all/the/way");
/// DirBuilder::new().recursive(true).mode(0o700).create(&path).await?;
/// assert!(path.is_dir());
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Default)]
pub struct DirBuilder {
    recursive: bool,
    mode: Option<u32>,
}

impl DirBuilder {
    /// A single directory, with the permissions that the process gives by default.
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
    /// DirBuilder::new().create(folder.join("new")).await?;
    /// assert!(fs::try_exists(folder.join("new")).await?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether directories above that are missing are made too, and one that is there already is no error.
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
    /// DirBuilder::new().recursive(true).create(folder.join("a/b/c")).await?;
    /// assert!(fs::try_exists(folder.join("a/b/c")).await?);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// Sets the permissions of what is made, less those that the process's mask takes away.
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
    /// # use std::os::unix::fs::PermissionsExt;
    /// DirBuilder::new().mode(0o700).create(folder.join("mine")).await?;
    /// let metadata = fs::metadata(folder.join("mine")).await?;
    /// assert_eq!(metadata.permissions().mode() & 0o777, 0o700);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Makes the directory.
    ///
    /// # Errors
    ///
    /// It cannot be made: the same as for [`create_dir`](super::create_dir), or, recursively, for [`create_dir_all`](super::create_dir_all).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, which has the threads for it.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it happens: dropping the future leaves the job to itself.
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
    /// let builder = DirBuilder::new();
    /// builder.create(folder.join("new")).await?;
    /// assert!(builder.create(folder.join("new")).await.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref().to_owned();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(self.recursive);
        if let Some(mode) = self.mode {
            builder.mode(mode);
        }
        job::run(move || builder.create(path)).await
    }
}
