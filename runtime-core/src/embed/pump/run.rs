//! A pump on a thread of the host: rules 2 to 6 of the [essay](super).

use std::hint;

use super::Pumps;
use crate::context::{self, Entered};
use crate::handle::Handle;
use crate::scheduler::Shared;
use crate::scheduler::shutdown::{close_handed_slot, close_slot};
use crate::scheduler::worker::{Pumped, Worker};

/// The host runs a pump, which has kept this slot.
pub(in crate::embed) fn run(handle: &Handle, slot: Option<usize>) {
    let shared = handle.shared();
    let Some(pumps) = &shared.pumps else { return };
    if shared.shutdown.is_closed() || !shared.process.is_current() {
        return;
    }
    if context::is_on_a_poll() {
        return give_up(handle, pumps, slot);
    }
    // Before it stops to be one that is coming: whoever relied on that now relies on a searcher.
    shared.idle.join_search();
    pumps.count.begin();
    pumps.rescue.pump_begins();
    let worker = match slot {
        Some(slot) => Worker::take_over(handle, slot),
        None => claim(handle, pumps),
    };
    match worker {
        Some(worker) => drive(handle, pumps, worker),
        None => {
            // Closed.
            shared.idle.stop_search();
            pumps.count.finish();
        }
    }
}

/// A pump is dropped instead.
pub(in crate::embed) fn refuse(handle: &Handle, slot: Option<usize>) {
    if let Some(pumps) = &handle.shared().pumps {
        give_up(handle, pumps, slot);
    }
}

/// A queued pump ends without having begun. Posts nothing.
fn give_up(handle: &Handle, pumps: &Pumps, slot: Option<usize>) {
    if let Some(slot) = slot {
        close_handed_slot(handle, slot);
    }
    pumps.count.refuse();
    handle.shared().rouse_guard();
}

/// Takes any of the reserved slots. `None`: the runtime has closed.
fn claim(handle: &Handle, pumps: &Pumps) -> Option<Worker> {
    let shared = handle.shared();
    if !shared.shutdown.come_in() {
        return None;
    }
    // There are as many as pumps, and who ends leaves its slot first; but the search may pass by one before it falls vacant.
    while !shared.shutdown.is_closed() {
        if let Some(worker) = pumps.slots().find_map(|slot| Worker::claim(handle, slot)) {
            pumps.relay.start(worker.index() - pumps.first_slot);
            return Some(worker);
        }
        hint::spin_loop();
    }
    shared.shutdown.go_out(handle);
    None
}

/// Runs tasks, then queues up again or ends.
fn drive(handle: &Handle, pumps: &Pumps, worker: Worker) {
    let _entry = context::try_enter(handle.clone());
    let pumped = {
        let _pumping = context::enter_pump();
        let _async = context::enter_async(Entered::MayHandOver);
        worker.pump(pumps.settings.limit)
    };
    match pumped {
        Pumped::More => queue_again(handle, pumps, &worker),
        Pumped::Dry => end(handle, pumps, worker),
        // Its task blocks in place, and it has ended.
        Pumped::Gone => {}
    }
}

/// Rule 4.
fn queue_again(handle: &Handle, pumps: &Pumps, worker: &Worker) {
    // First: what it leaves behind in the deque calls for no other pump than itself.
    pumps.count.requeue();
    worker.put_down();
    let shared = handle.shared();
    // Who closes the runtime takes away what it finds put down; this slot may have been put down after that.
    if shared.shutdown.is_closed() {
        close_handed_slot(handle, worker.index());
    } else {
        pumps.execute_again(shared, worker.index());
    }
}

/// Rule 6.
fn end(handle: &Handle, pumps: &Pumps, worker: Worker) {
    let shared = handle.shared();
    let slot = worker.index();
    drop(worker);
    if shared.shutdown.is_closed() {
        close_slot(shared, slot);
    }
    shared.shutdown.go_out(handle);
    pumps.ended(shared);
}

impl Pumps {
    /// Posts a pump that goes on, or leaves that to the guard.
    fn execute_again(&self, shared: &Shared, slot: usize) {
        if self.relay.is_over(slot - self.first_slot) {
            self.relay.hand_in(slot - self.first_slot);
            shared.rouse_guard();
        } else {
            self.execute(Some(slot));
        }
    }

    /// By the guard: posts what was left to it.
    pub(super) fn relay(&self) {
        while let Some(pump) = self.relay.take() {
            self.execute(Some(self.first_slot + pump));
        }
    }

    /// A pump that ran has left its slot.
    pub(crate) fn ended(&self, shared: &Shared) {
        self.count.finish();
        if shared.has_work() && !shared.shutdown.is_closed() {
            self.post();
        }
        shared.offer_seat();
    }
}
