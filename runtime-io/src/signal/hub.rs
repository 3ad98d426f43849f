//! What a process has for its signals. See [`super`].

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use runtime_core::util::Process;

use super::bell::Bell;
use super::line::Line;
use super::pending::{KINDS, Mark, Pending};
use super::receiver::Receiver;
use crate::reactor::Reactor;

/// The hub of this process, or of the one that it was forked from. A hub is never freed: a handler may be looking at it.
static HUB: AtomicPtr<Hub> = AtomicPtr::new(ptr::null_mut());

/// All that belongs to the process and not to a runtime.
#[derive(Debug)]
pub(super) struct Hub {
    /// Whose it is.
    home: Process,
    pending: Pending,
    bell: Bell,
    /// The listeners, by kind.
    lines: Box<[Line]>,
    /// One for each runtime that has a listener. Only our own code runs under the lock.
    receivers: Mutex<Vec<Weak<Receiver>>>,
    /// Held while a handler is installed.
    installing: Mutex<()>,
}

impl Hub {
    /// The hub of this process.
    pub(super) fn current() -> io::Result<&'static Self> {
        let home = Process::current();
        loop {
            let known = HUB.load(Ordering::Acquire);
            if let Some(hub) = published(known).filter(|hub| hub.home == home) {
                return Ok(hub);
            }
            let fresh = Box::into_raw(Box::new(Self::new(home)?));
            // Release: pairs with the acquires here and in `deliver`, which look into it.
            let swapped = HUB.compare_exchange(known, fresh, Ordering::AcqRel, Ordering::Relaxed);
            if swapped.is_err() {
                // SAFETY: it came out of a box above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(fresh) });
            }
        }
    }

    fn new(home: Process) -> io::Result<Self> {
        Ok(Self {
            home,
            pending: Pending::new(),
            bell: Bell::new()?,
            lines: (0..KINDS).map(|_| Line::new()).collect(),
            receivers: Mutex::new(Vec::new()),
            installing: Mutex::new(()),
        })
    }

    /// A signal came. Called by a signal handler.
    pub(super) fn deliver(place: usize) {
        // Acquire: pairs with the release in `current`.
        let Some(hub) = published(HUB.load(Ordering::Acquire)) else {
            return;
        };
        if hub.pending.set(place) == Mark::First {
            hub.bell.ring();
        }
    }

    /// Announces what has come. The bell has been drained before.
    pub(super) fn announce(&self) {
        for place in self.pending.take() {
            self.lines[place].announce();
        }
    }

    /// Wakes all listeners, because a runtime is gone: its own find that out.
    pub(super) fn rouse(&self) {
        for line in &self.lines {
            line.rouse();
        }
    }

    pub(super) fn line(&self, place: usize) -> &Line {
        &self.lines[place]
    }

    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    pub(super) fn installing(&self) -> &Mutex<()> {
        &self.installing
    }

    /// The receiver of a runtime, made if it has none.
    pub(super) fn receiver(&'static self, reactor: Arc<Reactor>) -> io::Result<Arc<Receiver>> {
        let receiver = self.receiver_of(reactor)?;
        // Also if it is not new: whoever has made it may not have come to this yet.
        receiver.answer()?;
        Ok(receiver)
    }

    fn receiver_of(&'static self, reactor: Arc<Reactor>) -> io::Result<Arc<Receiver>> {
        let mut receivers = self.receivers.lock();
        receivers.retain(|receiver| receiver.strong_count() > 0);
        let known = receivers
            .iter()
            .filter_map(Weak::upgrade)
            .find(|receiver| Arc::ptr_eq(receiver.reactor(), &reactor));
        if let Some(known) = known {
            return Ok(known);
        }
        let receiver = Receiver::new(self, reactor)?;
        receivers.push(Arc::downgrade(&receiver));
        Ok(receiver)
    }
}

fn published(hub: *mut Hub) -> Option<&'static Hub> {
    // SAFETY: the pointer is null or has been published by `current`, initialised before, and what is published is never freed.
    unsafe { hub.as_ref() }
}
