//! Looking beyond the own slot: the search for work that lies with others, its end, and the last look before sleep.
//!
//! Who may search, and what the last searcher to stop owes, is in [`idle`](super::idle).

use super::worker::Worker;
use crate::task::Runnable;

impl Worker {
    /// Looks through the other slots, unless enough threads do.
    pub(super) fn steal(&self) -> Option<Runnable> {
        let shared = self.shared();
        if shared.slots.len() == 1 {
            return None;
        }
        if !self.searching.get() {
            self.search_again();
        }
        if !self.searching.get() {
            return None;
        }
        let first = self.random.bounded(shared.slots.len() as u32) as usize;
        let others = || {
            (first..shared.slots.len())
                .chain(0..first)
                .filter(|&index| index != self.index)
        };
        let deque = self.deque.borrow();
        let deque = deque.as_ref()?;
        let stolen = others()
            .find_map(|index| deque.steal_from(&shared.slots[index].stealer))
            .or_else(|| {
                others()
                    .map(|index| &shared.slots[index])
                    .filter(|slot| slot.watch.is_open())
                    .find_map(|slot| slot.lifo.take())
            });
        match stolen {
            Some(task) => {
                self.slot().stats.steals.bump(1);
                self.slot().credit.has_stolen();
                Some(task)
            }
            None => deque.take_share(&shared.injector, shared.config.workers),
        }
    }

    /// About to sleep: whether it searched. The look after the announcement makes up for being the last.
    pub(super) fn give_up_search(&self) -> bool {
        let searched = self.searching.replace(false);
        if searched {
            self.shared().idle.stop_search();
        }
        searched
    }

    /// Woken up to find itself claimed: it has been counted as searching.
    pub(super) fn search_for_claimer(&self) {
        self.searching.set(true);
    }

    /// Searches unless enough threads do.
    pub(super) fn search_again(&self) {
        if self.shared().idle.start_search() {
            self.searching.set(true);
        }
    }

    /// Found work: the last searcher to stop looks whether there is more.
    pub(super) fn stop_search(&self) {
        self.searching.set(false);
        let shared = self.shared();
        if shared.idle.stop_search() && !shared.injector.is_empty() {
            shared.wake_or_call(shared.idle.claim_unless_searching());
        }
    }

    /// The look after the announcement: every source of work that [`next_task`](Worker::next_task) knows. One that did not search, because enough threads did, leaves
    /// the peers' deques to them.
    pub(super) fn sees_work(&self, searched: bool) -> bool {
        let shared = self.shared();
        !self.slot().lifo.is_empty()
            || self.backlog() > 0
            || !shared.injector.is_empty()
            || (searched && shared.has_stealable())
    }
}
