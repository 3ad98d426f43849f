//! How fast a worker gets through its queue, and when a peer is worth waking.
//!
//! # The rule
//!
//! Waking a peer costs: a system call here, a switch there, and cold caches on both sides. It pays when the tasks queued would otherwise wait longer than
//! that. The expected wait is the number of queued tasks times the mean time of a poll, so the comparison is kept as a *number of tasks*, [`Pace::wake_at`], which is one
//! integer compare per poll.
//!
//! Both sides of the comparison are running estimates.
//!
//! * *The mean poll* is taken over laps: from waking up to going to sleep, or from one look at the driver to the next. Two clock reads per lap, none per poll. It follows
//!   with a weight of one quarter, so that four laps of a new kind of work are enough.
//! * *The cost of a wake-up* depends on what the machine has to spare. If a processor is free it is [`COST_OF_A_WAKE`]. If none is, the peer displaces a thread that works,
//!   perhaps the one that asks, and gets through no more than a slice of the system's scheduler: [`COST_OF_A_SLICE`] comes on top. How often the machine is found
//!   [full](super::crowd) is measured when a backlog asks for it, at most once in [`ASK_EVERY`], and followed with a weight of one quarter.
//!
//! The same measure, from the other side, tells a worker that runs dry beside a busy peer whether it is [one too many](super::sleep).
//!
//! # What goes wrong without a bound on either side
//!
//! The mean knows only the past. Tasks that take milliseconds after a lap of microseconds would all be kept to one worker until the lap ends, so while there is a backlog and
//! a sleeper the lap's own mean is looked at after 1, 2, 4, 8, 16 and 32 polls, and followed at once if it is the larger one. A single poll that does not end hides its backlog
//! while it runs; that case belongs to the [guard](super::guard). A mean near
//! zero (a queue of empty tasks) would allow any backlog: [`MOST_TASKS`] bounds it.
//!
//! # What the rule does not reach
//!
//! A worker that never rests, with a backlog that is never long. Both ends of 64 Unix sockets in one runtime are such a load: its queue is worth some 130 µs, less than the price of a wake-up, so one
//! processor would do all of it while the other is free. Such a worker gets its company by an [invitation](super::linger), and keeps it as long as lingering pays.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::util::clock::not_before_now;

/// The pace of one worker.
#[derive(Debug)]
pub(crate) struct Pace {
    lap_began: Cell<Instant>,
    /// The same by the cheap clock.
    lap_began_at: Cell<u64>,
    polls: Cell<u32>,
    mean_poll: Cell<u64>,
    wake_at: Cell<usize>,
    /// Whether the machine lacks a processor for a peer.
    no_room_for_peer: Share,
    /// Whether it lacks one for this worker beside an awake peer.
    no_room_for_two: Share,
}

/// How often something held of late.
#[derive(Debug, Default)]
struct Share {
    /// In parts of [`ALWAYS`].
    share: Cell<u64>,
    asked: Cell<Option<Instant>>,
}

impl Share {
    /// The share after another answer, unless the last one is younger than [`ASK_EVERY`].
    fn follow(&self, now: Instant, holds: impl FnOnce() -> bool) -> u64 {
        if self
            .asked
            .get()
            .is_none_or(|asked| asked + ASK_EVERY <= now)
        {
            self.asked.set(Some(now));
            let sample = if holds() { ALWAYS } else { 0 };
            self.share.set((self.share.get() * 3 + sample) / 4);
        }
        self.share.get()
    }
}

impl Pace {
    /// Begins with what the slot's laps have taught before, in nanoseconds; zero if there was none.
    pub(crate) fn after(mean_poll: u64) -> Self {
        let mean_poll = if mean_poll == 0 {
            FIRST_GUESS
        } else {
            mean_poll
        };
        Self {
            lap_began: Cell::new(Instant::now()),
            lap_began_at: Cell::new(not_before_now()),
            polls: Cell::new(0),
            mean_poll: Cell::new(mean_poll),
            wake_at: Cell::new(tasks_worth(COST_OF_A_WAKE, mean_poll)),
            no_room_for_peer: Share::default(),
            no_room_for_two: Share::default(),
        }
    }

    /// One more poll has ended. Stops at the end of the range: a lap is that long only if the builder asked for it.
    pub(crate) fn count_poll(&self) {
        self.polls.set(self.polls.get().saturating_add(1));
    }

    /// Polls since the lap began.
    pub(crate) fn polls(&self) -> u32 {
        self.polls.get()
    }

