//! How the host of a guest hears that there is something to do.
//!
//! A host is called at most once between two turns, however much happens meanwhile:
//!
//! ```text
//!              1 ring: call the host
//!   ┌───────┐ ──────────────────────► ┌───────┐
//!   │ quiet │                         │ armed │ ──┐ ring: nothing, the host comes anyway
//!   └───────┘ ◄────────────────────── └───────┘ ◄─┘
//!              2 disarm: a turn has begun
//! ```
//!
//! Who rings has pushed before. Edge 2 comes *before* the turn reads any queue, and is an exchange: one that rings after it calls the host again, and of one that rang before
//! it the exchange has seen the push. A plain store would let the reads of the queues pass it, and a push in between would be seen by nobody.
//!
//! Edge 2 comes *after* the turn's look at the driver. Through the driver the call is a thing that this look takes away: of one that rang between edge 2 and the look, the flag
//! would stay with nothing to show for it, and the bell be silent for the next one. So [`Bell::answer`] does the two in their order, for both kinds of host, and once is enough:
//! an armed bell always has its call where the host finds it.
//!
//! A host that watches a descriptor asks for the time before it waits, and a turn that ends with more needs no call: the bell is silenced, which is armed without a call. Before such a host waits after
//! all, because others have taken what there was, edge 2 is taken once more and the queues are read again.
//!
//! Who only looks at the flag, to choose among several guests, has made a sequentially consistent fence between its push and the look; the fence after the exchange is its
//! partner: if the look finds the flag of the last turn, this turn finds the push.
//!
//! The host's waker is code of a stranger: it runs without a lock of ours, and its panic ends here.

use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::driver::Driver;
use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicBool, AtomicUsize, Ordering::*, fence};
use crate::unwind;

/// What calls one host.
pub(crate) struct Bell {
    armed: AtomicBool,
    host: Host,
}

/// How a host is called.
pub(crate) enum Host {
    /// By its waker.
    Waker(Waker),
    /// Through the descriptor of the driver, which it watches.
    Driver(Arc<dyn Driver>),
}

impl Bell {
    pub(crate) fn new(host: Host) -> Arc<Self> {
        Arc::new(Self {
            armed: AtomicBool::new(false),
            host,
        })
    }

    /// Edge 1.
    pub(crate) fn ring(&self) {
        if self.armed.swap(true, AcqRel) {
            return;
        }
        match &self.host {
            Host::Waker(waker) => unwind::swallow(|| waker.wake_by_ref()),
            Host::Driver(driver) => driver.unpark(),
        }
    }

    /// Edge 2, after the look at the driver: queues are read when this has returned.
    pub(crate) fn answer<R>(&self, look: impl FnOnce() -> R) -> R {
        let seen = look();
        self.disarm();
        seen
    }

    /// Edge 2 of a turn that looks at no driver.
    pub(crate) fn disarm(&self) {
        self.armed.swap(false, AcqRel);
        // Pairs with the fence of who looks at the flag instead of ringing.
        fence(SeqCst);
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.armed.load(Acquire)
    }

    /// The host comes anyway, or never again: it is not called.
    pub(crate) fn silence(&self) {
        self.armed.swap(true, AcqRel);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// Hosts whose threads come when they are called, or have promised to come back.
pub(crate) struct Hosts {
    /// How many guests run the runtime's tasks: while it is zero, nobody visits the lock.
    guests: AtomicUsize,
    // Nothing of the user's runs under this lock.
    bells: Mutex<Vec<Arc<Bell>>>,
    /// Of guests that run their local tasks only: called when the runtime closes.
    bystanders: Mutex<Vec<Arc<Bell>>>,
    /// Threads that have reported more and did not come back yet.
    promises: AtomicUsize,
}

impl Hosts {
    pub(crate) fn new() -> Self {
        Self {
            guests: AtomicUsize::new(0),
            bells: Mutex::new(Vec::new()),
            bystanders: Mutex::new(Vec::new()),
            promises: AtomicUsize::new(0),
        }
    }

    pub(crate) fn join(&self, bell: &Arc<Bell>) {
        self.bells.lock().push(bell.clone());
        self.guests.fetch_add(1, SeqCst);
    }

    /// A guest that runs its local tasks only.
    pub(crate) fn stand_by(&self, bell: &Arc<Bell>) {
        self.bystanders.lock().push(bell.clone());
    }

    pub(crate) fn leave(&self, bell: &Arc<Bell>) {
        self.bystanders
            .lock()
            .retain(|other| !Arc::ptr_eq(other, bell));
        let mut bells = self.bells.lock();
        let before = bells.len();
        bells.retain(|other| !Arc::ptr_eq(other, bell));
        let left = before - bells.len();
        drop(bells);
        self.guests.fetch_sub(left, SeqCst);
    }

    /// Work waits and no slot sleeps that could be woken: calls one host that has not been called. The caller has made a fence after its push.
    pub(crate) fn call(&self) {
        if self.guests.load(Relaxed) == 0 {
            return;
        }
        let bell = self
            .bells
            .lock()
            .iter()
            .find(|bell| !bell.is_armed())
            .cloned();
        if let Some(bell) = bell {
            bell.ring();
        }
    }

    /// Calls all of them: the runtime closes.
    pub(crate) fn call_all(&self) {
        let mut bells = self.bells.lock().clone();
        bells.extend(self.bystanders.lock().iter().cloned());
        for bell in bells {
            bell.ring();
        }
    }

    /// A thread goes away and comes back at once, or keeps that promise.
    pub(crate) fn promise(&self, comes_back: bool) {
        if comes_back {
            self.promises.fetch_add(1, SeqCst);
        } else {
            self.promises.fetch_sub(1, SeqCst);
        }
    }

    /// Whether a thread will come without being called again.
    pub(crate) fn expects_somebody(&self) -> bool {
        self.promises.load(SeqCst) > 0
            || self.guests.load(SeqCst) > 0 && self.bells.lock().iter().any(|bell| bell.is_armed())
    }
}
