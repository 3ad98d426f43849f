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
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time of the last access.
    pub fn set_accessed(self, t: SystemTime) -> Self {
        Self(self.0.set_accessed(t))
    }

    /// Sets the time of the last change of the contents.
    pub fn set_modified(self, t: SystemTime) -> Self {
        Self(self.0.set_modified(t))
    }

    pub(super) fn into_std(self) -> std::fs::FileTimes {
        self.0
    }
}
