//! The workers, and the wheel of events that moves them.
//!
//! A step begins at its moment in the order of time. What it costs is added up in `at`, the worker's own clock, which the step hands on; its effects are seen by others from the beginning of the step on.

use super::Rule;
use super::costs::Costs;
use super::load::{ITEM, ITEMS, Load, ROOM, STAGES, Work};
use super::pace::Pace;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::mem;

/// A number of workers under a load.
#[derive(Debug)]
pub(super) struct Model {
    rule: Rule,
    costs: Costs,
    workers: Vec<Worker>,
    /// What comes through the driver, in order.
    driver: VecDeque<Task>,
    /// What comes from outside, in order.
    outside: VecDeque<Task>,
    injector: VecDeque<Task>,
    /// The worker in the seat.
    seat: Option<usize>,
    searchers: usize,
    /// The line of the injector, and that of sleepers and searchers.
    injector_line: Line,
    idle_line: Line,
    pipeline: [Stage; STAGES],
    agenda: BinaryHeap<Reverse<(u64, u64, Event)>>,
    scheduled: u64,
    random: u64,
    outcome: Outcome,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Tasks that computed, or items that left the pipeline.
    pub(super) tasks: usize,
    pub(super) wakes: usize,
    pub(super) steals: usize,
    /// When the last poll ended.
    end: u64,
    /// From being ready to being polled.
    waits: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A worker's next step, unless it was called since.
    Step { worker: usize, calls: u64 },
    /// The next task comes from outside.
    Outside,
}

#[derive(Clone, Copy, Debug)]
struct Task {
    ready: u64,
    work: Work,
}

#[derive(Debug)]
struct Worker {
    lifo: Option<Task>,
    lifo_run: u32,
    deque: VecDeque<Task>,
    deque_line: Line,
    doing: Doing,
    searching: bool,
    /// Times it was woken.
    calls: u64,
    polls: u64,
    pace: Pace,
}

#[derive(Clone, Copy, Debug)]
enum Doing {
    Looking,
    Computing,
    /// So many are still to be spawned.
    Spawning(usize, Work),
    /// A stage with so many items.
    Staging(usize, usize),
    Sleeping,
}

/// A line of memory that several write: one after the other.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    free: u64,
    owner: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stage {
    items: usize,
    /// It is queued or polled.
    active: bool,
}

impl Model {
    pub(super) fn new(workers: usize, rule: Rule, costs: Costs, load: Load) -> Self {
        let task = |(ready, work)| Task { ready, work };
        let mut pipeline = [Stage::default(); STAGES];
        pipeline[0] = Stage {
            items: ITEMS,
            active: true,
        };
        Self {
            rule,
            costs,
            workers: (0..workers).map(|_| Worker::new()).collect(),
            driver: load.events(workers).into_iter().map(task).collect(),
            outside: load.outside(workers).into_iter().map(task).collect(),
            injector: VecDeque::new(),
            seat: None,
            searchers: 0,
            injector_line: Line::default(),
            idle_line: Line::default(),
            pipeline,
            agenda: BinaryHeap::new(),
            scheduled: 0,
            random: 1,
            outcome: Outcome::default(),
        }
    }

    /// Until nothing is left to be done.
    pub(super) fn run(mut self) -> Outcome {
        (0..self.workers.len()).for_each(|worker| self.schedule(worker, 0));
        self.expect_outside();
        while let Some(Reverse((now, _, event))) = self.agenda.pop() {
            match event {
                Event::Step { worker, calls } if calls == self.workers[worker].calls => {
                    self.step(worker, now);
                }
                Event::Step { .. } => {}
                Event::Outside => self.push_outside(now),
            }
        }
        self.outcome.waits.sort_unstable();
        self.outcome
    }

