//! The marks heist must reach, and whether it did.

use crate::pairs::{Lane, Measured};
use crate::peers::Peer;
use crate::stats::Summary;
use std::fmt;

/// A bound on one metric of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) row: &'static str,
    pub(crate) metric: &'static str,
    bound: Bound,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    /// At least so many times better than tokio on as many workers; what it is with others is told.
    TimesTokio(f64),
    /// The median is at most this, in the metric's unit.
    AtMost(f64),
    /// Not one sample is above zero.
    Never,
}

/// What became of a mark.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) reached: bool,
    text: String,
}

/// The first marks.
pub(crate) const MARKS: &[Mark] = &[
    mark("local_detach_10k", "time", Bound::TimesTokio(2.5)),
    mark("local_join_10k", "time", Bound::TimesTokio(2.5)),
    mark("chained_spawn", "time", Bound::TimesTokio(2.5)),
    mark("ping_pong", "time", Bound::TimesTokio(2.0)),
    mark("yield_many", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_create/1", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_create/100", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_create/100000", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_send/512B", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_send/32KiB", "time", Bound::TimesTokio(1.0)),
    mark(
        "mpsc_contended/bounded/recv",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_contended/bounded/recv_many",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark("mpsc_contended/full/recv", "time", Bound::TimesTokio(1.3)),
    mark(
        "mpsc_contended/full/recv_many",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_contended/unbounded/recv",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_contended/unbounded/recv_many",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_uncontended/bounded/recv",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_uncontended/bounded/recv_many",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_uncontended/unbounded/recv",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark(
        "mpsc_uncontended/unbounded/recv_many",
        "time",
        Bound::TimesTokio(1.3),
    ),
    mark("mpsc_producers/1", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_producers/10", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_producers/50", "time", Bound::TimesTokio(1.0)),
    mark("mpsc_producers/100", "time", Bound::TimesTokio(1.0)),
    mark("oneshot_roundtrip", "time", Bound::TimesTokio(1.5)),
    mark("request_reply", "time", Bound::TimesTokio(1.0)),
    mark("broadcast/10", "time", Bound::TimesTokio(1.1)),
    mark("broadcast/100", "time", Bound::TimesTokio(1.1)),
    mark("broadcast/500", "time", Bound::TimesTokio(1.1)),
    mark("broadcast/1000", "time", Bound::TimesTokio(1.1)),
    mark("watch/10", "time", Bound::TimesTokio(1.1)),
    mark("watch/100", "time", Bound::TimesTokio(1.1)),
    mark("watch/500", "time", Bound::TimesTokio(1.1)),
    mark("watch/1000", "time", Bound::TimesTokio(1.1)),
    mark("notify_one/10", "time", Bound::TimesTokio(1.1)),
    mark("notify_one/50", "time", Bound::TimesTokio(1.1)),
    mark("notify_one/100", "time", Bound::TimesTokio(1.1)),
    mark("notify_one/200", "time", Bound::TimesTokio(1.1)),
    mark("notify_one/500", "time", Bound::TimesTokio(1.1)),
    mark("notify_waiters/10", "time", Bound::TimesTokio(1.1)),
    mark("notify_waiters/50", "time", Bound::TimesTokio(1.1)),
    mark("notify_waiters/100", "time", Bound::TimesTokio(1.1)),
    mark("notify_waiters/200", "time", Bound::TimesTokio(1.1)),
    mark("notify_waiters/500", "time", Bound::TimesTokio(1.1)),
    mark("rwlock/free", "time", Bound::TimesTokio(1.1)),
    mark("rwlock/contended", "time", Bound::TimesTokio(1.1)),
    mark("semaphore/free", "time", Bound::TimesTokio(1.1)),
    mark("semaphore/contended", "time", Bound::TimesTokio(1.1)),
    mark("mutex/free", "time", Bound::TimesTokio(1.0)),
    mark("mutex/2", "time", Bound::TimesTokio(1.0)),
    mark("mutex/8", "time", Bound::TimesTokio(1.0)),
    mark("cancel_child/1000", "time", Bound::TimesTokio(1.0)),
    mark("cancel_child/100000", "time", Bound::TimesTokio(1.0)),
    mark("cancel_all/100000", "time", Bound::TimesTokio(1.0)),
    mark("arm_drop/1", "time", Bound::TimesTokio(4.0)),
    mark("arm_drop/2", "time", Bound::TimesTokio(10.0)),
    mark("sleep_error/5ms", "late_p50", Bound::AtMost(150.0)),
    mark("sleep_error/5ms", "early", Bound::Never),
    mark("mem_pending", "rss", Bound::AtMost(128.0)),
    mark("mem_sleeping", "rss", Bound::AtMost(208.0)),
    mark("echo/64/128", "rps", Bound::TimesTokio(1.0)),
    mark("echo/64/128", "p99", Bound::TimesTokio(1.0)),
    mark("echo/256/128", "rps", Bound::TimesTokio(1.0)),
    mark("echo/256/128", "p99", Bound::TimesTokio(1.0)),
    mark("udp_echo/64", "time", Bound::TimesTokio(1.0)),
    mark("unix_echo/64", "time", Bound::TimesTokio(1.0)),
    mark("churn/64", "time", Bound::TimesTokio(1.1)),
    mark("spawn_wait/1", "time", Bound::TimesTokio(1.0)),
    mark("spawn_wait/16", "time", Bound::TimesTokio(1.0)),
    mark("copy/256KiB", "time", Bound::TimesTokio(1.0)),
    mark("copy/64MiB", "time", Bound::TimesTokio(1.0)),
    mark("file_read/8KiB", "time", Bound::TimesTokio(1.2)),
    mark("file_read/64KiB", "time", Bound::TimesTokio(1.2)),
    mark("file_read/2MiB", "time", Bound::TimesTokio(1.2)),
    mark("file_write/8KiB", "time", Bound::TimesTokio(1.2)),
    mark("file_write/64KiB", "time", Bound::TimesTokio(1.2)),
    mark("file_write/2MiB", "time", Bound::TimesTokio(1.2)),
    mark("small_files/1", "time", Bound::TimesTokio(1.2)),
    mark("small_files/64", "time", Bound::TimesTokio(1.2)),
    // 0.0 % with one digit.
    mark("idle_cpu", "cpu_percent", Bound::AtMost(0.049)),
];

const fn mark(row: &'static str, metric: &'static str, bound: Bound) -> Mark {
    Mark { row, metric, bound }
}

/// The verdicts on the marks that concern `measured`; none if heist was not among its peers.
pub(crate) fn verdicts(measured: &Measured) -> Vec<Verdict> {
    let ours = |lane: &&Lane| matches!(lane.peer, Peer::Heist(_));
    let Some(heist) = measured.lanes.iter().find(ours) else {
        return Vec::new();
    };
    let concerned = MARKS.iter().filter(|mark| mark.row == measured.row.name);
    concerned
        .filter_map(|mark| mark.judge(measured, heist))
        .collect()
}

impl Mark {
    /// `None` if there is nothing to compare with.
    fn judge(&self, measured: &Measured, heist: &Lane) -> Option<Verdict> {
        let metric = measured
            .row
            .metrics
            .iter()
            .find(|metric| metric.name == self.metric)?;
        let values = heist.values(metric);
        let median = Summary::of(&values)?.median;
        let (reached, found) = match self.bound {
            Bound::TimesTokio(least) => {
                let ratio = |lane: &Lane| {
                    measured
                        .ratio(heist, lane, metric)
                        .map(|ratio| ratio.median)
                };
                let fair = measured
                    .lanes
                    .iter()
                    .find(|lane| same_workers(lane.peer, heist.peer))?;
                let ratio_to_fair = ratio(fair)?;
                let found = format!(
                    "{ratio_to_fair:.2}×, wanted at least {least}× {}",
                    fair.label
                );
                let others = measured
                    .lanes
                    .iter()
                    .filter(|lane| is_tokio(lane) && lane.peer != fair.peer);
                let others = others
                    .filter_map(|lane| Some(format!("; {:.2}× {}", ratio(lane)?, lane.label)));
                (ratio_to_fair >= least, found + &others.collect::<String>())
            }
            Bound::AtMost(most) => (
                median <= most,
                format!("{median:.1}, wanted at most {most}"),
            ),
            Bound::Never => {
                let sum: f64 = values.iter().sum();
                (sum == 0.0, format!("{sum} in all, wanted none"))
            }
        };
        let verb = if reached { "reached" } else { "MISSED " };
        let text = format!("{verb}  {} {}: {found}", self.row, metric.unit);
        Some(Verdict { reached, text })
    }
}

fn is_tokio(lane: &Lane) -> bool {
    matches!(lane.peer, Peer::Tokio(_))
}

fn same_workers(tokio: Peer, heist: Peer) -> bool {
    matches!((tokio, heist), (Peer::Tokio(theirs), Peer::Heist(ours)) if theirs == ours)
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Row;

    #[test]
    fn every_mark_names_a_metric_of_a_row() {
        for mark in MARKS {
            let row = Row::named(mark.row).expect(mark.row);
            assert!(
                row.metrics.iter().any(|metric| metric.name == mark.metric),
                "{mark:?}"
            );
        }
    }
}
