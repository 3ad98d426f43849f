//! A host lends a thread.
//!
//! A lent thread claims a guest slot and drives it by the same code as the runtime's own threads: [`Lent::run_until`] works, sits in the seat or parks when idle, as they do;
//! [`Lent::turn`] runs what is ready and returns.
//!
//! Between two drives the thread is the host's, and nobody knows when it comes back. So the slot lies handed over meanwhile, as one does in `block_in_place`: nothing is
//! stranded in it, it counts neither as awake nor as searching, and a runtime that closes takes it away instead of waiting for the thread.

use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::context::{self, Entered, Hold};
use crate::handle::{Handle, RuntimeFlavor};
use crate::messages;
use crate::scheduler::Shared;
use crate::scheduler::root::{Finish, Root};
use crate::scheduler::shutdown::close_slot;
use crate::scheduler::worker::Worker;

/// Why a thread could not be lent, or what ended its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnterError {
    /// All guest slots are taken.
    NoFreeSlot,
    /// This thread is inside the runtime already, or holds a slot of it.
    Reentrant,
    /// The runtime is shut down.
    ShutDown,
    /// The runtime was built before this process was forked off.
    Forked,
    /// The runtime was not built for this way of embedding.
    Unsupported,
}

impl fmt::Display for EnterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoFreeSlot => "all guest slots are taken: raise `Builder::guest_slots`, or wait until a lent thread leaves",
            Self::Reentrant => "this thread drives the runtime already, or holds a slot of it: return from its task or turn first, or use the `Lent` it has",
            Self::Forked => messages::FORKED,
            Self::Unsupported => {
                "the runtime was not built for this: `attach_fd` needs `Builder::new_hosted` with `Reactor::HostDriven`, sockets and no other such guest, `attach_waker` a reactor thread, and a \
                 local runtime its own thread"
            }
            Self::ShutDown => "the runtime is shut down: lend the thread to another one",
        })
    }
}

impl Error for EnterError {}

/// How much one turn may do.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    polls: Option<u32>,
    time: Option<Duration>,
}

impl Limit {
    pub(crate) fn polls_or_none(self) -> Option<u32> {
        self.polls
    }

    pub(crate) fn time(self) -> Option<Duration> {
        self.time
    }

    /// When the turn that begins now has to end.
    pub(crate) fn deadline(self) -> Option<Instant> {
        self.time.and_then(|time| Instant::now().checked_add(time))
    }

    /// What was ready when the turn began; what that adds waits for the next turn.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    /// use std::task::Waker;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// guest.spawn_local(async { loop { runtime_core::task::yield_now().await } });
    /// // The task is ready again, and waits for the next turn.
    /// assert!(guest.turn(Limit::snapshot()).more);
    /// ```
    #[must_use]
    pub const fn snapshot() -> Self {
        Self {
            polls: None,
            time: None,
        }
    }

    /// At most `n` polls.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    /// use std::task::Waker;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// guest.spawn_local(async { loop { runtime_core::task::yield_now().await } });
    /// assert_eq!(guest.turn(Limit::polls(3)).polled, 3);
    /// ```
    #[must_use]
    pub const fn polls(n: u32) -> Self {
        Self {
            polls: Some(n),
            time: None,
        }
    }

    /// Ends the turn also when `time` has passed; looked at after each poll, which is never cut short.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    /// use std::task::Waker;
    /// use std::time::Duration;
    ///
    /// let rt = Builder::new_hosted().build().unwrap();
    /// let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    /// guest.spawn_local(async { loop { runtime_core::task::yield_now().await } });
    /// let turn = guest.turn(Limit::polls(u32::MAX).or_after(Duration::from_millis(1)));
    /// assert!(turn.more && turn.polled < u32::MAX);
    /// ```
    #[must_use]
    pub const fn or_after(self, time: Duration) -> Self {
        Self {
            polls: self.polls,
            time: Some(time),
        }
    }
}

/// What a turn has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "`more` says whether to come back at once"]
#[non_exhaustive]
pub struct Turn {
    /// Polls that ended in this turn.
    pub polled: u32,
    /// Another turn would find work at once.
    pub more: bool,
    /// The runtime has tasks that are not complete.
    pub tasks_left: bool,
}

