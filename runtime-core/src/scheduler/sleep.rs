//! Going to sleep: who finds nothing to do, and has [lingered](super::linger) if that pays, announces it, looks once more, and waits.
//!
//! # Where to wait
//!
//! There are three places, and the choice decides how many threads a load occupies:
//!
//! ```text
//!                nobody else is awake, or it will not look soon, or there is room for both
//!   nothing to do ──────────────────────────────────────────────────────► in the seat, if it is free ──┐
//!        │                                                                        ▲                    │ it is taken
//!        │ a peer is awake and looks soon, and the machine has no room for both   │                    ▼
//!        └───────────► stand by, for PATIENCE ── the peer did not look ───────────┘              beside, without limit
//!                             │                                                                        ▲
//!                             └── it did ──────────────────────────────────────────────────────────────┘
//! ```
//!
//! *Where there is a processor for each, each takes events*: the dry worker sits, and answers what becomes ready while its peer is at work. *Where there is not, the seat follows
//! the work*: the dry worker does not sit down; the peer comes back to the driver when its queue is done, or after an event interval, whichever is first, and finds all that has
//! become ready in one batch. If the dry worker sat nevertheless, each would answer the other's events, and a load that one thread can carry would occupy
//! two, at the cost of whoever else wants to run, such as the client. Whether there is room is [asked](super::crowd) and [followed](super::pace).
//!
//! What was measured, on two processors shared with the client, at the 99th percentile of echo over 256 connections: 5.1 to 6.9 ms with a dry worker that always sits, 2.8 to 4.0 ms
//! in single runs of a second with one that always stands by, but a median of 5.2 ms (3.5 to 5.3) in seven longer runs; 5.2 ms with the rule as it is. One worker alone has 1.8 to 3.1 ms,
//! so the rule is not yet what it could be. Standing by always made both ends of 64 UDP sockets in one runtime slower (7.0 µs per request against 5.1 to 6.9 µs), 64 Unix sockets
//! not.
//!
//! The peer's promise is its pace: the mean time of its polls times the event interval. A peer whose polls are long makes none. One that breaks its promise is
//! found out after [`PATIENCE`], by the seat's count of visits; one that breaks it later, by the guard. One thread at a time stands by: more would only watch each other.
//!
//! # Why somebody sits when all sleep
//!
//! Sleeping is announced before peers are looked at, and both are sequentially consistent: of several who go to sleep the last to announce it sees
//! nobody awake, and sits, unless the guard has just looked into the driver. The guard, and who gives a slot away, look afterwards whether all sleep beside a free seat, and wake somebody to sit ([`Shared::offer_seat`]).

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::root::Root;
use super::slot::Slot;
use super::worker::Worker;
use crate::builder::Hook;
use crate::context::{self, Entered};
use crate::embed::pump::Pumps;
use crate::handle::RuntimeFlavor;
use crate::primitive::atomic::{Ordering::*, fence};

/// How long a worker takes a peer's word that it will look at the driver: more than an event interval of small requests, less than anybody notices.
const PATIENCE: Duration = Duration::from_micros(500);

impl Worker {
    /// Nothing to do: announces it, looks once more, and waits.
    pub(super) fn sleep(&self, root: &Arc<Root>) {
        let shared = self.shared();
        let stats = &self.slot().stats;
        self.end_lap();
        if self.linger(root) {
            // The lap has ended, and with it the count of polls that would have brought this worker to the driver.
            if !self.has_just_looked() {
                self.look();
            }
            self.begin_lap();
            return;
        }
        let searched = self.give_up_search();
        self.run_hook(&shared.config.on_thread_park);
        shared.idle.announce_sleep(self.index());
        let stays = root.is_woken() || shared.shutdown.is_closed() || self.sees_work(searched);
        if !stays {
            stats.parks.bump(1);
            stats.parks_and_unparks.bump(1);
            shared.quiet.may_be_quiet(shared);
            self.wait();
            stats.parks_and_unparks.bump(1);
        }
        if !shared.idle.retract_sleep(self.index()) {
            self.search_for_claimer();
        } else if stays {
            // What the last look saw may be more than this worker can do: as a searcher it owes a look at the rest.
            self.search_again();
        }
        shared.somebody_is_awake();
        self.run_hook(&shared.config.on_thread_unpark);
        self.begin_lap();
        // The first is for this worker: a peer that came for it would find it gone, or take it from here for nothing.
        if self.backlog() > 1 {
            self.share_backlog();
        }
    }

