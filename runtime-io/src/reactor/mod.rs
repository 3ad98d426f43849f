//! The reactor: the thread in the seat asks the kernel what has become ready, and wakes the tasks that wait for it.
//!
//! # Words
//!
//! * A **source** is a file descriptor that the kernel has been told of: its readiness, and the tasks that wait for it
//!   ([`source`]).
//! * An **event** says that a source has become ready for something. It is told once (edge-triggered), so the source keeps it until a task
//!   has found that it is used up.
//! * A **turn** is one call of [`Driver::park`]: one wait, and what came of it. One thread at a time makes turns, the one that holds the
//!   scheduler's seat.
//! * A **tick** counts the events of one direction of a source. A task that takes readiness back names the tick it saw.
//! * The **registry** knows the source to each key, and a **key** is a place and a generation, never a pointer ([`key`]).
//! * A **registration** is what a socket holds: the reactor, and its source once there is one ([`registration`]).
//!
//! # The rule
//!
//! 1. A socket takes its reactor when it is made, from the context of the calling thread, and keeps it.
//! 2. An operation is tried first. If it would block, the descriptor is registered, once for both directions and for good, and the
//!    readiness the task believed in is taken back, unless an event came since.
//! 3. The task puts its waker on its side of the source and arms the side. If an event came first it tries again instead.
//! 4. A turn waits with nothing locked. It looks up the sources of its events, 32 at a time under the lock of the registry, releases it,
//!    and then makes each event known: one step sets the readiness, moves the ticks, and takes the armed sides; their tasks are woken.
//! 5. The task runs, tries again, and so on. As long as the readiness lasts, an operation costs its system call and one load.
//!
//! Why no event is lost between 2, 3 and 4 is shown in [`readiness`], where all the atomics are. What is left to say is that the
//! kernel loses none either: registering reports what is true at that time, each later change is reported after it, and events of
//! descriptors that share an open file are told apart by their keys.
//!
//! A waker is code of a stranger. If it panics, the panic ends there ([`kept`]): the kernel tells each event once, so the rest of the
//! turn must reach its tasks.
//!
//! # Waking the waiting thread
//!
//! [`Driver::unpark`] makes the current turn or the next one end. It is sticky: the wake-up stays in the kernel until a wait takes it. The
//! eventfd behind it is never read, so nothing in the kernel orders the memory of the two threads; the flag beside it does, by an exchange
//! with release on the one side and with acquire on the other. Without the release of a *second* caller, who finds the flag set and
//! writes nothing, the woken thread could miss what that caller had published.
//!
//! # Going away
//!
//! [`Driver::shutdown`] refuses new sources, takes all of them out of the registry, and gives each one its last event: every wait ends,
//! now and later, with an error that [`is_rt_shutdown_err`] recognises. No waker is kept, so a socket that
//! outlives its runtime keeps the reactor's descriptors open and nothing else.
//!
//! # In a forked child
//!
//! The child has a copy of everything on our side, and shares the poller and the open files with its parent. Nobody in the child drives the
//! reactor, and what the child told the kernel would change what the parent is told: dropping an inherited socket would take away the
//! parent's registration, and a new one would have a key that the parent gives to somebody else. So both ask first which process this
//! is: registering fails with a clear error, and deregistering frees our side only. A socket that tells the kernel nothing when it is
//! dropped, as most do, does not ask.
//!
//! # Rejected
//!
//! * *Registering at accept.* Two system calls for each connection, most of which have their request with them.
//! * *`Poller::wait` on Linux.* Five system calls per turn; see [`poll`].
//! * *A pointer as key.* An event that is already in the buffer of the waiting thread outlives its source.
//! * *A queue of sources to be freed by the next turn.* Every closed connection would go through it and wake the waiting thread when it
//!   is full. A removal buries its source only if a batch is being dispatched at that moment, see [`registry`].
//! * *One tick for both directions.* See [`readiness`].
//! * *Taking the waker out with each event.* The task clones it again for each wait; kept, it is compared.
//! * *A lock around the two wakers.* Two more read-modify-writes per event and per wait than the two bits beside the readiness.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use runtime_core::util::Process;
use runtime_core::{Driver, messages};

mod crowd;
mod error;
mod evented;
mod hook;
mod interest;
mod kept;
mod key;
mod poll;
mod readiness;
mod ready;
mod registration;
mod registry;
mod source;