/// A thread's hold on a guest slot, made by [`Handle::lend`]. Dropping it leaves the slot; what is queued there others take.
pub struct Lent {
    /// `None` once the runtime has closed. Put down between two drives.
    worker: Option<Worker>,
    /// Goes with the worker.
    hold: Option<Hold>,
    handle: Handle,
    /// The last turn reported more, and the thread is expected back.
    promised: bool,
    _not_send: PhantomData<*const ()>,
}

impl Handle {
    /// Lends the calling thread to the runtime. On a current-thread runtime it is then the one that runs the tasks.
    ///
    /// A thread may be lent to several runtimes at once, and inside of one to another.
    ///
    /// # Errors
    ///
    /// [`EnterError::NoFreeSlot`] if all [`guest_slots`](crate::Builder::guest_slots) are taken, [`EnterError::Reentrant`] on a thread that holds a slot of this runtime or is
    /// inside its asynchronous code, [`EnterError::Unsupported`] on another thread than a local runtime's own, [`EnterError::ShutDown`] after shutdown, [`EnterError::Forked`] in a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let mut lent = rt.handle().lend().unwrap();
    /// let answer = lent.run_until(async { runtime_core::spawn(async { 42 }).await.unwrap() });
    /// assert_eq!(answer.unwrap(), 42);
    /// ```
    pub fn lend(&self) -> Result<Lent, EnterError> {
        let shared = self.shared();
        if is_inside(shared) {
            return Err(EnterError::Reentrant);
        }
        if !shared.process.is_current() {
            return Err(EnterError::Forked);
        }
        if shared
            .owner
            .is_some_and(|owner| owner != thread::current().id())
        {
            // Not even counted as inside: the last one inside drops the tasks, and those of a local runtime belong to its thread.
            return Err(if shared.shutdown.is_closed() {
                EnterError::ShutDown
            } else {
                EnterError::Unsupported
            });
        }
        if !shared.shutdown.come_in() {
            return Err(EnterError::ShutDown);
        }
        match shared
            .guest_slots()
            .find_map(|slot| Worker::claim(self, slot))
        {
            Some(worker) => {
                let mut lent = Lent {
                    hold: Some(context::hold(shared, worker.index())),
                    worker: Some(worker),
                    handle: self.clone(),
                    promised: false,
                    _not_send: PhantomData,
                };
                lent.put_down();
                Ok(lent)
            }
            None => {
                let closed = shared.shutdown.is_closed();
                shared.shutdown.go_out(self);
                Err(if closed {
                    EnterError::ShutDown
                } else {
                    EnterError::NoFreeSlot
                })
            }
        }
    }
}

impl Lent {
    /// Works for the runtime until `until` is ready: runs tasks, polls sockets and fires timers when idle.
    ///
    /// # Errors
    ///
    /// [`EnterError::ShutDown`] if the runtime shuts down first, [`EnterError::Reentrant`] inside asynchronous code of this runtime, [`EnterError::Forked`] in a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_hosted().build().unwrap();
    /// let task = rt.spawn(async { 1 });
    /// let mut lent = rt.handle().lend().unwrap();
    /// assert_eq!(lent.run_until(task).unwrap().unwrap(), 1);
    /// ```
    pub fn run_until<F: IntoFuture>(&mut self, until: F) -> Result<F::Output, EnterError> {
        if is_driving(self.handle.shared()) {
            return Err(EnterError::Reentrant);
        }
        if !self.handle.shared().process.is_current() {
            return Err(EnterError::Forked);
        }
        let Some(drive) = Drive::begin(self) else {
            return Err(EnterError::ShutDown);
        };
        let handle = drive.handle();
        let _entry = context::enter(handle.clone());
        let _async = context::enter_async(drive.0.entered());
        let root = Finish(Root::new(handle.shared()));
        let output = drive.worker().run_until(&root.0, pin!(until.into_future()));
        output.ok_or(EnterError::ShutDown)
    }

    /// Looks at sockets and timers, runs what is ready within the limit, and returns without waiting.
    ///
    /// After shutdown, inside asynchronous code of this runtime, and in a forked child, the turn is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Limit};
    ///
    /// let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// let mut lent = rt.handle().lend().unwrap();
    /// let turn = lent.turn(Limit::polls(64));
    /// assert!(turn.polled <= 64);
    /// ```
    pub fn turn(&mut self, limit: Limit) -> Turn {
        let (polled, more) = self.drive_a_turn(limit).unwrap_or((0, false));
        Turn {
            polled,
            more,
            tasks_left: self.handle.shared().has_alive_tasks(),
        }
    }

