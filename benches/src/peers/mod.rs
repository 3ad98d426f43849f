//! One adapter per peer.
//!
//! heist has tokio's names, so the adapter of a runtime is one `use` and the whole of `work/`, taken in once more.

#![allow(
    clippy::duplicate_mod,
    reason = "every adapter compiles the files of work/ for its own runtime"
)]

pub(crate) mod embed;
mod epoll;
mod external;
mod heist;
mod monoio;
mod smol;
mod tokio;
mod uring;

use crate::measure::Sample;
use crate::net::server::Options;
pub(crate) use embed::Way;
pub(crate) use external::External;
use std::fmt;
use std::io;
use std::str::FromStr;

/// Whose work is measured, and on how many workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Heist(usize),
    Tokio(usize),
    Smol(usize),
    /// heist again, by who runs its tasks.
    Embedded(Way),
    /// A runtime of one thread on io_uring: echo only.
    Monoio,
    /// A bare single-threaded epoll loop, the limit: echo only.
    Epoll,
    /// The same on io_uring.
    Uring,
    /// Another language: echo only.
    External(External),
}

/// The peers that are named by a word.
const WORDS: [(&str, Peer); 6] = [
    ("monoio", Peer::Monoio),
    ("epoll", Peer::Epoll),
    ("io_uring", Peer::Uring),
    ("go", Peer::External(External::Go)),
    ("asyncio", Peer::External(External::Asyncio)),
    ("uvloop", Peer::External(External::Uvloop)),
];

impl Peer {
    /// Run a row that needs no other process.
    pub(crate) fn row(self, name: &str) -> io::Result<Option<Sample>> {
        match self {
            Self::Heist(workers) => heist::row(name, workers),
            Self::Tokio(workers) => tokio::row(name, workers),
            Self::Smol(workers) => smol::row(name, workers),
            Self::Embedded(way) => way.row(name),
            Self::External(external) => external.row(name),
            Self::Monoio | Self::Epoll | Self::Uring => Ok(None),
        }
    }

    /// Why it cannot run on this machine.
    pub(crate) fn missing(self) -> Option<&'static str> {
        match self {
            Self::Heist(_) | Self::Tokio(_) | Self::Smol(_) | Self::Embedded(_) | Self::Epoll => {
                None
            }
            Self::Monoio => monoio::missing(),
            Self::Uring => uring::missing(),
            Self::External(external) => external.missing(),
        }
    }

    /// Serve echo until the process ends.
    pub(crate) fn serve(self, options: &Options) -> io::Result<()> {
        match self {
            Self::Heist(workers) => heist::serve(workers, options),
            Self::Tokio(workers) => tokio::serve(workers, options),
            Self::Smol(workers) => smol::serve(workers, options),
            Self::Embedded(way) => way.serve(options),
            Self::Monoio => monoio::serve(options),
            Self::Epoll => epoll::serve(options),
            Self::Uring => uring::serve(options),
            Self::External(external) => external.serve(options),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heist(workers) => write!(f, "heist/{workers}"),
            Self::Tokio(workers) => write!(f, "tokio/{workers}"),
            Self::Smol(workers) => write!(f, "smol/{workers}"),
            Self::Embedded(way) => way.fmt(f),
            _ => {
                let word = WORDS.iter().find(|(_, peer)| peer == self);
                f.write_str(word.map_or("", |(word, _)| word))
            }
        }
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            let words = WORDS.map(|(word, _)| word).join(", ");
            format!(
                "no peer is called {text:?}; there are heist/N, tokio/N, smol/N (N workers), {words}, and those of group embed: {}",
                embed::NAMES
            )
        };
        if let Some((_, peer)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*peer);
        }
        if let Ok(way) = text.parse() {
            return Ok(Self::Embedded(way));
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
            "smol" => Ok(Self::Smol(workers)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_written_as_it_is_read() {
        for text in [
            "heist/2", "tokio/1", "smol/3", "epoll", "io_uring", "go", "own/2", "pump/1", "fd",
        ] {
            assert_eq!(
                text.parse::<Peer>().map(|peer| peer.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn no_workers_and_unknown_names_are_refused() {
        for text in [
            "heist", "tokio/0", "tokio/x", "go/2", "own", "lent/0", "fd/1",
        ] {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
    }
}
