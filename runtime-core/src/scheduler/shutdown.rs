//! Closing a runtime.
//!
//! # The steps
//!
//! 1. *Close*: set the flag. From here on a spawn resolves as cancelled and no slot can be claimed.
//! 2. *Rouse*: every slot's thread and the guard are unparked, every host is called; each leaves its loop after the poll it is in.
//! 3. *Each slot* closes its registry on its own thread: tasks are ended one by one, in context, outside all locks.
//! 4. *The last one out* (worker, guard, lent thread, or the runtime itself) closes the registries that nobody drives, empties the queues of what is stale, and shuts the
//!    driver down, alone in the seat.
//! 5. *Wait*: whoever drops the runtime waits for its threads, as long as it was told to; then the blocking pool is closed the same way.
//!
//! # A wake-up during shutdown
//!
//! A task woken from outside while step 4 empties the injector might be pushed after it. Pusher: push; fence; read the flag. Closer: set the flag; fence; empty. One of the two
//! sees the other; a pusher that sees the flag empties the injector itself. Such a task has been ended by step 3 or will be, since its registry does
//! that whatever queue it is in; what lies in the queue is only a reference.
//!
//! # Who counts as inside
//!
//! `inside` counts the runtime, each own slot's driver, the guard and each lent thread. A slot that is handed over, in `block_in_place` or by a lent thread between two drives, keeps its
//! count: it passes to whoever takes the slot over, and if the runtime closes meanwhile, to whoever finds it handed over then. Who hands over looks at the flag afterwards, so
//! that a slot handed over behind the closer's back is found by its own thread.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Shared;
use crate::context;
use crate::handle::Handle;
use crate::observe::thread::Driver;
use crate::primitive::atomic::{AtomicBool, AtomicUsize, Ordering::*, fence};
use crate::primitive::{Condvar, Mutex};
use crate::util::heap::Heirloom;

/// The state of closing.
#[derive(Debug)]
pub(crate) struct Shutdown {
    closed: AtomicBool,
    /// Closed because a task panicked. Set before `closed`, never cleared.
    by_panic: AtomicBool,
    inside: AtomicUsize,
    threads: Threads,
}

impl Shutdown {
    /// For a runtime with so many threads that count, its guard included.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            closed: AtomicBool::new(false),
            by_panic: AtomicBool::new(false),
            inside: AtomicUsize::new(1 + threads),
            threads: Threads::default(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        // Acquire would add nothing: the flag only says that work is refused.
        self.closed.load(Relaxed)
    }

    /// Whether a panic of a task has closed it.
    pub(crate) fn is_by_panic(&self) -> bool {
        // Acquire pairs with the release in `shut_down_after_panic`: who is told of the end by a wake sees why.
        self.by_panic.load(Acquire)
    }

    /// Step 1. False: closed before.
    fn close(&self) -> bool {
        let first = !self.closed.swap(true, SeqCst);
        fence(SeqCst);
        first
    }

    /// A lent thread comes in. False: the runtime is closed.
    pub(crate) fn come_in(&self) -> bool {
        let step = |inside: usize| (inside > 0).then_some(inside + 1);
        !self.is_closed() && self.inside.fetch_update(AcqRel, Relaxed, step).is_ok()
    }

    /// Somebody who counts goes out; the last one finishes. AcqRel: the last one sees what all others did.
    pub(crate) fn go_out(&self, handle: &Handle) {
        if self.inside.fetch_sub(1, AcqRel) == 1 {
            finish(handle);
        }
    }

    /// After a push from outside, whose fence came in between.
    pub(crate) fn drain_if_closed(&self, shared: &Shared) {
        if self.is_closed() {
            drain_injector(shared);
        }
    }

    /// Starts a thread that the runtime waits for.
    pub(crate) fn start_thread(
        &self,
        builder: thread::Builder,
        life: impl FnOnce() + Send + 'static,
        handle: &Handle,
    ) -> std::io::Result<()> {
        self.threads.start(builder, life, handle.shared().clone())
    }
}

