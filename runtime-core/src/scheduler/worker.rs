//! The loop: next task, run, tick, sleep.
//!
//! A [`Worker`] is a thread's hold on a slot. It is made by claiming the slot and gives it back when dropped; in between,
//! [`run_until`](Worker::run_until) runs tasks until a future is ready or the slot is gone. Own threads, lent threads and `block_on` differ only in the future.
//!
//! # Finding a task, plainly
//!
//! ```text
//! lifo slot  or  own deque  or  a share of the injector  or  half of a peer's deque  or  sleep
//! ```
//!
//! Two departures from that order keep it fair: every N polls the injector comes first, and after [`LIFO_RUN`] tasks in a row from the LIFO slot the next one
//! goes behind the deque. Without the first, a worker that never runs dry would never look outside; without the second, two tasks that wake each other would
//! starve the rest.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;
use super::pace::Pace;
use super::park::SeatToken;
use super::queue::Deque;
use super::root::Root;
use super::slot::Slot;
use crate::context::{self, Restore};
use crate::embed::lent::Limit;
use crate::handle::Handle;
use crate::observe::slow_poll::Polled;
use crate::task::Runnable;
use crate::util::clock::not_before_now;
use crate::util::{FastRand, Seeded, random_seed};

/// How many tasks in a row may come from the LIFO slot.
pub(crate) const LIFO_RUN: u32 = 3;

/// Unless the builder says otherwise, a busy worker looks at the driver at most this often: it bounds both the delay of an event and the share of time spent looking.
const LOOK_EVERY: Duration = Duration::from_micros(25);

/// Polls of a pump from one look at the clock to the next: where polls are short it would be a tenth of them, and where they are long the pump runs a few more than it should.
const BETWEEN_CLOCKS: u32 = 4;

/// How a [pump](Worker::pump) ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pumped {
    /// By its limit, and there is more to do.
    More,
    /// Nothing is to be done, or the runtime has closed.
    Dry,
    /// Its task gave the slot away.
    Gone,
}

/// A thread's hold on a slot.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(super) handle: Handle,
    pub(super) index: usize,
    /// `None` after the slot was handed over in `block_in_place`.
    pub(super) deque: RefCell<Option<Deque>>,
    /// A task is polled, and what it pushes may go to the LIFO slot.
    pub(super) polling: Cell<bool>,
    pub(super) searching: Cell<bool>,
    /// The seat is reserved for this thread.
    pub(crate) owns_seat: Cell<bool>,
    /// Whether the LIFO slot is used.
    lifo: Cell<bool>,
    lifo_run: Cell<u32>,
    tick: Cell<u32>,
    /// When [`has_just_looked`](Self::has_just_looked) last sent this worker to the driver, in nanoseconds since the origin.
    looked: Cell<u64>,
    pub(super) pace: Pace,
    pub(super) random: FastRand,
}

impl Worker {
    pub(super) fn new(handle: Handle, index: usize, deque: Deque) -> Self {
        let lifo = Cell::new(handle.shared().config.lifo);
        let chosen = handle.shared().config.seed;
        let seed = chosen.map_or_else(random_seed, |chosen| chosen.of_slot(index));
        Self {
            lifo,
            index,
            deque: RefCell::new(Some(deque)),
            polling: Cell::new(false),
            searching: Cell::new(false),
            owns_seat: Cell::new(false),
            lifo_run: Cell::new(0),
            // Wraps soon in every run, so that wrapping is nothing special.
            tick: Cell::new(u32::MAX - 3),
            looked: Cell::new(0),
            // A pump is a new hold each time, on a slot that knows its work.
            pace: Pace::after(handle.shared().slots[index].stats.mean_poll.get()),
            random: FastRand::new(seed),
            handle,
        }
    }

    /// Runs tasks until the future is ready. `None`: the runtime is shut down, or the slot was handed over and is driven by another thread.
    ///
    /// The caller has entered the runtime's context.
    pub(crate) fn run_until<F: Future>(
        &self,
        root: &Arc<Root>,
        future: Pin<&mut F>,
    ) -> Option<F::Output> {
        let _driving = context::enter_worker(Some(self));
        let _random = self.choose_seed();
        let _target = SleepsHere::new(root, self.index);
        self.pace.begin_lap();
        if self.slot().owes_look(self.shared().config.event_interval) {
            self.look();
        }
        let output = self.work_until(root, future);
        if self.is_driving() {
            self.count_busy();
        }
        output
    }

