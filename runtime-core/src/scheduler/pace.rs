//! How fast a worker gets through its queue, and when a peer is worth waking.
//!
//! # The rule
//!
//! Waking a peer costs: a system call here, a switch there, and cold caches on both sides. It pays when the tasks queued would otherwise wait longer than
//! that. The expected wait is the number of queued tasks times the mean time of a poll, so the comparison is kept as a *number of tasks*, [`Pace::wake_at`], which is one
//! integer compare per poll.
//!
//! The mean is taken over laps: from waking up to going to sleep, or from one look at the driver to the next. Two clock reads per lap, none per poll. It follows with a
//! weight of one quarter, so that four laps of a new kind of work are enough.
//!
//! # What goes wrong without a bound on either side
//!
//! The mean knows only the past. A poll that is long for the first time hides its backlog until it ends; that case belongs to the [guard](super::guard). A mean near
//! zero (a queue of empty tasks) would allow any backlog: [`MOST_TASKS`] bounds it.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// The pace of one worker.
#[derive(Debug)]
pub(crate) struct Pace {
    lap_began: Cell<Instant>,
    polls: Cell<u32>,
    mean_poll: Cell<u64>,
    wake_at: Cell<usize>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self {
            lap_began: Cell::new(Instant::now()),
            polls: Cell::new(0),
            mean_poll: Cell::new(FIRST_GUESS),
            wake_at: Cell::new(tasks_worth_a_wake(FIRST_GUESS)),
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
        self.wake_at.set(tasks_worth_a_wake(mean));
    }

    /// Begins a lap now.
    pub(crate) fn begin_lap(&self) {
        self.polls.set(0);
        self.lap_began.set(Instant::now());
    }

    /// A backlog of this many tasks is worth waking a peer.
    pub(crate) fn wake_at(&self) -> usize {
        self.wake_at.get()
    }
}

fn tasks_worth_a_wake(mean_poll: u64) -> usize {
    usize::try_from(COST_OF_A_WAKE / mean_poll.max(1))
        .unwrap_or(MOST_TASKS)
        .clamp(1, MOST_TASKS)
}

/// Nanoseconds: what a wake-up costs, seen from the tasks that wait: unpark here, schedule and warm up there, and the switches of two workers that then share
/// what one would have done. Against 50 µs, 200 µs made echo over 256 connections on two CPUs go from 0.92 to 1.22 times tokio's throughput (p99 0.81 to 1.15), and
/// left 64 connections ahead; three interleaved pairs each.
const COST_OF_A_WAKE: u64 = 200_000;

/// Nanoseconds: the mean before the first lap, a small request over loopback.
const FIRST_GUESS: u64 = 2_000;

/// Nanoseconds: one stuck poll must not make the worker wake peers for every task of the next thousand laps.
const LONGEST_SAMPLE: u64 = 1_000_000;

/// No backlog longer than this is kept to oneself.
const MOST_TASKS: usize = 512;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn after(polls: u32, elapsed: Duration, laps: usize) -> Pace {
        let pace = Pace::new();
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

    #[test]
    fn a_lap_without_polls_teaches_nothing() {
        assert_eq!(
            after(0, Duration::from_secs(1), 3).wake_at(),
            Pace::new().wake_at()
        );
    }

    #[test]
    fn queue_03_a_lap_without_end_counts_to_the_end() {
        let pace = Pace::new();
        pace.polls.set(u32::MAX - 3);
        (0..8).for_each(|_| pace.count_poll());
        assert_eq!(pace.polls(), u32::MAX);
        pace.end_lap(Duration::from_secs(1));
        assert_eq!(pace.polls(), 0);
    }
}
