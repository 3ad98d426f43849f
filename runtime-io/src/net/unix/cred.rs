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
    #[must_use]
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// Its group.
    #[must_use]
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// Its process, if the system says.
    #[must_use]
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}
