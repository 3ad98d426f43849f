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
    #[must_use]
    pub fn new() -> Self {
        Self(std::fs::OpenOptions::new())
    }

    /// Sets whether the file may be read.
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.0.read(read);
        self
    }

    /// Sets whether the file may be written; what is in it is overwritten from the position on.
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.0.write(write);
        self
    }

    /// Sets whether each write goes to the end of the file, wherever the position is.
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.0.append(append);
        self
    }

    /// Sets whether the file is emptied when it is opened, which takes [`write`](Self::write).
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.0.truncate(truncate);
        self
    }

    /// Sets whether the file is made if there is none, which takes [`write`](Self::write) or [`append`](Self::append).
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.0.create(create);
        self
    }

    /// Sets whether the file must be new. Nobody can come in between looking and making; `create` and `truncate` are not
    /// looked at then.
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.0.create_new(create_new);
        self
    }

    /// Sets the permissions of a file that is made, less those that the process's mask takes away. Not said: 0o666.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.0.mode(mode);
        self
    }

    /// Adds flags of the system's `open`, such as `O_NOFOLLOW`; those for access and creation are not looked at.
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
