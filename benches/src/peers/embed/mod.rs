//! heist itself, in the ways that a program can have it: the peers of group `embed`.
//!
//! | peer | who runs the tasks |
//! |---|---|
//! | `own/N` | N threads of the runtime's own |
//! | `lent/N` | N threads of the program's, lent to a hosted runtime |
//! | `pump/N` | a rayon pool of N threads, to which a hosted runtime posts jobs |
//! | `current` | the thread in `block_on` of a current-thread runtime |
//! | `fd` | a loop around `poll` that watches the descriptor of a guest |
//! | `waker` | a loop that parks until the waker of a guest unparks it |
//!
//! `introspect/N`, `slow_polls/N` and `debug/N` are `own/N` with one thing turned on; `event_loop` and `threads` have rows of their own.

mod calls;
mod guest;
mod lent;
mod observed;
mod pump;
mod runtime;
mod suspended;
mod turn;

use crate::measure::Sample;
use crate::net::server::{self, Options, Work};
use crate::usage::Trouble;
use ::heist::runtime::Handle;
use runtime::Runtime;
use std::fmt;
use std::io;
use std::str::FromStr;
pub(crate) use turn::take_turns;

#[path = "../../work/net.rs"]
mod net;
#[path = "../../work/rt.rs"]
mod rt;

/// The names that the workloads use; a runtime is one of [`Runtime`]'s kinds.
mod peer {
    pub(super) use ::heist::{io, net, spawn, sync, task, time};

    pub(super) mod runtime {
        pub(crate) use super::super::runtime::Runtime;
    }
}

/// As they are told to who mistypes one.
pub(crate) const NAMES: &str = "own/N, lent/N, pump/N, introspect/N, slow_polls/N, debug/N, current, fd, waker, event_loop, threads";

/// One way to have heist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Own(usize),
    Lent(usize),
    Pump(usize),
    /// [`Own`](Self::Own), which answers `heist-ps`.
    Introspect(usize),
    /// [`Own`](Self::Own), which looks for slow polls.
    SlowPolls(usize),
    /// [`Own`](Self::Own) in debug mode, which does both and more.
    Debug(usize),
    Current,
    Fd,
    Waker,
    /// `heist::event_loop::EventLoop`, which runs callables.
    EventLoop,
    /// No runtime at all: a thread for each thing that waits.
    Threads,
}

/// So many threads, in one of the ways.
type OfThreads = fn(usize) -> Way;

/// The ways that are named by a word, and those that have a number of threads behind it.
const WORDS: [(&str, Way); 5] = [
    ("current", Way::Current),
    ("fd", Way::Fd),
    ("waker", Way::Waker),
    ("event_loop", Way::EventLoop),
    ("threads", Way::Threads),
];
const NUMBERED: [(&str, OfThreads); 6] = [
    ("own", Way::Own),
    ("lent", Way::Lent),
    ("pump", Way::Pump),
    ("introspect", Way::Introspect),
    ("slow_polls", Way::SlowPolls),
    ("debug", Way::Debug),
];

impl Way {
    /// Run a row that needs no other process, by the last word of its name.
    pub(super) fn row(self, name: &str) -> io::Result<Option<Sample>> {
        match (name, self) {
            ("call_soon_1m" | "call_later_100k", Self::EventLoop) => calls::row(name),
            ("suspended", _) => suspended::row(self),
            ("turn" | "turn_with_poll" | "turn_calls", _) => turn::row(name, self),
            (_, Self::EventLoop | Self::Threads) => Ok(None),
            _ => self.row_of_tasks(name.rsplit('/').next().unwrap_or_default()),
        }
    }

    fn row_of_tasks(self, name: &str) -> io::Result<Option<Sample>> {
        let rt = Runtime::new(self)?;
        let Some(mut sample) = rt::row(name, &rt) else {
            return Ok(None);
        };
        let trouble = trouble_of(rt.handle());
        sample.extend([
            ("rescues", trouble.rescues),
            ("stalled", trouble.stalled),
            ("refused", trouble.refused),
        ]);
        Ok(Some(sample))
    }

    /// Serve echo until the process ends.
    pub(super) fn serve(self, options: &Options) -> io::Result<()> {
        if options.work == Work::Http || matches!(self, Self::EventLoop | Self::Threads) {
            return Err(io::Error::other(format!("{self} has no such server")));
        }
        let rt = Runtime::new(self)?;
        let handle = rt.handle().clone();
        server::tell_trouble(move || trouble_of(&handle));
        net::serve(&rt, options)
    }
}

/// What a runtime says has gone wrong so far.
pub(super) fn trouble_of(handle: &Handle) -> Trouble {
    let metrics = handle.metrics();
    Trouble {
        rescues: metrics.rescue_count() as f64,
        stalled: metrics.stalled_pumps() as f64,
        refused: metrics.refused_jobs() as f64,
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((word, _)) = WORDS.iter().find(|(_, way)| way == self) {
            return f.write_str(word);
        }
        match self {
            Self::Own(threads) => write!(f, "own/{threads}"),
            Self::Lent(threads) => write!(f, "lent/{threads}"),
            Self::Pump(threads) => write!(f, "pump/{threads}"),
            Self::Introspect(threads) => write!(f, "introspect/{threads}"),
            Self::SlowPolls(threads) => write!(f, "slow_polls/{threads}"),
            Self::Debug(threads) => write!(f, "debug/{threads}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Way {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some((_, way)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*way);
        }
        let (name, threads) = text.split_once('/').ok_or(())?;
        let (_, way) = NUMBERED.iter().find(|(word, _)| *word == name).ok_or(())?;
        let threads = threads.parse().ok().filter(|threads| *threads > 0);
        threads.map(way).ok_or(())
    }
}
