//! What a path stands for: asking, renaming, removing.

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::Path;

use super::job;

/// Tells kind, size, times and permissions of what a path leads to; symbolic links are followed.
///
/// # Errors
///
/// Nothing is there, or the way to it is barred.
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
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("greeting");
/// fs::write(&path, "hello").await?;
/// assert_eq!(fs::metadata(&path).await?.len(), 5);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::metadata(path)).await
}

/// Tells kind, size, times and permissions of what is at a path; a symbolic link is not followed.
///
/// # Errors
///
/// Nothing is there, or the way to it is barred.
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
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// fs::symlink("nowhere", &path).await?;
/// assert!(fs::symlink_metadata(&path).await?.is_symlink());
/// assert!(fs::metadata(&path).await.is_err());
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::symlink_metadata(path)).await
}

/// Says whether a path leads to something; symbolic links are followed.
///
/// The answer may be out of date by the time it is used: better open what you need, and look at the error.
///
/// # Errors
///
/// It cannot be known, for example because the way to it is barred.
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
/// use runtime_io::fs;
///
/// # let dir = tempfile::tempdir()?;
/// assert!(fs::try_exists(dir.path()).await?);
/// assert!(!fs::try_exists(dir.path().join("nothing")).await?);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    let path = path.as_ref().to_owned();
    job::run(move || path.try_exists()).await
}

/// Changes the permissions of a file or directory.
///
/// # Errors
///
/// Nothing is there, or it belongs to somebody else.
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
/// let path = dir.path().join("greeting");
/// fs::write(&path, "hello").await?;
/// let mut permissions = fs::metadata(&path).await?.permissions();
/// permissions.set_readonly(true);
/// fs::set_permissions(&path, permissions).await?;
/// assert!(fs::metadata(&path).await?.permissions().readonly());
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn set_permissions(path: impl AsRef<Path>, perm: Permissions) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::set_permissions(path, perm)).await
}

/// Gives a file or directory another name, and replaces what had it.
///
/// # Errors
///
/// `from` is not there, `to` is on another file system, or a directory that is not empty has that name.
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
/// let (here, there) = (dir.path().join("here"), dir.path().join("there"));
/// fs::write(&here, "hello").await?;
/// fs::rename(&here, &there).await?;
/// assert!(!fs::try_exists(&here).await?);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    job::run(move || std::fs::rename(from, to)).await
}

/// Removes a file from its directory.
///
/// Who has it open can go on with it; its room is free when the last of them has closed it.
///
/// # Errors
///
/// It is not there, is a directory, or may not be removed.
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
/// let path = dir.path().join("greeting");
/// fs::write(&path, "hello").await?;
/// fs::remove_file(&path).await?;
/// assert!(!fs::try_exists(&path).await?);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::remove_file(path)).await
}
