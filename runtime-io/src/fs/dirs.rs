//! Making and removing directories.

use std::io;
use std::path::Path;

use super::job;

/// Makes a directory.
///
/// # Errors
///
/// There is something of that name already, its parent is missing, or the permission to do so.
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Once polled, it happens: dropping the future leaves the job to itself, as a system call cannot be taken back.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("new");
/// fs::create_dir(&path).await?;
/// assert!(fs::create_dir(&path).await.is_err());
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::create_dir(path)).await
}

/// Makes a directory, and those above it that are missing.
///
/// # Errors
///
/// One of them is missing and cannot be made. It is no error if the directory is there already.
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Once polled, it happens: dropping the future leaves the job to itself, as a system call cannot be taken back.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("all/the/way");
/// fs::create_dir_all(&path).await?;
/// fs::create_dir_all(&path).await?;
/// assert!(fs::metadata(&path).await?.is_dir());
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::create_dir_all(path)).await
}

/// Removes an empty directory.
///
/// # Errors
///
/// It is not there, not a directory, not empty, or may not be removed.
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Once polled, it happens: dropping the future leaves the job to itself, as a system call cannot be taken back.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("old");
/// fs::create_dir(&path).await?;
/// fs::remove_dir(&path).await?;
/// assert!(!fs::try_exists(&path).await?);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::remove_dir(path)).await
}

/// Removes a directory with all that is in it.
///
/// Symbolic links are removed, not followed.
///
/// # Errors
///
/// It is not there, or something in it cannot be removed; what was removed until then is gone.
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Once polled, it happens: dropping the future leaves the job to itself, as a system call cannot be taken back.
///
/// # Examples
///
/// ```
/// # runtime_core::Builder::new_current_thread().build()?.block_on(async {
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("all");
/// fs::create_dir_all(path.join("the/way")).await?;
/// fs::remove_dir_all(&path).await?;
/// assert!(!fs::try_exists(&path).await?);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::remove_dir_all(path)).await
}
