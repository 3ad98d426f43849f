//! Who is at the other end.

use std::io;
use std::os::fd::AsFd;

use super::{gid_t, pid_t, uid_t};

/// The process at the other end of a connection, as it was when the connection was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UCred {
    uid: uid_t,
    gid: gid_t,
    pid: Option<pid_t>,
}

impl UCred {
    pub(super) fn of_peer(stream: &impl AsFd) -> io::Result<Self> {
        let cred = rustix::net::sockopt::socket_peercred(stream)?;
        Ok(Self {
            uid: cred.uid.as_raw(),
            gid: cred.gid.as_raw(),
            pid: Some(cred.pid.as_raw_nonzero().get()),
        })
    }

    /// Its user.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixStream;
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let peer = stream.peer_cred()?;
    /// assert_eq!(peer.uid(), rustix::process::getuid().as_raw());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// Its group.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixStream;
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let peer = stream.peer_cred()?;
    /// assert_eq!(peer.gid(), rustix::process::getgid().as_raw());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// Its process, if the system says.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::UnixStream;
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let peer = stream.peer_cred()?;
    /// assert_eq!(peer.pid(), Some(std::process::id().cast_signed()));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}
