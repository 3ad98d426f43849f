//! The few calls of epoll that the client and the bare server share.

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// How many events one wait may bring.
pub(crate) const EVENTS: usize = 1024;

/// An epoll instance.
pub(crate) struct Poller(OwnedFd);

/// Level-triggered interest in reading, in writing, or both.
pub(crate) fn interest(read: bool, write: bool) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN, read);
    flags.set(EventFlags::OUT, write);
    flags
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(epoll::create(CreateFlags::CLOEXEC)?))
    }

    pub(crate) fn add(&self, source: impl AsFd, token: usize, flags: EventFlags) -> io::Result<()> {
        let token = EventData::new_u64(token as u64);
        Ok(epoll::add(&self.0, source, token, flags)?)
    }

    pub(crate) fn modify(
        &self,
        source: impl AsFd,
        token: usize,
        flags: EventFlags,
    ) -> io::Result<()> {
        let token = EventData::new_u64(token as u64);
        Ok(epoll::modify(&self.0, source, token, flags)?)
    }

    /// Wait once, and fill the spare capacity of the emptied `events`.
    pub(crate) fn wait(
        &self,
        events: &mut Vec<Event>,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: i64::from(timeout.subsec_nanos()),
        });
        events.clear();
        match epoll::wait(&self.0, spare_capacity(events), timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The token an event was registered with.
pub(crate) fn token(event: Event) -> usize {
    event.data.u64() as usize
}
