//! The times to be given to a file.

use std::time::SystemTime;

/// The times that [`File::set_times`](super::File::set_times) gives to a file; what is not set is not changed.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs::{File, FileTimes};
/// use std::time::{Duration, SystemTime};
///
/// # let dir = tempfile::tempdir()?;
/// let file = File::create(dir.path().join("old")).await?;
/// let then = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
/// file.set_times(FileTimes::new().set_accessed(then).set_modified(then)).await?;
/// assert_eq!(file.metadata().await?.modified()?, then);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "times change nothing until they are handed to `File::set_times`"]
pub struct FileTimes(std::fs::FileTimes);

impl FileTimes {
    /// Changes nothing.
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
    /// let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
    /// file.set_times(times).await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time of the last access.
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
    /// file.set_times(FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH)).await?;
    /// assert_eq!(file.metadata().await?.accessed()?, SystemTime::UNIX_EPOCH);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_accessed(self, t: SystemTime) -> Self {
        Self(self.0.set_accessed(t))
    }

    /// Sets the time of the last change of the contents.
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
    pub fn set_modified(self, t: SystemTime) -> Self {
        Self(self.0.set_modified(t))
    }

    pub(super) fn into_std(self) -> std::fs::FileTimes {
        self.0
    }
}
