//! One adapter per peer.
//!
//! heist has tokio's names, so the adapter of a runtime is one `use` and the whole of `work/`, taken in once more.

#![allow(
    clippy::duplicate_mod,
    reason = "every adapter compiles the files of work/ for its own runtime"
)]

mod epoll;
mod heist;
mod tokio;

use crate::measure::Sample;
use crate::net::server::Options;
use std::fmt;
use std::io;
use std::str::FromStr;

/// Whose work is measured, and on how many workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Heist(usize),
    Tokio(usize),
    /// A bare single-threaded epoll loop, the limit: echo only.
    Epoll,
}

impl Peer {
    /// Run a row that needs no other process.
    pub(crate) fn row(self, name: &str) -> io::Result<Option<Sample>> {
        match self {
            Self::Heist(workers) => heist::row(name, workers),
            Self::Tokio(workers) => tokio::row(name, workers),
            Self::Epoll => Ok(None),
        }
    }

    /// Serve echo until the process ends.
    pub(crate) fn serve(self, options: &Options) -> io::Result<()> {
        match self {
            Self::Heist(workers) => heist::serve(workers, options),
            Self::Tokio(workers) => tokio::serve(workers, options),
            Self::Epoll => epoll::serve(options),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heist(workers) => write!(f, "heist/{workers}"),
            Self::Tokio(workers) => write!(f, "tokio/{workers}"),
            Self::Epoll => write!(f, "epoll"),
        }
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("no peer is called {text:?}; there are heist/N, tokio/N (N workers) and epoll")
        };
        if text == "epoll" {
            return Ok(Self::Epoll);
        }
        let (name, workers) = text.split_once('/').ok_or_else(unknown)?;
        let workers = workers
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(unknown)?;
        match name {
            "heist" => Ok(Self::Heist(workers)),
            "tokio" => Ok(Self::Tokio(workers)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_written_as_it_is_read() {
        for text in ["heist/2", "tokio/1", "epoll"] {
            assert_eq!(
                text.parse::<Peer>().map(|peer| peer.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn no_workers_and_unknown_names_are_refused() {
        for text in ["heist", "tokio/0", "tokio/x", "go/2"] {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
    }
}
