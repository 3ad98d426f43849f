//! Links, and where they lead to.

use std::io;
use std::path::{Path, PathBuf};

use super::job;

/// Gives a file a second name, which counts as much as the first.
///
/// # Errors
///
/// `original` is no file, `link` is there already, or they are on different file systems.
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
/// let (original, link) = (dir.path().join("original"), dir.path().join("link"));
/// fs::write(&original, "hello").await?;
/// fs::hard_link(&original, &link).await?;
/// fs::remove_file(&original).await?;
/// assert_eq!(fs::read(&link).await?, b"hello");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    job::run(move || std::fs::hard_link(original, link)).await
}

/// Makes a symbolic link that leads to `original`, whether there is anything or not.
///
/// # Errors
///
/// `link` is there already, or cannot be made.
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
/// let (original, link) = (dir.path().join("original"), dir.path().join("link"));
/// fs::symlink(&original, &link).await?;
/// fs::write(&link, "hello").await?;
/// assert_eq!(fs::read(&original).await?, b"hello");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    job::run(move || std::os::unix::fs::symlink(original, link)).await
}

/// Tells what is written in a symbolic link.
///
/// # Errors
///
/// There is none of that name.
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
/// let link = dir.path().join("link");
/// fs::symlink("elsewhere", &link).await?;
/// assert_eq!(fs::read_link(&link).await?.to_str(), Some("elsewhere"));
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::read_link(path)).await
}

/// Makes a path absolute, without links, without `.` and `..`.
///
/// # Errors
///
/// It does not lead to anything.
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
/// let link = dir.path().join("link");
/// fs::symlink(dir.path(), &link).await?;
/// assert_eq!(fs::canonicalize(link.join("..")).await?, fs::canonicalize(dir.path().join("..")).await?);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::canonicalize(path)).await
}