    fn drive_a_turn(&mut self, limit: Limit) -> Option<(u32, bool)> {
        let shared = self.handle.shared();
        if is_driving(shared) || !shared.process.is_current() {
            return None;
        }
        let drive = Drive::begin(self)?;
        let _entry = context::enter(drive.handle().clone());
        let _async = context::enter_async(drive.0.entered());
        let (polled, more) = drive.worker().turn(limit.polls, limit.deadline());
        drive.0.promise(more);
        Some((polled, more))
    }

    fn note_driven(&self, is_driven: bool) {
        if let Some(hold) = &self.hold {
            hold.set_driven(is_driven);
        }
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// From now on the seat is this thread's.
    pub(super) fn owns_seat(&self) {
        if let Some(worker) = &self.worker {
            worker.owns_seat.set(true);
        }
        if let Some(hold) = &self.hold {
            hold.set_owns_seat();
        }
    }

    /// The slot is not for the runtime's tasks: `block_on` does not drive with it either.
    pub(super) fn keeps_out(&self) {
        self.note_driven(true);
    }

    /// Whether another thread can take over what a task that blocks in place leaves.
    pub(super) fn entered(&self) -> Entered {
        let shared = self.handle.shared();
        if shared.config.flavor == RuntimeFlavor::CurrentThread || shared.owner.is_some() {
            Entered::Alone
        } else {
            Entered::MayHandOver
        }
    }

    /// While it has promised to come back, nobody is sent to wait in its place.
    fn promise(&mut self, comes_back: bool) {
        if std::mem::replace(&mut self.promised, comes_back) != comes_back {
            self.handle.shared().hosts.promise(comes_back);
        }
    }

    /// The thread goes away for a while.
    fn put_down(&mut self) {
        if let Some(worker) = &self.worker {
            worker.put_down();
        }
        // Who closes the runtime takes away what it finds put down; this slot may have been put down after that.
        if self.handle.shared().shutdown.is_closed() {
            self.leave();
        }
    }

    /// The thread goes away for good. A slot that was taken away meanwhile was also counted out.
    pub(super) fn leave(&mut self) {
        self.promise(false);
        self.hold = None;
        let Some(worker) = self.worker.take() else {
            return;
        };
        if !worker.pick_up() {
            return;
        }
        let shared = self.handle.shared();
        let slot = worker.index();
        let _entry = context::try_enter(self.handle.clone());
        drop(worker);
        if shared.shutdown.is_closed() {
            close_slot(shared, slot);
        }
        shared.shutdown.go_out(&self.handle);
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Whether this thread is inside asynchronous code of the runtime, be it a drive or a `block_on` that does not drive.
pub(super) fn is_driving(shared: &Arc<Shared>) -> bool {
    let drives =
        |worker: Option<&Worker>| worker.is_some_and(|worker| Arc::ptr_eq(worker.shared(), shared));
    context::in_task() && context::is_current(shared) || context::with_worker(drives)
}

/// Whether it is, or holds a slot.
fn is_inside(shared: &Arc<Shared>) -> bool {
    context::held(shared).is_some() || is_driving(shared)
}

/// The thread drives while this lives.
pub(super) struct Drive<'a>(&'a mut Lent);

impl<'a> Drive<'a> {
    /// `None`: the runtime has closed.
    pub(super) fn begin(lent: &'a mut Lent) -> Option<Self> {
        if !lent.worker.as_ref()?.pick_up() {
            return None;
        }
        lent.note_driven(true);
        lent.promise(false);
        Some(Self(lent))
    }

    pub(super) fn entered(&self) -> Entered {
        self.0.entered()
    }

    pub(super) fn worker(&self) -> &Worker {
        match &self.0.worker {
            Some(worker) => worker,
            None => unreachable!("the slot is taken away between two drives only"),
        }
    }

    fn handle(&self) -> &Handle {
        &self.0.handle
    }
}

impl Drop for Drive<'_> {
    fn drop(&mut self) {
        self.0.note_driven(false);
        self.0.put_down();
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent")
            .field("slot", &self.worker.as_ref().map(Worker::index))
            .finish()
    }
}
