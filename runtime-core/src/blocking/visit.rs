//! Closures that block, on threads of somebody else.
//!
//! A pool may *summon* visitors instead of creating threads: the host's pool is asked to run a [`Visit`] some time, on a thread of its own. A visit is a thread of the pool that lives for one job: it
//! arrives, takes the oldest job from the queue, runs it and leaves; if jobs are left that nobody comes for, which happens at the limit, it summons its successor, which queues up behind the host's
//! own work. So the queue, the limit, the order, cancelling what is queued at shutdown, and the proof in the [parent module](super) are those of a pool with threads.
//!
//! A visit that is dropped is a thread that could not be created: the job stays queued if another visitor is there or comes, else it is cancelled. Nobody is summoned from a drop, which may happen
//! in any place of the host's.
//!
//! Shutdown waits for visitors that have begun, and for no others. The mandatory jobs that are still queued then are run by whoever closes the pool, unless it may not wait: the host's threads need
//! not come any more, and to wait for one may be to wait for oneself.

use std::sync::Arc;

use super::Job;
use super::pool::Shared;
use super::roster::Id;
use super::state::{Entry, Next, Ticket};
use crate::primitive::MutexGuard;
use crate::unwind::swallow;

/// Asks somebody to come. It may drop the visit at once.
pub(crate) type Summon<J> = Box<dyn Fn(Visit<J>) + Send + Sync>;

/// One turn of somebody else's thread at the queue of a pool.
#[must_use = "a visit that is dropped takes place never"]
pub(crate) struct Visit<J: Job> {
    shared: Arc<Shared<J>>,
    id: Id,
    /// Whose job it was summoned for.
    ticket: Option<Ticket>,
    arrived: bool,
}

impl<J: Job> Visit<J> {
    pub(super) fn new(shared: &Arc<Shared<J>>, id: Id, ticket: Option<Ticket>) -> Self {
        Self {
            shared: Arc::clone(shared),
            id,
            ticket,
            arrived: false,
        }
    }

    /// Runs one job, if there is any left.
    pub(crate) fn serve(mut self) {
        self.arrived = true;
        let shared = &*self.shared;
        let mut quiet = false;
        let mut state = shared.state.lock();
        state.arrive();
        state.roster.visitor_begins(self.id);
        if let Next::Run(entry) = state.next(self.id) {
            let kind = entry.kind;
            MutexGuard::unlocked(&mut state, || run(shared, entry));
            quiet = state.finish(self.id, kind);
        }
        state.roster.visitor_leaves(self.id);
        let successor = state.successor();
        drop(state);
        shared.changed.notify_all();
        shared.quiet(quiet);
        if let Some(id) = successor {
            shared.summon(Self::new(&self.shared, id, None));
        }
    }
}

impl<J: Job> Drop for Visit<J> {
    fn drop(&mut self) {
        if !self.arrived {
            self.shared.visit_refused(self.id, self.ticket);
        }
    }
}

/// Runs a job inside the context of the runtime, whatever becomes of the context.
pub(super) fn run<J: Job>(shared: &Shared<J>, entry: Entry<J>) {
    let mut job = Some(entry.job);
    let mut run = || {
        if let Some(job) = job.take() {
            swallow(|| job.run());
        }
    };
    swallow(|| (shared.config.enter)(&mut run));
    run();
}
