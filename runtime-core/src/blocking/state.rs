//! What the lock of a pool guards: the queue, the stack of idle threads, and the counts. Verbs only; no thread is created, no
//! job is run and nobody is unparked here, so each verb is a short step from one state to the next.
//!
//! The diagram and the proof that no job is stranded stand in the essay of the [parent module](super).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::roster::{Id, Roster};
use super::{Kind, Metrics};
use crate::primitive::Condvar;

/// Where an idle thread waits.
pub(super) struct Berth {
    /// Signalled by whoever claimed the thread, after the lock.
    pub(super) signal: Condvar,
    /// Written under the lock of the pool, which orders it; it is an atomic because the berth is shared, and a thread that
    /// lingers looks without the lock.
    claimed: AtomicBool,
}

impl Berth {
    pub(super) fn new() -> Self {
        Self {
            signal: Condvar::new(),
            claimed: AtomicBool::new(false),
        }
    }

    /// Says whether somebody took the thread off the stack. Under the lock it is true; without, it is worth a look.
    pub(super) fn is_claimed(&self) -> bool {
        self.claimed.load(Ordering::Relaxed)
    }
}

/// A job in the queue.
pub(super) struct Entry<J> {
    pub(super) job: J,
    pub(super) kind: Kind,
    ticket: Ticket,
}

/// Finds the job of a submission again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// What a submitter owes, once the lock is free.
#[must_use]
pub(super) enum Plan {
    /// Somebody comes, or will look when it is done.
    Nothing,
    /// Signal this thread.
    Wake(Arc<Berth>),
    /// Create this thread.
    Grow(Id, Ticket),
}

/// What remains to be done for a job whose thread could not be created.
#[must_use]
pub(super) enum Fallback<J> {
    /// The job has been taken, or will be.
    Nothing,
    /// Signal this thread: it comes instead.
    Wake(Arc<Berth>),
    /// There is no thread at all. The submitter's own job goes back to it; the others have to be cancelled.
    Orphans { own: Option<J>, others: Vec<J> },
}

/// What a thread does next.
#[must_use]
pub(super) enum Next<J> {
    Run(Entry<J>),
    Rest,
    Leave,
}

/// What whoever closed the pool owes, once the lock is free.
#[must_use]
pub(super) struct Closing<J> {
    pub(super) cancel: Vec<J>,
    pub(super) wake: Vec<Arc<Berth>>,
}

pub(super) struct State<J> {
    /// First in, first out; resident jobs go to the front.
    queue: VecDeque<Entry<J>>,
    /// Idle threads; the last one went idle last.
    idle: Vec<Arc<Berth>>,
    /// Threads being created, or created and not here yet.
    rising: usize,
    /// Threads claimed and not here yet.
    waking: usize,
    /// Threads that run a job which ends.
    running: usize,
    /// Threads that run a resident job. They are no threads of the pool until it ends.
    resident: usize,
    /// Resident jobs in the queue. Each of them will take a thread out of the pool.
    moving_in: usize,
    /// Jobs accepted, and neither run nor cancelled to the end; resident ones until they start.
    busy: usize,
    limit: usize,
    saturated: u64,
    tickets: u64,
    closed: bool,
    pub(super) roster: Roster,
}

