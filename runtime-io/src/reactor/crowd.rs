//! The tasks that wait for a source beside its two sides: any number, each with its own interest.
//!
//! A source that nobody ever waits for in this way pays two words for the list. The bit `crowd` of the readiness word says whether
//! the list holds anybody, and is changed under the list's lock only; an event looks into the list only if the bit is set.
//!
//! A woken task's entry is taken out; the task finds its ticket void, looks at the readiness, and joins again if it must.
//!
//! Wakers are cloned before the lock is taken, and woken or dropped after it is released.

use std::fmt;
use std::mem;
use std::task::Waker;

use runtime_core::util::{WakeList, swallow};
use slab::Slab;

use super::Ready;
use super::readiness::{Readiness, Snapshot};
use crate::primitive::Mutex;

/// The list.
pub(super) struct Crowd(Mutex<Members>);

struct Members {
    /// Allocated with the first member, and given back when it is empty after having been long.
    waiting: Slab<Member>,
    /// The number of the next member. Never used twice, so that a ticket is not taken for that of a later holder of its place.
    next: u64,
}

struct Member {
    number: u64,
    mask: Ready,
    waker: Waker,
}

/// A place in the list, valid until the member is woken.
#[derive(Debug)]
pub(crate) struct Ticket {
    place: usize,
    number: u64,
}

/// An empty list up to this size is kept for the next member.
const KEPT_PLACES: usize = 4;

impl Crowd {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Members {
            waiting: Slab::new(),
            next: 0,
        }))
    }

    /// Waits for `mask`, or returns what is known if that ends the wait. A ticket that is still valid keeps its place.
    pub(super) fn join(
        &self,
        ticket: &mut Option<Ticket>,
        mask: Ready,
        waker: &Waker,
        readiness: &Readiness,
    ) -> Option<Snapshot> {
        if !self.knows(ticket.as_ref(), waker) {
            let fresh = waker.clone();
            let replaced = self.0.lock().admit(ticket, mask, fresh);
            drop(replaced);
        }
        let mut members = self.0.lock();
        let seen = readiness.crowd_gathers();
        let left = if seen.ends(mask) {
            ticket.take().and_then(|ticket| members.remove(&ticket))
        } else {
            None
        };
        let emptied = members.close_if_empty(readiness);
        drop(members);
        drop((left, emptied));
        seen.ends(mask).then_some(seen)
    }

    /// Gives up a place, if the ticket is still valid.
    pub(super) fn leave(&self, ticket: &Ticket, readiness: &Readiness) {
        let mut members = self.0.lock();
        let left = members.remove(ticket);
        let emptied = members.close_if_empty(readiness);
        drop(members);
        drop((left, emptied));
    }

    /// Wakes everybody whose wait is over, and takes them off the list. A waker that panics keeps nobody else from being woken.
    pub(super) fn wake(&self, readiness: &Readiness) {
        loop {
            let mut woken = WakeList::new();
            let mut members = self.0.lock();
            let all = members.take_ended(readiness.snapshot(), &mut woken);
            let emptied = members.close_if_empty(readiness);
            drop(members);
            drop(emptied);
            swallow(|| woken.wake_all());
            if all {
                return;
            }
        }
    }

    /// Is the waker on this place the one the task would register?
    fn knows(&self, ticket: Option<&Ticket>, waker: &Waker) -> bool {
        ticket.is_some_and(|ticket| {
            let members = self.0.lock();
            members
                .find(ticket)
                .is_some_and(|member| member.waker.will_wake(waker))
        })
    }
}

impl Members {
    /// Puts the waker on the ticket's place, or on a new one if there is no valid ticket; returns the waker it replaced.
    fn admit(&mut self, ticket: &mut Option<Ticket>, mask: Ready, waker: Waker) -> Option<Waker> {
        if let Some(ticket) = ticket.as_ref().filter(|ticket| self.find(ticket).is_some()) {
            return Some(mem::replace(&mut self.waiting[ticket.place].waker, waker));
        }
        let number = self.next;
        self.next += 1;
        let place = self.waiting.insert(Member {
            number,
            mask,
            waker,
        });
        *ticket = Some(Ticket { place, number });
        None
    }

    fn find(&self, ticket: &Ticket) -> Option<&Member> {
        self.waiting
            .get(ticket.place)
            .filter(|member| member.number == ticket.number)
    }

    fn remove(&mut self, ticket: &Ticket) -> Option<Waker> {
        self.find(ticket)?;
        Some(self.waiting.remove(ticket.place).waker)
    }

    /// Moves the wakers of all whose wait is over into `woken`; returns false if there was not room for all of them.
    fn take_ended(&mut self, seen: Snapshot, woken: &mut WakeList) -> bool {
        let mut all = true;
        self.waiting.retain(|_, member| {
            if !seen.ends(member.mask) {
                return true;
            }
            if !woken.can_push() {
                all = false;
                return true;
            }
            woken.push(mem::replace(&mut member.waker, Waker::noop().clone()));
            false
        });
        all
    }

    /// If nobody is left, says so in the word and returns a list that has grown long, to be freed without the lock.
    fn close_if_empty(&mut self, readiness: &Readiness) -> Option<Slab<Member>> {
        if !self.waiting.is_empty() {
            return None;
        }
        readiness.crowd_is_gone();
        (self.waiting.capacity() > KEPT_PLACES).then(|| mem::take(&mut self.waiting))
    }
}

impl fmt::Debug for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Crowd { .. }")
    }
}
