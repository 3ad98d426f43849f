//! The guard looks for polls that do not return.

use std::time::{Duration, Instant};

use super::slow_poll::{Polled, SlowPoll, SlowPolls};
use super::thread::Driver;
use crate::scheduler::Shared;
use crate::scheduler::slot::Holder;
use crate::scheduler::watch::Watch;
use crate::task::registry::Home;

/// What the guard remembers of the polls of each slot from one look to the next.
pub(crate) struct Lookout<'a> {
    shared: &'a Shared,
    polls: &'a SlowPolls,
    sightings: Vec<Sighting>,
}

/// When a poll was seen first, and what was said of it.
struct Sighting {
    sequence: u64,
    since: Instant,
    report: Option<SlowPoll>,
}

impl<'a> Lookout<'a> {
    /// `None`: nobody wants to know.
    pub(crate) fn new(shared: &'a Shared) -> Option<Self> {
        let polls = shared.config.slow_polls.as_ref();
        // Otherwise who drives sees to it.
        let polls = polls.filter(|polls| !polls.by_clock)?;
        Some(Self {
            shared,
            polls,
            sightings: shared.slots.iter().map(|_| Sighting::of(0)).collect(),
        })
    }

    /// One look at all slots.
    pub(crate) fn look(&mut self) {
        let now = Instant::now();
        for (index, sighting) in self.sightings.iter_mut().enumerate() {
            let sequence = self.shared.slots[index].watch.sequence();
            let elapsed = now - sighting.since;
            if sequence != sighting.sequence {
                if let Some(report) = sighting.report.take() {
                    let ended = report.that_ended(elapsed);
                    self.shared.tell_slow_poll(self.polls, &ended);
                }
                // Anew: the hook may have taken its time.
                *sighting = Sighting::of(sequence);
            } else if Watch::is_poll(sequence)
                && sighting.report.is_none()
                && elapsed >= self.polls.limit
            {
                sighting.report = self.shared.identify(index, sequence, elapsed);
                if let Some(report) = &sighting.report {
                    self.shared.guard.slow_polls.add(1);
                    self.shared.tell_slow_poll(self.polls, report);
                }
            }
        }
    }
}

impl Sighting {
    fn of(sequence: u64) -> Self {
        Self {
            sequence,
            since: Instant::now(),
            report: None,
        }
    }
}

impl Shared {
    /// Who is in the poll of this number. `None`: it has ended.
    fn identify(&self, slot: usize, sequence: u64, elapsed: Duration) -> Option<SlowPoll> {
        let (number, found) = self.slots[slot]
            .watch
            .poll_of(|home| (self.polled_at(home), self.driver_of(slot)))?;
        let (what, driver) = (found.0?, found.1);
        (number == sequence).then(|| SlowPoll::new(what, slot, driver, elapsed).that_runs())
    }

    /// What is polled whose home this is.
    fn polled_at(&self, home: Home) -> Option<Polled> {
        let Some(slot) = self.slots.get(home.slot as usize) else {
            return Some(Polled::Root);
        };
        slot.registry
            .task_at(home.entry)
            .map(|task| Polled::task(&task))
    }

    pub(crate) fn driver_of(&self, slot: usize) -> Driver {
        match self.slots[slot].holder() {
            Holder::Driven(driver) => driver,
            Holder::Nobody | Holder::HandedOver => Driver::UNKNOWN,
        }
    }
}
