//! Interleaved runs, each in a process of its own.
//!
//! The peers of a row take turns as A B, B A, A B …: what drifts in the machine meanwhile meets all of them. One
//! turn of each makes a pair, and the result is the median of the ratios within the pairs.

use crate::ab::Build;
use crate::net::row::{Exchange, Rate};
use crate::peers::Peer;
use crate::stats::Summary;
use crate::suite::{Better, Metric, Row};
use serde_json::Value;
use std::collections::BTreeMap;
use std::env;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No run takes this long unless it hangs.
const HANGS: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);
/// How a rate that is a part of tokio's is found.
const RATE_RUNS: usize = 3;
const RATE_SECONDS: f64 = 1.0;

/// What the user chose.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) pairs: usize,
    /// Measured part of a closed-loop run.
    pub(crate) seconds: f64,
    /// Instead of the row's own.
    pub(crate) peers: Option<Vec<Peer>>,
    /// What the others are compared with; if not said, what the row says.
    pub(crate) against: Option<Peer>,
    /// Run the reference a second time in each pair: what it differs from itself is noise.
    pub(crate) twice: bool,
}

/// One peer's place in the turns of a row.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) label: String,
    pub(crate) peer: Peer,
    /// Which runs it: this program, or that of another revision.
    pub(crate) program: PathBuf,
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
    /// The row's name with what was chosen for this run.
    pub(crate) ran_as: String,
    /// Peers that cannot run here, and why.
    pub(crate) left_out: Vec<String>,
}

impl Lane {
    fn new(peer: Peer, label: String, program: PathBuf) -> Self {
        Self {
            label,
            peer,
            program,
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
        let asked = self.peers.as_deref().unwrap_or(row.peers);
        let (peers, left_out) = present(asked);
        let is_reference = |peer: &Peer| match self.against {
            Some(against) => *peer == against,
            None => row.is_reference(*peer),
        };
        let reference = peers.iter().position(is_reference);
        let here = env::current_exe()?;
        let mut lanes: Vec<_> = peers
            .iter()
            .map(|peer| Lane::new(*peer, peer.to_string(), here.clone()))
            .collect();
        if let (true, Some(reference)) = (self.twice, reference) {
            let peer = peers[reference];
            lanes.push(Lane::new(peer, format!("{peer} again"), here));
        }
        let mut measured = Measured {
            row: row.clone(),
            lanes,
            reference,
            ran_as: name_to_run(row)?,
            left_out,
        };
        self.take_turns(&mut measured)?;
        Ok(measured)
    }

    /// Run one row on the same peer of several builds; the first is what the others are compared with.
    pub(crate) fn measure_builds(
        &self,
        row: &Row,
        peer: Peer,
        builds: &[Build],
    ) -> io::Result<Measured> {
        let lane = |build: &Build| Lane::new(peer, build.label.clone(), build.program.clone());
        let mut measured = Measured {
            row: row.clone(),
            lanes: builds.iter().map(lane).collect(),
            reference: Some(0),
            ran_as: name_to_run(row)?,
            left_out: Vec::new(),
        };
        self.take_turns(&mut measured)?;
        Ok(measured)
    }

    fn take_turns(&self, measured: &mut Measured) -> io::Result<()> {
        let pairs = self.pairs.min(measured.row.most_pairs);
        for pair in 0..pairs {
            let mut turns: Vec<usize> = (0..measured.lanes.len()).collect();
            if pair % 2 == 1 {
                turns.reverse();
            }
            for turn in turns {
                let lane = &mut measured.lanes[turn];
                progress(&format!(
                    "{} on {}, pair {} of {pairs}",
                    measured.row.name,
                    lane.label,
                    pair + 1
                ));
                let sample = run(&lane.program, lane.peer, &measured.ran_as, self.seconds)?;
                lane.samples.push(sample);
            }
        }
        progress("");
        Ok(())
    }
}

/// The peers that can run here, and why the others cannot.
fn present(asked: &[Peer]) -> (Vec<Peer>, Vec<String>) {
    let mut left_out = Vec::new();
    let present = asked.iter().copied().filter(|peer| match peer.missing() {
        Some(why) => {
            left_out.push(format!("{peer} is left out: {why}"));
            false
        }
        None => true,
    });
    (present.collect(), left_out)
}

/// The row's name; a rate that is a part of tokio's becomes a number, the same for all peers.
fn name_to_run(row: &Row) -> io::Result<String> {
    let Some(exchange) = Exchange::named(row.work()) else {
        return Ok(row.work().to_owned());
    };
    let Rate::OfTokio(part) = exchange.rate else {
        return Ok(row.work().to_owned());
    };
    let closed = format!("echo/{}/128", exchange.connections);
    let mut rates = Vec::new();
    for turn in 1..=RATE_RUNS {
        progress(&format!(
            "{closed} on tokio/2 for its rate, {turn} of {RATE_RUNS}"
        ));
        let sample = run(&env::current_exe()?, Peer::Tokio(2), &closed, RATE_SECONDS)?;
        rates.extend(sample.get("rps").copied());
    }
    let rate = (crate::stats::median(&rates) * part).round();
    Ok(format!("echo_open/{}/{rate}", exchange.connections))
}

/// One run in a process of its own.
fn run(program: &Path, peer: Peer, name: &str, seconds: f64) -> io::Result<BTreeMap<String, f64>> {
    let failed = |why: &str| {
        let rerun = format!("heist-bench run-one {peer} {name} {seconds}");
        io::Error::other(format!(
            "{name} on {peer} {why}; alone it runs as `{rerun}`"
        ))
    };
    let mut child = Command::new(program)
        .args(["run-one", &peer.to_string(), name, &seconds.to_string()])
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
            program: PathBuf::new(),
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
            ran_as: row.name.clone(),
            left_out: Vec::new(),
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
            ran_as: row.name.clone(),
            left_out: Vec::new(),
        };
        assert_eq!(measured.ratio(&zero, &zero, &row.metrics[0]), None);
    }
}