pub use error::is_rt_shutdown_err;
pub use interest::Interest;
pub use ready::Ready;

pub(crate) use crowd::Ticket;
pub(crate) use evented::Evented;
pub(crate) use hook::Hook;
pub(crate) use key::Key;
pub(crate) use readiness::{Side, Snapshot};
pub(crate) use registration::{Registration, alive};
pub(crate) use source::Source;

use poll::{Capacity, Wait};
use registry::Registry;

/// Events of one turn, unless the caller wants another number.
const EVENTS_PER_TURN: usize = 1024;

/// How a reactor waits for events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// The best way of the system: on Linux one `epoll` call per turn, with timeouts in nanoseconds.
    #[default]
    Native,
    /// The way that every system has. On Linux it costs more system calls; it is meant for tests there.
    Portable,
}

/// Waits for file descriptors and wakes the tasks that use them.
///
/// A reactor is the [`Driver`] of a runtime, and at the same time the extension by which sockets made on that runtime find it.
///
/// # Examples
///
/// ```
/// use runtime_core::Driver;
/// use runtime_io::reactor::Reactor;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let reactor = Arc::new(Reactor::new()?);
/// reactor.unpark();
/// reactor.park(None); // returns at once: `unpark` is sticky
/// reactor.park(Some(Duration::from_micros(100)));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Reactor {
    wait: Box<dyn Wait>,
    /// What [`Wait::sees_half_close`] says.
    sees_half_close: bool,
    /// Who made it. A forked child shares the kernel's half of it with its parent.
    home: Process,
    /// No more sources; a copy of what the registry knows, for sockets that have not met it yet.
    gone: AtomicBool,
    registry: CachePadded<Registry>,
    counters: CachePadded<Counters>,
    /// Descriptors that a callback watches. No user code runs under this lock.
    watched: parking_lot::Mutex<BTreeSet<RawFd>>,
}

/// What is written all the time, apart from what is read all the time.
#[derive(Default)]
struct Counters {
    /// Turns made. Written only by the thread in the seat.
    turns: AtomicU64,
    /// Events dispatched. Written only by the thread in the seat.
    events: AtomicU64,
    /// Times a listener stood back because the process or the system was out of descriptors or memory.
    accept_backoffs: AtomicU64,
}