    /// A hook around sleep: what it may not do is block, since the slot cannot be handed over here.
    fn run_hook(&self, hook: &Option<Hook>) {
        let _async = context::enter_async(Entered::Alone);
        self.shared().config.run_hook(hook);
    }

    /// Waits where the essay says, until it is woken or has been in the driver.
    fn wait(&self) {
        let parker = &self.slot().parker;
        if self.a_peer_looks_soon() && self.is_one_too_many() && self.stand_by() {
            return;
        }
        if self.sit() {
            return;
        }
        // Taken. By one who waits there, as a rule; but a peer that is awake, or the guard, may have been there for a moment only.
        if self.a_peer_is_awake() && (parker.park(Some(PATIENCE)) || self.sit()) {
            return;
        }
        parker.park(None);
    }

    /// Waits in the seat. False: it is taken.
    fn sit(&self) -> bool {
        let shared = self.shared();
        let Some(mut seat) = self.try_sit() else {
            return false;
        };
        let wait = || seat.wait(&*shared.driver, None);
        self.slot().parker.park_seated(wait);
        true
    }

    /// Waits beside the seat. False: nobody looked at the driver meanwhile, or nobody is left who would.
    fn stand_by(&self) -> bool {
        let seat = &self.shared().seat;
        let parker = &self.slot().parker;
        let visits = seat.visits();
        if let Some(_watching) = seat.try_stand_by() {
            if parker.park(Some(PATIENCE)) {
                return true;
            }
            if seat.visits() == visits || !self.a_peer_looks_soon() {
                return false;
            }
        }
        parker.park(None);
        true
    }

    /// Whether another slot's thread is awake, at a pace that brings it to the driver within [`PATIENCE`].
    fn a_peer_looks_soon(&self) -> bool {
        let interval = u64::from(self.shared().config.event_interval);
        self.awake_peers().any(|peer| {
            let lap = peer.stats.mean_poll.get().saturating_mul(interval);
            Duration::from_nanos(lap) <= PATIENCE
        })
    }

    fn a_peer_is_awake(&self) -> bool {
        self.awake_peers().next().is_some()
    }

    fn awake_peers(&self) -> impl Iterator<Item = &Slot> {
        let shared = self.shared();
        let peers = shared.slots.iter().enumerate();
        peers
            .filter(|(index, slot)| {
                *index != self.index() && !shared.idle.sleeps(*index) && slot.is_occupied()
            })
            .map(|(_, slot)| &**slot)
    }
}

impl Shared {
    /// The caller does not look at the driver any more, or has just been in the seat for somebody else. If all who are left sleep and nobody sits, one of them is woken to sit, and
    /// if nobody is left, the guard of a hosted runtime.
    pub(crate) fn offer_seat(&self) {
        // Pairs with the fence in `announce_sleep`: this look sees the sleeper's bit, or the sleeper's look at its peers and the seat comes after what the caller did.
        fence(SeqCst);
        if self.all_sleep()
            && self.seat.is_free()
            && !self.offer_seat_to_sleeper()
            && self.is_deserted()
        {
            self.rouse_guard();
        }
    }

    /// The same for the guard, who has just left the seat and comes back if nobody takes it.
    pub(crate) fn guard_offers_seat(&self) {
        fence(SeqCst);
        if self.all_sleep() && self.seat.is_free() {
            self.offer_seat_to_sleeper();
        }
    }

    /// False: nobody sleeps.
    fn offer_seat_to_sleeper(&self) -> bool {
        match self.idle.claim() {
            Some(slot) => {
                self.wake_claimed(slot);
                true
            }
            None => false,
        }
    }

    /// Whether the guard waits in the seat when nobody drives.
    pub(crate) fn guard_sits(&self) -> bool {
        self.config.reactor_thread && self.config.flavor == RuntimeFlavor::Hosted
    }

    /// Whether the guard is the only one who could wait in the seat: no slot has a thread, and none is on its way.
    pub(crate) fn is_deserted(&self) -> bool {
        self.guard_sits()
            && !self.hosts.expects_somebody()
            && !self.pumps.as_ref().is_some_and(Pumps::need_guard)
            && !self.slots.iter().any(|slot| slot.is_occupied())
    }

    /// Whether no slot's thread is awake.
    pub(crate) fn all_sleep(&self) -> bool {
        let mut slots = self.slots.iter().enumerate();
        slots.all(|(index, slot)| self.idle.sleeps(index) || !slot.is_occupied())
    }
}
