//! What happened in a slot: always counted, and cheap, because each number has one writer.
//!
//! # The rule
//!
//! The thread that drives a slot adds to the slot's numbers by a load and a store; nobody else writes to their cache lines, so nothing is shared and no read-modify-write is needed.
//! Who wants a total adds up when reading. A slot that goes from thread to thread does so through the lock of its [`Slot`](super::slot::Slot), which orders the writers.
//!
//! # The times of polls
//!
//! A clock that is read before and after each poll would cost more than an empty poll. So polls are *sampled*: a timed poll stands for all since the one before it, and adds their
//! number to the bucket of its time. The distance to the next one is random, so that tasks that take turns do not hide from it, with a mean such that
//! a sample comes once per [`PER_SAMPLE`] of work: polls that long are all timed, and of shorter ones the share whose clock readings cost less than a part in
//! 500 of the work.
//!
//! * The sum over the buckets is the number of polls, but for those since the last sample.
//! * Each bucket is right on average, whatever the mix of tasks; one long poll among thousands of short ones is seen with the probability of its sample, and then counts for all of them.
//!
//! What it costs per poll is a compare of two numbers on the line that is written anyway.
//!
//! # Rejected
//!
//! * The mean of a lap, which the pace knows for nothing: it spreads a long poll over its neighbours, and a histogram is read for the long ones.
//! * A fixed distance: sixty-four connections served in turn would be one connection.
//! * Timing the first poll after a look at the driver, whose clock reading is there already: it is the coldest one.

use std::time::{Duration, Instant};

use super::worker::Worker;
use crate::hooks::{TaskHooks, TaskMeta};
use crate::observe::slow_poll::Polled;
use crate::primitive::atomic::{AtomicU64, Ordering::*};
use crate::task::Runnable;
use crate::util::FastRand;

/// The numbers of one slot that its thread writes.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    /// Times the thread went to sleep.
    pub(crate) parks: Counter,
    /// Times it went to sleep or woke up.
    pub(crate) parks_and_unparks: Counter,
    /// Batches taken from peers.
    pub(crate) steals: Counter,
    /// Nanoseconds spent awake.
    pub(crate) busy: Counter,
    /// Nanoseconds: the mean poll of the last laps, see [`pace`](super::pace).
    pub(crate) mean_poll: Gauge,
    /// Polls by their time, see [`bucket`].
    poll_times: [Counter; BUCKETS],
}

impl Stats {
    /// Polls in a bucket, as the samples tell.
    pub(crate) fn polls_in(&self, bucket: usize) -> u64 {
        self.poll_times[bucket].get()
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    // Relaxed throughout: a number on its own orders nothing.

    /// Sets it, by the only writer.
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    // Relaxed throughout: a number on its own orders nothing.

    /// Adds, by the only writer.
    pub(crate) fn bump(&self, by: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(by), Relaxed);
    }

