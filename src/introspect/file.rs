//! The file of the socket: made so that nobody else's is touched, and removed if it is still ours.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::net::{UnixListener, UnixSocket};

/// A socket in the file system.
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl SocketFile {
    /// Steps 1 to 3 of the essay.
    pub(super) fn listen(path: &Path) -> io::Result<(Self, UnixListener)> {
        Self::try_listen(path).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("cannot serve introspection at {}: {error}", path.display()),
            )
        })
    }

    fn try_listen(path: &Path) -> io::Result<(Self, UnixListener)> {
        let _locked = lock_folder_of(path)?;
        let socket = UnixSocket::new_stream()?;
        match socket.bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                remove_if_dead(path)?;
                socket.bind(path)?;
            }
            bound => bound?,
        }
        // Until it listens nobody can connect.
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
        let identity = identity(&fs::symlink_metadata(path)?);
        let file = Self {
            path: path.to_owned(),
            identity,
        };
        Ok((file, socket.listen(BACKLOG)?))
    }

    /// Step 4. Somebody may have removed it already, or put something else there.
    pub(super) fn remove(&self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| identity(&found) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Locked until the file is closed.
fn lock_folder_of(path: &Path) -> io::Result<File> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let folder = File::open(folder)?;
    flock(&folder, FlockOperation::LockExclusive)?;
    Ok(folder)
}

/// Step 2: removes the socket of a process that has ended.
fn remove_if_dead(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "something that is no socket is there, and stays there",
        ));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another process answers there; choose a path of its own for each process",
        )),
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

const BACKLOG: u32 = 16;