    /// Time since the lap began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.lap_began.get().elapsed()
    }

    /// Ends a lap that took `elapsed`; a lap without polls teaches nothing.
    pub(crate) fn end_lap(&self, elapsed: Duration) {
        let polls = u64::from(self.polls.replace(0));
        if polls == 0 {
            return;
        }
        let sample = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX) / polls;
        let mean = (self.mean_poll.get() * 3 + sample.min(LONGEST_SAMPLE)) / 4;
        self.mean_poll.set(mean);
        self.wake_at.set(tasks_worth(COST_OF_A_WAKE, mean));
    }

    /// Begins a lap now.
    pub(crate) fn begin_lap(&self) {
        self.polls.set(0);
        self.lap_began.set(Instant::now());
        self.lap_began_at.set(not_before_now());
    }

    /// Whether so many polls have ended in this lap that [`notice_longer_polls`](Self::notice_longer_polls) is due.
    pub(crate) fn is_time_to_compare(&self) -> bool {
        let polls = self.polls.get();
        polls.is_power_of_two() && polls <= LAST_COMPARISON
    }

    /// Follows the lap's own mean if it is larger than the one of the past.
    pub(crate) fn notice_longer_polls(&self) {
        let polls = u64::from(self.polls.get());
        if polls == 0 {
            return;
        }
        let elapsed = not_before_now().saturating_sub(self.lap_began_at.get());
        if elapsed < LEAST_EVIDENCE {
            return;
        }
        let mean = (elapsed / polls).min(LONGEST_SAMPLE);
        if mean > 2 * self.mean_poll.get() {
            self.mean_poll.set(mean);
            self.wake_at.set(tasks_worth(COST_OF_A_WAKE, mean));
        }
    }

    /// Nanoseconds: the mean time of a poll.
    pub(crate) fn mean_poll(&self) -> u64 {
        self.mean_poll.get()
    }

    /// A smaller backlog is not worth waking a peer, whatever the machine has to spare.
    pub(crate) fn wake_at(&self) -> usize {
        self.wake_at.get()
    }

    /// Whether a backlog of at least [`wake_at`](Self::wake_at) is worth waking a peer on this machine now.
    pub(crate) fn is_worth_a_wake(
        &self,
        backlog: usize,
        has_room_for_peer: impl FnOnce() -> bool,
    ) -> bool {
        // The beginning of the lap is the clock here: good enough for a bound on how often, and free.
        let fullness = self
            .no_room_for_peer
            .follow(self.lap_began.get(), || !has_room_for_peer());
        let cost = COST_OF_A_WAKE + COST_OF_A_SLICE * fullness / ALWAYS;
        // Until the lap ends, a backlog that is too small for this is not worth asking about again.
        self.wake_at.set(tasks_worth(cost, self.mean_poll.get()));
        backlog >= self.wake_at.get()
    }

    /// Whether this worker, which has nothing to do, is one too many beside a peer that has.
    pub(crate) fn is_one_too_many(&self, has_room_for_two: impl FnOnce() -> bool) -> bool {
        let crowdedness = self
            .no_room_for_two
            .follow(self.lap_began.get(), || !has_room_for_two());
        crowdedness > ALWAYS / 2
    }
}

fn tasks_worth(cost: u64, mean_poll: u64) -> usize {
    usize::try_from(cost / mean_poll.max(1))
        .unwrap_or(MOST_TASKS)
        .clamp(1, MOST_TASKS)
}

/// Nanoseconds: what a wake-up costs where a processor is free, seen from the tasks that wait: unpark here, schedule and warm up there.
const COST_OF_A_WAKE: u64 = 200_000;

/// Nanoseconds: a slice of Linux's scheduler (`base_slice_ns`: 2.8 ms on two processors, up to 4.2 ms on many).
const COST_OF_A_SLICE: u64 = 4_000_000;

/// The machine is always full.
const ALWAYS: u64 = 256;

/// The least time between two questions about the machine.
const ASK_EVERY: Duration = Duration::from_millis(1);

/// Nanoseconds: the mean before the first lap, a small request over loopback.
const FIRST_GUESS: u64 = 2_000;

/// Nanoseconds: one stuck poll must not make the worker wake peers for every task of the next thousand laps. Above the dearest wake-up, so that a single task that takes
/// longer is always worth one.
const LONGEST_SAMPLE: u64 = 10_000_000;

/// Nanoseconds: a lap that has not lasted so long tells nothing of its own yet. An interrupt in the first of many empty polls is not a longer poll.
const LEAST_EVIDENCE: u64 = COST_OF_A_WAKE / 4;

/// After so many polls of a lap its own mean is looked at for the last time.
const LAST_COMPARISON: u32 = 32;

