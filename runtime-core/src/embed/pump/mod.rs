//! Pumps: the runtime posts bounded jobs to the host's pool, and its tasks run there.
//!
//! # Words
//!
//! A *pump* is a job that drives a slot for one [`pump_limit`](crate::Builder::pump_limit) and then either queues up again, behind the host's own jobs, or ends. It is *posted* from the moment it is given
//! to the pool until it ends; there are at most as many as the builder was told. Each has a reserved slot for the time that it runs, and keeps it while it is queued again; so as many
//! slots are reserved, and one for the *rescue worker*.
//!
//! # The rule
//!
//! 1. *Post*: whoever has pushed a task from outside, or has a backlog that is worth another thread, posts a pump: below the cap, unless one is queued that has not begun, or somebody searches.
//!    One compare-and-swap, one reference to the runtime, no allocation.
//! 2. *Begin*: on a thread of the host the pump claims a slot, or takes back the one it kept. From here on it is a searcher that somebody woke, like a claimed sleeper.
//! 3. *Run* at most the limit, which is a time rather than a number: to post a pump costs the host a queue and perhaps a wake-up, some microseconds. After 64 polls of very short tasks, every ten
//!    microseconds, it was a third of the work (0.63 of the throughput of own workers, 0.87 now). The clock, too, is not read after every poll of such tasks, nor is the driver looked at.
//! 4. *More to do*: the LIFO slot is emptied into the deque, which stays stealable; the pump is posted anew with its slot.
//!    From time to time the guard posts it, from outside of the pool ([`relay`]): a pool in which a thread prefers what it has queued itself, such as rayon, would not come to anything else.
//! 5. *Nothing to do*: it visits the seat, so that an event costs no hop while there is work, and goes on if that brought something.
//! 6. *End*: it leaves its slot, lowers the count, makes a fence, looks at every source of work, and posts a successor if there is any. Nobody waits on the host's thread, so a pump never sleeps.
//!
//! # Why no task is stranded
//!
//! * Pusher: push; fence; read the count.
//! * Pump: lower the count (6), or begin (2); fence; look at the queues.
//!
//! The fences are in one order. If the pusher's comes first, the pump's look sees the task. If the pump's comes first, the pusher sees no pump, or none that is still to come, and posts one. Without either
//! fence both may read the old values: the pump ends, the pusher counts on it, and the task lies there until the next push.
//!
//! # A job that is dropped
//!
//! The host may drop a job in `execute` or later, in its own destructor or in a waker of ours. Then (a) the slot it kept is vacated, (b) the count is lowered, (c) the refusal is noted, (d) the guard is roused. Nothing is
//! posted from a drop. The guard *suspends* posting and takes it over: again after 1, 2, 4 … 64 ms, until a pump begins. Meanwhile the rescue worker runs the tasks.
//!
//! # A pool that starts nothing
//!
//! All threads of the host may be waiting for a task of ours, which waits for a thread of the host. While a pump is queued and none runs, the guard compares the number of starts; if it stands still for
//! [`stall_after`](crate::Builder::stall_after), that is a stall: counted, and answered like a refusal, without posting, since a job is there.
//!
//! # The rescue worker
//!
//! One thread of the runtime's own, started when it is needed first, with a slot of its own. It drives like any worker until a pump begins, and then sleeps until it is called again:
//!
//! * Rescue: note that it is active; read the number of starts.
//! * Pump: count its start; read whether the rescue is active, and wake it.
//!
//! All four are sequentially consistent, so one of the two sees the other.
//!
//! # On top of a suspended poll
//!
//! A task that waits for its pool, in a parallel iterator, may be given a pump by the pool's own stealing. To run tasks there would be to run them on top of one that may hold a lock they want.
//! Such a pump ends at once, and the guard hears of it as of a refusal.
//!
//! # `block_in_place`
//!
//! A pump whose task blocks leaves its slot for good, ends, and posts a successor if there is work. The task goes on without a slot, and its thread returns to the host after that poll.
//!
//! # Shutdown
//!
//! A pump that runs leaves after its poll. The slots of those that are queued are taken away from them by whoever closes; when the host comes to them they find the runtime closed and return.
//! No thread of the host is waited for.

