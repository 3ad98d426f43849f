//! What a turn costs in which there is nothing to do, and one with a single poll.

use super::Way;
use super::guest::Guest;
use super::runtime::builder;
use crate::measure::{Sample, repeat};
use crate::net::trace::Trace;
use ::heist::runtime::{GuestLoop, Limit, Runtime};
use ::heist::task::yield_now;
use std::env;
use std::io;
use std::time::{Duration, Instant};

const TURNS: u32 = 100_000;
/// Under the tool that counts calls; what a process does at its beginning and end is the same in a short and in a long run.
const SHORT: u32 = 1_000;
const LONG: u32 = 11_000;
/// The task of `turn_with_poll` would use up any other.
const TURN: Limit = Limit::polls(1);

/// Run the row `name` on a guest.
pub(super) fn row(name: &str, way: Way) -> io::Result<Option<Sample>> {
    if !matches!(way, Way::Fd | Way::Waker) {
        return Ok(None);
    }
    if name == "turn_calls" {
        return calls(way).map(Some);
    }
    let (_rt, guest) = guest(way)?;
    let guest = guest.guest();
    if name == "turn_with_poll" {
        drop(guest.spawn_local(async {
            loop {
                yield_now().await;
            }
        }));
    }
    Ok(Some(repeat(u64::from(TURNS), || take(guest, TURNS))))
}

/// Takes so many empty turns: the process that is traced.
pub(crate) fn take_turns(way: Way, turns: u32) -> io::Result<()> {
    let (_rt, guest) = guest(way)?;
    take(guest.guest(), turns);
    Ok(())
}

fn guest(way: Way) -> io::Result<(Runtime, Guest)> {
    let rt = builder(way)?.enable_all().build()?;
    let guest = match way {
        Way::Waker => Guest::with_waker(&rt)?,
        _ => Guest::with_fd(&rt)?,
    };
    Ok((rt, guest))
}

fn take(guest: &GuestLoop, turns: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..turns {
        let _ = guest.turn(TURN);
    }
    start.elapsed()
}

/// System calls in each turn.
fn calls(way: Way) -> io::Result<Sample> {
    let (short, long) = (counted(way, SHORT)?, counted(way, LONG)?);
    let each = |((name, short), (_, long))| (name, (long - short) / f64::from(LONG - SHORT));
    Ok(std::iter::zip(short, long).map(each).collect())
}

fn counted(way: Way, turns: u32) -> io::Result<Vec<(&'static str, f64)>> {
    let trace = Trace::new()?;
    let status = trace
        .command()
        .arg(env::current_exe()?)
        .args(["turns", &way.to_string(), &turns.to_string()])
        .status()?;
    if !status.success() {
        return Err(io::Error::other(
            "the traced process failed; it said why above",
        ));
    }
    trace.per_request(1.0)
}
