//! The scheduler.
//!
//! # Words
//!
//! A runtime has a fixed number of *slots*. A slot is a place where tasks are run: it owns a LIFO slot, a deque, a registry, a parker. A thread *drives* a slot while it
//! is inside [`worker::Worker::run_until`]. The runtime's *own* threads drive one slot each for ever; a *lent* thread drives one for as long as it likes; the thread in
//! `block_on` of a current-thread runtime drives its only one. All of them run the same code. The *guard* is the reactor thread ([`guard`]).
//!
//! # The rules
//!
//! 1. **Order.** LIFO slot (at most [`worker::LIFO_RUN`] in a row), own deque, injector every N polls and whenever the deque is empty, a peer's deque, sleep.
//! 2. **Placement.** A task that the running one wakes or spawns goes to the LIFO slot and runs next, while what it needs is in the cache (a spawn that went to the tail made ping-pong a fifth slower); one woken by the driver, or one that woke itself, to the tail of the own deque;
//!    from outside, to the injector.
//! 3. **Waking a peer.** Never for a single push from inside. A worker compares its backlog, as expected waiting time, with the cost of a wake-up ([`pace`]) and
//!    wakes one peer; that one does the same with what it finds. From outside at once, unless somebody searches ([`idle`]).
//! 4. **Waiting.** Who finds nothing looks a moment longer where that pays ([`linger`]), then sits down in the seat and waits in the driver; if the seat is taken, or a busy peer will come back to it on a machine without room for both, it parks beside ([`sleep`]).
//! 5. **Liveness** does not rest on the above: whatever is stuck behind a poll that does not return, be it tasks, sockets or timers, is the guard's business, within 10 ms.
//!
//! # What is shared, and by whom it is written
//!
//! | line | written by |
//! |---|---|
//! | `Idle::sleepers` | a slot that goes to sleep or wakes; who claims it |
//! | `Idle::searching` | a slot that starts or stops to search |
//! | injector | pushes from outside, batches taken out |
//! | the seat | who sits down |
//! | a slot's LIFO slot, deque, registry | its thread; thieves; whoever frees a task that was born there |
//!
//! Spawn, wake, poll and completion inside a worker write none of the first four; [`lines`](crate::util::lines) counts.
//!
//! # Designs rejected
//!
//! * A dedicated reactor thread as the normal path: every event costs a hand-over; measured at two thirds of the throughput.
//! * Handing the seat to a peer before running the tasks found in it: one futex wake per batch, for a delay that the guard bounds anyway.
//! * Deferring a yielded task past a visit to the driver: a lone yielding task would pay a system call per yield. Here the event interval bounds how long sockets wait.

pub(crate) mod binding;
#[cfg_attr(
    not(all(target_os = "linux", not(loom), not(miri))),
    path = "crowd_unknown.rs"
)]
pub(crate) mod crowd;
mod deque;
pub(crate) mod guard;
mod hold;
pub(crate) mod idle;
pub(crate) mod job;
pub(crate) mod linger;
pub(crate) mod own;
pub(crate) mod pace;
pub(crate) mod park;
pub(crate) mod process;
pub(crate) mod queue;
#[cfg(loom)]
mod queue_model;
pub(crate) mod quiet;
pub(crate) mod root;
mod search;
pub(crate) mod shutdown;
mod sleep;
pub(crate) mod slot;
pub(crate) mod stats;
pub(crate) mod watch;
pub(crate) mod worker;

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;
use std::thread::{self, ThreadId};

use crossbeam_utils::CachePadded;

use self::binding::Binding;
use self::crowd::Crowd;
use self::guard::Guard;
use self::idle::Idle;
use self::job::Job;
use self::linger::Lingering;
use self::park::Seat;
use self::process::Process;
use self::queue::Injector;
use self::quiet::Quiet;
use self::root::Vacancies;
use self::shutdown::Shutdown;
use self::slot::Slot;
use self::worker::Worker;
use crate::blocking::Pool;
use crate::builder::Config;
use crate::context;
use crate::driver::Driver;
use crate::embed::bell::Hosts;
use crate::embed::host::Complaints;
use crate::embed::pump::Pumps;
use crate::extensions::Extensions;
use crate::messages;
use crate::task::call::{Callable, Soon, new_call};
use crate::task::context_vars::{self, Inherited};
use crate::task::name::{Label, Named};
use crate::task::note::Births;
use crate::task::{AbortHandle, JoinHandle, Runnable, Schedule, new_local_task, new_task};

