//! The wait on Linux: one system call per turn.
//!
//! `polling::Poller::wait` spends five system calls on a turn: it sets a timer file, re-arms it, waits, reads its wake-up and re-arms
//! that. The poller also lends its descriptor, so we keep the poller (it stays the one that owns the epoll instance) and do the rest
//! ourselves:
//!
//! * **Wait.** `epoll_pwait2` takes nanoseconds, so no timer file is needed. Where it is missing or forbidden (`ENOSYS` on old kernels,
//!   `EPERM` from old container filters) `epoll_wait` serves, with the timeout rounded up to a millisecond. Without a timeout, or with a
//!   zero one, `epoll_wait` is right from the start.
//! * **Wake.** An eventfd of our own, edge-triggered and never read: each write is an edge, even on a counter that is not zero. Not
//!   reading saves the second system call and loses an accidental barrier, so [`Wait::unpark`] has its own pair of release and acquire.
//!   A full counter refuses the write (`EAGAIN`); only then it is read once, to empty it.
//! * **Sources.** Added once with `EPOLLRDHUP`, which `polling` cannot ask for. With it the end of the peer's data is an event of its own,
//!   and a short read means that there is nothing more now.
//!
//! The poller's own descriptors are in the same epoll instance, disarmed, under a key that is never ours.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use polling::Poller;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;

use super::{BATCH, Capacity, Event, Wait};
use crate::reactor::{Interest, Key, Ready};

/// The poller's epoll instance, with our own wait and wake-up.
#[derive(Debug)]
pub(in crate::reactor) struct Epoll {
    poller: Poller,
    /// Written to by `unpark`, never read unless full.
    waker: OwnedFd,
    /// Somebody called `unpark` and no wait has answered since: the eventfd has been or is about to be written.
    unparked: AtomicBool,
    /// `epoll_pwait2` has been refused once.
    coarse: AtomicBool,
    /// Events per wait.
    capacity: Capacity,
}

/// `struct __kernel_timespec`, which is the same on every machine.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

impl Epoll {
    /// # Errors
    ///
    /// The system refuses one of the descriptors.
    pub(in crate::reactor) fn new(capacity: Capacity) -> io::Result<Self> {
        let poller = Poller::new()?;
        let waker = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let wake_up = EventFlags::IN | EventFlags::ET;
        epoll::add(&poller, &waker, data(Key::WAKE), wake_up)?;
        Ok(Self {
            poller,
            waker,
            unparked: AtomicBool::new(false),
            coarse: AtomicBool::new(false),
            capacity,
        })
    }

    fn wait_once(
        &self,
        room: &mut [MaybeUninit<libc::epoll_event>],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno> {
        let fd = self.poller.as_fd();
        match timeout {
            None => epoll_wait(fd, room, -1),
            Some(Duration::ZERO) => epoll_wait(fd, room, 0),
            Some(timeout) if self.coarse.load(Ordering::Relaxed) => {
                epoll_wait(fd, room, whole_milliseconds(timeout))
            }
            Some(timeout) => match epoll_pwait2(fd, room, &timespec(timeout)) {
                Err(Errno::NOSYS | Errno::PERM) => {
                    self.coarse.store(true, Ordering::Relaxed);
                    epoll_wait(fd, room, whole_milliseconds(timeout))
                }
                result => result,
            },
        }
    }

    /// What is to be dispatched of an event of the kernel. Our own wake-up is answered here; anything of the poller's means nothing.
    fn translate(&self, event: &libc::epoll_event) -> Option<Event> {
        let (raw, flags) = (event.u64, event.events);
        let key = Key::from_raw(usize::try_from(raw).ok()?);
        if key == Key::WAKE {
            // Acquire: pairs with the release of every `unpark` that this wait answers, also of one that found the flag set and wrote
            // nothing.
            self.unparked.swap(false, Ordering::Acquire);
            return None;
        }
        let ready = readiness(EventFlags::from_bits_retain(flags));
        Some(Event { key, ready })
    }
}

impl Wait for Epoll {
    fn wait(&self, timeout: Option<Duration>, dispatch: &mut dyn FnMut(&[Event])) {
        let mut room = [const { MaybeUninit::uninit() }; MOST_EVENTS];
        let most = self.capacity.of(timeout).get().min(MOST_EVENTS);
        let count = match self.wait_once(&mut room[..most], timeout) {
            Ok(count) => count,
            // Spurious, as every return may be.
            Err(Errno::INTR) => 0,
            Err(error) => panic!("the epoll instance of the runtime cannot wait any more: {error}"),
        };
        for filled in room[..count].chunks(BATCH) {
            let mut batch = [Event::NONE; BATCH];
            let mut events = 0;
            for event in filled {
                // SAFETY: the kernel has written the first `count` events.
                let event = unsafe { event.assume_init_ref() };
                if let Some(event) = self.translate(event) {
                    batch[events] = event;
                    events += 1;
                }
            }
            dispatch(&batch[..events]);
        }
    }

    fn unpark(&self) {
        // Release: pairs with the acquire in `translate`. If the flag is set already, the edge that will clear it is still to be
        // answered, and its answer acquires from this exchange too.
        if self.unparked.swap(true, Ordering::Release) {
            return;
        }
        if let Err(error) = ring(self.waker.as_fd()) {
            panic!("the wake-up of the runtime cannot be written any more: {error}");
        }
    }

