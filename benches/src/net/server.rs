//! The server's side of a run: it announces its port and answers questions about its usage.
//!
//! The process that measures talks to the server by lines: the server first prints `port N`; each line it then reads
//! is answered by its [`Usage`] as JSON; the end of its input ends it, so no server outlives a run.

use crate::alloc;
use crate::peers::Peer;
use crate::usage::Usage;
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::process;
use std::thread;

/// What a server is asked to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Size of the buffer of a connection.
    pub(crate) bytes: usize,
    /// Tasks that sleep for an hour.
    pub(crate) timers: usize,
    /// Count the bytes that are alive.
    pub(crate) counting: bool,
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
        answer(&Usage::now()?.to_json().to_string())?;
    }
    Ok(())
}

fn answer(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
