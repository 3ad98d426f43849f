//! The server's side of a run: it announces its port and answers questions about its usage.
//!
//! The process that measures talks to the server by lines: the server first prints `port N`; each line it then reads
//! is answered by its [`Usage`] as JSON; the end of its input ends it, so no server outlives a run.

use crate::alloc;
use crate::peers::Peer;
use crate::usage::{Trouble, Usage};
use std::fmt;
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::process;
use std::str::FromStr;
use std::sync::OnceLock;
use std::thread;

/// What a server does for its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Echo,
    /// Echo beside a task that computes for 5 ms per poll and one that blocks its worker for 50 ms in every 200.
    Mixed,
    /// HTTP/1.1: twelve bytes as the answer to every request.
    Http,
}

/// What a server is asked to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) work: Work,
    /// Size of the buffer of a connection.
    pub(crate) bytes: usize,
    /// Tasks that sleep for an hour.
    pub(crate) timers: usize,
    /// Count the bytes that are alive.
    pub(crate) counting: bool,
}

impl Work {
    const NAMES: [(&str, Self); 3] = [
        ("echo", Self::Echo),
        ("mixed", Self::Mixed),
        ("http", Self::Http),
    ];
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, work)| work == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl FromStr for Work {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let work = Self::NAMES.iter().find(|(name, _)| *name == text);
        work.map(|(_, work)| *work)
            .ok_or_else(|| format!("a server's work is echo, mixed or http, not {text:?}"))
    }
}

impl Options {
    /// The arguments of the process that serves.
    pub(super) fn arguments(&self, peer: Peer) -> Vec<String> {
        vec![
            "serve".into(),
            peer.to_string(),
            self.work.to_string(),
            self.bytes.to_string(),
            self.timers.to_string(),
            self.counting.to_string(),
        ]
    }
}

/// Where a runtime that counts what goes wrong says how much that was.
static TROUBLE: OnceLock<Box<dyn Fn() -> Trouble + Send + Sync>> = OnceLock::new();

/// From now on the answers to questions have what `count` gives.
pub(crate) fn tell_trouble(count: impl Fn() -> Trouble + Send + Sync + 'static) {
    // A process serves once.
    let _ = TROUBLE.set(Box::new(count));
}

/// Serve on `peer` until the input ends.
pub(crate) fn run(peer: Peer, options: &Options) -> io::Result<()> {
    if options.counting {
        alloc::start_counting();
    }
    peer.serve(options)
}

/// Called by every peer's server once it listens.
pub(crate) fn announce(address: SocketAddr) -> io::Result<()> {
    answer(&format!("port {}", address.port()))?;
    thread::Builder::new()
        .name("control".into())
        .spawn(|| {
            let failed = answer_questions().is_err();
            process::exit(i32::from(failed));
        })
        .map(drop)
}

fn answer_questions() -> io::Result<()> {
    for question in io::stdin().lock().lines() {
        question?;
        let mut usage = Usage::now()?;
        usage.trouble = TROUBLE.get().map_or_else(Trouble::default, |count| count());
        answer(&usage.to_json().to_string())?;
    }
    Ok(())
}

fn answer(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
