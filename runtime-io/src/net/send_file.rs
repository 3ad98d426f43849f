//! A file to a socket without a copy in this process.
//!
//! `sendfile` moves pages from the cache of the file system to the socket inside the kernel. It is tried like every other operation of a
//! socket: at once, and again when there is room. What it cannot take (a file of a kind it refuses, or a system without it) is read on the blocking pool
//! and written, with the same result.
//!
//! Pages that are not in the cache are read from the disk by the thread that asks, here as in every server built on `sendfile`; so one attempt moves
//! no more than a megabyte, and each costs a unit of the task's budget.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use runtime_core::spawn_blocking;
use rustix::io::{Errno, pread};

use super::TcpStream;
use crate::io::{AsyncWriteExt, Interest};

/// As much as one attempt moves.
const MOST: usize = 1 << 20;

/// As much as is read at once where `sendfile` cannot be used.
const CHUNK: usize = 256 << 10;

/// Sends `count` bytes of a file, from `offset` on, and says how many it were: fewer only if the file ends before.
///
/// The position of the file is neither used nor moved, so one file can be sent to any number of connections at once.
///
/// On a broken connection the system also sends `SIGPIPE`, which Rust programs ignore; a program that begins elsewhere should ignore it too.
///
/// # Errors
///
/// The connection is broken or the file cannot be read. How much has been sent before is not known then.
///
/// # Cancel safety
///
/// Not cancel safe: how much has been sent is lost.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::io::AsyncReadExt;
/// use runtime_io::net::{TcpListener, TcpStream, send_file};
///
/// # let path = std::env::temp_dir().join(format!("heist-send-file-doc-{}", std::process::id()));
/// std::fs::write(&path, "a plan of the vault")?;
/// let file = std::fs::File::open(&path)?;
/// # std::fs::remove_file(&path)?;
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// let (mut server, _) = listener.accept().await?;
/// assert_eq!(send_file(&mut server, &file, 2, u64::MAX).await?, 17);
/// drop(server);
///
/// let mut text = String::new();
/// client.read_to_string(&mut text).await?;
/// assert_eq!(text, "plan of the vault");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn send_file<F: AsFd>(
    stream: &mut TcpStream,
    file: &F,
    offset: u64,
    count: u64,
) -> io::Result<u64> {
    let mut sent = 0;
    while sent < count {
        let at = offset.checked_add(sent).ok_or(Errno::OVERFLOW)?;
        let most = usize::try_from(count - sent).map_or(MOST, |left| left.min(MOST));
        let attempt = || system::send(&*stream, file, at, most);
        match stream.async_io(Interest::WRITABLE, attempt).await {
            Ok(0) => break,
            Ok(moved) => sent += moved as u64,
            Err(error) if is_refusal(&error) => {
                return Ok(sent + copy(stream, file, at, count - sent).await?);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// Is this a file, or a system, that `sendfile` is not for?
fn is_refusal(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)
    )
}

/// The other way: read on the blocking pool and written from here.
async fn copy<F: AsFd>(
    stream: &mut TcpStream,
    file: &F,
    offset: u64,
    count: u64,
) -> io::Result<u64> {
    let file = Arc::new(file.as_fd().try_clone_to_owned()?);
    let mut sent = 0;
    while sent < count {
        let at = offset.checked_add(sent).ok_or(Errno::OVERFLOW)?;
        let most = usize::try_from(count - sent).map_or(CHUNK, |left| left.min(CHUNK));
        let file = Arc::clone(&file);
        let chunk = spawn_blocking(move || read_at(&file, at, most)).await??;
        if chunk.is_empty() {
            break;
        }
        stream.write_all(&chunk).await?;
        sent += chunk.len() as u64;
    }
    Ok(sent)
}

fn read_at(file: &OwnedFd, offset: u64, most: usize) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; most];
    let count = rustix::io::retry_on_intr(|| pread(file, &mut chunk, offset))?;
    chunk.truncate(count);
    Ok(chunk)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;
    use std::os::fd::AsFd;

    pub(super) fn send(
        socket: impl AsFd,
        file: impl AsFd,
        mut offset: u64,
        most: usize,
    ) -> io::Result<usize> {
        Ok(rustix::fs::sendfile(socket, file, Some(&mut offset), most)?)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::io;
    use std::os::fd::AsFd;

    use rustix::io::Errno;

    /// The calls of other systems by this name are all different.
    pub(super) fn send(_: impl AsFd, _: impl AsFd, _: u64, _: usize) -> io::Result<usize> {
        Err(Errno::NOSYS.into())
    }
}
