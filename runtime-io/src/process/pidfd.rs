//! A child as a descriptor, where the system has such a thing.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// Pidfds are not to be had: the kernel has said so, or a test wants it so.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Does without pidfds from now on, or with them again. For tests of the other way.
#[doc(hidden)]
pub fn refuse(yes: bool) {
    REFUSED.store(yes, Ordering::Relaxed);
}

/// The descriptor of a child that has not been reaped. It becomes readable when the child exits.
pub(super) fn open(process: u32) -> io::Result<OwnedFd> {
    // Relaxed: a hint that saves a system call.
    if REFUSED.load(Ordering::Relaxed) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let opened = system::open(process);
    if matches!(&opened, Err(error) if is_for_good(error)) {
        refuse(true);
    }
    opened
}

/// Kills the process behind the descriptor. One that has been reaped is left in peace.
pub(super) fn kill(process: BorrowedFd<'_>) -> io::Result<()> {
    system::kill(process)
}

/// Will the answer be the same next time? A kernel that is too old, or a filter that knows nothing of the call.
fn is_for_good(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
    )
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    pub(super) fn open(process: u32) -> io::Result<OwnedFd> {
        let process = i32::try_from(process).ok().and_then(Pid::from_raw);
        let process = process.ok_or(Errno::SRCH)?;
        Ok(pidfd_open(process, PidfdFlags::empty())?)
    }

    pub(super) fn kill(process: BorrowedFd<'_>) -> io::Result<()> {
        match pidfd_send_signal(process, Signal::KILL) {
            // Reaped, by somebody else than us.
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    pub(super) fn open(_: u32) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn kill(_: BorrowedFd<'_>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
