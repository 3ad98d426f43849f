//! The runtime inside another event loop.
//!
//! A guest never waits. Its host waits, for whatever it waits for, and gives the guest a turn when the guest asks for one:
//!
//! | | the host is told by | sockets and timers are watched by |
//! |---|---|---|
//! | *fd mode* | a descriptor that becomes readable, and the time until the next timer | the host, which waits for the descriptor |
//! | *waker mode* | a waker that the host gave | the reactor thread |
//!
//! One turn: collect what has happened in the driver, run tasks within the limit, say whether there is more. In waker mode a turn that ends with more calls the host again, so that
//! the events of its own loop come in between; in fd mode the host asks for the time before each wait, and it is zero then.
//!
//! # What a turn costs
//!
//! An empty one in fd mode is one look at the driver, one system call, and in waker mode a load. Beyond that the rule is to leave out what a thread that stays would not do:
//!
//! * *No call of a host that comes anyway.* A turn that ends with more leaves tasks in its slot, and to tell of them is to call a host: in fd mode a write to the descriptor that the host is about to ask
//!   the time of. The bell is silenced instead, see [`bell`](super::bell).
//! * *No look at the driver between two short turns*, within the time in which a worker with tasks to run would not look again.
//! * *A second look at the end of a turn that ran dry*, in waker mode. What arrived during the turn would otherwise come by the guard, which first has to be told to sit down: two hops from
//!   thread to thread for each batch, 0.85 of the throughput of `block_on`.
//! * *The same order of tasks*: with a single slot there is no LIFO slot, as on a current-thread runtime.
//!
//! # Whose tasks
//!
//! On a hosted runtime a guest is one of those who run its tasks. Beside own workers it runs its local tasks only: the host's thread, which may be the one that draws the user's
//! window, runs no stranger's task and steals none.
//!
//! # A turn within a turn
//!
//! A local task may open a dialog whose loop runs the host's callbacks, this guest's among them. The inner turn is empty, and when the outer one ends it calls the host, for what
//! the inner one would have done.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::os::fd::BorrowedFd;
use std::panic::Location;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use super::bell::{Bell, Host};
use super::lent::{Drive, EnterError, Lent, Limit, Turn, is_driving};
use super::local::LocalTasks;
use crate::context::{self, Entered};
use crate::handle::{Handle, RuntimeFlavor};
use crate::runtime::Runtime;
use crate::scheduler::Shared;
use crate::task::JoinHandle;

/// The runtime as a guest in the event loop of this thread; made by [`Runtime::attach_fd`] or [`Runtime::attach_waker`].
///
/// It has local tasks of its own, whose futures need not be `Send`; they run in its turns, and beside the future of a `block_on` of the runtime on this thread. Dropping it drops them,
/// here and without waiting for anybody.
///
/// # Examples
///
/// A host that can be woken:
///
/// ```
/// use std::sync::mpsc::{Sender, channel};
/// use std::sync::Arc;
/// use std::task::{Wake, Waker};
/// use runtime_core::{Builder, Limit};
///
/// struct Post(Sender<()>);
///
/// impl Wake for Post {
///     fn wake(self: Arc<Self>) {
///         let _ = self.0.send(()); // only enqueues: the turn comes from the loop below
///     }
/// }
///
/// let rt = Builder::new_hosted().build().unwrap();
/// let (post, events) = channel();
/// let guest = rt.attach_waker(Waker::from(Arc::new(Post(post)))).unwrap();
/// let word = std::rc::Rc::new("local");
/// let task = guest.spawn_local(async move { *word });
/// while !task.is_finished() {
///     events.recv().unwrap();
///     let _ = guest.turn(Limit::polls(64));
/// }
/// ```
pub struct GuestLoop {
    lent: RefCell<Lent>,
    handle: Handle,
    local: Rc<LocalTasks>,
    watches_fd: bool,
    /// A turn was asked for within one.
    missed: Cell<bool>,
    /// In fd mode: the last turn reported more and the bell is silent, since the host asks for the time before it waits.
    promised: Cell<bool>,
    local_first: Cell<bool>,
    _not_send: PhantomData<*const ()>,
}

