//! The arithmetic by which a worker decides whether its backlog is worth a wake-up: `runtime-core/src/scheduler/pace.rs` once more, on the model's clock.
//!
//! The machine of the model has a processor for each worker, so the price is always that of a free one.

/// The pace of one worker. Times in nanoseconds.
#[derive(Debug)]
pub(super) struct Pace {
    lap_began: u64,
    polls: u64,
    mean_poll: u64,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            lap_began: 0,
            polls: 0,
            mean_poll: FIRST_GUESS,
        }
    }

    pub(super) fn count_poll(&mut self) {
        self.polls += 1;
    }

    /// Whether the driver is due for a look.
    pub(super) fn looks(&self, now: u64) -> bool {
        self.polls >= EVENT_INTERVAL && now - self.lap_began >= LOOK_EVERY
    }

    pub(super) fn end_lap(&mut self, now: u64) {
        if let Some(sample) = (now - self.lap_began).checked_div(self.polls) {
            self.mean_poll = (self.mean_poll * 3 + sample.min(LONGEST_SAMPLE)) / 4;
        }
        self.begin_lap(now);
    }

    pub(super) fn begin_lap(&mut self, now: u64) {
        self.polls = 0;
        self.lap_began = now;
    }

    /// Whether so many tasks are worth a wake-up.
    pub(super) fn is_worth_a_wake(&mut self, backlog: usize, now: u64) -> bool {
        let compares = self.polls.is_power_of_two() && self.polls <= LAST_COMPARISON;
        let elapsed = now - self.lap_began;
        if backlog > 0 && compares && elapsed >= COST_OF_A_WAKE / 4 {
            let mean = (elapsed / self.polls).min(LONGEST_SAMPLE);
            if mean > 2 * self.mean_poll {
                self.mean_poll = mean;
            }
        }
        let tasks = COST_OF_A_WAKE / self.mean_poll.max(1);
        backlog as u64 >= tasks.clamp(1, MOST_TASKS)
    }
}

const EVENT_INTERVAL: u64 = 61;
const LOOK_EVERY: u64 = 25_000;
const COST_OF_A_WAKE: u64 = 200_000;
const FIRST_GUESS: u64 = 2_000;
const LONGEST_SAMPLE: u64 = 10_000_000;
const LAST_COMPARISON: u64 = 32;
const MOST_TASKS: u64 = 4_096;