    fn step(&mut self, worker: usize, mut at: u64) {
        match mem::replace(&mut self.workers[worker].doing, Doing::Looking) {
            Doing::Looking => self.next(worker, at),
            Doing::Sleeping => {
                self.workers[worker].pace.begin_lap(at);
                if self.seat == Some(worker) {
                    self.seat = None;
                    at = self.take_events(worker, at);
                }
                at = self.share_backlog(worker, at);
                self.next(worker, at);
            }
            Doing::Spawning(left, each) => {
                at = self.push_next(
                    worker,
                    Task {
                        ready: at,
                        work: each,
                    },
                    at,
                );
                if left > 1 {
                    self.workers[worker].doing = Doing::Spawning(left - 1, each);
                    self.schedule(worker, at + self.costs.spawn);
                } else {
                    self.after_poll(worker, at);
                }
            }
            Doing::Computing => {
                self.outcome.tasks += 1;
                self.after_poll(worker, at);
            }
            Doing::Staging(stage, items) => {
                at = self.end_stage(worker, stage, items, at);
                self.after_poll(worker, at);
            }
        }
    }

    /// LIFO slot, own deque, injector, a peer's deque, sleep; and every 61 polls the injector first.
    fn next(&mut self, worker: usize, at: u64) {
        let now_and_then = self.workers[worker].polls % 61 == 60;
        let local = if now_and_then && !self.injector.is_empty() {
            None
        } else {
            self.workers[worker].take_local()
        };
        if let Some(task) = local {
            return self.begin(worker, task, at + self.costs.poll);
        }
        let (task, at) = self.take_injected(worker, at);
        if let Some(task) = task {
            return self.begin(worker, task, at);
        }
        match self.steal(worker, at) {
            (Some(task), at) => self.begin(worker, task, at),
            (None, at) => self.sleep(worker, at),
        }
    }

    fn take_injected(&mut self, worker: usize, mut at: u64) -> (Option<Task>, u64) {
        if self.injector.is_empty() {
            return (None, at);
        }
        at = self.injector_line.write(worker, at, &self.costs);
        let share = (self.injector.len() / self.workers.len() + 1).min(LARGEST_BATCH);
        let mut share = self.injector.drain(..share.min(self.injector.len()));
        let first = share.next();
        self.workers[worker].deque.extend(share);
        (first, at)
    }

    fn steal(&mut self, worker: usize, mut at: u64) -> (Option<Task>, u64) {
        let workers = self.workers.len();
        if !self.workers[worker].searching && self.searchers < (workers / 2).max(1) && workers > 1 {
            self.workers[worker].searching = true;
            self.searchers += 1;
            at = self.idle_line.write(worker, at, &self.costs);
        }
        if !self.workers[worker].searching {
            return (None, at);
        }
        let first = self.random(workers);
        for victim in (first..workers)
            .chain(0..first)
            .filter(|peer| *peer != worker)
        {
            at += self.costs.probe;
            let victim = &mut self.workers[victim];
            let half = victim.deque.len().div_ceil(2).min(LARGEST_BATCH);
            if half == 0 {
                continue;
            }
            at = victim.deque_line.write(worker, at, &self.costs) + self.costs.moved * half as u64;
            let mut loot: VecDeque<_> = victim.deque.drain(..half).collect();
            let task = loot.pop_front();
            self.workers[worker].deque.append(&mut loot);
            self.outcome.steals += 1;
            return (task, at);
        }
        (None, at)
    }

    /// Begins to poll a task.
    fn begin(&mut self, worker: usize, task: Task, mut at: u64) {
        if mem::take(&mut self.workers[worker].searching) {
            self.searchers -= 1;
            at = self.idle_line.write(worker, at, &self.costs);
            if self.searchers == 0 && (self.rule == Rule::Eager || !self.injector.is_empty()) {
                at = self.wake_one(worker, at);
            }
            at = self.share_backlog(worker, at);
        }
        self.outcome.waits.push(at.saturating_sub(task.ready));
        let (doing, takes) = match task.work {
            Work::Compute(time) => (Doing::Computing, time),
            Work::Spawn { tasks, each } => (
                Doing::Spawning(tasks, Work::Compute(each)),
                self.costs.spawn,
            ),
            Work::Plant {
                planters,
                tasks,
                each,
            } => (
                Doing::Spawning(planters, Work::Spawn { tasks, each }),
                self.costs.spawn,
            ),
            Work::Stage(stage) => {
                let items = self.pipeline[stage].items.min(self.room_behind(stage));
                (Doing::Staging(stage, items), ITEM * items as u64)
            }
        };
        self.workers[worker].doing = doing;
        self.schedule(worker, at + takes);
    }

