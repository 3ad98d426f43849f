//! The runtime's own threads: threads that lend themselves for ever. And `block_in_place`, by which one of them passes its slot on.

use std::future;
use std::io;
use std::pin::pin;
use std::thread;

use super::hold::Interrupted;
use super::job::Job;
use super::root::Root;
use super::shutdown::{close_handed_slot, close_slot};
use super::worker::Worker;
use super::{Shared, guard};
use crate::blocking::Kind;
use crate::context::{self, Entered};
use crate::handle::Handle;
use crate::{coop, messages};

/// Starts a thread for each own slot, and the guard if there is any.
pub(crate) fn start_threads(handle: &Handle) -> io::Result<()> {
    let shared = handle.shared();
    let own = shared.config.own_workers;
    for slot in 0..own {
        let life = handle.clone();
        let start = move || {
            let _own = context::enter_own_slot(slot);
            with_thread_hooks(&life, || drive_own_slot(&life, slot));
        };
        let thread = shared.config.thread();
        let started = thread.and_then(|thread| shared.shutdown.start_thread(thread, start, handle));
        if let Err(error) = started {
            // The slots that got no thread, and the guard, are nobody's: give their counts up, so that shutdown can finish.
            (slot..=own).for_each(|_| shared.shutdown.go_out(handle));
            return Err(error);
        }
    }
    if shared.config.reactor_thread {
        let life = handle.clone();
        let builder = thread::Builder::new().name(GUARD_NAME.to_owned());
        // It counts as inside, so the driver is not shut down by a waker that it runs itself.
        let stand = move || {
            guard::stand_guard(&life);
            life.shared().shutdown.go_out(&life);
        };
        if let Err(error) = shared.shutdown.start_thread(builder, stand, handle) {
            shared.shutdown.go_out(handle);
            return Err(error);
        }
    }
    Ok(())
}

/// Drives an own slot for the length of a thread's life.
pub(crate) fn drive_own_slot(handle: &Handle, slot: usize) {
    match Worker::claim(handle, slot) {
        Some(worker) => drive(worker),
        // The runtime has closed before this thread came to life.
        None => handle.shared().shutdown.go_out(handle),
    }
}

/// Drives an own slot until the runtime closes, or until the slot is handed over to another thread.
fn drive(worker: Worker) {
    let (handle, slot) = (worker.handle().clone(), worker.index());
    let _own = context::enter_own_slot(slot);
    let _entry = context::enter(handle.clone());
    let _async = context::enter_async(Entered::MayHandOver);
    let root = Root::new(handle.shared());
    let _: Option<()> = worker.run_until(&root, pin!(future::pending()));
    if worker.is_driving() {
        close_slot(handle.shared(), slot);
        drop(worker);
        handle.shared().shutdown.go_out(&handle);
    }
}

/// Drives a slot that was handed over, if it still is.
pub(crate) fn drive_handed_slot(handle: &Handle, slot: usize) {
    if let Some(worker) = Worker::take_over(handle, slot) {
        drive(worker);
    }
}

fn with_thread_hooks(handle: &Handle, life: impl FnOnce()) {
    let config = &handle.shared().config;
    {
        let _entry = context::enter(handle.clone());
        config.run_hook(&config.on_thread_start);
    }
    life();
    let _entry = context::enter(handle.clone());
    config.run_hook(&config.on_thread_stop);
}

/// Runs a closure that blocks, on this thread, after passing the other tasks of this thread on.
///
/// Another thread takes over the slot, so the tasks queued there, and the sockets and timers of the runtime, are not held up. The
/// calling task itself does not run meanwhile: what is joined with it in one task stops too.
///
/// Outside of a runtime, and on threads of the blocking pool, the closure simply runs.
///
/// # Panics
///
/// Panics on a current-thread runtime and inside a `LocalSet`, where nobody could take over; use `spawn_blocking` there.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
/// let sum = rt.block_on(rt.spawn(async { runtime_core::task::block_in_place(|| (1..=10).sum::<u32>()) }));
/// assert_eq!(sum.unwrap(), 55);
/// ```
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    match context::entered() {
        Entered::No => return f(),
        Entered::Alone => panic!("{}", messages::BLOCK_IN_PLACE),
        Entered::MayHandOver => {}
    }
    let _async = context::enter_async(Entered::No);
    context::with_worker(|worker| match worker {
        None => coop::without_budget(f),
        Some(worker) => {
            let _away = Away::new(worker);
            let _hidden = context::enter_worker(None);
            coop::without_budget(f)
        }
    })
}

/// The slot is offered to others while this lives.
struct Away<'a> {
    worker: &'a Worker,
    /// `None`: the slot was given away for good.
    poll: Option<Interrupted>,
}

impl<'a> Away<'a> {
    fn new(worker: &'a Worker) -> Self {
        let shared: &Shared = worker.shared();
        let pumps = shared.pumps.as_ref();
        if pumps.is_some_and(|pumps| pumps.slots().contains(&worker.index())) {
            worker.hand_over_for_good();
            return Self { worker, poll: None };
        }
        let poll = worker.hand_over();
        // A lent thread's slot waits for it. Likewise if no thread can be had: peers steal what is queued, the guard watches the rest, and the slot is taken back after
        // the closure. Unless the runtime closes: then nobody must wait for the closure.
        if !Self::replace(worker) && shared.shutdown.is_closed() {
            close_handed_slot(worker.handle(), worker.index());
        }
        Self {
            worker,
            poll: Some(poll),
        }
    }

    /// Sends a thread of the blocking pool to an own slot.
    fn replace(worker: &Worker) -> bool {
        let shared: &Shared = worker.shared();
        if worker.index() >= shared.config.own_workers {
            return false;
        }
        let replacement = Job::drive(worker.handle().clone(), worker.index());
        let pool = shared.replacements.as_ref().unwrap_or(&shared.blocking);
        pool.submit(replacement, Kind::Resident).is_ok()
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        if let Some(poll) = self.poll {
            self.worker.take_back(poll);
        }
    }
}

/// At most 15 characters, which is what Linux shows.
const GUARD_NAME: &str = "heist-reactor";