/// No backlog longer than this is kept to oneself.
const MOST_TASKS: usize = 4_096;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn after(polls: u32, elapsed: Duration, laps: usize) -> Pace {
        let pace = Pace::after(0);
        for _ in 0..laps {
            (0..polls).for_each(|_| pace.count_poll());
            pace.end_lap(elapsed);
        }
        pace
    }

    #[test]
    fn long_polls_make_every_task_worth_a_wake() {
        assert_eq!(after(10, Duration::from_millis(10), 8).wake_at(), 1);
    }

    #[test]
    fn short_polls_are_kept_up_to_the_bound() {
        assert_eq!(
            after(1000, Duration::from_micros(20), 40).wake_at(),
            MOST_TASKS
        );
    }

    /// A pace of 10 µs per poll after so many answers about the machine, all the same.
    fn told(room: bool, answers: u32) -> Pace {
        let pace = after(100, Duration::from_millis(1), 40);
        for _ in 0..answers {
            pace.no_room_for_peer.asked.set(None);
            pace.is_worth_a_wake(0, || room);
        }
        pace
    }

    #[test]
    fn a_free_processor_makes_a_short_wait_worth_a_wake() {
        let pace = told(true, 20);
        assert!(pace.is_worth_a_wake(20, || true));
        assert!(!pace.is_worth_a_wake(19, || true));
    }

    #[test]
    fn a_full_machine_asks_for_a_slice_on_top() {
        let pace = told(false, 40);
        assert!(!pace.is_worth_a_wake(380, || false));
        assert!(pace.is_worth_a_wake(420, || false));
    }

    #[test]
    fn a_machine_that_empties_is_noticed() {
        let pace = told(false, 40);
        pace.no_room_for_peer.asked.set(None);
        assert!(
            !pace.is_worth_a_wake(20, || true),
            "one answer is not enough"
        );
        for _ in 0..40 {
            pace.no_room_for_peer.asked.set(None);
            pace.is_worth_a_wake(0, || true);
        }
        assert!(pace.is_worth_a_wake(20, || true));
    }

    #[test]
    fn the_machine_is_asked_at_most_once_in_a_while() {
        let pace = told(true, 1);
        assert!(pace.is_worth_a_wake(20, || panic!("asked again in the same lap")));
    }

    /// A pace of 1 µs per poll, one poll into a lap that began so long ago.
    fn one_poll_into_a_lap_of(elapsed: Duration) -> Pace {
        let pace = after(100, Duration::from_micros(100), 40);
        pace.begin_lap();
        pace.count_poll();
        let began = pace.lap_began_at.get();
        pace.lap_began_at
            .set(began.saturating_sub(elapsed.as_nanos() as u64));
        pace.notice_longer_polls();
        pace
    }

    #[test]
    fn a_long_poll_after_short_ones_counts_at_once() {
        // Origin and lap may be one, in a test that is the first to ask for the time.
        while not_before_now() < 10_000_000 {
            std::hint::spin_loop();
        }
        assert!(one_poll_into_a_lap_of(Duration::from_millis(3)).wake_at() <= 1);
    }

    #[test]
    fn a_lap_that_has_hardly_begun_tells_nothing() {
        let pace = Pace::after(0);
        pace.mean_poll.set(1);
        pace.begin_lap();
        pace.count_poll();
        pace.notice_longer_polls();
        let took = not_before_now() - pace.lap_began_at.get();
        assert!(pace.mean_poll() == 1 || took >= LEAST_EVIDENCE);
    }

    #[test]
    fn who_displaces_somebody_is_one_too_many() {
        let pace = Pace::after(0);
        assert!(!pace.is_one_too_many(|| true));
        for answers in 1..=4 {
            pace.no_room_for_two.asked.set(None);
            assert_eq!(pace.is_one_too_many(|| false), answers > 2, "{answers}");
        }
    }

    #[test]
    fn a_new_lap_starts_from_the_lower_bound() {
        let pace = told(false, 40);
        assert!(pace.wake_at() > 300);
        pace.count_poll();
        pace.end_lap(Duration::from_micros(10));
        assert_eq!(pace.wake_at(), 20);
    }

    #[test]
    fn a_lap_without_polls_teaches_nothing() {
        assert_eq!(
            after(0, Duration::from_secs(1), 3).wake_at(),
            Pace::after(0).wake_at()
        );
    }

    #[test]
    fn queue_03_a_lap_without_end_counts_to_the_end() {
        let pace = Pace::after(0);
        pace.polls.set(u32::MAX - 3);
        (0..8).for_each(|_| pace.count_poll());
        assert_eq!(pace.polls(), u32::MAX);
        pace.end_lap(Duration::from_secs(1));
        assert_eq!(pace.polls(), 0);
    }
}
