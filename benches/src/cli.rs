//! The command line.

use crate::cores::{self, Costs};
use crate::net;
use crate::net::client::{self, Load};
use crate::net::server::{self, Options};
use crate::pairs::Plan;
use crate::peers::embed::take_turns;
use crate::peers::{Peer, Way};
use crate::suite::{Group, Row};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
heist-bench: the same work on heist and on its peers, in one run

  heist-bench GROUP [ROW...] [OPTIONS]   a group: rt, sync, time, net, io, whole, embed, or all; or some of its rows
  heist-bench check [OPTIONS]            the rows that have marks; fails if one is missed
  heist-bench ab REV_A REV_B ROW...      two revisions of heist against each other
  heist-bench cores [COST=NS...]         a model of 1 to 64 workers, each with its processor
  heist-bench list                       all rows

  --pairs N        how often each peer runs (7)
  --quick          three pairs
  --seconds S      measured part of a closed-loop run (3)
  --peers A,B,...  whom to run: heist/N, tokio/N, smol/N (N workers); for servers also epoll, io_uring, monoio,
                   go, asyncio, uvloop; one that this machine lacks is named and left out; in group embed own/N, lent/N,
                   pump/N, current, fd, waker and others
  --against PEER   whom to compare with (the first tokio; in group embed the first of the row)
  --aa             run that one twice: its difference from itself is noise
  --json FILE      write all samples to FILE
  --out DIR        write results.json, plots (SVG) and report.html to DIR

Build with --release, and leave the machine alone meanwhile.";

/// What the user asked for.
#[derive(Debug)]
pub(crate) enum Task {
    Help,
    List,
    Measure {
        rows: Vec<Row>,
        plan: Plan,
        output: Output,
        must_reach: bool,
    },
    Compare {
        revisions: [String; 2],
        rows: Vec<Row>,
        plan: Plan,
        output: Output,
    },
    /// The model of many processors.
    Cores(Costs),
    /// The processes this program starts from itself.
    Part(Part),
}

/// Where results go beside the terminal.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) json: Option<PathBuf>,
    pub(crate) folder: Option<PathBuf>,
}

/// A process that does one part of a run.
#[derive(Debug)]
pub(crate) enum Part {
    RunOne {
        peer: Peer,
        row: Row,
        measured: Duration,
    },
    Serve {
        peer: Peer,
        options: Options,
    },
    Drive(Load),
    Hold {
        server: std::net::SocketAddr,
        connections: usize,
    },
    /// Empty turns, for a tool that counts what they call.
    Turns {
        way: Way,
        turns: u32,
    },
}

/// Understand the arguments, or say in one sentence why not.
pub(crate) fn parse(arguments: &[String]) -> Result<Task, String> {
    let Some((command, rest)) = arguments.split_first() else {
        return Ok(Task::Help);
    };
    match command.as_str() {
        "help" | "--help" | "-h" => Ok(Task::Help),
        "list" => Ok(Task::List),
        "run-one" | "serve" | "drive" | "hold" | "turns" => part(command, rest).map(Task::Part),
        "ab" => compare(rest),
        "cores" => cores::costs(rest).map(Task::Cores),
        _ => measure(command, rest),
    }
}

fn compare(rest: &[String]) -> Result<Task, String> {
    let [first, second, rest @ ..] = rest else {
        return Err("ab needs two revisions and the rows to compare them by".into());
    };
    if rest.iter().all(|argument| argument.starts_with('-')) {
        return Err(format!(
            "ab {first} {second} needs the rows to compare them by"
        ));
    }
    match measure("all", rest)? {
        Task::Measure {
            rows, plan, output, ..
        } => Ok(Task::Compare {
            revisions: [first.clone(), second.clone()],
            rows,
            plan,
            output,
        }),
        other => Ok(other),
    }
}

fn measure(command: &str, rest: &[String]) -> Result<Task, String> {
    let mut plan = Plan {
        pairs: 7,
        seconds: 3.0,
        peers: None,
        against: None,
        twice: false,
    };
    let (mut rows, mut output) = (Vec::new(), Output::default());
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--help" | "-h" => return Ok(Task::Help),
            "--pairs" => plan.pairs = positive(argument, value()?)?,
            "--seconds" => plan.seconds = positive(argument, value()?)?,
            "--quick" => plan.pairs = 3,
            "--aa" => plan.twice = true,
            "--against" => plan.against = Some(value()?.parse()?),
            "--peers" => {
                plan.peers = Some(
                    value()?
                        .split(',')
                        .map(str::parse)
                        .collect::<Result<_, _>>()?,
                )
            }
            "--json" => output.json = Some(PathBuf::from(value()?)),
            "--out" => output.folder = Some(PathBuf::from(value()?)),
            option if option.starts_with('-') => {
                return Err(format!("there is no option {option}"));
            }
            row => rows.push(row),
        }
    }
    let must_reach = command == "check";
    let rows = if must_reach && rows.is_empty() {
        marked()
    } else {
        chosen(command, &rows)?
    };
    Ok(Task::Measure {
        rows,
        plan,
        output,
        must_reach,
    })
}

