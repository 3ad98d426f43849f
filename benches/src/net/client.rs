//! The client: one thread, one epoll instance, C connections, each with one request under way.
//!
//! In a *closed* loop the next request follows the reply. In an *open* one requests are due at a fixed rate, whatever the
//! server does: one that is due while its connection is busy waits in line, and its latency counts from when it was due.
//! So a server that stalls does not get fewer requests to be slow at.

use super::connection::Connection;
use super::poller::{EVENTS, Poller, token};
use super::schedule::Schedule;
use super::shape::Shape;
use hdrhistogram::Histogram;
use rustix::event::epoll::{Event, EventFlags};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A reply that takes longer than this at the end of a closed loop is one that got lost.
const LOST: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// A load on one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) server: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) shape: Shape,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// Requests per second of an open loop; a closed one without.
    pub(crate) rate: Option<f64>,
}

impl Load {
    /// The arguments of the process that drives it.
    pub(super) fn arguments(&self) -> Vec<String> {
        vec![
            "drive".into(),
            self.server.to_string(),
            self.connections.to_string(),
            self.shape.to_string(),
            self.warm_up.as_secs_f64().to_string(),
            self.measured.as_secs_f64().to_string(),
            self.rate.unwrap_or(0.0).to_string(),
        ]
    }

    /// Drive the load: print `started` when the warm-up is over, and a line of JSON at the end.
    pub(crate) fn drive(&self) -> io::Result<()> {
        let mut run = Run::new(self)?;
        let begin = Instant::now();
        run.begin(begin)?;
        run.until(begin + self.warm_up)?;
        let warm_up = run.latencies.len();
        run.latencies.reset();
        say("started")?;
        let start = Instant::now();
        let end = run.until(start + self.measured)?;
        say(&run.result(end - start, warm_up, end).to_string())
    }
}

/// Connect, exchange one byte on each connection, say `holding`, and keep all open until the input ends.
pub(crate) fn hold(server: SocketAddr, connections: usize) -> io::Result<()> {
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut stream = TcpStream::connect(server)?;
        stream.write_all(b"x")?;
        stream.read_exact(&mut [0])?;
        held.push(stream);
    }
    say("holding")?;
    for line in io::stdin().lock().lines() {
        line?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

struct Run {
    poller: Poller,
    connections: Vec<Connection>,
    /// Of each connection, when the requests were due that are under way or wait in line.
    due: Vec<VecDeque<Instant>>,
    /// Of an open loop.
    schedule: Option<Schedule>,
    request: Vec<u8>,
    reply: Vec<u8>,
    requests_each: usize,
    latencies: Histogram<u64>,
}

impl Run {
    fn new(load: &Load) -> io::Result<Self> {
        let poller = Poller::new()?;
        let connections = Connection::open(load.server, load.connections, &poller)?;
        Ok(Self {
            poller,
            connections,
            due: vec![VecDeque::new(); load.connections],
            schedule: load.rate.map(Schedule::new),
            request: load.shape.request(),
            reply: vec![0; load.shape.reply(load.server)?],
            requests_each: load.shape.requests(),
            latencies: Histogram::new(3).map_err(io::Error::other)?,
        })
    }

    fn begin(&mut self, now: Instant) -> io::Result<()> {
        match &mut self.schedule {
            Some(schedule) => schedule.begin(now),
            None => {
                for token in 0..self.connections.len() {
                    self.ask(token, Instant::now())?;
                }
            }
        }
        Ok(())
    }

    /// Serve events until `deadline`; says when it stopped.
    fn until(&mut self, deadline: Instant) -> io::Result<Instant> {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            self.ask_what_is_due()?;
            let wait = self.schedule.as_ref().map_or(TICK, Schedule::wait);
            self.poller.wait(&mut events, Some(wait.min(TICK)))?;
            for &event in &events {
                self.serve(event)?;
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(now);
            }
        }
    }

    fn serve(&mut self, event: Event) -> io::Result<()> {
        let (token, flags) = (token(event), event.flags);
        let connection = &mut self.connections[token];
        if flags.contains(EventFlags::OUT) {
            return connection.send(&self.request, &self.poller, token);
        }
        if connection.receive(&mut self.reply)? {
            self.answered(token)?;
        }
        Ok(())
    }

    /// The reply is whole: counts it, and goes on with what waits in line, or at once in a closed loop.
    fn answered(&mut self, token: usize) -> io::Result<()> {
        let now = Instant::now();
        let due = self.due[token].pop_front().unwrap_or(now);
        let nanos = (now - due).as_nanos() as u64;
        self.latencies
            .record(nanos.max(1))
            .map_err(io::Error::other)?;
        if self.schedule.is_none() {
            self.ask(token, now)
        } else if self.due[token].is_empty() {
            Ok(())
        } else {
            self.connections[token].send(&self.request, &self.poller, token)
        }
    }

    fn ask_what_is_due(&mut self) -> io::Result<()> {
        while let Some((number, due)) = self.schedule.as_mut().and_then(Schedule::next_due) {
            self.ask((number % self.connections.len() as u64) as usize, due)?;
        }
        Ok(())
    }

    /// A request for this connection: sent now, or when those before it are answered.
    fn ask(&mut self, token: usize, due: Instant) -> io::Result<()> {
        self.due[token].push_back(due);
        if self.due[token].len() > 1 {
            return Ok(());
        }
        self.connections[token].send(&self.request, &self.poller, token)
    }

    fn result(&self, took: Duration, warm_up: u64, end: Instant) -> Value {
        let micros = |quantile: f64| self.latencies.value_at_quantile(quantile) as f64 / 1e3;
        let late = |due: &VecDeque<Instant>| due.front().is_some_and(|due| end - *due > LOST);
        let lost = self.due.iter().filter(|due| late(due)).count();
        let each = self.requests_each as u64;
        json!({
            "requests": self.latencies.len() * each,
            "warm_up_requests": warm_up * each,
            "seconds": took.as_secs_f64(),
            "p50": micros(0.5),
            "p99": micros(0.99),
            "p99.9": micros(0.999),
            "max": self.latencies.max() as f64 / 1e3,
            "lost": lost,
        })
    }
}