impl Reactor {
    /// Makes a reactor that waits in the best way of this system.
    ///
    /// # Errors
    ///
    /// The system refuses the file descriptors needed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::Reactor;
    ///
    /// let reactor = Reactor::new()?;
    /// assert_eq!(reactor.registered(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Self::with_backend(Backend::Native, EVENTS_PER_TURN)
    }

    /// Makes a reactor that waits in the way every system has.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), or the system cannot report each change just once.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::Reactor;
    ///
    /// let reactor = Reactor::portable()?;
    /// assert_eq!(reactor.turns(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn portable() -> io::Result<Self> {
        Self::with_backend(Backend::Portable, EVENTS_PER_TURN)
    }

    /// Makes a reactor that waits in the given way and takes at most `events_per_turn` events with each wait (at least one, at most
    /// 1024 on Linux).
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) or [`portable`](Self::portable).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::{Backend, Reactor};
    ///
    /// let reactor = Reactor::with_backend(Backend::Native, 256)?;
    /// # let _ = reactor;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_backend(backend: Backend, events_per_turn: usize) -> io::Result<Self> {
        Self::with_limits(backend, events_per_turn, events_per_turn)
    }

    /// Makes a reactor as [`with_backend`](Self::with_backend) does, that takes another number of events with a turn that does not wait, because its thread has other work: at most
    /// `per_busy_turn`, and as many as otherwise if that is more.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) or [`portable`](Self::portable).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::{Backend, Reactor};
    ///
    /// let reactor = Reactor::with_limits(Backend::Native, 256, 32)?;
    /// # let _ = reactor;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_limits(
        backend: Backend,
        per_turn: usize,
        per_busy_turn: usize,
    ) -> io::Result<Self> {
        let capacity = Capacity::new(per_turn, per_busy_turn);
        let wait = match backend {
            Backend::Native => poll::native(capacity)?,
            Backend::Portable => poll::portable(capacity)?,
        };
        Ok(Self {
            sees_half_close: wait.sees_half_close(),
            wait,
            home: Process::current(),
            gone: AtomicBool::new(false),
            registry: CachePadded::new(Registry::new()),
            counters: CachePadded::default(),
            watched: parking_lot::Mutex::new(BTreeSet::new()),
        })
    }

    /// The reactor of the runtime this thread is in.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// use runtime_io::reactor::Reactor;
    ///
    /// println!("{} registered", Reactor::current().registered());
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn current() -> Arc<Self> {
        match runtime_core::context::with_extension::<Self, _>(|found| found.cloned()) {
            Ok(Some(reactor)) => reactor,
            Ok(None) => panic!("{}", messages::IO_DISABLED),
            Err(error) if error.is_thread_local_destroyed() => {
                panic!("{}", messages::CONTEXT_DESTROYED)
            }
            Err(_) => panic!("{}", messages::NO_REACTOR),
        }
    }

    /// A callback wants to watch a descriptor. False: another one does.
    pub(crate) fn begin_watch(&self, fd: RawFd) -> bool {
        self.watched.lock().insert(fd)
    }

    /// It watches no more.
    pub(crate) fn end_watch(&self, fd: RawFd) {
        self.watched.lock().remove(&fd);
    }

    /// How many file descriptors are registered.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::Reactor;
    ///
    /// assert_eq!(Reactor::new()?.registered(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn registered(&self) -> usize {
        self.registry.len()
    }

    /// How many turns were made.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::Driver;
    /// use runtime_io::reactor::Reactor;
    ///
    /// let reactor = Reactor::new()?;
    /// reactor.park(Some(std::time::Duration::ZERO));
    /// assert_eq!(reactor.turns(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.counters.turns.load(Ordering::Relaxed)
    }

    /// How many events of file descriptors were dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::Reactor;
    ///
    /// assert_eq!(Reactor::new()?.events(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn events(&self) -> u64 {
        self.counters.events.load(Ordering::Relaxed)
    }

    /// How often a listener has stood back because there were no file descriptors, or no memory, for another connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::reactor::Reactor;
    ///
    /// assert_eq!(Reactor::new()?.accept_backoffs(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn accept_backoffs(&self) -> u64 {
        self.counters.accept_backoffs.load(Ordering::Relaxed)
    }

    pub(crate) fn count_accept_backoff(&self) {
        self.counters
            .accept_backoffs
            .fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        // Relaxed: only a hint. Whoever must know registers, and the registry refuses.
        self.gone.load(Ordering::Relaxed)
    }

    /// What a wait for something of a runtime that is gone ends with.
    pub(crate) fn shut_down_error() -> io::Error {
        error::shut_down()
    }

    fn sees_half_close(&self) -> bool {
        self.sees_half_close
    }

    /// Makes a source of a descriptor and tells the kernel.
    fn add(
        &self,
        fd: BorrowedFd<'_>,
        interest: Interest,
        initial: Ready,
    ) -> io::Result<Arc<Source>> {
        if !self.home.is_current() {
            return Err(error::forked());
        }
        let source = self.registry.insert(initial)?;
        if let Err(error) = self.wait.add(fd, source.key(), interest) {
            self.registry.remove(source.key());
            return Err(error);
        }
        Ok(source)
    }

    /// Takes a source out, and tells the kernel if `fd` is given.
    fn remove(&self, source: &Source, fd: Option<BorrowedFd<'_>>) {
        self.registry.remove(source.key());
        if let Some(fd) = fd.filter(|_| self.home.is_current()) {
            // If the kernel knows nothing of it, all the better: our side is free in any case.
            let _ = self.wait.remove(fd);
        }
    }
}

impl Driver for Reactor {
    fn park(&self, timeout: Option<Duration>) {
        let mut events = 0;
        self.wait.wait(timeout, &mut |batch| {
            events += batch.len() as u64;
            self.registry.dispatch(batch);
        });
        count(&self.counters.turns, 1);
        count(&self.counters.events, events);
    }

    fn unpark(&self) {
        self.wait.unpark();
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.wait.fd()
    }

    fn shutdown(&self) {
        self.gone.store(true, Ordering::Relaxed);
        for source in self.registry.shut_down() {
            source.shut_down();
        }
    }
}

/// Counts in a word that only the thread in the seat writes: no read-modify-write needed.
fn count(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

// Wakers run when a turn has done its work with them, and a panic of theirs is caught: nothing is left half done.
impl UnwindSafe for Reactor {}
impl RefUnwindSafe for Reactor {}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("registered", &self.registered())
            .field("turns", &self.turns())
            .field("events", &self.events())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