mod count;
mod relay;
mod rescue;
mod run;
mod watch;

#[cfg(all(test, loom))]
mod model;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crossbeam_utils::CachePadded;

use self::count::Count;
pub(crate) use self::count::MOST;
use self::relay::Relay;
use self::rescue::Rescue;
use super::host::{HostPool, post};
use super::job::Job;
use super::lent::Limit;
use crate::handle::Handle;
use crate::scheduler::Shared;
use crate::scheduler::stats::Counter;

pub(super) use run::{refuse, run};
pub(crate) use watch::Watch;

/// What the builder says of them.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) pool: Arc<dyn HostPool>,
    pub(crate) cap: usize,
    pub(crate) limit: Limit,
    pub(crate) stall_after: Option<Duration>,
}

impl Settings {
    pub(crate) fn reserved_slots(&self) -> usize {
        self.cap + 1
    }
}

/// The pumps of a runtime.
pub(crate) struct Pumps {
    /// Written by posters and by pumps.
    count: CachePadded<Count>,
    settings: Settings,
    /// The runtime, which owns this.
    runtime: Weak<Shared>,
    /// The first of the reserved slots.
    first_slot: usize,
    rescue: Rescue,
    relay: Relay,
    /// Times that the host started none of the jobs it had for too long. Written by the guard.
    pub(crate) stalled: Counter,
}

impl Pumps {
    pub(crate) fn new(settings: Settings, runtime: &Weak<Shared>, first_slot: usize) -> Self {
        Self {
            count: CachePadded::new(Count::new()),
            relay: Relay::new(settings.cap),
            settings,
            runtime: runtime.clone(),
            first_slot,
            rescue: Rescue::new(),
            stalled: Counter::default(),
        }
    }

    /// The slots of pumps.
    pub(crate) fn slots(&self) -> Range<usize> {
        self.first_slot..self.first_slot + self.settings.cap
    }

    /// How many slots are kept for pumps and the rescue worker.
    pub(crate) fn reserved_slots(&self) -> usize {
        self.settings.reserved_slots()
    }

    /// The slot of the rescue worker.
    fn rescue_slot(&self) -> usize {
        self.slots().end
    }

    /// Rule 1, for whoever has pushed a task and made a fence since.
    pub(crate) fn post(&self) {
        if !self.count.is_suspended() && self.count.post(self.settings.cap) {
            self.execute(None);
        }
    }

    /// Whether [`post`](Self::post) is likely to post one.
    pub(crate) fn has_room(&self) -> bool {
        !self.count.is_suspended() && self.count.now().allows(self.settings.cap)
    }

    /// Gives a job to the pool that is counted already.
    fn execute(&self, slot: Option<usize>) {
        // Without a runtime there is nothing to do, and nobody counts.
        if let Some(shared) = self.runtime.upgrade() {
            // A guard that waits without limit would not see a stall.
            shared.somebody_is_awake();
            post(&*self.settings.pool, Job::pump(&Handle::new(shared), slot));
        }
    }

    /// Whether a pump is queued or runs, or the guard has something else to see to.
    pub(crate) fn need_guard(&self) -> bool {
        self.count.needs_guard()
    }

    /// Pumps that have been posted and have not ended.
    pub(crate) fn posted(&self) -> usize {
        self.count.now().posted
    }

    /// The runtime closes.
    pub(crate) fn close(&self) {
        self.rescue.rouse();
    }
}

impl fmt::Debug for Pumps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pumps")
            .field("cap", &self.settings.cap)
            .field("now", &self.count.now())
            .finish_non_exhaustive()
    }
}
