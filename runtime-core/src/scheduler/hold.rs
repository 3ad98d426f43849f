//! A worker's hold on its slot: taking it, giving it away for a while, taking it back, and leaving it for good.
//!
//! The edges of the slot are in [`slot`](super::slot); here is what a thread owes to others when it follows one:
//!
//! * Who *takes* a slot tells the guard, which may sleep over a runtime that had no thread.
//! * Who *leaves* one strands nothing: the task in the LIFO slot becomes stealable, a wake-up that was meant for the slot is passed on, and somebody is told of
//!   the tasks that stay behind, and of the seat if those who stay behind all sleep beside it.

use super::queue::Deque;
use super::slot::Slot;
use super::worker::Worker;
use crate::handle::Handle;
use crate::task::registry::Home;

/// The poll that a thread leaves its slot in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted {
    task: Home,
    polling: bool,
}

impl Worker {
    /// Takes a vacant slot.
    pub(crate) fn claim(handle: &Handle, index: usize) -> Option<Self> {
        if handle.shared().shutdown.is_closed() {
            return None;
        }
        let deque = handle.shared().slots[index].claim(handle.shared().driver_here())?;
        // The guard may have gone to sleep over a runtime whose threads were slow to start.
        handle.shared().somebody_is_awake();
        Some(Self::new(handle.clone(), index, deque))
    }

    /// Takes a slot that was handed over.
    pub(crate) fn take_over(handle: &Handle, index: usize) -> Option<Self> {
        let deque = handle.shared().slots[index].take_over(handle.shared().driver_here())?;
        handle.shared().somebody_is_awake();
        Some(Self::new(handle.clone(), index, deque))
    }

    /// Whether the slot is still this thread's.
    pub(crate) fn is_driving(&self) -> bool {
        self.deque.borrow().is_some()
    }

    /// The running task is about to block: offers the slot to another thread. What it returns is for [`take_back`](Self::take_back).
    pub(crate) fn hand_over(&self) -> Interrupted {
        let task = self.slot().watch.running();
        if self.is_driving() {
            self.slot().watch.step();
            self.shared().quiet.task_leaves();
        }
        self.leave(Slot::hand_over);
        Interrupted {
            task,
            polling: self.polling.replace(false),
        }
    }

    /// The running task of a pump is about to block: the pump ends here, and the task goes on without a slot.
    pub(crate) fn hand_over_for_good(&self) {
        if !self.is_driving() {
            return;
        }
        self.slot().watch.step();
        self.shared().quiet.task_leaves();
        self.leave(Slot::vacate);
        self.polling.set(false);
        let shared = self.shared();
        if let Some(pumps) = &shared.pumps {
            pumps.ended(shared);
        }
        shared.shutdown.go_out(&self.handle);
    }

    /// The running task blocks no more: takes the slot back unless another thread has it.
    pub(crate) fn take_back(&self, poll: Interrupted) {
        if self.pick_up() {
            self.slot().watch.begin_task(poll.task);
            self.polling.set(poll.polling);
            self.shared().quiet.task_is_back(self.shared());
        }
    }

    /// The thread goes away between two drives.
    pub(crate) fn put_down(&self) {
        self.leave(Slot::hand_over);
    }

    /// The thread is back. False: the runtime has closed and the slot is gone.
    pub(crate) fn pick_up(&self) -> bool {
        if !self.is_driving() {
            let driver = self.shared().driver_here();
            self.deque.replace(self.slot().take_over(driver));
            // The guard took a slot without a thread for one that sleeps.
            self.shared().somebody_is_awake();
        }
        self.is_driving()
    }

    /// Gives the slot away. False: it was given away before.
    fn leave(&self, give: fn(&Slot, Deque)) -> bool {
        let Some(deque) = self.deque.take() else {
            return false;
        };
        let shared = self.shared();
        if let Some(task) = self.slot().lifo.take() {
            deque.push(task);
        }
        let leaves_work = !deque.is_empty();
        let owes_search = self.searching.replace(false);
        give(self.slot(), deque);
        if owes_search {
            shared.idle.stop_search();
        }
        if leaves_work {
            // Whoever searches may find other work and stop: this is left to one who is told of it.
            match shared.idle.claim() {
                Some(slot) => shared.wake_claimed(slot),
                None => shared.call_host(),
            }
        } else if owes_search && !shared.injector.is_empty() {
            shared.wake_or_call(shared.idle.outside_push_wakes());
        }
        shared.offer_seat();
        // A slot without a thread rests.
        shared.quiet.may_be_quiet(shared);
        true
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.is_driving() {
            self.slot().leave_unlooked(self.pace.polls());
        }
        if self.leave(Slot::vacate) {
            self.shared().vacancies.announce();
        }
    }
}
