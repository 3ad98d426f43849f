//! The marks heist must reach, and whether it did.

use crate::pairs::{Lane, Measured};
use crate::peers::{Peer, Way};
use crate::stats::Summary;
use crate::suite::Metric;
use std::fmt;
use table::MARKS;

mod table;
pub(crate) use table::rows;

/// A bound on one metric of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) row: &'static str,
    pub(crate) metric: &'static str,
    /// Whom it is set to.
    runner: Runner,
    bound: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Runner {
    /// heist, on whatever workers it ran.
    Heist,
    /// heist in this way.
    Way(Way),
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    /// At least so many times better than tokio on as many workers; what it is with others is told.
    TimesTokio(f64),
    /// At least so many times as good as the bare loop on epoll, the limit.
    TimesEpoll(f64),
    /// At least so many times as good as what the row compares with.
    TimesReference(f64),
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

/// The verdicts on the marks that concern `measured` and whose runner was among its peers.
pub(crate) fn verdicts(measured: &Measured) -> Vec<Verdict> {
    let concerned = MARKS.iter().filter(|mark| mark.row == measured.row.name);
    concerned
        .filter_map(|mark| mark.judge(measured, mark.runner.lane(measured)?))
        .collect()
}

impl Runner {
    fn lane(self, measured: &Measured) -> Option<&Lane> {
        measured.lanes.iter().find(|lane| match (self, lane.peer) {
            (Self::Heist, Peer::Heist(_)) => true,
            (Self::Way(wanted), Peer::Embedded(way)) => wanted == way,
            _ => false,
        })
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heist => Ok(()),
            Self::Way(way) => write!(f, " on {way}"),
        }
    }
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
            Bound::TimesTokio(least) => against_tokio(measured, heist, metric, least)?,
            Bound::TimesEpoll(least) => {
                let epoll = measured
                    .lanes
                    .iter()
                    .find(|lane| lane.peer == Peer::Epoll)?;
                let ratio = measured.ratio(heist, epoll, metric)?.median;
                let found = format!("{ratio:.2}×, wanted at least {least}× epoll");
                (ratio >= least, found)
            }
            Bound::TimesReference(least) => {
                let reference = &measured.lanes[measured.reference?];
                let ratio = measured.ratio(heist, reference, metric)?.median;
                let found = format!(
                    "{ratio:.3}×, wanted at least {least:.3}× {}",
                    reference.label
                );
                (ratio >= least, found)
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
        let text = format!(
            "{verb}  {}{} {}: {found}",
            self.row, self.runner, metric.unit
        );
        Some(Verdict { reached, text })
    }
}

/// tokio on as many workers decides; what it is with others is told.
fn against_tokio(
    measured: &Measured,
    heist: &Lane,
    metric: &Metric,
    least: f64,
) -> Option<(bool, String)> {
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
    let others = others.filter_map(|lane| Some(format!("; {:.2}× {}", ratio(lane)?, lane.label)));
    Some((ratio_to_fair >= least, found + &others.collect::<String>()))
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
            if let Runner::Way(way) = mark.runner {
                assert!(row.peers.contains(&Peer::Embedded(way)), "{mark:?}");
            }
        }
    }
}
