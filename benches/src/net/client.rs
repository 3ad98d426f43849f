//! The client: one thread, one epoll instance, C connections, each with one request under way.

use super::poller::{EVENTS, Poller, interest, token};
use hdrhistogram::Histogram;
use rustix::event::epoll::EventFlags;
use serde_json::{Value, json};
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A reply that takes longer than this at the end of a run is one that got lost.
const LOST: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// A closed loop against one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) server: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) bytes: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

struct Connection {
    stream: TcpStream,
    sent: usize,
    received: usize,
    since: Instant,
}

impl Load {
    /// Drive the load: print `started` when the warm-up is over, and a line of JSON at the end.
    pub(crate) fn drive(&self) -> io::Result<()> {
        let poller = Poller::new()?;
        let mut connections = self.connect(&poller)?;
        let request = vec![b'x'; self.bytes];
        for (token, connection) in connections.iter_mut().enumerate() {
            connection.since = Instant::now();
            connection.send(&request, &poller, token)?;
        }
        let mut run = Run::new(&request)?;
        run.until(&poller, &mut connections, Instant::now() + self.warm_up)?;
        run.latencies.reset();
        say("started")?;
        let start = Instant::now();
        let end = run.until(&poller, &mut connections, start + self.measured)?;
        let lost = connections
            .iter()
            .filter(|connection| end - connection.since > LOST)
            .count();
        say(&run.result(end - start, lost).to_string())
    }

    fn connect(&self, poller: &Poller) -> io::Result<Vec<Connection>> {
        let connected = (0..self.connections).map(|token| {
            let stream = TcpStream::connect(self.server)?;
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            poller.add(&stream, token, interest(true, false))?;
            Ok(Connection {
                stream,
                sent: 0,
                received: 0,
                since: Instant::now(),
            })
        });
        connected.collect()
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

struct Run<'a> {
    request: &'a [u8],
    reply: Vec<u8>,
    latencies: Histogram<u64>,
}

impl<'a> Run<'a> {
    fn new(request: &'a [u8]) -> io::Result<Self> {
        Ok(Self {
            request,
            reply: vec![0; request.len()],
            latencies: Histogram::new(3).map_err(io::Error::other)?,
        })
    }

    /// Serve events until `deadline`; says when it stopped.
    fn until(
        &mut self,
        poller: &Poller,
        connections: &mut [Connection],
        deadline: Instant,
    ) -> io::Result<Instant> {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            poller.wait(&mut events, Some(TICK))?;
            for &event in &events {
                let token = token(event);
                let connection = &mut connections[token];
                let flags = event.flags;
                if flags.contains(EventFlags::OUT) {
                    connection.send(self.request, poller, token)?;
                } else {
                    self.receive(connection, poller, token)?;
                }
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(now);
            }
        }
    }

    fn receive(
        &mut self,
        connection: &mut Connection,
        poller: &Poller,
        token: usize,
    ) -> io::Result<()> {
        match connection.stream.read(&mut self.reply) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => connection.received += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
        if connection.received < self.request.len() {
            return Ok(());
        }
        let now = Instant::now();
        let nanos = (now - connection.since).as_nanos() as u64;
        self.latencies
            .record(nanos.max(1))
            .map_err(io::Error::other)?;
        (connection.sent, connection.received, connection.since) = (0, 0, now);
        connection.send(self.request, poller, token)
    }

    fn result(&self, took: Duration, lost: usize) -> Value {
        let micros = |quantile: f64| self.latencies.value_at_quantile(quantile) as f64 / 1e3;
        json!({
            "requests": self.latencies.len(),
            "seconds": took.as_secs_f64(),
            "p50": micros(0.5),
            "p99": micros(0.99),
            "p99.9": micros(0.999),
            "max": self.latencies.max() as f64 / 1e3,
            "lost": lost,
        })
    }
}

impl Connection {
    /// Send what is left of the request. A full socket is rare: then, and only then, writability counts.
    fn send(&mut self, request: &[u8], poller: &Poller, token: usize) -> io::Result<()> {
        let resumed = self.sent > 0;
        match self.stream.write(&request[self.sent..]) {
            Ok(sent) => self.sent += sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        let unsent = self.sent < request.len();
        if unsent || resumed {
            poller.modify(&self.stream, token, interest(true, unsent))?;
        }
        Ok(())
    }
}
