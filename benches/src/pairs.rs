//! Interleaved runs, each in a process of its own.
//!
//! The peers of a row take turns as A B, B A, A B …: what drifts in the machine meanwhile meets all of them. One
//! turn of each makes a pair, and the result is the median of the ratios within the pairs.

use crate::peers::Peer;
use crate::stats::Summary;
use crate::suite::{Better, Metric, Row};
use serde_json::Value;
use std::collections::BTreeMap;
use std::env;
use std::io::{self, IsTerminal, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No run takes this long unless it hangs.
const HANGS: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);

/// What the user chose.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) pairs: usize,
    /// Measured part of a closed-loop run.
    pub(crate) seconds: f64,
    /// Instead of the row's own.
    pub(crate) peers: Option<Vec<Peer>>,
    /// What the others are compared with; the first tokio of the row if not said.
    pub(crate) against: Option<Peer>,
    /// Run the reference a second time in each pair: what it differs from itself is noise.
    pub(crate) twice: bool,
}

/// One peer's place in the turns of a row.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) label: String,
    pub(crate) peer: Peer,
    /// One per pair.
    pub(crate) samples: Vec<BTreeMap<String, f64>>,
}

/// A row with all its samples.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) row: Row,
    pub(crate) lanes: Vec<Lane>,
    /// Index of the lane the others are compared with.
    pub(crate) reference: Option<usize>,
}

impl Lane {
    fn new(peer: Peer, label: String) -> Self {
        Self {
            label,
            peer,
            samples: Vec::new(),
        }
    }

    /// The samples of one metric, in its unit.
    pub(crate) fn values(&self, metric: &Metric) -> Vec<f64> {
        let value = |sample: &BTreeMap<String, f64>| sample.get(metric.name).copied();
        self.samples
            .iter()
            .filter_map(value)
            .map(|value| value / metric.scale)
            .collect()
    }
}

impl Measured {
    /// How many times better than `reference` the lane is, pair by pair. `None` for what has no ratio.
    pub(crate) fn ratio(&self, lane: &Lane, reference: &Lane, metric: &Metric) -> Option<Summary> {
        let (own, other) = (lane.values(metric), reference.values(metric));
        let ratios: Option<Vec<f64>> = own
            .iter()
            .zip(&other)
            .map(|(own, other)| match metric.better {
                Better::Less => (*own > 0.0).then(|| other / own),
                Better::More => (*other > 0.0).then(|| own / other),
                Better::Neither => None,
            })
            .collect();
        Summary::of(&ratios?)
    }
}

impl Plan {
    /// Run one row on all its peers.
    pub(crate) fn measure(&self, row: &Row) -> io::Result<Measured> {
        let peers = self.peers.as_deref().unwrap_or(row.peers);
        let is_reference = |peer: &Peer| match self.against {
            Some(against) => *peer == against,
            None => matches!(peer, Peer::Tokio(_)),
        };
        let reference = peers.iter().position(is_reference);
        let mut lanes: Vec<_> = peers
            .iter()
            .map(|peer| Lane::new(*peer, peer.to_string()))
            .collect();
        if let (true, Some(reference)) = (self.twice, reference) {
            let peer = peers[reference];
            lanes.push(Lane::new(peer, format!("{peer} again")));
        }
        let pairs = self.pairs.min(row.most_pairs);
        for pair in 0..pairs {
            let mut turns: Vec<usize> = (0..lanes.len()).collect();
            if pair % 2 == 1 {
                turns.reverse();
            }
            for turn in turns {
                let lane = &mut lanes[turn];
                progress(&format!(
                    "{} on {}, pair {} of {pairs}",
                    row.name,
                    lane.label,
                    pair + 1
                ));
                lane.samples.push(run(lane.peer, row, self.seconds)?);
            }
        }
        progress("");
        Ok(Measured {
            row: row.clone(),
            lanes,
            reference,
        })
    }
}

/// One run in a process of its own.
fn run(peer: Peer, row: &Row, seconds: f64) -> io::Result<BTreeMap<String, f64>> {
    let failed = |why: &str| {
        let rerun = format!("heist-bench run-one {peer} {} {seconds}", row.name);
        io::Error::other(format!(
            "{} on {peer} {why}; alone it runs as `{rerun}`",
            row.name
        ))
    };
    let mut child = Command::new(env::current_exe()?)
        .args([
            "run-one",
            &peer.to_string(),
            &row.name,
            &seconds.to_string(),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    if !ends_well(&mut child)? {
        return Err(failed("failed or took too long"));
    }
    let mut line = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut line)?;
    }
    let Ok(Value::Object(sample)) = serde_json::from_str(&line) else {
        return Err(failed("gave no result"));
    };
    Ok(sample
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_f64()?)))
        .collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "std cannot wait for a child with a limit"
)]
fn ends_well(child: &mut Child) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > HANGS {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(LOOK);
    }
}

/// A line on a terminal that the next one replaces.
fn progress(text: &str) {
    if io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(peer: Peer, name: &str, values: &[f64]) -> Lane {
        let sample = |value: &f64| BTreeMap::from([(name.to_owned(), *value)]);
        Lane {
            label: peer.to_string(),
            peer,
            samples: values.iter().map(sample).collect(),
        }
    }

    #[test]
    fn a_ratio_above_one_is_better_whichever_way_the_metric_improves() {
        let row = Row::named("echo/64/128").expect("a row");
        let metric = |name: &str| {
            *row.metrics
                .iter()
                .find(|metric| metric.name == name)
                .expect(name)
        };
        let measured = Measured {
            row: row.clone(),
            lanes: Vec::new(),
            reference: None,
        };
        for (name, own) in [("rps", [4.0, 6.0]), ("p99", [1.0, 1.0])] {
            let (own, other) = (
                lane(Peer::Heist(2), name, &own),
                lane(Peer::Tokio(2), name, &[2.0, 3.0]),
            );
            let ratio = measured
                .ratio(&own, &other, &metric(name))
                .expect("a ratio");
            assert!(ratio.median >= 2.0, "{name}: {ratio:?}");
        }
    }

    #[test]
    fn nothing_is_a_multiple_of_zero() {
        let row = Row::named("idle_cpu").expect("a row");
        let zero = lane(Peer::Heist(2), "cpu_percent", &[0.0]);
        let measured = Measured {
            row: row.clone(),
            lanes: Vec::new(),
            reference: None,
        };
        assert_eq!(measured.ratio(&zero, &zero, &row.metrics[0]), None);
    }
}
