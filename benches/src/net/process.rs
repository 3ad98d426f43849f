//! The two processes beside the one that measures, and how it talks with them.

use super::server::Options;
use crate::peers::Peer;
use crate::usage::Usage;
use serde_json::Value;
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A child of this program that is talked to by lines, and does not outlive this value.
struct Partner {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Partner {
    fn start(arguments: &[String]) -> io::Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a child process without pipes"));
        };
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(io::Error::other(
                "the other process ended early; it said why above",
            ));
        }
        Ok(line.trim_end().to_owned())
    }

    fn json(&mut self) -> io::Result<Value> {
        Ok(serde_json::from_str(&self.line()?)?)
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        // Neither can fail but for a child that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server process.
pub(super) struct Server {
    process: Partner,
    port: u16,
}

impl Server {
    pub(super) fn start(peer: Peer, options: &Options) -> io::Result<Self> {
        let mut process = Partner::start(&[
            "serve".into(),
            peer.to_string(),
            options.bytes.to_string(),
            options.timers.to_string(),
            options.counting.to_string(),
        ])?;
        let line = process.line()?;
        let port = line
            .strip_prefix("port ")
            .and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| unexpected(&line))?;
        Ok(Self { process, port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn usage(&mut self) -> io::Result<Usage> {
        self.process.input.write_all(b"usage\n")?;
        let answer = self.process.json()?;
        Usage::from_json(&answer).ok_or_else(|| unexpected(&answer.to_string()))
    }
}

/// The client process.
pub(super) struct Client(Partner);

impl Client {
    /// A closed loop, see [`Load`](super::client::Load).
    pub(super) fn drive(
        port: u16,
        connections: usize,
        bytes: usize,
        warm_up: Duration,
        measured: Duration,
    ) -> io::Result<Self> {
        let arguments = [
            "drive".into(),
            format!("127.0.0.1:{port}"),
            connections.to_string(),
            bytes.to_string(),
            warm_up.as_secs_f64().to_string(),
            measured.as_secs_f64().to_string(),
        ];
        Partner::start(&arguments).map(Self)
    }

    /// Idle connections, open until this value is dropped.
    pub(super) fn hold(port: u16, connections: usize) -> io::Result<Self> {
        let arguments = [
            "hold".into(),
            format!("127.0.0.1:{port}"),
            connections.to_string(),
        ];
        Partner::start(&arguments).map(Self)
    }

    pub(super) fn expect(&mut self, word: &str) -> io::Result<()> {
        let line = self.0.line()?;
        if line == word {
            Ok(())
        } else {
            Err(unexpected(&line))
        }
    }

    pub(super) fn result(&mut self) -> io::Result<Value> {
        self.0.json()
    }
}

fn unexpected(line: &str) -> io::Error {
    io::Error::other(format!("the other process said {line:?}"))
}