impl Runtime {
    /// Makes the runtime a guest of an event loop that waits for a descriptor.
    ///
    /// The host waits until [`GuestLoop::fd`] is readable or [`GuestLoop::next_timeout`] has passed, and then calls [`GuestLoop::turn`]. The runtime was built with
    /// [`Reactor::HostDriven`](crate::Reactor::HostDriven): it has no thread of its own at all. There is one such guest at a time.
    ///
    /// # Errors
    ///
    /// As [`Handle::lend`], and [`EnterError::Unsupported`] if the runtime has a reactor thread, no driver with a descriptor, or another guest of this kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, EnterError, Reactor};
    ///
    /// // Without a driver that has a descriptor there is nothing that a host could wait for.
    /// let rt = Builder::new_hosted().reactor(Reactor::HostDriven).build().unwrap();
    /// assert_eq!(rt.attach_fd().unwrap_err(), EnterError::Unsupported);
    /// ```
    pub fn attach_fd(&self) -> Result<GuestLoop, EnterError> {
        GuestLoop::with_fd(self.handle())
    }

    /// Makes the runtime a guest of an event loop that can be woken.
    ///
    /// The host calls [`GuestLoop::turn`] after `host` was woken, and at no other time. The waker is called from any thread, at most once between two turns; it may only enqueue:
    /// a turn from within it would be one in the middle of whatever that thread does.
    ///
    /// On a [hosted](crate::Builder::new_hosted) runtime the guest runs all its tasks, beside own workers only its local ones.
    ///
    /// # Errors
    ///
    /// As [`Handle::lend`], and [`EnterError::Unsupported`] if the runtime has no reactor thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    /// use std::task::Waker;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let task = rt.spawn(async { 1 });
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap(); // a host that looks all the time
    /// while !task.is_finished() {
    ///     let _ = guest.turn(Limit::snapshot());
    /// }
    /// ```
    pub fn attach_waker(&self, host: Waker) -> Result<GuestLoop, EnterError> {
        GuestLoop::with_waker(self.handle(), host)
    }
}

impl GuestLoop {
    pub(crate) fn with_fd(handle: &Handle) -> Result<Self, EnterError> {
        let shared = handle.shared();
        if shared.config.reactor_thread
            || shared.config.flavor != RuntimeFlavor::Hosted
            || shared.driver.fd().is_none()
        {
            return Err(EnterError::Unsupported);
        }
        let lent = handle.lend()?;
        if !shared.seat.reserve(true) {
            return Err(EnterError::Unsupported);
        }
        lent.owns_seat();
        // Whoever sits there leaves: from now on the host waits.
        shared.driver.unpark();
        let host = Host::Driver(shared.driver.clone());
        Ok(Self::new(lent, host, true))
    }

    fn with_waker(handle: &Handle, host: Waker) -> Result<Self, EnterError> {
        if !handle.shared().config.reactor_thread {
            return Err(EnterError::Unsupported);
        }
        let lent = handle.lend()?;
        Ok(Self::new(lent, Host::Waker(host), false))
    }

    fn new(lent: Lent, host: Host, watches_fd: bool) -> Self {
        let handle = lent.handle().clone();
        let guest = Self {
            lent: RefCell::new(lent),
            local: LocalTasks::new(Bell::new(host), handle.shared()),
            watches_fd,
            missed: Cell::new(false),
            promised: Cell::new(false),
            local_first: Cell::new(true),
            _not_send: PhantomData,
            handle,
        };
        let shared = guest.handle.shared();
        if guest.runs_everything() {
            shared.hosts.join(&guest.local.bell);
        } else {
            shared.hosts.stand_by(&guest.local.bell);
            guest.lent.borrow().keeps_out();
        }
        if shared.shutdown.is_closed() || guest.work_is_ready() {
            guest.local.bell.ring();
        }
        guest
    }

