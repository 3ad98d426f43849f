//! What the handler rings and the reactors hear: two connected sockets.

use std::io;
use std::os::unix::net::UnixStream;

/// How much is read at once. A bell that rang more often than that before anybody came is read again.
const CHUNK: usize = 64;

/// Two connected sockets, both in non-blocking mode and close-on-exec, open for the life of the process.
#[derive(Debug)]
pub(super) struct Bell {
    near: UnixStream,
    far: UnixStream,
}

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Ok(Self { near, far })
    }

    /// Leaves a byte. One system call and nothing else, so a signal handler may do it.
    pub(super) fn ring(&self) {
        // A full socket is as good: whoever empties it looks at the pending word afterwards. Another error cannot be, both ends are open.
        let _ = rustix::io::write(&self.near, &[1]);
    }

    /// Takes all bytes out.
    pub(super) fn drain(&self) {
        let mut bytes = [0; CHUNK];
        // An interrupted read leaves bytes behind, so it is tried again; every other error means that there is nothing.
        while matches!(
            rustix::io::read(&self.far, &mut bytes),
            Ok(CHUNK) | Err(rustix::io::Errno::INTR)
        ) {}
    }

    /// The end to wait at, for one more reactor.
    pub(super) fn far(&self) -> io::Result<UnixStream> {
        self.far.try_clone()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn left(bell: &Bell) -> bool {
        rustix::io::read(&bell.far, &mut [0; 1]).is_ok()
    }

    #[test]
    fn it_is_drained_however_often_it_rang() {
        let bell = Bell::new().unwrap();
        for times in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            for _ in 0..times {
                bell.ring();
            }
            bell.drain();
            assert!(!left(&bell), "{times}");
        }
    }

    #[test]
    fn ringing_a_full_bell_does_not_wait() {
        let bell = Bell::new().unwrap();
        while rustix::io::write(&bell.near, &[0; 4096]).is_ok() {}
        bell.ring();
        bell.drain();
        assert!(!left(&bell));
    }
}
