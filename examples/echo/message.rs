//! What the client process tells the server process: one line each.

use hdrhistogram::Histogram;
use std::io::{self, Write};
use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

/// One step of the client.
#[derive(Debug)]
pub(crate) enum Message {
    /// So many connections are open.
    Connecting(usize),
    /// All connections are open, and the warm-up is over.
    Started,
    /// So much of the measured time has passed.
    Passed(Duration),
    /// The measured time is over.
    Measured(Outcome),
    /// Connections that broke, and those whose reply never came.
    Finished { failed: usize, lost: usize },
    /// The run cannot go on.
    Failed(String),
}

/// What the client measured; latencies in milliseconds.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

impl Outcome {
    pub(crate) fn of(latencies: &Histogram<u64>, took: Duration) -> Self {
        let millis = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e6;
        Self {
            requests: latencies.len(),
            seconds: took.as_secs_f64(),
            p50: millis(0.5),
            p99: millis(0.99),
            p999: millis(0.999),
        }
    }
}

impl Message {
    /// Write to the parent. If that one is gone, this process is about to end as well.
    pub(crate) fn send(&self) {
        let line = match self {
            Self::Connecting(connections) => format!("connecting {connections}"),
            Self::Started => "started".into(),
            Self::Passed(time) => format!("passed {}", time.as_secs_f64()),
            Self::Measured(Outcome {
                requests,
                seconds,
                p50,
                p99,
                p999,
            }) => {
                format!("measured {requests} {seconds} {p50} {p99} {p999}")
            }
            Self::Finished { failed, lost } => format!("finished {failed} {lost}"),
            Self::Failed(why) => format!("failed {why}"),
        };
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    /// Read what `send` wrote.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut words = rest.split_whitespace();
        Some(match name {
            "connecting" => Self::Connecting(next(&mut words)?),
            "started" => Self::Started,
            "passed" => Self::Passed(Duration::try_from_secs_f64(next(&mut words)?).ok()?),
            "measured" => Self::Measured(Outcome {
                requests: next(&mut words)?,
                seconds: next(&mut words)?,
                p50: next(&mut words)?,
                p99: next(&mut words)?,
                p999: next(&mut words)?,
            }),
            "finished" => Self::Finished {
                failed: next(&mut words)?,
                lost: next(&mut words)?,
            },
            "failed" => Self::Failed(rest.to_owned()),
            _ => return None,
        })
    }
}

fn next<T: FromStr>(words: &mut SplitWhitespace<'_>) -> Option<T> {
    words.next()?.parse().ok()
}