    fn add(&self, fd: BorrowedFd<'_>, key: Key, interest: Interest) -> io::Result<()> {
        let flags = flags(interest);
        match epoll::add(&self.poller, fd, data(key), flags) {
            // The file is registered under this very number: left over from a descriptor that was closed while a duplicate of it lived
            // on. Take it over; its old key is in no use.
            Err(Errno::EXIST) => Ok(epoll::modify(&self.poller, fd, data(key), flags)?),
            result => Ok(result?),
        }
    }

    fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::delete(&self.poller, fd)?)
    }

    /// An event that was not collected keeps it readable, also one of an edge-triggered member.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.poller.as_fd())
    }

    fn sees_half_close(&self) -> bool {
        true
    }
}

/// The most events of one wait: they are received on the stack.
const MOST_EVENTS: usize = 1024;

/// The longest wait we ask for, some 68 years; a longer one ends early.
const MOST_SECONDS: u64 = 1 << 31;

fn data(key: Key) -> EventData {
    EventData::new_u64(key.to_raw() as u64)
}

/// What the kernel is asked for. Errors and hang-ups are reported in any case.
fn flags(interest: Interest) -> EventFlags {
    let mut flags = EventFlags::ET;
    if interest.is_readable() {
        flags |= EventFlags::IN | EventFlags::RDHUP;
    }
    if interest.is_writable() {
        flags |= EventFlags::OUT;
    }
    if interest.is_priority() {
        flags |= EventFlags::PRI;
    }
    flags
}

/// What an event means.
///
/// A hang-up or an error is something that both a read and a write would find, so it makes the source ready for both. Only what is final
/// becomes a closed state, for closed states are never cleared: the peer's end of data (`RDHUP`), and a hang-up together with it. A hang-up
/// alone is also what a socket reports that is not connected or not listening *yet*, and a pipe or terminal whose other end may come
/// back; there an operation that would block clears the readiness, and the next change is a new event.
fn readiness(flags: EventFlags) -> Ready {
    let mut ready = Ready::EMPTY;
    if flags.contains(EventFlags::IN) {
        ready |= Ready::READABLE;
    }
    if flags.contains(EventFlags::OUT) {
        ready |= Ready::WRITABLE;
    }
    if flags.contains(EventFlags::PRI) {
        ready |= Ready::PRIORITY;
    }
    if flags.contains(EventFlags::RDHUP) {
        ready |= Ready::READABLE | Ready::READ_CLOSED;
    }
    if flags.contains(EventFlags::HUP) {
        ready |= Ready::READABLE | Ready::WRITABLE;
    }
    if flags.contains(EventFlags::HUP | EventFlags::RDHUP) {
        ready |= Ready::WRITE_CLOSED;
    }
    if flags.contains(EventFlags::ERR) {
        ready |= Ready::READABLE | Ready::WRITABLE | Ready::ERROR;
    }
    ready
}

/// Makes one edge of the eventfd.
fn ring(waker: BorrowedFd<'_>) -> Result<(), Errno> {
    loop {
        match rustix::io::write(waker, &1_u64.to_ne_bytes()) {
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => empty(waker)?,
            Err(error) => return Err(error),
        }
    }
}

/// Empties a full counter.
fn empty(waker: BorrowedFd<'_>) -> Result<(), Errno> {
    match rustix::io::read(waker, &mut [0_u8; 8]) {
        Ok(_) | Err(Errno::INTR | Errno::AGAIN) => Ok(()),
        Err(error) => Err(error),
    }
}

/// For `epoll_wait`: rounded up, so that the wait is never short; too long a wait ends early.
fn whole_milliseconds(timeout: Duration) -> libc::c_int {
    timeout
        .as_nanos()
        .div_ceil(1_000_000)
        .try_into()
        .unwrap_or(libc::c_int::MAX)
}

fn timespec(timeout: Duration) -> Timespec {
    Timespec {
        // At most 2^31, so it fits.
        seconds: timeout.as_secs().min(MOST_SECONDS) as i64,
        nanoseconds: i64::from(timeout.subsec_nanos()),
    }
}

fn epoll_wait(
    epoll: BorrowedFd<'_>,
    room: &mut [MaybeUninit<libc::epoll_event>],
    milliseconds: libc::c_int,
) -> Result<usize, Errno> {
    let (events, most) = parts(room);
    // SAFETY: `events` points to room for `most` events, which lives as long as the call; the descriptor is open.
    let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), events, most, milliseconds) };
    usize::try_from(count).map_err(|_| last_error())
}

fn epoll_pwait2(
    epoll: BorrowedFd<'_>,
    room: &mut [MaybeUninit<libc::epoll_event>],
    timeout: &Timespec,
) -> Result<usize, Errno> {
    let (events, most) = parts(room);
    // SAFETY: as for `epoll_wait`; `timeout` has the layout of the kernel's type, and no signal mask is given, so its size is not read.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.as_raw_fd(),
            events,
            most,
            ptr::from_ref(timeout),
            ptr::null::<libc::sigset_t>(),
            0_usize,
        )
    };
    usize::try_from(count).map_err(|_| last_error())
}

fn parts(room: &mut [MaybeUninit<libc::epoll_event>]) -> (*mut libc::epoll_event, libc::c_int) {
    let most = libc::c_int::try_from(room.len()).unwrap_or(libc::c_int::MAX);
    (room.as_mut_ptr().cast(), most)
}

fn last_error() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}

#[cfg(all(test, not(loom)))]
#[path = "epoll/tests.rs"]
mod tests;
