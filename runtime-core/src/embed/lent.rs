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
use std::time::{Duration, Instant};

use crate::context::{self, Entered};
use crate::handle::Handle;
use crate::messages;
use crate::scheduler::root::{Finish, Root};
use crate::scheduler::shutdown::close_slot;
use crate::scheduler::worker::Worker;

/// Why a thread could not be lent, or what ended its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnterError {
    /// All guest slots are taken.
    NoFreeSlot,
    /// This thread is inside the runtime already.
    Reentrant,
    /// The runtime is shut down.
    ShutDown,
    /// The runtime was built before this process was forked off.
    Forked,
}

impl fmt::Display for EnterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoFreeSlot => "all guest slots are taken: raise `Builder::guest_slots`, or wait until a lent thread leaves",
            Self::Reentrant => "this thread drives the runtime already: return from its task or turn first",
            Self::Forked => messages::FORKED,
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
    /// What was ready when the turn began; what that adds waits for the next turn.
    #[must_use]
    pub const fn snapshot() -> Self {
        Self {
            polls: None,
            time: None,
        }
    }

    /// At most `n` polls.
    #[must_use]
    pub const fn polls(n: u32) -> Self {
        Self {
            polls: Some(n),
            time: None,
        }
    }

    /// Ends the turn also when `time` has passed; looked at after each poll, which is never cut short.
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
    handle: Handle,
    _not_send: PhantomData<*const ()>,
}

impl Handle {
    /// Lends the calling thread to a multi-thread runtime.
    ///
    /// # Errors
    ///
    /// [`EnterError::NoFreeSlot`] if all [`guest_slots`](crate::Builder::guest_slots) are taken, [`EnterError::Reentrant`] on a thread that is inside asynchronous code,
    /// [`EnterError::ShutDown`] after shutdown.
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
        if context::in_task() {
            return Err(EnterError::Reentrant);
        }
        if !shared.process.is_current() {
            return Err(EnterError::Forked);
        }
        if shared.config.own_workers == 0 {
            // Not even counted as inside: the last one inside drops the tasks, and those of a local runtime belong to its thread.
            return Err(if shared.shutdown.is_closed() {
                EnterError::ShutDown
            } else {
                EnterError::NoFreeSlot
            });
        }
        if !shared.shutdown.come_in() {
            return Err(EnterError::ShutDown);
        }
        let mut guests = shared.config.own_workers..shared.slots.len();
        match guests.find_map(|slot| Worker::claim(self, slot)) {
            Some(worker) => {
                let mut lent = Lent {
                    worker: Some(worker),
                    handle: self.clone(),
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
    /// [`EnterError::ShutDown`] if the runtime shuts down first, [`EnterError::Reentrant`] inside asynchronous code, [`EnterError::Forked`] in a forked child.
    pub fn run_until<F: IntoFuture>(&mut self, until: F) -> Result<F::Output, EnterError> {
        if context::in_task() {
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
        let _async = context::enter_async(Entered::MayHandOver);
        let root = Finish(Root::new(handle.shared()));
        let output = drive.worker().run_until(&root.0, pin!(until.into_future()));
        output.ok_or(EnterError::ShutDown)
    }

    /// Looks at sockets and timers, runs what is ready within the limit, and returns without waiting.
    ///
    /// After shutdown, inside asynchronous code, and in a forked child, the turn is empty.
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
        if context::in_task() || !self.handle.shared().process.is_current() {
            return None;
        }
        let drive = Drive::begin(self)?;
        let _entry = context::enter(drive.handle().clone());
        let _async = context::enter_async(Entered::MayHandOver);
        let deadline = limit.time.and_then(|time| Instant::now().checked_add(time));
        Some(drive.worker().turn(limit.polls, deadline))
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
    fn leave(&mut self) {
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

/// The thread drives while this lives.
struct Drive<'a>(&'a mut Lent);

impl<'a> Drive<'a> {
    /// `None`: the runtime has closed.
    fn begin(lent: &'a mut Lent) -> Option<Self> {
        lent.worker.as_ref()?.pick_up().then_some(Self(lent))
    }

    fn worker(&self) -> &Worker {
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