    fn work_until<F: Future>(
        &self,
        root: &Arc<Root>,
        mut future: Pin<&mut F>,
    ) -> Option<F::Output> {
        loop {
            if root.is_woken() {
                if let Some(output) = self.poll_root(root, future.as_mut()) {
                    return Some(output);
                }
            }
            for _ in 0..self.shared().config.event_interval {
                if self.shared().shutdown.is_closed() || !self.is_driving() {
                    return None;
                }
                match self.next_task() {
                    Some(task) => self.run(task),
                    None if root.is_woken() => break,
                    None => {
                        self.sleep(root);
                        break;
                    }
                }
            }
            self.look_at_driver();
        }
    }

    /// On a runtime with a seed, what its tasks draw comes from the seed.
    fn choose_seed(&self) -> Option<Seeded> {
        let seed = self.shared().config.seed?;
        Some(seed.on_this_thread(self.index))
    }

    /// Polls the future of the drive, which is user code like a task.
    fn poll_root<F: Future>(&self, root: &Arc<Root>, future: Pin<&mut F>) -> Option<F::Output> {
        if self.searching.get() {
            self.stop_search();
        }
        // Counts towards the next look at the driver: a future that wakes itself must not keep the driver waiting.
        self.pace.count_poll();
        let config = &self.shared().config;
        // On a lent thread the guard sees to what is stuck behind it. On an own thread it never is, on a current-thread runtime there is nobody else.
        let watched = config.reactor_thread && config.own_workers <= self.index;
        let _watched = watched.then(|| self.slot().watch.begin());
        let Some(polls) = self.shared().config.clocked_polls() else {
            return root.poll(future);
        };
        let began = Instant::now();
        let output = root.poll(future);
        self.report_if_slow(polls, began.elapsed(), || Polled::Root);
        output
    }

    /// Looks at the driver, runs what is ready, at most `polls` tasks (by default as many as are queued now), and returns: how many ran, and whether more is ready.
    pub(crate) fn turn(&self, polls: Option<u32>, deadline: Option<Instant>) -> (u32, bool) {
        let _driving = self.begin_turn(Some(Duration::ZERO), polls.is_none());
        let polled = self.run_some(polls.unwrap_or_else(|| self.ready()), deadline);
        (polled, self.end_turn())
    }

