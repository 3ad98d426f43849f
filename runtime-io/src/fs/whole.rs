//! Whole files: one job each, whatever their size.
//!
//! Opening, reading to the end and closing in one go costs one trip to the pool. A loop over a [`File`](super::File) costs one
//! for opening it, and more for what is not in the system's cache.

use std::io;
use std::path::Path;

use super::job;

/// Reads a whole file.
///
/// # Errors
///
/// The file cannot be opened or read.
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Cancel safe: what was read is dropped.
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
/// assert_eq!(fs::read(&path).await?, b"hello");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::read(path)).await
}

/// Reads a whole file as text.
///
/// # Errors
///
/// The file cannot be opened or read, or it is not UTF-8: [`InvalidData`](io::ErrorKind::InvalidData).
///
/// # Panics
///
/// Outside of a runtime, which has the threads for it.
///
/// # Cancel safety
///
/// Cancel safe: what was read is dropped.
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
/// assert_eq!(fs::read_to_string(&path).await?, "hello");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let path = path.as_ref().to_owned();
    job::run(move || std::fs::read_to_string(path)).await
}

/// Makes `contents` the whole of a file.
///
/// The file is made if there is none, and emptied if there is one. The bytes are copied once, since the job may outlive the
/// caller.
///
/// # Errors
///
/// The file cannot be made or written; what was written until then stays.
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
/// fs::write(&path, "a long hello").await?;
/// fs::write(&path, "hello").await?;
/// assert_eq!(fs::read(&path).await?, b"hello");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    let contents = contents.as_ref().to_vec();
    job::run(move || std::fs::write(path, contents)).await
}

/// Copies the contents and the permissions of a file to another, and says how many bytes it has.
///
/// The other file is made if there is none, and overwritten if there is one. Where the system can copy without showing the bytes
/// to the process, it does.
///
/// # Errors
///
/// `from` is no file or cannot be read, or `to` cannot be made or written.
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
/// assert_eq!(fs::copy(&here, &there).await?, 5);
/// assert_eq!(fs::read(&there).await?, b"hello");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    job::run(move || std::fs::copy(from, to)).await
}