/// What all threads of a runtime share.
pub(crate) struct Shared {
    pub(crate) slots: Box<[CachePadded<Slot>]>,
    pub(crate) injector: CachePadded<Injector>,
    pub(crate) idle: Idle,
    pub(crate) seat: Seat,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) extensions: Extensions,
    pub(crate) guard: Guard,
    pub(crate) quiet: Quiet,
    pub(crate) shutdown: Shutdown,
    pub(crate) vacancies: Vacancies,
    pub(crate) hosts: Hosts,
    pub(crate) blocking: Pool<Job>,
    /// Threads for slots that were handed over, where the blocking pool has none of its own.
    pub(crate) replacements: Option<Pool<Job>>,
    pub(crate) complaints: Complaints,
    pub(crate) pumps: Option<Pumps>,
    pub(crate) crowd: Crowd,
    pub(crate) lingering: Lingering,
    pub(crate) config: Config,
    /// Numbers the tasks in debug mode.
    pub(crate) births: Births,
    /// Who built it.
    pub(crate) process: Process,
    /// The only thread that drives it and shuts it down, if it may have tasks that are not `Send`.
    pub(crate) owner: Option<ThreadId>,
}

impl Shared {
    /// Spawns a task, in a copy of the spawner's context if it has one.
    pub(crate) fn spawn<F>(
        self: &Arc<Self>,
        future: F,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_with(future, Binding::new(self), location)
    }

    /// [`spawn`](Self::spawn) with a name.
    pub(crate) fn spawn_named<F>(
        self: &Arc<Self>,
        future: F,
        label: Label,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_with(future, Named::new(Binding::new(self), label), location)
    }

    /// Spawns a task that need not be `Send`, on the thread that owns the runtime.
    ///
    /// # Panics
    ///
    /// Panics on any other thread.
    #[track_caller]
    pub(crate) fn spawn_local<F>(
        self: &Arc<Self>,
        future: F,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_local_with(future, Binding::new(self), location)
    }

    /// [`spawn_local`](Self::spawn_local) with a name.
    #[track_caller]
    pub(crate) fn spawn_local_named<F>(
        self: &Arc<Self>,
        future: F,
        label: Label,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_local_with(future, Named::new(Binding::new(self), label), location)
    }