    /// Adds, by any thread.
    pub(crate) fn add(&self, by: u64) {
        self.0.fetch_add(by, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Which polls of a slot are timed. Written by the driving thread only.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    /// From this number of the [`Watch`](super::watch::Watch) on, a poll is observed.
    observe_at: AtomicU64,
    /// From this one on it is timed. The same, unless hooks want to see every poll.
    time_at: AtomicU64,
    /// Polls until and including the last sample.
    accounted: AtomicU64,
    /// A mean of the last samples in nanoseconds, [`PER_SAMPLE`] at most.
    mean: AtomicU64,
}

impl Sampler {
    // Relaxed throughout, as above.

    /// Whether the poll of this number takes the road of [`Worker::run_observed`].
    #[inline]
    pub(crate) fn observes(&self, sequence: u64) -> bool {
        sequence >= self.observe_at.load(Relaxed)
    }

    fn times(&self, sequence: u64) -> bool {
        sequence >= self.time_at.load(Relaxed)
    }

    /// Chooses the next sample after the poll of this number; how many polls this one stands for.
    fn sampled(&self, sequence: u64, took: u64, random: &FastRand) -> u64 {
        let mean = (self.mean.load(Relaxed) * 3 + took.min(PER_SAMPLE)) / 4;
        self.mean.store(mean, Relaxed);
        let mean_gap = (PER_SAMPLE / mean.max(1)).clamp(1, LARGEST_GAP) as u32;
        let gap = 1 + u64::from(random.bounded(2 * mean_gap - 1));
        // Two numbers per poll.
        self.time_at.store(sequence + 2 * gap, Relaxed);
        let polls = sequence.div_ceil(2);
        let before = self.accounted.load(Relaxed);
        self.accounted.store(polls, Relaxed);
        polls.saturating_sub(before)
    }

    /// Sends the next sample, or every poll, down the observed road.
    fn look_out(&self, every_poll: bool) {
        if !every_poll {
            self.observe_at.store(self.time_at.load(Relaxed), Relaxed);
        }
    }
}

impl Worker {
    /// Runs a task that somebody wants to see, or that is timed, or both.
    #[inline(never)]
    pub(super) fn run_observed(&self, task: Runnable, sequence: u64) {
        let config = &self.shared().config;
        let hooks = config.task_hooks.as_deref();
        let hooks = hooks.filter(|hooks| hooks.watches_polls());
        let seen = hooks.map(|hooks| {
            let meta = task.task().meta();
            TaskHooks::call(hooks.before_poll.as_ref(), &meta);
            // Copied: the task may be gone afterwards.
            (hooks, meta.id(), meta.spawned_at(), meta.label().cloned())
        });
        let clocked = config.clocked_polls().map(|polls| {
            // Kept, so that it can be named afterwards.
            (polls, task.task().clone())
        });
        let sampler = &self.slot().sampler;
        let timed = sampler.times(sequence);
        let began = (timed || clocked.is_some() || config.debug).then(Instant::now);
        if let Some(now) = began.filter(|_| config.debug) {
            self.shared().note_poll(task.task().home(), now);
        }
        task.run();
        if self.is_driving() {
            // Otherwise the slot has another thread by now, whose numbers these are.
            if let Some(took) = began.map(|began| began.elapsed()) {
                if timed {
                    self.count_time(sequence, took);
                }
                // Otherwise it blocked in place for a while, as it may.
                if self.slot().watch.sequence() == sequence {
                    if let Some((polls, task)) = &clocked {
                        self.report_if_slow(polls, took, || Polled::task(task));
                    }
                }
            }
            sampler.look_out(config.observes_every_poll());
        }
        if let Some((hooks, id, location, label)) = seen {
            let meta = TaskMeta::new(id, location, label.as_ref());
            TaskHooks::call(hooks.after_poll.as_ref(), &meta);
        }
    }

    fn count_time(&self, sequence: u64, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let slot = self.slot();
        let polls = slot.sampler.sampled(sequence, took, &self.random);
        slot.stats.poll_times[bucket(took)].bump(polls);
    }
}

/// Powers of two of a microsecond: below one; from one; from two; from four; … ; from 2^22, which is 4.2 s.
pub(crate) const BUCKETS: usize = 24;

/// The bucket of a time in nanoseconds.
fn bucket(nanoseconds: u64) -> usize {
    let microseconds = nanoseconds / 1_000;
    let doublings = u64::BITS - microseconds.leading_zeros();
    (doublings as usize).min(BUCKETS - 1)
}

/// The shortest time in a bucket.
pub(crate) fn bucket_begins(bucket: usize) -> Duration {
    match bucket {
        0 => Duration::ZERO,
        bucket => Duration::from_micros(1 << (bucket - 1)),
    }
}

/// Nanoseconds of work per sample. Two readings of the clock cost some 50 to 90.
const PER_SAMPLE: u64 = 50_000;

/// A sample may stand for twice as many polls.
const LARGEST_GAP: u64 = 1_024;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_in_the_bucket_that_begins_before_it() {
        for nanoseconds in [0, 999, 1_000, 1_999, 2_000, 3_999, 4_000, 1 << 40, u64::MAX] {
            let time = Duration::from_nanos(nanoseconds);
            let bucket = bucket(nanoseconds);
            assert!(bucket_begins(bucket) <= time, "{time:?} in {bucket}");
            assert!(
                bucket + 1 == BUCKETS || time < bucket_begins(bucket + 1),
                "{time:?} in {bucket}"
            );
        }
    }

    /// The samples of so many polls of which each takes `took(number)`: how many there were, and the polls they stand for, short and long.
    fn sample(polls: u64, took: impl Fn(u64) -> u64) -> (u64, u64, u64) {
        let (sampler, random) = (Sampler::default(), FastRand::new(7));
        let (mut samples, mut short, mut long) = (0, 0, 0);
        for number in 0..polls {
            let sequence = 2 * number + 1;
            if sampler.observes(sequence) && sampler.times(sequence) {
                let time = took(number);
                let stands_for = sampler.sampled(sequence, time, &random);
                sampler.look_out(false);
                samples += 1;
                *(if time < 1_000 { &mut short } else { &mut long }) += stands_for;
            }
        }
        (samples, short, long)
    }

    #[test]
    fn long_polls_are_all_timed() {
        let (samples, short, long) = sample(1_000, |_| 2 * PER_SAMPLE);
        // Until the mean has followed from zero.
        assert!(samples > 990 - LARGEST_GAP.min(900), "{samples}");
        assert_eq!((short, long > 900), (0, true));
    }

    #[test]
    fn short_polls_are_timed_seldom_and_stand_for_all() {
        let (samples, short, _) = sample(1_000_000, |_| 50);
        let rate = 1_000_000 * 50 / PER_SAMPLE;
        assert!(
            (rate / 2..rate * 2).contains(&samples),
            "{samples} samples where {rate} were to be"
        );
        assert!((990_000..=1_000_000).contains(&short), "{short}");
    }

    #[test]
    fn tasks_that_take_turns_are_seen_in_their_share() {
        for period in [2, 8, 64] {
            let (_, short, long) = sample(
                1_000_000,
                |number| {
                    if number % period == 0 { 2_000 } else { 40 }
                },
            );
            let share = (short + long) / long.max(1);
            assert!(
                (period / 2..=period * 2).contains(&share),
                "one in {share} instead of one in {period}"
            );
        }
    }
}