    fn after_poll(&mut self, worker: usize, mut at: u64) {
        self.outcome.end = self.outcome.end.max(at);
        self.workers[worker].polls += 1;
        self.workers[worker].pace.count_poll();
        at = self.share_backlog(worker, at);
        if self.workers[worker].pace.looks(at) {
            self.workers[worker].pace.end_lap(at);
            if self.seat.is_none() {
                at = self.take_events(worker, at + self.costs.look);
            }
        }
        self.next(worker, at);
    }

    fn push_next(&mut self, worker: usize, task: Task, at: u64) -> u64 {
        match self.workers[worker].lifo.replace(task) {
            Some(displaced) => self.push_tail(worker, displaced, at),
            None => at,
        }
    }

    fn push_tail(&mut self, worker: usize, task: Task, mut at: u64) -> u64 {
        self.workers[worker].deque.push_back(task);
        if self.rule == Rule::Eager {
            at = self.idle_line.write(worker, at, &self.costs);
            if self.searchers == 0 {
                at = self.wake_one(worker, at);
            }
        }
        at
    }

    /// The rule of heist: wakes one peer if the backlog pays for it.
    fn share_backlog(&mut self, worker: usize, at: u64) -> u64 {
        let Worker { deque, pace, .. } = &mut self.workers[worker];
        if self.rule == Rule::Heist && self.searchers == 0 && pace.is_worth_a_wake(deque.len(), at)
        {
            return self.wake_one(worker, at);
        }
        at
    }

    fn wake_one(&mut self, waker: usize, at: u64) -> u64 {
        let sleeps = |worker: &Worker| matches!(worker.doing, Doing::Sleeping) && !worker.searching;
        let Some(sleeper) = self.workers.iter().position(sleeps) else {
            return at;
        };
        let at = self.idle_line.write(waker, at, &self.costs);
        if self.seat == Some(sleeper) {
            self.seat = None;
        }
        self.searchers += 1;
        self.outcome.wakes += 1;
        self.workers[sleeper].searching = true;
        self.workers[sleeper].calls += 1;
        self.schedule(sleeper, at + self.costs.rise);
        at + self.costs.call
    }

    /// Announces sleep, looks once more, and sits down or sleeps beside.
    fn sleep(&mut self, worker: usize, mut at: u64) {
        self.workers[worker].pace.end_lap(at);
        let searched = mem::take(&mut self.workers[worker].searching);
        self.searchers -= usize::from(searched);
        at = self.idle_line.write(worker, at, &self.costs);
        let in_deques = || self.workers.iter().any(|peer| !peer.deque.is_empty());
        if !self.injector.is_empty() || (searched && in_deques()) {
            self.schedule(worker, at + self.costs.probe);
            return;
        }
        self.workers[worker].doing = Doing::Sleeping;
        if self.seat.is_some() {
            return;
        }
        self.seat = Some(worker);
        at += self.costs.sleep;
        if let Some(next) = self.driver.front() {
            let rises = if next.ready <= at {
                at
            } else {
                next.ready + self.costs.rise
            };
            self.schedule(worker, rises);
        }
    }

    /// Takes what the driver has, as one batch.
    fn take_events(&mut self, worker: usize, mut at: u64) -> u64 {
        let before = self.workers[worker].deque.len();
        for _ in 0..MOST_EVENTS {
            if self.driver.front().is_none_or(|task| task.ready > at) {
                break;
            }
            at += self.costs.event;
            self.workers[worker].deque.extend(self.driver.pop_front());
        }
        if self.rule == Rule::Eager
            && self.workers[worker].deque.len() > before + 1
            && self.searchers == 0
        {
            at = self.wake_one(worker, at);
        }
        at
    }

