//! The wait through `polling` alone.
//!
//! `polling` tells neither that a peer has closed its half of a connection nor, on every system, which error there is. So no closed
//! state is ever reported here; the operation that follows finds out.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use polling::{PollMode, Poller};

use super::{BATCH, Capacity, Event, Wait};
use crate::reactor::{Interest, Key, Ready};

/// A `polling::Poller` in edge-triggered mode.
#[derive(Debug)]
pub(in crate::reactor) struct Portable {
    poller: Poller,
    /// Somebody called `unpark` and no wait has returned since. The poller has a flag of its own, but a caller that finds that one set
    /// already releases nothing.
    unparked: AtomicBool,
    /// Lent to the waiting thread: one for waits, one for busy ones, which may take fewer events.
    buffers: Mutex<[Option<polling::Events>; 2]>,
    capacity: Capacity,
}

impl Portable {
    /// # Errors
    ///
    /// The system refuses a poller, or has none that can report each change once.
    pub(in crate::reactor) fn new(capacity: Capacity) -> io::Result<Self> {
        let poller = Poller::new()?;
        if !poller.supports_edge() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(Self {
            poller,
            unparked: AtomicBool::new(false),
            buffers: Mutex::new([None, None]),
            capacity,
        })
    }
}

impl Wait for Portable {
    fn wait(&self, timeout: Option<Duration>, dispatch: &mut dyn FnMut(&[Event])) {
        let place = usize::from(Capacity::is_busy(timeout));
        let mut buffer = mem::take(&mut self.buffers.lock()[place])
            .unwrap_or_else(|| polling::Events::with_capacity(self.capacity.of(timeout)));
        // Some backends append.
        buffer.clear();
        if let Err(error) = self.poller.wait(&mut buffer, timeout) {
            panic!("the poller of the runtime cannot wait any more: {error}");
        }
        // Acquire: pairs with the release of every `unpark` that this wait answers, also of one that found the flag set.
        self.unparked.swap(false, Ordering::Acquire);
        let events: Vec<Event> = buffer.iter().map(|event| translate(&event)).collect();
        self.buffers.lock()[place] = Some(buffer);
        events.chunks(BATCH).for_each(dispatch);
    }

    fn unpark(&self) {
        // Release: pairs with the acquire in `wait`.
        if self.unparked.swap(true, Ordering::Release) {
            return;
        }
        if let Err(error) = self.poller.notify() {
            panic!("the poller of the runtime cannot be woken any more: {error}");
        }
    }

    fn add(&self, fd: BorrowedFd<'_>, key: Key, interest: Interest) -> io::Result<()> {
        let event =
            polling::Event::new(key.to_raw(), interest.is_readable(), interest.is_writable());
        let event = if interest.is_priority() {
            event.with_priority()
        } else {
            event
        };
        // SAFETY: an open descriptor must be removed before it is closed. The registration of a source does so when it is dropped,
        // before the descriptor is closed, or leaves it to the kernel where the kernel does it by itself.
        let added = unsafe {
            self.poller
                .add_with_mode(fd.as_raw_fd(), event, PollMode::Edge)
        };
        match added {
            // Left over from a descriptor of the same number and file: take it over.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.poller.modify_with_mode(fd, event, PollMode::Edge)
            }
            result => result,
        }
    }

    fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.poller.delete(fd)
    }

    /// The poller's own. Its timer is armed inside of a wait only and makes nobody outside wake up.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.poller.as_fd())
    }

    fn sees_half_close(&self) -> bool {
        false
    }
}

fn translate(event: &polling::Event) -> Event {
    let mut ready = Ready::EMPTY;
    if event.readable {
        ready |= Ready::READABLE;
    }
    if event.writable {
        ready |= Ready::WRITABLE;
    }
    if event.is_priority() {
        ready |= Ready::PRIORITY;
    }
    if event.is_interrupt() {
        ready |= Ready::READABLE | Ready::WRITABLE;
    }
    if event.is_err() == Some(true) {
        ready |= Ready::READABLE | Ready::WRITABLE | Ready::ERROR;
    }
    Event {
        key: Key::from_raw(event.key),
        ready,
    }
}
