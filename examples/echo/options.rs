//! The command line.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

/// Connections if the command line names no number.
pub(crate) const CONNECTIONS: usize = 10_000;

pub(crate) const HELP: &str = "\
An echo server on heist, driven by a second process over loopback.

  --connections N   connections (10000, or as many as the file-descriptor limit allows)
  --seconds N       how long to measure (5)
  --size BYTES      bytes per request (128)
  --listen ADDR     serve on ADDR, such as 127.0.0.1:7000, and measure nothing
  --help            this text";

/// What to do in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Help,
    /// Serve, and start a second process that drives.
    Measure,
    /// Serve only.
    Listen(SocketAddr),
    /// Be that second process; not for users.
    Drive(SocketAddr),
}

/// What the command line says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    /// `None` if not said.
    pub(crate) connections: Option<usize>,
    pub(crate) duration: Duration,
    pub(crate) size: usize,
}

/// What the client does to the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
    pub(crate) size: usize,
}

impl Load {
    /// The arguments with which a second process becomes this load.
    pub(crate) fn arguments(&self, server: SocketAddr) -> Vec<String> {
        let Self {
            connections,
            duration,
            size,
        } = self;
        let seconds = duration.as_secs_f64();
        let line = format!(
            "--drive {server} --connections {connections} --seconds {seconds} --size {size}"
        );
        line.split(' ').map(str::to_owned).collect()
    }
}

impl Options {
    /// With as many connections as there can be.
    pub(crate) fn load(&self, connections: usize) -> Load {
        Load {
            connections,
            duration: self.duration,
            size: self.size,
        }
    }

    /// Understand the arguments, or say in one sentence why not.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            mode: Mode::Measure,
            connections: None,
            duration: Duration::from_secs(5),
            size: 128,
        };
        while let Some(option) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{option} needs a value"))
            };
            match option.as_str() {
                "--help" | "-h" => options.mode = Mode::Help,
                "--connections" => options.connections = Some(positive(&option, &value()?)?),
                "--seconds" => options.duration = duration(&option, &value()?)?,
                "--size" => options.size = positive(&option, &value()?)?,
                "--listen" => options.mode = Mode::Listen(address(&value()?)?),
                "--drive" => options.mode = Mode::Drive(address(&value()?)?),
                _ => return Err(format!("there is no option {option}; --help lists them")),
            }
        }
        Ok(options)
    }
}

fn positive<T: FromStr + PartialOrd + Default>(option: &str, text: &str) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| *number > T::default());
    number.ok_or_else(|| format!("{option} needs a number above zero, not {text:?}"))
}

fn duration(option: &str, text: &str) -> Result<Duration, String> {
    let seconds = positive(option, text)?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| format!("{option} cannot be as long as {text}"))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not an address such as 127.0.0.1:7000"))
}
