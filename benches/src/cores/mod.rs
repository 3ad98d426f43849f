//! `heist-bench cores`: what the scheduler does on more processors than this machine has, in a model.
//!
//! # What is modelled
//!
//! N workers, each with a processor of its own, and one wheel of [events](model): a worker's step happens at a time, takes what the [costs](mod@costs) say, and says when the
//! next one is. A worker has a LIFO slot and a deque; it looks there, then into the injector, then steals half of a peer's deque, at most 64 tasks; half of the workers may search at
//! once; who finds nothing sits in the one driver's seat if that is free, and sleeps beside it otherwise. Lines that several workers write (the injector, the word of the sleepers, a deque
//! under theft) are taken one after the other, so a line that all want becomes the bottleneck it would be.
//!
//! Two rules of waking a peer run over the same [loads](load):
//!
//! * `heist`: after a poll, if the backlog times the mean poll is worth 200 µs, by the arithmetic of `runtime-core/src/scheduler/pace.rs` written once more ([`pace`]); and a woken worker
//!   does the same with what it finds.
//! * `eager`: at every push to the deque, unless somebody searches; each push writes the word that says so. That is how most runtimes do it, tokio among them.
//!
//! # What it can show
//!
//! How the numbers go with N: whether throughput grows, whether wake-ups and thefts per task explode, how long tasks wait, and which of the two rules comes to its limit first. What it says of
//! these costs:
//!
//! * Tasks of 2 µs on 64 workers: 26 against 10 per µs, since by the eager rule every spawn writes the one word of the sleepers. Nothing collapses by the other rule: 64 workers do 54 times as
//!   much as one, and 0.0002 wake-ups and 0.05 thefts per task.
//! * Tasks of 200 µs on 64 workers: 247 against 287 per ms. A worker looks at its backlog between polls, so the chain of wake-ups grows by one generation per poll.
//! * Both rules spread a burst by a chain, one wake-up after the other: beyond eight workers one of a millisecond ends no earlier.
//! * Requests from one reactor on two to eight workers wait up to 260 µs against 110, at the 99th percentile, for a third to a half of the wake-ups: that is the bargain, a wait below
//!   200 µs is not worth a wake-up. With more workers both rules wait longer, as one batch for all of them goes through one deque: there a second poller would begin to pay.
//!
//! # What it cannot show
//!
//! Anything it does not know: caches that tasks leave cold, memory that is far away, the system's own scheduler and its locks, the kernel's side of epoll, which comes to its limit before
//! this reactor does, a machine that others use as well, and mistakes of the code, which is not run. It takes the costs from a machine with two processors (see [`costs`](mod@costs)); the lines
//! of sixty-four are slower. So its throughput is an upper bound, and only the comparison of columns means anything. A search is one event however many peers it looks at,
//! and takes its loot at its beginning.
//!
//! The other half of the answer is a run with more workers than processors, which is real code on a machine too small for it: the rows `oversubscribed/…`, `heist/8` against `tokio/8`.
//! On two processors `ping_pong` was 2.6 times as fast, `yield_many` 1.8, `skynet` 4.0; `echo/256/128` served 1.17 times as many requests with a 99th percentile of 8.9 ms against 12.1. Nothing
//! collapses there, but the guard has to come to the rescue some ten times a second, since a worker that the system does not let run looks like one whose poll does not return.

mod costs;
mod load;
mod model;
mod pace;

pub(crate) use self::costs::Costs;
use self::load::Load;
use self::model::{Model, Outcome};
use std::fmt::Write;

/// When a peer is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// When the backlog pays for it.
    Heist,
    /// At every push.
    Eager,
}

const WORKERS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The costs after `name=nanoseconds` for each that is to be another.
pub(crate) fn costs(changes: &[String]) -> Result<Costs, String> {
    changes.iter().try_fold(Costs::default(), Costs::with)
}

/// Runs all loads on all numbers of workers by both rules, and gives the tables.
pub(crate) fn tables(costs: &Costs) -> String {
    let mut text = format!("a model, not a measurement; nanoseconds: {costs}\n");
    for load in Load::all() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n{}\n{HEAD}", load.title());
        for workers in WORKERS {
            let run = |rule| Model::new(workers, rule, *costs, load).run();
            let (heist, eager) = (run(Rule::Heist), run(Rule::Eager));
            let _ = writeln!(text, "{workers:>7}{}{}", cells(&heist), cells(&eager));
        }
    }
    text
}

const HEAD: &str = "workers |  heist: tasks/ms  wakes/task steals/task   p99 µs |  eager: tasks/ms  wakes/task steals/task   p99 µs";

fn cells(outcome: &Outcome) -> String {
    format!(
        " |{:>16.0}{:>12.4}{:>12.4}{:>9.1}",
        outcome.tasks_per_ms(),
        outcome.per_task(outcome.wakes),
        outcome.per_task(outcome.steals),
        outcome.p99_micros(),
    )
}

#[cfg(test)]
mod tests;