    fn push_outside(&mut self, now: u64) {
        let outsider = self.workers.len();
        self.injector.extend(self.outside.pop_front());
        let at = self.injector_line.write(outsider, now, &self.costs);
        if self.searchers == 0 {
            self.wake_one(outsider, at);
        }
        self.expect_outside();
    }

    fn expect_outside(&mut self) {
        if let Some(next) = self.outside.front() {
            self.scheduled += 1;
            let entry = (next.ready, self.scheduled, Event::Outside);
            self.agenda.push(Reverse(entry));
        }
    }

    /// Items go on; whoever can work then is woken.
    fn end_stage(&mut self, worker: usize, stage: usize, items: usize, mut at: u64) -> u64 {
        self.pipeline[stage].items -= items;
        self.pipeline[stage].active = false;
        match self.pipeline.get_mut(stage + 1) {
            Some(next) => next.items += items,
            None => self.outcome.tasks += items,
        }
        for near in [stage + 1, stage.wrapping_sub(1), stage] {
            let Some(other) = self.pipeline.get(near) else {
                continue;
            };
            if other.active || other.items == 0 || self.room_behind(near) == 0 {
                continue;
            }
            self.pipeline[near].active = true;
            let task = Task {
                ready: at,
                work: Work::Stage(near),
            };
            at = if near == stage {
                self.push_tail(worker, task, at)
            } else {
                self.push_next(worker, task, at)
            };
        }
        at
    }

    fn room_behind(&self, stage: usize) -> usize {
        let next = self.pipeline.get(stage + 1);
        next.map_or(ROOM, |next| ROOM - next.items)
    }

    fn schedule(&mut self, worker: usize, at: u64) {
        self.scheduled += 1;
        let calls = self.workers[worker].calls;
        let entry = (at, self.scheduled, Event::Step { worker, calls });
        self.agenda.push(Reverse(entry));
    }

    fn random(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % below as u64) as usize
    }
}

impl Worker {
    fn new() -> Self {
        Self {
            lifo: None,
            lifo_run: 0,
            deque: VecDeque::new(),
            deque_line: Line::default(),
            doing: Doing::Looking,
            searching: false,
            calls: 0,
            polls: 0,
            pace: Pace::new(),
        }
    }

    fn take_local(&mut self) -> Option<Task> {
        if let Some(task) = self.lifo.take() {
            self.lifo_run += 1;
            if self.lifo_run <= LIFO_RUN {
                return Some(task);
            }
            self.deque.push_back(task);
        }
        self.lifo_run = 0;
        self.deque.pop_front()
    }
}

impl Line {
    /// When it has been written.
    fn write(&mut self, writer: usize, at: u64, costs: &Costs) -> u64 {
        let cost = if self.owner == writer {
            OWN_LINE
        } else {
            costs.line
        };
        self.owner = writer;
        self.free = self.free.max(at) + cost;
        self.free
    }
}

impl Outcome {
    pub(super) fn tasks_per_ms(&self) -> f64 {
        self.tasks as f64 / self.end.max(1) as f64 * 1e6
    }

    pub(super) fn per_task(&self, count: usize) -> f64 {
        count as f64 / self.tasks.max(1) as f64
    }

    pub(super) fn p99_micros(&self) -> f64 {
        let place = self.waits.len() * 99 / 100;
        self.waits.get(place).map_or(0.0, |wait| *wait as f64 / 1e3)
    }
}

const LIFO_RUN: u32 = 3;
const LARGEST_BATCH: usize = 64;
/// Events that the driver hands over at once.
const MOST_EVENTS: usize = 1_024;
/// Nanoseconds: a read-modify-write of a line that was written here last.
const OWN_LINE: u64 = 5;