/// The rows that have marks, each once.
fn marked() -> Vec<Row> {
    crate::marks::rows()
        .into_iter()
        .filter_map(Row::named)
        .collect()
}

fn chosen(command: &str, names: &[&str]) -> Result<Vec<Row>, String> {
    let group = Group::named(command);
    if group.is_none() && !matches!(command, "all" | "check") {
        return Err(format!(
            "no group is called {command:?}; there are rt, sync, time, net, io, whole, embed, all and check"
        ));
    }
    let groups = Group::ALL
        .into_iter()
        .filter(|each| group.is_none_or(|group| group == *each));
    if names.is_empty() {
        return Ok(groups
            .flat_map(Group::rows)
            .filter_map(|name| Row::named(name))
            .collect());
    }
    let row = |name: &&str| {
        let row = Row::named(name).filter(|row| group.is_none_or(|group| group == row.group));
        row.ok_or_else(|| {
            format!("{command} has no row {name:?}; `heist-bench list` names them all")
        })
    };
    names.iter().map(row).collect()
}

fn part(command: &str, rest: &[String]) -> Result<Part, String> {
    let mut rest = rest.iter();
    let mut value = || {
        rest.next()
            .ok_or_else(|| format!("{command} is started by heist-bench itself"))
    };
    Ok(match command {
        "run-one" => {
            let (peer, name) = (value()?.parse()?, value()?);
            let row = Row::named(name).ok_or_else(|| format!("no row is called {name:?}"))?;
            let measured = duration("seconds", value().map_or("3", String::as_str))?;
            Part::RunOne {
                peer,
                row,
                measured,
            }
        }
        "serve" => Part::Serve {
            peer: value()?.parse()?,
            options: Options {
                work: value()?.parse()?,
                bytes: positive("bytes", value()?)?,
                timers: number("timers", value()?)?,
                counting: number("counting", value()?)?,
            },
        },
        "drive" => Part::Drive(Load {
            server: number("server", value()?)?,
            connections: positive("connections", value()?)?,
            shape: value()?.parse()?,
            warm_up: duration("warm-up", value()?)?,
            measured: duration("seconds", value()?)?,
            rate: value()
                .ok()
                .map(|rate| number::<f64>("rate", rate))
                .transpose()?
                .filter(|rate| *rate > 0.0),
        }),
        "turns" => Part::Turns {
            way: number("way", value()?)?,
            turns: positive("turns", value()?)?,
        },
        _ => Part::Hold {
            server: number("server", value()?)?,
            connections: positive("connections", value()?)?,
        },
    })
}

impl Part {
    /// Do the part; a measuring one gives its samples.
    pub(crate) fn run(self) -> std::io::Result<Option<crate::measure::Sample>> {
        match self {
            Self::RunOne {
                peer,
                row,
                measured,
            } => {
                let sample = match net::row(row.work(), peer, measured)? {
                    Some(sample) => Some(sample),
                    None => peer.row(row.work())?,
                };
                let none = || std::io::Error::other(format!("{peer} has no row {}", row.name));
                sample.map(Some).ok_or_else(none)
            }
            Self::Serve { peer, options } => server::run(peer, &options).map(|()| None),
            Self::Drive(load) => load.drive().map(|()| None),
            Self::Hold {
                server,
                connections,
            } => client::hold(server, connections).map(|()| None),
            Self::Turns { way, turns } => take_turns(way, turns).map(|()| None),
        }
    }
}

fn number<T: FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{name} cannot be {text:?}"))
}

fn positive<T: FromStr + PartialOrd + Default>(name: &str, text: &str) -> Result<T, String> {
    let positive = text.parse().ok().filter(|value| *value > T::default());
    positive.ok_or_else(|| format!("{name} needs a number above zero, not {text:?}"))
}

fn duration(name: &str, text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(positive(name, text)?).map_err(|error| format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> String {
        let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
        parse(&arguments).expect_err(line)
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, named) in [
            ("rtt", "\"rtt\""),
            ("rt echo/1/1", "\"echo/1/1\""),
            ("rt --pairs 0", "\"0\""),
            ("rt --pairs", "--pairs"),
            ("net --peers go/2", "\"go/2\""),
            ("net --fast", "--fast"),
            ("ab main", "two revisions"),
            ("ab main HEAD", "the rows"),
            ("ab main HEAD no_such_row", "\"no_such_row\""),
        ] {
            assert!(refusal(line).contains(named), "{line}: {}", refusal(line));
        }
    }

    #[test]
    fn check_runs_each_marked_row_once() {
        let Ok(Task::Measure {
            rows, must_reach, ..
        }) = parse(&["check".into()])
        else {
            panic!("check measures");
        };
        let echoes = rows.iter().filter(|row| row.name == "echo/64/128").count();
        assert_eq!((echoes, must_reach), (1, true));
    }
}