    #[track_caller]
    fn spawn_local_with<F, S>(
        self: &Arc<Self>,
        future: F,
        scheduler: S,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
        S: Schedule,
    {
        self.assert_owner();
        let (task, handle) = new_local_task(future, scheduler, location);
        self.launch(task);
        handle
    }

    fn spawn_with<F, S>(
        self: &Arc<Self>,
        future: F,
        scheduler: S,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        S: Schedule,
    {
        let (task, handle) = match context_vars::inherit(future) {
            Inherited::Bare(future) => new_task(future, scheduler, location),
            Inherited::Wrapped(future) => new_task(future, scheduler, location),
        };
        self.launch(task);
        handle
    }

    /// Schedules a closure behind everything that is queued here, in a copy of the caller's context if it has one.
    pub(crate) fn call_soon<F>(
        self: &Arc<Self>,
        f: F,
        location: &'static Location<'static>,
    ) -> AbortHandle
    where
        F: FnOnce() + Send + 'static,
    {
        let (task, handle) = match context_vars::inherit_call(f) {
            Inherited::Bare(f) => new_call(Soon(f), Binding::new(self), location),
            Inherited::Wrapped(f) => new_call(Soon(f), Binding::new(self), location),
        };
        self.launch_with(task, Worker::push_tail, Self::push_outside);
        handle
    }

    /// [`call_soon`](Self::call_soon) for a closure that need not be `Send`, on the thread that owns the runtime.
    ///
    /// # Panics
    ///
    /// Panics on any other thread.
    #[track_caller]
    pub(crate) fn call_soon_local<F>(
        self: &Arc<Self>,
        f: F,
        location: &'static Location<'static>,
    ) -> AbortHandle
    where
        F: FnOnce() + 'static,
    {
        self.assert_owner();
        let (task, handle) = match context_vars::inherit_local_call(f) {
            Inherited::Bare(f) => new_call(Soon(f), Binding::new(self), location),
            Inherited::Wrapped(f) => new_call(Soon(f), Binding::new(self), location),
        };
        self.launch_with(task, Worker::push_tail, Self::push_outside);
        handle
    }

    /// Makes a callable that waits, and lets it begin to.
    pub(crate) fn call_when<C>(
        self: &Arc<Self>,
        callable: C,
        location: &'static Location<'static>,
    ) -> AbortHandle
    where
        C: Callable + Send,
    {
        self.begin_call(callable, location)
    }

    /// [`call_when`](Self::call_when) for what need not be `Send`, on the thread that owns the runtime.
    ///
    /// # Panics
    ///
    /// Panics on any other thread.
    #[track_caller]
    pub(crate) fn call_when_local<C: Callable>(
        self: &Arc<Self>,
        callable: C,
        location: &'static Location<'static>,
    ) -> AbortHandle {
        self.assert_owner();
        self.begin_call(callable, location)
    }

    fn begin_call<C: Callable>(
        self: &Arc<Self>,
        callable: C,
        location: &'static Location<'static>,
    ) -> AbortHandle {
        let (task, handle) = new_call(callable, Binding::new(self), location);
        // The first run only begins to wait: see `task::call`.
        self.launch_with(task, |_, task| task.run(), |_, task| task.run());
        handle
    }

    /// What makes it sound that a task need not be `Send`: see `local_runtime`.
    #[track_caller]
    fn assert_owner(&self) {
        assert!(
            self.owner == Some(thread::current().id()),
            "{}",
            messages::SPAWN_LOCAL_THREAD
        );
    }

    /// Registers a new task with the slot of this thread, or one chosen at random from outside, and queues it.
    fn launch(self: &Arc<Self>, task: Runnable) {
        self.launch_with(task, Worker::push_next, Self::push_outside);
    }

    #[inline]
    fn launch_with(
        self: &Arc<Self>,
        task: Runnable,
        here: impl FnOnce(&Worker, Runnable),
        outside: impl FnOnce(&Self, Runnable),
    ) {
        if let Some(hooks) = &self.config.task_hooks {
            hooks.spawned(self, &task);
        }
        context::with_worker(|worker| {
            match worker.filter(|worker| Arc::ptr_eq(worker.shared(), self)) {
                Some(worker) => {
                    if let Some(task) = self.register(worker.index(), task) {
                        here(worker, task);
                    }
                }
                // The registries of slots without a thread close last: not to wait for that.
                None if self.shutdown.is_closed() => task.shut_down(),
                None => {
                    let slot = crate::util::random_below(self.slots.len() as u32) as usize;
                    if let Some(task) = self.register(slot, task) {
                        outside(self, task);
                    }
                }
            }
        });
    }

    /// Enters a new task into the registry of a slot; after shutdown the task is cancelled instead.
    fn register(&self, slot: usize, task: Runnable) -> Option<Runnable> {
        let note = self.config.debug.then(|| self.births.note(self.parent()));
        match self.slots[slot].registry.enter_with(slot, task, note) {
            Ok(task) => Some(task),
            Err(task) => {
                task.shut_down();
                None
            }
        }
    }

    /// Queues a task from a thread that drives no slot of this runtime, and sees to it that somebody looks.
    pub(crate) fn push_outside(&self, task: Runnable) {
        context::count_outside_push();
        self.injector.push(task);
        // Also the fence that `drain_if_closed` asks for.
        let sleeper = self.idle.outside_push_wakes();
        self.wake_or_call(sleeper);
        self.shutdown.drain_if_closed(self);
    }

    /// Tasks wait where any thread may take them: wakes the sleeper that the caller has claimed. If there is none, and nobody searches, a host is called.
    pub(crate) fn wake_or_call(&self, sleeper: Option<usize>) {
        match sleeper {
            Some(slot) => self.wake_claimed(slot),
            None if self.idle.any_searches() => {}
            None => self.call_host(),
        }
    }

    /// Tasks wait where any thread may take them, and no slot sleeps that could be woken: sees to it that a thread of a host comes, if there are any. The caller has made a fence after its push.
    pub(crate) fn call_host(&self) {
        if let Some(pumps) = &self.pumps {
            pumps.post();
        }
        self.hosts.call();
    }

    /// Whether a host may have a thread for a backlog.
    pub(crate) fn can_call_host(&self) -> bool {
        self.pumps.as_ref().is_some_and(Pumps::has_room) && !self.idle.any_searches()
    }

    /// The slots for threads that come and go.
    pub(crate) fn guest_slots(&self) -> Range<usize> {
        let pumps = self.pumps.as_ref().map_or(0, Pumps::reserved_slots);
        self.config.own_workers + pumps..self.slots.len()
    }

    /// Whether a thread that comes would find a slot.
    pub(crate) fn has_vacant_slot(&self) -> bool {
        self.slots[self.guest_slots()]
            .iter()
            .any(|slot| slot.is_vacant())
    }

    /// A slot has just stopped to sleep, or to be without a thread.
    pub(crate) fn somebody_is_awake(&self) {
        self.guard.somebody_is_awake(|| self.driver.unpark());
    }

    /// Ends the current or next wait of the guard.
    pub(crate) fn rouse_guard(&self) {
        self.guard.rouse(|| self.driver.unpark());
    }

    /// Wakes a slot that the caller has claimed.
    pub(crate) fn wake_claimed(&self, slot: usize) {
        self.slots[slot].woken.add(1);
        self.unpark(slot);
    }

    /// Leaves the wake token of a slot, whatever its thread is doing.
    pub(crate) fn unpark(&self, slot: usize) {
        self.slots[slot].parker.unpark(|| self.driver.unpark());
    }

    /// Whether any queue that any thread may take from holds a task.
    pub(crate) fn has_stealable(&self) -> bool {
        self.slots.iter().any(|slot| slot.has_stealable())
    }

    /// Whether any task waits where any thread may take it.
    pub(crate) fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.has_stealable()
    }

    /// Whether any task is not complete.
    pub(crate) fn has_alive_tasks(&self) -> bool {
        self.slots.iter().any(|slot| slot.registry.has_alive())
    }

    /// Tasks that are not complete.
    pub(crate) fn alive_tasks(&self) -> usize {
        self.slots.iter().map(|slot| slot.registry.alive()).sum()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("slots", &self.slots.len())
            .field("injector", &self.injector)
            .field("idle", &self.idle)
            .finish_non_exhaustive()
    }
}
