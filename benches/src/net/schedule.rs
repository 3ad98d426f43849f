//! When the requests of an open loop are due.

use std::time::{Duration, Instant};

/// Request k is due k periods after the beginning, whatever became of those before it.
#[derive(Debug)]
pub(super) struct Schedule {
    begin: Instant,
    period: Duration,
    next: u64,
}

impl Schedule {
    /// So many requests per second.
    pub(super) fn new(rate: f64) -> Self {
        Self {
            begin: Instant::now(),
            period: Duration::from_secs_f64(1.0 / rate),
            next: 0,
        }
    }

    pub(super) fn begin(&mut self, now: Instant) {
        self.begin = now;
    }

    /// The next request that is due by now: its number, and when it was due.
    pub(super) fn next_due(&mut self) -> Option<(u64, Instant)> {
        let due = self.due();
        if due > Instant::now() {
            return None;
        }
        self.next += 1;
        Some((self.next - 1, due))
    }

    /// How long until the next one is due.
    pub(super) fn wait(&self) -> Duration {
        self.due().saturating_duration_since(Instant::now())
    }

    fn due(&self) -> Instant {
        // A product, not a sum of rounded steps, so that the rate does not drift.
        self.begin + self.period.mul_f64(self.next as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_due_at_its_own_time() {
        let mut schedule = Schedule::new(1_000.0);
        let begin = Instant::now() - Duration::from_millis(10);
        schedule.begin(begin);
        for number in 0..5 {
            let due = begin + Duration::from_millis(number);
            assert_eq!(schedule.next_due(), Some((number, due)));
        }
    }

    #[test]
    fn nothing_is_due_before_its_time() {
        let mut schedule = Schedule::new(0.001);
        assert!(schedule.next_due().is_some());
        assert_eq!(schedule.next_due(), None);
        assert!(schedule.wait() > Duration::from_secs(900));
    }
}