impl<J> State<J> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            idle: Vec::new(),
            rising: 0,
            waking: 0,
            running: 0,
            resident: 0,
            moving_in: 0,
            busy: 0,
            limit,
            saturated: 0,
            tickets: 0,
            closed: false,
            roster: Roster::default(),
        }
    }

    /// Queues a job and sees to it that a thread comes; gives it back if the pool is closed.
    pub(super) fn accept(&mut self, job: J, kind: Kind) -> Result<Plan, J> {
        if self.closed {
            return Err(job);
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        let entry = Entry { job, kind, ticket };
        if kind == Kind::Resident {
            self.moving_in += 1;
            self.queue.push_front(entry);
        } else {
            self.queue.push_back(entry);
        }
        self.busy += 1;
        let plan = if self.queue.len() <= self.coming() {
            Plan::Nothing
        } else if let Some(berth) = self.claim() {
            Plan::Wake(berth)
        } else if self.threads() < self.room() {
            self.rising += 1;
            Plan::Grow(self.roster.enrol(), ticket)
        } else {
            self.saturated += 1;
            Plan::Nothing
        };
        self.check();
        Ok(plan)
    }

    /// The thread that [`accept`](Self::accept) asked for could not be created.
    pub(super) fn grow_failed(&mut self, id: Id, ticket: Option<Ticket>) -> Fallback<J> {
        self.rising -= 1;
        self.roster.failed(id);
        let fallback = if self.threads() == 0 {
            self.orphans(ticket)
        } else if self.queue.len() <= self.coming() {
            Fallback::Nothing
        } else {
            self.claim().map_or(Fallback::Nothing, Fallback::Wake)
        };
        self.check();
        fallback
    }

    /// Empties the queue: nobody is here and nobody comes.
    fn orphans(&mut self, ticket: Option<Ticket>) -> Fallback<J> {
        self.moving_in = 0;
        let mut own = None;
        let mut others = Vec::new();
        for entry in self.queue.drain(..) {
            if Some(entry.ticket) == ticket {
                own = Some(entry.job);
            } else {
                others.push(entry.job);
            }
        }
        Fallback::Orphans { own, others }
    }

    /// A rising thread is here. It calls [`next`](Self::next) under the same lock, as after the two below.
    pub(super) fn arrive(&mut self) {
        self.rising -= 1;
    }

    /// A claimed thread is here.
    pub(super) fn awake(&mut self) {
        self.waking -= 1;
    }

    /// A thread has run its job; says whether nothing is queued or running any more.
    #[must_use]
    pub(super) fn finish(&mut self, id: Id, kind: Kind) -> bool {
        if kind == Kind::Resident {
            self.resident -= 1;
            return false;
        }
        if kind == Kind::Abandonable {
            self.roster.set_loose(id, false);
        }
        self.running -= 1;
        self.settle(1)
    }

    /// So many jobs have been run, cancelled or given back; says whether nothing is queued or running any more.
    #[must_use]
    pub(super) fn settle(&mut self, jobs: usize) -> bool {
        self.busy -= jobs;
        jobs > 0 && self.busy == 0
    }

    /// Tells a thread what to do: the oldest job, if there is any. At this moment the thread is in none of the counts.
    pub(super) fn next(&mut self, id: Id) -> Next<J> {
        if self.threads() >= self.room() {
            // It comes back from a resident job, and the pool has filled up meanwhile.
            return Next::Leave;
        }
        let Some(entry) = self.queue.pop_front() else {
            return if self.closed { Next::Leave } else { Next::Rest };
        };
        match entry.kind {
            Kind::Resident => {
                self.moving_in -= 1;
                self.resident += 1;
                self.busy -= 1;
            }
            Kind::Abandonable => {
                self.running += 1;
                self.roster.set_loose(id, true);
            }
            Kind::Ordinary | Kind::Mandatory => self.running += 1,
        }
        self.check();
        Next::Run(entry)
    }

    /// A visitor has left: whom to summon for a job that nobody comes for.
    #[must_use]
    pub(super) fn successor(&mut self) -> Option<Id> {
        let wanted = self.queue.len() > self.coming() && self.threads() < self.room();
        let successor = wanted.then(|| {
            self.rising += 1;
            let id = self.roster.enrol();
            self.roster.expect_visitor(id);
            id
        });
        self.check();
        successor
    }

    /// Whoever closes the pool runs a job itself, and then [`release`](Self::release)s it.
    #[must_use]
    pub(super) fn take_over(&mut self) -> Option<Entry<J>> {
        let entry = self.queue.pop_front()?;
        self.running += 1;
        Some(entry)
    }

    /// The job taken over has been run; says whether nothing is queued or running any more.
    #[must_use]
    pub(super) fn release(&mut self) -> bool {
        self.running -= 1;
        self.settle(1)
    }

    /// Puts a thread on top of the idle stack. It then waits until it is claimed, or retires.
    pub(super) fn rest(&mut self, berth: &Arc<Berth>) {
        berth.claimed.store(false, Ordering::Relaxed);
        self.idle.push(Arc::clone(berth));
        self.check();
    }

    /// Takes a thread off the stack that has waited long enough; false if it was claimed before.
    #[must_use]
    pub(super) fn retire(&mut self, berth: &Arc<Berth>) -> bool {
        // Those that wait longest are at the bottom, so they are found at once.
        let Some(place) = self.idle.iter().position(|other| Arc::ptr_eq(other, berth)) else {
            return false;
        };
        self.idle.remove(place);
        true
    }

    /// Refuses what comes later, takes out what need not be run, and claims all idle threads.
    pub(super) fn close(&mut self) -> Closing<J> {
        self.closed = true;
        self.moving_in = 0;
        let mut cancel = Vec::new();
        for entry in std::mem::take(&mut self.queue) {
            if entry.kind == Kind::Mandatory {
                self.queue.push_back(entry);
            } else {
                cancel.push(entry.job);
            }
        }
        let wake = std::iter::from_fn(|| self.claim()).collect();
        self.check();
        Closing { cancel, wake }
    }

    /// Takes the thread off the stack that went idle last.
    fn claim(&mut self) -> Option<Arc<Berth>> {
        let berth = self.idle.pop()?;
        berth.claimed.store(true, Ordering::Relaxed);
        self.waking += 1;
        Some(berth)
    }

    /// Threads that will look at the queue, whatever else happens.
    fn coming(&self) -> usize {
        self.rising + self.waking
    }

    /// Threads of the pool: those that look at the queue, now or when their job is done.
    fn threads(&self) -> usize {
        self.coming() + self.running + self.idle.len()
    }

    /// How many threads there may be. A resident job that is queued brings the one it will take.
    fn room(&self) -> usize {
        self.limit + self.moving_in
    }

    pub(super) fn busy(&self) -> usize {
        self.busy
    }

    /// Each accepted job has drawn a ticket.
    pub(super) fn accepted(&self) -> u64 {
        self.tickets
    }

    pub(super) fn metrics(&self) -> Metrics {
        Metrics {
            threads: self.threads(),
            idle: self.idle.len(),
            queued: self.queue.len(),
            running: self.running,
            resident: self.resident,
            limit: self.limit,
            saturated: self.saturated,
        }
    }

    /// What holds whenever the lock is free (INV-08, INV-16).
    fn check(&self) {
        debug_assert!(
            self.idle.is_empty() || self.queue.len() <= self.coming(),
            "a job is queued beside an idle thread"
        );
        debug_assert!(
            self.closed || self.threads() <= self.room(),
            "more threads than the limit"
        );
        debug_assert!(
            self.busy >= self.queue.len() + self.running,
            "a job is not counted"
        );
    }
}