    /// A turn begins with a look at the driver, which waits so long if nothing is ready. The thread drives while the guard lives.
    ///
    /// A turn in order keeps to that of arrival, with no way to the front: what came from outside comes before what the look brings, and both before what running them adds.
    pub(crate) fn begin_turn(
        &self,
        wait: Option<Duration>,
        in_order: bool,
    ) -> Restore<'_, *const Self> {
        let driving = context::enter_worker(Some(self));
        let shared = self.shared();
        let in_order = in_order || !shared.config.lifo;
        self.lifo.set(!in_order);
        if !shared.shutdown.is_closed() {
            if in_order {
                self.take_all_injected();
            }
            let goes_on = !in_order && wait == Some(Duration::ZERO) && self.backlog() > 0;
            if !(goes_on && self.has_just_looked()) {
                if let Some(mut seat) = self.try_sit() {
                    seat.wait(&*shared.driver, wait);
                }
            }
        }
        self.pace.begin_lap();
        driving
    }

    /// Whether this worker asked this so lately, to look at the driver if not, that one with tasks to run would not look again. Of turns of a few short polls, and where tasks come one by one, the look would be the
    /// dearest part.
    pub(super) fn has_just_looked(&self) -> bool {
        let now = not_before_now();
        let just_looked = now.saturating_sub(self.looked.get()) < LOOK_EVERY.as_nanos() as u64;
        if !just_looked {
            self.looked.set(now);
        }
        just_looked && !self.shared().config.event_interval_is_set
    }

    fn take_all_injected(&self) {
        for _ in 0..self.shared().injector.len() {
            match self.shared().injector.pop() {
                Some(task) => self.push_tail(task),
                None => break,
            }
        }
    }

    /// How many tasks are queued that this worker finds first.
    pub(crate) fn ready(&self) -> u32 {
        let injected = self.shared().injector.len();
        let queued = self.backlog() + injected + usize::from(!self.slot().lifo.is_empty());
        u32::try_from(queued).unwrap_or(u32::MAX)
    }

    /// Runs at most so many tasks, and says how many.
    pub(crate) fn run_some(&self, most: u32, deadline: Option<Instant>) -> u32 {
        let shared = self.shared();
        let _random = self.choose_seed();
        let mut polled = 0;
        while polled < most
            && !shared.shutdown.is_closed()
            && deadline.is_none_or(|end| Instant::now() < end)
        {
            // In order: what comes from outside meanwhile comes after all that is queued here.
            let first = if self.lifo.get() {
                None
            } else {
                self.take_local()
            };
            let Some(task) = first.or_else(|| self.next_task()) else {
                break;
            };
            self.run(task);
            polled += 1;
        }
        polled
    }

    /// Whether more is ready.
    pub(crate) fn end_turn(&self) -> bool {
        self.lifo.set(self.shared().config.lifo);
        if self.is_driving() {
            self.end_lap();
        }
        !self.shared().shutdown.is_closed() && self.sees_work(true)
    }

    /// A turn that found work has found no more: looks at the driver once again, and says whether there is more now.
    pub(crate) fn look_again(&self) -> bool {
        if self.is_driving() && !self.shared().shutdown.is_closed() {
            self.look();
        }
        !self.shared().shutdown.is_closed() && self.sees_work(true)
    }

    /// Runs tasks within the limit, beginning as a searcher. Visits the driver where there is nothing to do, and never waits.
    pub(crate) fn pump(&self, limit: Limit) -> Pumped {
        let _driving = context::enter_worker(Some(self));
        self.search_for_claimer();
        self.pace.begin_lap();
        if self.slot().owes_look(self.shared().config.event_interval) {
            self.look();
        }
        let mut left = limit.polls_or_none().unwrap_or_else(|| self.ready().max(1));
        let between_looks = self.shared().config.event_interval;
        let end = limit
            .time()
            .map(|time| not_before_now().saturating_add(time.as_nanos() as u64));
        loop {
            if self.shared().shutdown.is_closed() {
                return Pumped::Dry;
            }
            let Some(task) = self.next_task().or_else(|| self.visit()) else {
                return Pumped::Dry;
            };
            self.run(task);
            if !self.is_driving() {
                return Pumped::Gone;
            }
            left -= 1;
            let is_late = |end| left % BETWEEN_CLOCKS == 0 && not_before_now() >= end;
            if left == 0 || end.is_some_and(is_late) {
                return self.pause();
            }
            // In step with the count that a look asks for; between those, the clock need not be read.
            if self.pace.polls() % between_looks == 0 {
                self.look_at_driver();
            }
        }
    }

    /// The limit is reached: whether there is more to do.
    fn pause(&self) -> Pumped {
        if self.sees_work(true) {
            // The next hold takes this on.
            self.slot().leave_unlooked(self.pace.polls());
            self.end_lap();
            return Pumped::More;
        }
        self.visit_driver();
        if self.sees_work(true) {
            Pumped::More
        } else {
            Pumped::Dry
        }
    }

    /// Nothing to do: what the driver has.
    fn visit(&self) -> Option<Runnable> {
        self.visit_driver();
        self.next_task()
    }

    fn visit_driver(&self) {
        self.end_lap();
        self.look();
        self.begin_lap();
    }

    /// The next task in the order of the rules, or `None` if there is nothing anywhere.
    fn next_task(&self) -> Option<Runnable> {
        let tick = self.tick.get().wrapping_add(1);
        self.tick.set(tick);
        if tick % self.shared().config.global_queue_interval == 0 {
            if let Some(task) = self.shared().injector.pop() {
                return Some(task);
            }
        }
        self.take_lifo()
            .or_else(|| self.take_local())
            .or_else(|| self.take_injected())
            .or_else(|| self.steal())
    }

    fn take_lifo(&self) -> Option<Runnable> {
        let task = self.slot().lifo.take()?;
        let run = self.lifo_run.get() + 1;
        if run <= LIFO_RUN {
            self.lifo_run.set(run);
            return Some(task);
        }
        self.push_tail(task);
        None
    }

    fn take_local(&self) -> Option<Runnable> {
        self.lifo_run.set(0);
        self.deque.borrow().as_ref()?.pop()
    }

    fn take_injected(&self) -> Option<Runnable> {
        let shared = self.shared();
        self.deque
            .borrow()
            .as_ref()?
            .take_share(&shared.injector, shared.config.workers)
    }

    /// Runs one task, and wakes a peer if what is queued behind it is worth it.
    #[inline]
    fn run(&self, task: Runnable) {
        if self.searching.get() {
            self.stop_search();
            // What was found may be more than one worker's share.
            self.share_backlog();
        }
        let slot = self.slot();
        let sequence = slot.watch.begin_task(task.task().home());
        self.polling.set(self.lifo.get());
        if slot.sampler.observes(sequence) {
            self.run_observed(task, sequence);
        } else {
            task.run();
        }
        self.polling.set(false);
        if self.is_driving() {
            self.slot().watch.step();
            self.pace.count_poll();
            self.share_backlog();
        } else {
            self.shared().quiet.task_is_back(self.shared());
        }
    }

    /// Wakes one peer if the backlog pays for it.
    pub(super) fn share_backlog(&self) {
        let shared = self.shared();
        let backlog = self.backlog();
        if backlog < self.pace.wake_at() && !(backlog > 0 && self.pace.is_time_to_compare()) {
            return;
        }
        if !shared.idle.has_sleeper_to_wake() && !shared.can_call_host() {
            return;
        }
        self.pace.notice_longer_polls();
        if backlog < self.pace.wake_at() {
            return;
        }
        if self
            .pace
            .is_worth_a_wake(backlog, || shared.crowd.has_room_for(2))
        {
            shared.wake_or_call(shared.idle.claim_unless_searching());
        }
    }

    pub(super) fn backlog(&self) -> usize {
        self.deque.borrow().as_ref().map_or(0, Deque::len)
    }

    /// Looks at the driver without waiting, once per interval.
    fn look_at_driver(&self) {
        let config = &self.shared().config;
        if self.pace.polls() < config.event_interval {
            return;
        }
        if !self.is_driving() || self.pace.elapsed() < LOOK_EVERY && !config.event_interval_is_set {
            return;
        }
        self.end_lap();
        self.look();
        self.begin_lap();
    }

    /// Counts the time since the lap began, once per lap, and returns it.
    fn count_busy(&self) -> Duration {
        let elapsed = self.pace.elapsed();
        self.slot().stats.busy.bump(elapsed.as_nanos() as u64);
        elapsed
    }

    /// Sits down unless somebody sits, or the seat is reserved for another thread.
    pub(super) fn try_sit(&self) -> Option<SeatToken<'_>> {
        let seat = &self.shared().seat;
        let token = seat.try_sit()?;
        (self.owns_seat.get() || !seat.is_reserved()).then_some(token)
    }

    pub(super) fn look(&self) {
        if let Some(mut seat) = self.try_sit() {
            seat.wait(&*self.shared().driver, Some(Duration::ZERO));
        }
    }

    /// A lap ends: from waking up to going to sleep, or from one look at the driver to the next.
    pub(super) fn end_lap(&self) {
        self.pace.end_lap(self.count_busy());
        self.slot().stats.mean_poll.set(self.pace.mean_poll());
    }

    /// Whether the machine has no processor for this worker beside a busy peer.
    pub(super) fn is_one_too_many(&self) -> bool {
        let crowd = &self.shared().crowd;
        self.pace.is_one_too_many(|| crowd.has_room_for(1))
    }

    pub(super) fn begin_lap(&self) {
        self.pace.begin_lap();
    }

    /// A task woken or spawned by the running one goes to the LIFO slot, one woken by the driver to the tail.
    pub(crate) fn push_next(&self, task: Runnable) {
        if !self.polling.get() {
            return self.push_tail(task);
        }
        if let Some(displaced) = self.slot().lifo.replace(task) {
            self.push_tail(displaced);
        }
    }

    pub(crate) fn push_tail(&self, task: Runnable) {
        match &*self.deque.borrow() {
            Some(deque) => deque.push(task),
            None => self.shared().push_outside(task),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        self.handle.shared()
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn slot(&self) -> &Slot {
        &self.shared().slots[self.index]
    }
}

/// While it lives, waking the root unparks the slot.
struct SleepsHere<'a>(&'a Arc<Root>);

impl<'a> SleepsHere<'a> {
    fn new(root: &'a Arc<Root>, slot: usize) -> Self {
        root.sleep_in(Some(slot));
        Self(root)
    }
}

impl Drop for SleepsHere<'_> {
    fn drop(&mut self) {
        self.0.sleep_in(None);
    }
}
