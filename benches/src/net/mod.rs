//! Rows with a server and a client: two processes beside the one that measures.

pub(crate) mod client;
pub(crate) mod poller;
mod process;
pub(crate) mod server;

use crate::measure::Sample;
use crate::peers::Peer;
use process::{Client, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::Options;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

const WARM_UP: Duration = Duration::from_secs(1);
const SETTLE: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(10);
/// File descriptors a process needs apart from its connections.
const OTHER_FILES: u64 = 64;

/// Run `echo/C/B`, `mem_idle_conns` or `idle_cpu`; `None` if nothing is called so.
pub(crate) fn row(name: &str, peer: Peer, measured: Duration) -> io::Result<Option<Sample>> {
    if let Some((connections, bytes)) = echo_parameters(name) {
        return echo(peer, connections, bytes, measured).map(Some);
    }
    match name {
        "mem_idle_conns" => memory_of_idle_connections(peer).map(Some),
        "idle_cpu" => idle_cpu(peer).map(Some),
        _ => Ok(None),
    }
}

/// C and B of `echo/C/B`.
pub(crate) fn echo_parameters(name: &str) -> Option<(usize, usize)> {
    let (connections, bytes) = name.strip_prefix("echo/")?.split_once('/')?;
    let positive = |text: &str| text.parse().ok().filter(|n| *n > 0);
    Some((positive(connections)?, positive(bytes)?))
}

fn echo(peer: Peer, connections: usize, bytes: usize, measured: Duration) -> io::Result<Sample> {
    let options = Options {
        bytes,
        timers: 0,
        counting: false,
    };
    let mut server = Server::start(peer, &options)?;
    let mut client = Client::drive(server.port(), connections, bytes, WARM_UP, measured)?;
    client.expect("started")?;
    let before = server.usage()?;
    let result = client.result()?;
    let after = server.usage()?;

    let value = |name: &str| {
        let number = result.get(name).and_then(serde_json::Value::as_f64);
        number.ok_or_else(|| io::Error::other(format!("the client's result lacks {name:?}")))
    };
    let (requests, lost) = (value("requests")?, value("lost")?);
    if lost > 0.0 || requests == 0.0 {
        return Err(io::Error::other(format!(
            "{lost} of {connections} connections waited for more than a second for their reply"
        )));
    }
    Ok(vec![
        ("rps", requests / value("seconds")?),
        ("p50", value("p50")?),
        ("p99", value("p99")?),
        ("p99.9", value("p99.9")?),
        ("max", value("max")?),
        ("cpu", (after.cpu_us - before.cpu_us) / requests),
        ("switches", (after.switches - before.switches) / requests),
        ("rss", after.rss),
    ])
}

fn memory_of_idle_connections(peer: Peer) -> io::Result<Sample> {
    let files = raise_file_limit()?;
    let connections = files.saturating_sub(OTHER_FILES).min(10_000) as usize;
    let options = Options {
        bytes: 1024,
        timers: 0,
        counting: true,
    };
    let mut server = Server::start(peer, &options)?;
    let before = server.usage()?;
    let mut client = Client::hold(server.port(), connections)?;
    client.expect("holding")?;
    let after = server.usage()?;
    let each = |before: f64, after: f64| (after - before) / connections as f64;
    Ok(vec![
        ("rss", each(before.rss, after.rss)),
        ("heap", each(before.heap, after.heap)),
        ("connections", connections as f64),
    ])
}

#[expect(
    clippy::disallowed_methods,
    reason = "what happens while nothing happens is the subject"
)]
fn idle_cpu(peer: Peer) -> io::Result<Sample> {
    raise_file_limit()?;
    let options = Options {
        bytes: 128,
        timers: 1_000,
        counting: false,
    };
    let mut server = Server::start(peer, &options)?;
    let mut client = Client::hold(server.port(), 1_000)?;
    client.expect("holding")?;
    thread::sleep(SETTLE);
    let before = server.usage()?;
    let start = Instant::now();
    thread::sleep(IDLE);
    let after = server.usage()?;
    let elapsed_us = start.elapsed().as_secs_f64() * 1e6;
    Ok(vec![
        (
            "cpu_percent",
            (after.cpu_us - before.cpu_us) / elapsed_us * 100.0,
        ),
        ("switches", after.switches - before.switches),
        ("threads", after.threads),
    ])
}

/// Raise the soft limit of open files to the hard one, which the processes started from here inherit.
fn raise_file_limit() -> io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    )?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}