    /// Looks at sockets and timers, runs what is ready within the limit, and returns without waiting.
    ///
    /// Empty within a turn of the same guest, which then calls the host when it ends; inside other asynchronous code of the runtime; after shutdown, when it drops the local
    /// tasks; and in a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    /// use std::task::Waker;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// guest.spawn_local(async {});
    /// guest.spawn_local(async {});
    /// let turn = guest.turn(Limit::polls(1));
    /// assert_eq!((turn.polled, turn.more), (1, true));
    /// ```
    pub fn turn(&self, limit: Limit) -> Turn {
        if self.lent.try_borrow_mut().is_err() {
            self.missed.set(true);
            return self.report(0, false);
        }
        if !self.watches_fd && !self.local.bell.is_armed() {
            // Whatever there is to do would have rung.
            return self.report(0, false);
        }
        self.turn_after(Some(Duration::ZERO), limit)
    }

    /// As [`turn`](Self::turn), but waits for sockets and timers first, at most so long, if nothing is ready: for a host that waits for nothing else.
    #[doc(hidden)]
    pub fn wait_and_turn(&self, timeout: Option<Duration>, limit: Limit) -> Turn {
        let timeout = if self.is_due() {
            Some(Duration::ZERO)
        } else {
            timeout
        };
        self.turn_after(timeout, limit)
    }

    fn turn_after(&self, wait: Option<Duration>, limit: Limit) -> Turn {
        let Ok(mut lent) = self.lent.try_borrow_mut() else {
            // The host waits within its own turn: it finds nothing, and is called when the outer one ends.
            self.missed.set(true);
            return self.report(0, false);
        };
        let shared = self.handle.shared();
        if shared.shutdown.is_closed() {
            self.drop_local_tasks();
            return self.report(0, false);
        }
        if is_driving(shared) || !shared.process.is_current() {
            return self.report(0, false);
        }
        let (polled, more) = if self.runs_everything() {
            self.turn_with_all(&mut lent, wait, limit)
        } else {
            self.turn_with_local_tasks(limit)
        };
        drop(lent);
        if self.missed.replace(false) {
            self.local.bell.ring();
        }
        self.report(polled, more)
    }

    fn turn_with_all(&self, lent: &mut Lent, wait: Option<Duration>, limit: Limit) -> (u32, bool) {
        let Some(drive) = Drive::begin(lent) else {
            self.drop_local_tasks();
            return (0, false);
        };
        let deadline = limit.deadline();
        let _entry = context::enter(self.handle.clone());
        let _async = context::enter_async(drive.entered());
        let worker = drive.worker();
        let in_order = limit.polls_or_none().is_none();
        let driving = self.local.bell.answer(|| worker.begin_turn(wait, in_order));
        let local = |most| self.local.set.run_some(&self.local.waker, most, deadline);
        let global = |most| worker.run_some(most, deadline);
        // By turns, so that neither starves the other when the limit is reached.
        let local_first = self.local_first.replace(!self.local_first.get());
        let polled = match (limit.polls_or_none(), local_first) {
            (None, _) => {
                let (locals, globals) = (self.local.set.ready(), worker.ready());
                local(locals) + global(globals)
            }
            (Some(most), true) => {
                let polled = local(most);
                polled + global(most - polled)
            }
            (Some(most), false) => {
                let polled = global(most);
                polled + local(most - polled)
            }
        };
        let mut more = worker.end_turn() || self.local.set.ready() > 0;
        if !more && polled > 0 && !self.watches_fd {
            // What arrived meanwhile would otherwise come by way of the guard, two hops from thread to thread. In fd mode the host finds it itself.
            more = worker.look_again() || self.local.set.ready() > 0;
        }
        drop(driving);
        // Before the slot is put down: the guard need not sit down for so short a time, and who tells of what lies in the slot need not tell this host.
        self.promised.set(more && self.watches_fd);
        if self.promised.get() {
            self.local.bell.silence();
        } else if more {
            self.local.bell.ring();
        }
        (polled, more)
    }

