//! The rescue worker: a thread of the runtime's own, for as long as the host's pool gives none.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::thread;

use crate::context::{self, Entered};
use crate::handle::Handle;
use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicBool, AtomicU32, Ordering::*, fence};
use crate::scheduler::park::Parker;
use crate::scheduler::root::{Finish, Root};
use crate::scheduler::shutdown::close_slot;
use crate::scheduler::worker::Worker;

use super::Pumps;

/// What the rescue worker shares with the guard, who calls it, and with the pumps, who end its work.
pub(super) struct Rescue {
    /// Set by the guard, cleared by the rescue worker when it has left.
    active: AtomicBool,
    /// The starts that the guard had seen when it called. Written by the guard before `active`.
    starts: AtomicU32,
    /// Written by the guard only.
    has_thread: AtomicBool,
    called: Parker,
    // No user code runs under this lock: the waker is a root's.
    waker: Mutex<Option<Waker>>,
}

impl Rescue {
    pub(super) fn new() -> Self {
        Self {
            active: AtomicBool::new(false),
            starts: AtomicU32::new(0),
            has_thread: AtomicBool::new(false),
            called: Parker::new(),
            waker: Mutex::new(None),
        }
    }

    /// A pump has counted its start.
    pub(super) fn pump_begins(&self) {
        // After the fence in `Count::begin`.
        if self.active.load(SeqCst) {
            let waker = self.waker.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Ends the sleep of the thread, if there is one.
    pub(super) fn rouse(&self) {
        self.called.unpark(|| {});
    }

    /// By the guard: calls the worker unless it is there. It stays until more pumps than `starts` have begun.
    pub(super) fn call(&self, handle: &Handle, starts: u32) {
        if self.active.load(SeqCst) {
            return;
        }
        self.starts.store(starts, Relaxed);
        self.active.store(true, SeqCst);
        // Pairs with the fence in `Count::begin`: a pump sees that the rescue is active, or the rescue sees its start.
        fence(SeqCst);
        if !self.has_thread.load(Relaxed) {
            let life = handle.clone();
            let builder = thread::Builder::new().name(RESCUE_NAME.to_owned());
            let live = move || live(&life);
            let started = handle.shared().shutdown.start_thread(builder, live, handle);
            // The guard calls again if there is none to be had now.
            self.has_thread.store(started.is_ok(), Relaxed);
            self.active.store(started.is_ok(), SeqCst);
        }
        self.rouse();
    }
}

/// The life of the thread.
fn live(handle: &Handle) {
    let shared = handle.shared();
    let Some(pumps) = &shared.pumps else { return };
    while !shared.shutdown.is_closed() {
        if pumps.rescue.active.load(SeqCst) {
            work(handle, pumps);
            pumps.rescue.active.store(false, SeqCst);
        } else {
            pumps.rescue.called.park(None);
        }
    }
}

/// Drives the slot of the rescue until a pump has begun.
fn work(handle: &Handle, pumps: &Pumps) {
    let shared = handle.shared();
    if !shared.shutdown.come_in() {
        return;
    }
    if let Some(worker) = Worker::claim(handle, pumps.rescue_slot()) {
        let _entry = context::enter(handle.clone());
        let _async = context::enter_async(Entered::MayHandOver);
        let root = Finish(Root::new(shared));
        let _ = worker.run_until(&root.0, pin!(pump_begins(pumps)));
        // It owns the runtime, which owns this.
        drop(pumps.rescue.waker.lock().take());
        let slot = worker.index();
        drop(worker);
        if shared.shutdown.is_closed() {
            close_slot(shared, slot);
        }
    }
    shared.shutdown.go_out(handle);
}

/// Ready when a pump has begun since the guard called.
async fn pump_begins(pumps: &Pumps) {
    let rescue = &pumps.rescue;
    let starts = rescue.starts.load(Relaxed);
    poll_fn(|context| {
        *rescue.waker.lock() = Some(context.waker().clone());
        // After the waker is there: whoever counts a start from here on finds it.
        if pumps.count.now().starts == starts {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

/// At most 15 characters, which is what Linux shows.
const RESCUE_NAME: &str = "heist-rescue";
