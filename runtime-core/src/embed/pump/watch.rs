//! What the guard does for pumps: it notices that the host refuses jobs, or starts none, and sees to both.

use std::time::{Duration, Instant};

use super::Pumps;
use super::count::Now;
use crate::handle::Handle;

/// What the guard remembers from one look to the next.
pub(crate) struct Watch<'a> {
    handle: &'a Handle,
    pumps: &'a Pumps,
    seen: Now,
    /// Since when nothing has begun.
    since: Instant,
    trouble: Option<Trouble>,
}

/// Posting is suspended, and the guard posts.
struct Trouble {
    /// It is over when more pumps than these have begun.
    starts: u32,
    next: Instant,
    pause: Duration,
}

impl<'a> Watch<'a> {
    /// `None` on a runtime without pumps.
    pub(crate) fn new(handle: &'a Handle) -> Option<Self> {
        let pumps = handle.shared().pumps.as_ref()?;
        Some(Self {
            handle,
            pumps,
            seen: pumps.count.now(),
            since: Instant::now(),
            trouble: None,
        })
    }

    /// Looks; the guard may do something else for [`SHORTEST`] then, as long as [`Pumps::need_guard`] holds.
    pub(crate) fn look(&mut self) {
        self.pumps.relay();
        let now = self.pumps.count.now();
        let moment = Instant::now();
        match self.trouble.take() {
            Some(trouble) => self.go_on(trouble, now, moment),
            None if self.pumps.count.take_refusal() => self.worry(now, moment),
            None if self.is_stalled(now, moment) => {
                self.pumps.stalled.bump(1);
                self.worry(now, moment);
            }
            None => {}
        }
        self.seen = now;
    }

    /// Whether the host has had jobs and has started none for too long.
    fn is_stalled(&mut self, now: Now, moment: Instant) -> bool {
        if !(now.is_waiting() && self.seen.is_waiting() && now.starts == self.seen.starts) {
            self.since = moment;
        }
        let limit = self.pumps.settings.stall_after.unwrap_or(COUNTED_AFTER);
        now.is_waiting() && moment.duration_since(self.since) >= limit
    }

    fn worry(&mut self, now: Now, moment: Instant) {
        self.pumps.count.suspend(true);
        self.trouble = Some(Trouble {
            starts: now.starts,
            next: moment + SHORTEST,
            pause: SHORTEST,
        });
        self.call_rescue(now.starts);
    }

    /// Still in trouble, unless a pump has begun.
    fn go_on(&mut self, mut trouble: Trouble, now: Now, moment: Instant) {
        if now.starts != trouble.starts || self.is_hopeless(now) {
            return self.calm_down();
        }
        let again = trouble.is_time(moment) && self.pumps.count.post(self.pumps.settings.cap);
        self.trouble = Some(trouble);
        self.call_rescue(now.starts);
        if again {
            self.pumps.execute(None);
        }
    }

    fn call_rescue(&self, starts: u32) {
        if self.pumps.settings.stall_after.is_some() {
            self.pumps.rescue.call(self.handle, starts);
        }
    }

    /// Whether there is no rescue worker, no job and no work: nothing to wait for.
    fn is_hopeless(&self, now: Now) -> bool {
        self.pumps.settings.stall_after.is_none()
            && now.posted == 0
            && !self.handle.shared().has_work()
    }

    /// Posting is everybody's again; whoever refrained from it meanwhile relied on the guard.
    fn calm_down(&mut self) {
        self.since = Instant::now();
        self.pumps.count.suspend(false);
        if self.handle.shared().has_work() {
            self.pumps.post();
        }
    }
}

impl Trouble {
    /// Whether it is time to post again; each time takes twice as long as the one before, up to [`LONGEST`].
    fn is_time(&mut self, moment: Instant) -> bool {
        let due = moment >= self.next;
        if due {
            self.pause = (self.pause * 2).min(LONGEST);
            self.next = moment + self.pause;
        }
        due
    }
}

/// The first pause before a job that was refused is posted again.
pub(crate) const SHORTEST: Duration = Duration::from_millis(1);

/// The longest.
const LONGEST: Duration = Duration::from_millis(64);

/// A host that starts nothing for so long is counted, if the builder asks for no rescue.
const COUNTED_AFTER: Duration = Duration::from_millis(50);