    fn turn_with_local_tasks(&self, limit: Limit) -> (u32, bool) {
        self.local.bell.disarm();
        let _entry = context::enter(self.handle.clone());
        let _async = context::enter_async(Entered::Alone);
        let _no_worker = context::enter_worker(None);
        let most = limit
            .polls_or_none()
            .unwrap_or_else(|| self.local.set.ready());
        let polled = self
            .local
            .set
            .run_some(&self.local.waker, most, limit.deadline());
        let more = self.local.set.ready() > 0;
        if more {
            self.local.bell.ring();
        }
        (polled, more)
    }

    fn report(&self, polled: u32, more: bool) -> Turn {
        Turn {
            polled,
            more,
            tasks_left: self.local.set.has_alive() || self.handle.shared().has_alive_tasks(),
        }
    }

    /// Returns how long the host may wait: zero if work is ready, `None` if only [`fd`](Self::fd) or the waker can end the wait.
    ///
    /// To be asked before each wait: everything that happens on this thread may change it. In waker mode it need not be asked at all, since the reactor thread watches the time.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::Builder;
    /// use std::task::Waker;
    /// use std::time::Duration;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// guest.spawn_local(async {});
    /// assert_eq!(guest.next_timeout(), Some(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        if self.is_due() {
            return Some(Duration::ZERO);
        }
        if self.watches_fd {
            self.handle.shared().driver.next_timeout()
        } else {
            None
        }
    }

    /// Whether the host must not wait. If it waits then, it is called.
    fn is_due(&self) -> bool {
        if self.work_is_ready() {
            return true;
        }
        if !self.promised.replace(false) {
            return false;
        }
        // Others have taken what the last turn left. Who found the bell silent since then has pushed, or closed the runtime, before.
        self.local.bell.disarm();
        self.work_is_ready() || self.handle.shared().shutdown.is_closed()
    }

    fn work_is_ready(&self) -> bool {
        let shared = self.handle.shared();
        self.local.set.ready() > 0
            || self.runs_everything() && (!shared.injector.is_empty() || shared.has_stealable())
    }

    /// Returns the descriptor to watch in fd mode: readable means that a turn is due. It is level-triggered to the outside; what was not collected keeps it readable.
    ///
    /// `None` in waker mode.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Waker;
    ///
    /// let rt = runtime_core::Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// assert!(guest.fd().is_none());
    /// ```
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        if self.watches_fd {
            self.handle.shared().driver.fd()
        } else {
            None
        }
    }

    /// Spawns a task whose future need not be `Send`. It runs in turns of this guest, or while this thread is in `block_on` of the runtime, and on no other thread.
    ///
    /// After shutdown the handle resolves as cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    /// use std::rc::Rc;
    /// use std::task::Waker;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// let word = Rc::new("local");
    /// let task = guest.spawn_local(async move { *word });
    /// while !task.is_finished() {
    ///     let _ = guest.turn(Limit::snapshot());
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let shared = self.handle.shared();
        if shared.owner.is_some() {
            return shared.spawn_local(future, Location::caller());
        }
        if shared.shutdown.is_closed() {
            self.drop_local_tasks();
        }
        self.local.set.spawn_local(future)
    }

    /// Returns a handle to the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Waker;
    ///
    /// let rt = runtime_core::Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// assert_eq!(guest.handle().id(), rt.handle().id());
    /// ```
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Whether the guest runs tasks of the runtime, not its local ones only.
    fn runs_everything(&self) -> bool {
        self.handle.shared().config.own_workers == 0
    }

    /// In the runtime's context; a task whose drop panics does not keep the others.
    fn drop_local_tasks(&self) {
        let _entry = context::try_enter(self.handle.clone());
        self.local.set.close();
    }
}

impl Drop for GuestLoop {
    fn drop(&mut self) {
        self.local.bell.silence();
        self.local.forget();
        let shared: &Shared = self.handle.shared();
        shared.hosts.leave(&self.local.bell);
        self.drop_local_tasks();
        if self.watches_fd {
            shared.seat.reserve(false);
        }
        self.lent.get_mut().leave();
    }
}

impl fmt::Debug for GuestLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestLoop")
            .field("local", &self.local.set)
            .field("watches_fd", &self.watches_fd)
            .finish_non_exhaustive()
    }
}
