//! The two processes beside the one that measures, and how it talks with them.

use super::client::Load;
use super::server::Options;
use super::trace::Trace;
use crate::peers::Peer;
use crate::usage::Usage;
use serde_json::Value;
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A child of this program that is talked to by lines, and does not outlive this value.
struct Partner {
    child: Child,
    /// `None` once it has been ended.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Partner {
    fn start(arguments: &[String]) -> io::Result<Self> {
        Self::start_by(Command::new(env::current_exe()?), arguments)
    }

    fn start_by(mut command: Command, arguments: &[String]) -> io::Result<Self> {
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a child process without pipes"));
        };
        Ok(Self {
            child,
            input: Some(input),
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
    /// With a trace, under the program that counts its calls.
    pub(super) fn start(peer: Peer, options: &Options, trace: Option<&Trace>) -> io::Result<Self> {
        let here = env::current_exe()?;
        let command = match trace {
            Some(trace) => {
                let mut command = trace.command();
                command.arg(here);
                command
            }
            None => Command::new(here),
        };
        let mut process = Partner::start_by(command, &options.arguments(peer))?;
        let line = process.line()?;
        let port = line
            .strip_prefix("port ")
            .and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| unexpected(&line))?;
        Ok(Self { process, port })
    }

    pub(super) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Ends its input and waits until it is gone.
    pub(super) fn end(self) -> io::Result<()> {
        let Partner { child, input, .. } = &mut { self.process };
        drop(input.take());
        child.wait().map(drop)
    }

    pub(super) fn usage(&mut self) -> io::Result<Usage> {
        if let Some(input) = &mut self.process.input {
            input.write_all(b"usage\n")?;
        }
        let answer = self.process.json()?;
        Usage::from_json(&answer).ok_or_else(|| unexpected(&answer.to_string()))
    }
}

/// The client process.
pub(super) struct Client(Partner);

impl Client {
    /// See [`Load`].
    pub(super) fn drive(load: &Load) -> io::Result<Self> {
        Partner::start(&load.arguments()).map(Self)
    }

    /// Idle connections, open until this value is dropped.
    pub(super) fn hold(server: SocketAddr, connections: usize) -> io::Result<Self> {
        let arguments = ["hold".into(), server.to_string(), connections.to_string()];
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