/// Steps 1 to 5: returns when everything is gone, or when the time is up. How many blocking jobs still run then.
pub(crate) fn shut_down(handle: &Handle, limit: Option<Duration>) -> usize {
    let shared = handle.shared();
    // In a forked child there is nobody to wait for, and what was shared with the parent is not the child's to close: leaked.
    if !shared.process.is_current() || !shared.shutdown.close() {
        return 0;
    }
    for slot in 0..shared.slots.len() {
        shared.unpark(slot);
    }
    shared.rouse_guard();
    shared.hosts.call_all();
    if let Some(pumps) = &shared.pumps {
        pumps.close();
    }
    (0..shared.slots.len()).for_each(|slot| close_handed_slot(handle, slot));
    shared.shutdown.go_out(handle);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    shared.shutdown.threads.wait(deadline);
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let _entry = context::try_enter(handle.clone());
    let left_running = shared.blocking.shutdown(left).running;
    let replacements = shared.replacements.as_ref();
    left_running + replacements.map_or(0, |pool| pool.shutdown(left).running)
}

/// All steps without waiting, by the thread on which a task panicked; the builder wants it so. Whoever is in `Runtime::block_on` then panics, and is told.
pub(crate) fn shut_down_after_panic(handle: &Handle) {
    let shared = handle.shared();
    if shared.shutdown.is_closed() {
        return;
    }
    // Release pairs with the acquire in `is_by_panic`.
    shared.shutdown.by_panic.store(true, Release);
    shut_down(handle, Some(Duration::ZERO));
    shared.vacancies.announce_to_all();
}

/// Step 3, by the slot's own thread.
pub(crate) fn close_slot(shared: &Shared, slot: usize) {
    shared.slots[slot].registry.close();
}

/// A slot that is handed over may never be taken over now: its count is given up here.
pub(crate) fn close_handed_slot(handle: &Handle, slot: usize) {
    let slot = &handle.shared().slots[slot];
    if let Some(deque) = slot.take_over(Driver::UNKNOWN) {
        slot.vacate(deque);
        handle.shared().shutdown.go_out(handle);
    }
}

/// Step 4.
fn finish(handle: &Handle) {
    let shared = handle.shared();
    let _entry = context::try_enter(handle.clone());
    for slot in &shared.slots {
        slot.registry.close();
    }
    drain_injector(shared);
    for slot in &shared.slots {
        drop(slot.lifo.take());
        if let Some(deque) = slot.claim(Driver::UNKNOWN) {
            while let Some(task) = deque.pop() {
                drop(task);
            }
            slot.vacate(deque);
        }
    }
    let _seat = shared.seat.sit();
    shared.driver.shutdown();
}

fn drain_injector(shared: &Shared) {
    while let Some(task) = shared.injector.pop() {
        drop(task);
    }
}

/// The threads that the runtime started for its slots and its guard.
#[derive(Debug)]
struct Threads {
    // No user code runs under this lock.
    inner: Mutex<Running>,
    gone: Condvar,
}

#[derive(Debug, Default)]
struct Running {
    live: usize,
    handles: Vec<thread::JoinHandle<()>>,
}

impl Default for Threads {
    fn default() -> Self {
        Self {
            inner: Mutex::new(Running::default()),
            gone: Condvar::new(),
        }
    }
}

impl Threads {
    fn start(
        &self,
        builder: thread::Builder,
        life: impl FnOnce() + Send + 'static,
        shared: Arc<Shared>,
    ) -> std::io::Result<()> {
        self.inner.lock().live += 1;
        // If the thread cannot be started, the closure is dropped, and with it the departure, which counts back.
        let departure = Departure(shared);
        let handle = builder.spawn(move || {
            let _heirloom = Heirloom::put_away();
            let _departure = departure;
            life();
        })?;
        self.inner.lock().handles.push(handle);
        Ok(())
    }

    /// Waits until all are gone, then joins them; or until the deadline.
    fn wait(&self, deadline: Option<Instant>) {
        let here = thread::current().id();
        let mut running = self.inner.lock();
        // One of these threads may itself wait, in `block_in_place`: not for itself.
        let is_one = |handle: &thread::JoinHandle<()>| handle.thread().id() == here;
        let own = usize::from(running.handles.iter().any(is_one));
        while running.live > own {
            match deadline {
                None => self.gone.wait(&mut running),
                Some(deadline) => {
                    if self.gone.wait_until(&mut running, deadline).timed_out() {
                        return;
                    }
                }
            }
        }
        let handles = std::mem::take(&mut running.handles);
        drop(running);
        for handle in handles.into_iter().filter(|handle| !is_one(handle)) {
            // A thread of the runtime does not panic: what runs on it is caught.
            let _ = handle.join();
        }
    }
}

/// Counts a thread out when its life ends.
struct Departure(Arc<Shared>);

impl Drop for Departure {
    fn drop(&mut self) {
        let threads = &self.0.shutdown.threads;
        threads.inner.lock().live -= 1;
        threads.gone.notify_all();
    }
}
