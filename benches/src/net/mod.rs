//! Rows with a server and a client: two processes beside the one that measures.

pub(crate) mod client;
mod connection;
pub(crate) mod poller;
mod process;
pub(crate) mod row;
mod schedule;
pub(crate) mod server;
pub(crate) mod shape;
pub(crate) mod trace;

use crate::measure::Sample;
use crate::peers::Peer;
use crate::usage::Usage;
use client::Load;
use process::{Client, Server};
use row::{Exchange, Rate};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use server::{Options, Work};
use shape::Shape;
use std::io;
use std::thread;
use std::time::{Duration, Instant};
use trace::Trace;

const WARM_UP: Duration = Duration::from_secs(1);
const SETTLE: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(10);
/// File descriptors a process needs apart from its connections.
const OTHER_FILES: u64 = 64;

/// Run an [`Exchange`], `mem_idle_conns` or `idle_cpu`; `None` if nothing is called so.
pub(crate) fn row(name: &str, peer: Peer, measured: Duration) -> io::Result<Option<Sample>> {
    if let Some(exchange) = Exchange::named(name) {
        return exchange.run(peer, measured).map(Some);
    }
    match name {
        "mem_idle_conns" => memory_of_idle_connections(peer).map(Some),
        "idle_cpu" => idle_cpu(peer).map(Some),
        _ => Ok(None),
    }
}

impl Exchange {
    fn options(&self) -> Options {
        let (work, bytes) = match self.shape {
            Shape::Echo(bytes) if self.hogs => (Work::Mixed, bytes),
            Shape::Echo(bytes) => (Work::Echo, bytes),
            Shape::Http(_) => (Work::Http, 4096),
        };
        Options {
            work,
            bytes,
            timers: 0,
            counting: false,
        }
    }

    fn run(&self, peer: Peer, measured: Duration) -> io::Result<Sample> {
        raise_file_limit()?;
        let rate = match self.rate {
            Rate::Closed => None,
            Rate::Open(rate) => Some(rate),
            Rate::OfTokio(_) => {
                return Err(io::Error::other("the rate is chosen by a whole run only"));
            }
        };
        let trace = self.count_calls.then(Trace::new).transpose()?;
        let mut server = Server::start(peer, &self.options(), trace.as_ref())?;
        let mut client = Client::drive(&Load {
            server: server.address(),
            connections: self.connections,
            shape: self.shape,
            warm_up: WARM_UP,
            measured,
            rate,
        })?;
        client.expect("started")?;
        let before = server.usage()?;
        let result = client.result()?;
        let after = server.usage()?;
        let said = Said(result);
        self.check(&said)?;
        match trace {
            Some(trace) => {
                server.end()?;
                trace.per_request(said.value("requests")? + said.value("warm_up_requests")?)
            }
            None => said.sample(&before, &after),
        }
    }

    fn check(&self, said: &Said) -> io::Result<()> {
        let lost = said.value("lost")?;
        // In an open loop what is late says so in its latency.
        if (lost > 0.0 && self.rate == Rate::Closed) || said.value("requests")? == 0.0 {
            return Err(io::Error::other(format!(
                "{lost} of {} connections waited for more than a second for their reply",
                self.connections
            )));
        }
        Ok(())
    }
}

/// What the client found out.
struct Said(Value);

impl Said {
    fn value(&self, name: &str) -> io::Result<f64> {
        let number = self.0.get(name).and_then(Value::as_f64);
        number.ok_or_else(|| io::Error::other(format!("the client's result lacks {name:?}")))
    }

    fn sample(&self, before: &Usage, after: &Usage) -> io::Result<Sample> {
        let requests = self.value("requests")?;
        Ok(vec![
            ("rps", requests / self.value("seconds")?),
            ("p50", self.value("p50")?),
            ("p99", self.value("p99")?),
            ("p99.9", self.value("p99.9")?),
            ("max", self.value("max")?),
            ("cpu", (after.cpu_us - before.cpu_us) / requests),
            ("switches", (after.switches - before.switches) / requests),
            ("rescues", after.trouble.rescues - before.trouble.rescues),
            ("stalled", after.trouble.stalled - before.trouble.stalled),
            ("refused", after.trouble.refused - before.trouble.refused),
            ("rss", after.rss),
        ])
    }
}

fn memory_of_idle_connections(peer: Peer) -> io::Result<Sample> {
    let files = raise_file_limit()?;
    let connections = files.saturating_sub(OTHER_FILES).min(10_000) as usize;
    let options = Options {
        work: Work::Echo,
        bytes: 1024,
        timers: 0,
        counting: true,
    };
    let mut server = Server::start(peer, &options, None)?;
    let before = server.usage()?;
    let mut client = Client::hold(server.address(), connections)?;
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
        work: Work::Echo,
        bytes: 128,
        timers: 1_000,
        counting: false,
    };
    let mut server = Server::start(peer, &options, None)?;
    let mut client = Client::hold(server.address(), 1_000)?;
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
